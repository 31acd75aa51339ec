// drop: the list of the stages of the data path and of the reasons for which they drop
// packets. A reason is the only error type of the data path: an input function returns
// it, its caller counts it and frees the packet. Each has a name ("ipv4.cksum"), a help
// text, a counter and a test.
#ifndef CORE_DROP_H
#define CORE_DROP_H

#include "core/base.h"

// clang-format off
// S(stage, "name", "help") opens a stage; D(stage, reason, "stage.name", "help")
// are its drops.
#define DROP_LIST(S, D) \
	S(RX, "rx", "bursts received from a device") \
	D(RX, TOO_LONG, "rx.too_long", "frame is longer than the port's MTU or a page") \
	D(RX, BAD, "rx.bad", "the backend reports an error, or describes the frame inconsistently") \
	D(RX, NO_PAGE, "rx.no_page", "no free page to copy the frame into") \
	D(RX, RESET, "rx.reset", "frame was received in part when the device was reset") \
	D(RX, STEER_FULL, "rx.steer_full", "packet for another worker, which has taken as many as it may") \
	S(ETH, "eth", "Ethernet frames") \
	D(ETH, SHORT, "eth.short", "frame is shorter than its Ethernet header") \
	D(ETH, NOT_OURS, "eth.not_ours", "destination is neither our address nor a group that we joined") \
	D(ETH, SOURCE, "eth.source", "source address is a group address") \
	D(ETH, VLAN, "eth.vlan", "frame is tagged for a VLAN that the interface is not on") \
	D(ETH, TYPE, "eth.type", "EtherType without a protocol here") \
	D(ETH, LLC, "eth.llc", "IEEE 802.3 frame with a length in place of the EtherType") \
	S(ARP, "arp", "ARP messages") \
	D(ARP, SHORT, "arp.short", "frame is too short for an ARP message") \
	D(ARP, FORMAT, "arp.format", "message is not for IPv4 over Ethernet") \
	D(ARP, OPER, "arp.oper", "neither a request nor a reply") \
	D(ARP, SENDER, "arp.sender", "sender address is not a valid host address") \
	D(ARP, OWN, "arp.own", "our own message was looped back") \
	D(ARP, CONFLICT, "arp.conflict", "another host claims one of our addresses") \
	D(ARP, NOT_OURS, "arp.not_ours", "target is not one of our addresses") \
	S(IPV4, "ipv4", "IPv4 packets") \
	D(IPV4, SHORT, "ipv4.short", "packet or its first page is shorter than the header") \
	D(IPV4, VERSION, "ipv4.version", "version is not 4") \
	D(IPV4, HEADER_LEN, "ipv4.header_len", "header length is below 20 bytes") \
	D(IPV4, TOTAL_LEN, "ipv4.total_len", "total length is below the header length or beyond the frame") \
	D(IPV4, CKSUM, "ipv4.cksum", "header checksum is wrong") \
	D(IPV4, OPTION, "ipv4.option", "an option does not fit in the header") \
	D(IPV4, SOURCE_ROUTE, "ipv4.source_route", "source routes are refused") \
	D(IPV4, FRAGMENT, "ipv4.fragment", "fragments are not reassembled") \
	D(IPV4, MARTIAN, "ipv4.martian", "source is not a valid host address on this link") \
	D(IPV4, OWN, "ipv4.own", "source address is our own") \
	D(IPV4, HELD, "ipv4.held", "destination is an address that is not used, as another host has or may have it") \
	D(IPV4, NOT_OURS, "ipv4.not_ours", "destination is not an address of the interface") \
	D(IPV4, GROUP, "ipv4.group", "destination is broadcast or multicast, which no service here answers") \
	D(IPV4, LINK_GROUP, "ipv4.link_group", "unicast packet in a broadcast or multicast frame") \
	D(IPV4, PROTOCOL, "ipv4.protocol", "protocol number without a protocol here") \
	S(IPV6, "ipv6", "IPv6 packets") \
	D(IPV6, SHORT, "ipv6.short", "packet or its first page is shorter than the header") \
	D(IPV6, VERSION, "ipv6.version", "version is not 6") \
	D(IPV6, PAYLOAD_LEN, "ipv6.payload_len", "payload length is beyond the frame") \
	D(IPV6, MARTIAN, "ipv6.martian", "source is not a valid host address on this link") \
	D(IPV6, OWN, "ipv6.own", "source address is our own") \
	D(IPV6, HELD, "ipv6.held", "destination is an address that is not used, as another host has or may have it") \
	D(IPV6, NOT_OURS, "ipv6.not_ours", "destination is neither our address nor a group that we joined") \
	D(IPV6, LINK_GROUP, "ipv6.link_group", "unicast packet in a broadcast or multicast frame") \
	D(IPV6, UNSPECIFIED, "ipv6.unspecified", "source is unspecified, and the packet is not neighbour discovery") \
	D(IPV6, EXT_SHORT, "ipv6.ext_short", "an extension header is cut off") \
	D(IPV6, EXT_LIMIT, "ipv6.ext_limit", "more extension headers than are processed") \
	D(IPV6, OPTION, "ipv6.option", "an option is malformed, or unknown and must not be skipped") \
	D(IPV6, ROUTING, "ipv6.routing", "routing headers with segments left are refused") \
	D(IPV6, FRAGMENT, "ipv6.fragment", "fragments are not reassembled") \
	D(IPV6, NO_NEXT, "ipv6.no_next", "no next header: the packet carries nothing") \
	D(IPV6, PROTOCOL, "ipv6.protocol", "next header without a protocol here") \
	S(ICMP4, "icmp4", "ICMP messages") \
	D(ICMP4, SHORT, "icmp4.short", "message is shorter than its header") \
	D(ICMP4, CKSUM, "icmp4.cksum", "checksum is wrong") \
	D(ICMP4, ERROR, "icmp4.error", "error about a packet of ours that no listener handles") \
	D(ICMP4, QUOTE, "icmp4.quote", "error that quotes no packet of ours, or too little of it") \
	D(ICMP4, MTU, "icmp4.mtu", "error whose MTU is invalid, or not smaller than the packet") \
	D(ICMP4, REDIRECT, "icmp4.redirect", "redirects are not followed") \
	D(ICMP4, TYPE, "icmp4.type", "message type without a handler") \
	D(ICMP4, RATE, "icmp4.rate", "an error was not sent: more than icmp_errors_per_s") \
	D(ICMP4, ECHO_RATE, "icmp4.echo_rate", "an echo request was not answered: more than icmp_echoes_per_s") \
	S(ICMP6, "icmp6", "ICMPv6 messages, neighbour discovery included") \
	D(ICMP6, SHORT, "icmp6.short", "message is shorter than its header") \
	D(ICMP6, CKSUM, "icmp6.cksum", "checksum is wrong") \
	D(ICMP6, ERROR, "icmp6.error", "error about a packet of ours that no listener handles") \
	D(ICMP6, QUOTE, "icmp6.quote", "error that quotes no packet of ours, or too little of it") \
	D(ICMP6, MTU, "icmp6.mtu", "error whose MTU is invalid, or not smaller than the packet") \
	D(ICMP6, REDIRECT, "icmp6.redirect", "redirects are not followed") \
	D(ICMP6, ROUTER, "icmp6.router", "router advertisements are not followed") \
	D(ICMP6, TYPE, "icmp6.type", "message type without a handler") \
	D(ICMP6, RATE, "icmp6.rate", "an error was not sent: more than icmp_errors_per_s") \
	D(ICMP6, ECHO_RATE, "icmp6.echo_rate", "an echo request was not answered: more than icmp_echoes_per_s") \
	D(ICMP6, GROUP_RATE, "icmp6.group_rate", "an echo to a group, or an answer to all nodes, beyond those allowed per second") \
	D(ICMP6, MLD, "icmp6.mld", "multicast listener query from beyond the link, or for another group") \
	D(ICMP6, NDP_HOP_LIMIT, "icmp6.ndp_hop_limit", "neighbour discovery from beyond the link") \
	D(ICMP6, NDP_CODE, "icmp6.ndp_code", "neighbour discovery with a code that is not 0") \
	D(ICMP6, NDP_SHORT, "icmp6.ndp_short", "neighbour discovery is truncated, or is not in one page") \
	D(ICMP6, NDP_FRAGMENT, "icmp6.ndp_fragment", "neighbour discovery with a fragment header") \
	D(ICMP6, NDP_TARGET, "icmp6.ndp_target", "target is not a unicast address") \
	D(ICMP6, NDP_OPTION, "icmp6.ndp_option", "an option is malformed or out of place") \
	D(ICMP6, NDP_MAC, "icmp6.ndp_mac", "link-layer address is zero or a group's") \
	D(ICMP6, NDP_OWN, "icmp6.ndp_own", "our own message was looped back") \
	D(ICMP6, NDP_DST, "icmp6.ndp_dst", "destination is invalid for the message") \
	D(ICMP6, NDP_CONFLICT, "icmp6.ndp_conflict", "another host claims one of our addresses") \
	D(ICMP6, NDP_NOT_OURS, "icmp6.ndp_not_ours", "target is not one of our addresses") \
	S(NEIGH, "neigh", "neighbour resolution") \
	D(NEIGH, QUEUE_FULL, "neigh.queue_full", "more packets waiting for a neighbour than are queued") \
	D(NEIGH, UNREACHABLE, "neigh.unreachable", "the neighbour did not answer") \
	D(NEIGH, NO_ROUTE, "neigh.no_route", "destination is not on the link and there is no gateway") \
	D(NEIGH, EVICTED, "neigh.evicted", "the table was full and the entry of the neighbour was evicted") \
	D(NEIGH, RATE, "neigh.rate", "too many solicitations of unknown neighbours per second") \
	S(UDP, "udp", "UDP datagrams") \
	D(UDP, SHORT, "udp.short", "packet is too short for a UDP header") \
	D(UDP, LENGTH, "udp.length", "length is below 8 bytes or beyond the packet") \
	D(UDP, SOURCE_PORT, "udp.source_port", "source port is 0, to which no answer can be sent") \
	D(UDP, CKSUM, "udp.cksum", "checksum is wrong") \
	D(UDP, NO_CKSUM, "udp.no_cksum", "no checksum, which IPv6 forbids") \
	D(UDP, GROUP, "udp.group", "destination is a multicast group") \
	D(UDP, CHAINED, "udp.chained", "datagram is not in one page, as listeners need it") \
	D(UDP, NO_LISTENER, "udp.no_listener", "no listener at the port") \
	S(TCP, "tcp", "TCP segments") \
	D(TCP, SHORT, "tcp.short", "packet or its first page is too short for a TCP header") \
	D(TCP, OFFSET, "tcp.offset", "data offset is below 20 bytes or beyond the packet") \
	D(TCP, OPTION, "tcp.option", "an option does not fit in the header") \
	D(TCP, PORT, "tcp.port", "source or destination port is 0") \
	D(TCP, CKSUM, "tcp.cksum", "checksum is wrong") \
	D(TCP, GSO, "tcp.gso", "several segments in one packet, each longer than the MTU allows") \
	D(TCP, GROUP, "tcp.group", "destination is a multicast group") \
	D(TCP, NO_LISTENER, "tcp.no_listener", "no connection, and no listener at the port") \
	D(TCP, NO_CONN, "tcp.no_conn", "no connection between these ends") \
	D(TCP, FLAGS, "tcp.flags", "flags that open no connection, or that have no meaning together") \
	D(TCP, BACKLOG, "tcp.backlog", "the listener's backlog is full, and a SYN cookie could not be sent") \
	D(TCP, LEAVING, "tcp.leaving", "SYN while another process takes over, to which its client sends it again") \
	D(TCP, TABLE_FULL, "tcp.table_full", "the table of connections is full") \
	D(TCP, RATE, "tcp.rate", "a reset was not sent: more of them than are sent per second") \
	D(TCP, PAWS, "tcp.paws", "timestamp is missing, or older than those received before") \
	D(TCP, WINDOW, "tcp.window", "segment is outside of the receive window") \
	D(TCP, RST, "tcp.rst", "reset that is not for the next sequence number") \
	D(TCP, SYN, "tcp.syn", "SYN on a connection that is established") \
	D(TCP, NO_ACK, "tcp.no_ack", "segment of a connection without an acknowledgement") \
	D(TCP, ACK, "tcp.ack", "acknowledgement of what was never sent, or of what is long past") \
	D(TCP, DUPLICATE, "tcp.duplicate", "data that was received before") \
	D(TCP, REASSEMBLY, "tcp.reassembly", "more data out of order than a connection may hold") \
	D(TCP, NO_PAGE, "tcp.no_page", "connections hold as many pages as they may") \
	S(OFFLOAD, "offload", "frames whose checksum or segmentation is left to us") \
	D(OFFLOAD, PROTOCOL, "offload.protocol", "unfinished checksum or segmentation of what is no complete UDP or TCP") \
	D(OFFLOAD, SEGMENTS, "offload.segments", "cannot be cut into segments of its gso_size") \
	S(APP, "app", "requests passed to a service") \
	S(DNS, "dns", "DNS messages") \
	D(DNS, SHORT, "dns.short", "message is shorter than its header") \
	D(DNS, RESPONSE, "dns.response", "message is a response, not a query") \
	D(DNS, NO_ROOM, "dns.no_room", "the smallest reply does not fit in the buffer") \
	D(DNS, NOT_SERVED, "dns.not_served", "query for a name in no zone of the server, and dns.unknown is drop") \
	D(DNS, RATE, "dns.rate", "more replies of this kind to the client's network than dns.rate_limit allows") \
	S(TX, "tx", "packets sent to a device") \
	D(TX, BATCH_FULL, "tx.batch_full", "more replies in one burst than fit in the transmit batch") \
	D(TX, NO_PAGE, "tx.no_page", "no free page for a packet of the stack") \
	D(TX, TOO_LONG, "tx.too_long", "frame is longer than the port's MTU") \
	D(TX, DEVICE_FULL, "tx.device_full", "the device's transmit ring stayed full") \
	D(TX, LINK_DOWN, "tx.link_down", "the device has no backend") \
	D(TX, REFUSED, "tx.refused", "the device's driver does not take a frame like that") \
	D(TX, RESET, "tx.reset", "frame was held by the backend when the device was reset") \
	S(TIMER, "timer", "timers that fell due") \
	S(IMPAIR, "impair", "losses injected by an impair(...) device") \
	D(IMPAIR, LOSS, "impair.loss", "dropped on purpose") \
	D(IMPAIR, QUEUE_FULL, "impair.queue_full", "more delayed packets than the impairment queues")

enum stage {
#define S(stage, name, help) STAGE_##stage,
#define D(stage, reason, name, help)
	DROP_LIST(S, D)
#undef S
#undef D
	STAGE_COUNT
};

// DROP_NONE: the packet was consumed (answered, queued, delivered).
enum drop {
	DROP_NONE,
#define S(stage, name, help)
#define D(stage, reason, name, help) DROP_##stage##_##reason,
	DROP_LIST(S, D)
#undef S
#undef D
	DROP_COUNT
};
// clang-format on

// Ids from DROP_COUNT on are reasons of services' own (apps/boot/boot.h), up to
// DROP_OWN_MAX. They have a counter; drop_name and drop_help do not know them.
#define DROP_OWN_MAX 64

const char *drop_stage_name(enum stage stage);
const char *drop_stage_help(enum stage stage);

// "ipv4.cksum": the stage's name, a dot, the reason's; "none" for DROP_NONE.
const char *drop_name(enum drop drop);
const char *drop_help(enum drop drop);
enum stage drop_stage(enum drop drop);

#endif
