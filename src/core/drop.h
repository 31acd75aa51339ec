// drop: the one list of the data path's stages and of the reasons for which
// they drop a packet. A reason is the data path's only error type: an input
// function returns it, the caller counts and frees. Each has a name
// ("ipv4.cksum"), a help text, a counter and a test.
#ifndef CORE_DROP_H
#define CORE_DROP_H

#include "core/base.h"

// clang-format off
// S(stage, "name", "help") opens a stage; D(stage, reason, "stage.name", "help")
// are its drops.
#define DROP_LIST(S, D) \
	S(RX, "rx", "bursts received from a device") \
	D(RX, TOO_LONG, "rx.too_long", "frame is longer than the port's MTU or a page") \
	S(ETH, "eth", "Ethernet frames") \
	D(ETH, SHORT, "eth.short", "frame is shorter than its Ethernet header") \
	D(ETH, NOT_OURS, "eth.not_ours", "destination address is neither ours nor a group we listen to") \
	D(ETH, SOURCE, "eth.source", "source address is a group address") \
	D(ETH, VLAN, "eth.vlan", "frame carries a VLAN that the port does not serve") \
	D(ETH, TYPE, "eth.type", "no protocol is attached to the EtherType") \
	S(ARP, "arp", "ARP messages") \
	S(IPV4, "ipv4", "IPv4 packets") \
	S(IPV6, "ipv6", "IPv6 packets") \
	S(ICMP4, "icmp4", "ICMP messages") \
	S(ICMP6, "icmp6", "ICMPv6 messages, neighbour discovery included") \
	S(NEIGH, "neigh", "neighbour resolution") \
	S(UDP, "udp", "UDP datagrams") \
	S(APP, "app", "requests handed to the application") \
	S(DNS, "dns", "DNS messages") \
	S(TX, "tx", "packets sent to a device") \
	D(TX, BATCH_FULL, "tx.batch_full", "more replies in one burst than the transmit batch holds") \
	D(TX, NO_PAGE, "tx.no_page", "no free page for a packet of our own") \
	D(TX, TOO_LONG, "tx.too_long", "frame is longer than the port's MTU") \
	D(TX, DEVICE_FULL, "tx.device_full", "the device's transmit ring stayed full") \
	S(TIMER, "timer", "timers that fell due") \
	S(IMPAIR, "impair", "losses injected by an impair(...) device") \
	D(IMPAIR, LOSS, "impair.loss", "dropped on purpose") \
	D(IMPAIR, QUEUE_FULL, "impair.queue_full", "more delayed packets than the impairment holds")

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

const char *stage_name(enum stage stage);
const char *stage_help(enum stage stage);

// "ipv4.cksum": the stage's name, a dot, the reason's; "none" for DROP_NONE.
const char *drop_name(enum drop drop);
const char *drop_help(enum drop drop);
enum stage drop_stage(enum drop drop);

#endif
