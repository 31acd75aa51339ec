// query_packet: see the header.
#include "proto/bench/query_packet.h"

#include "proto/tcpip/eth_wire.h"
#include "proto/tcpip/ip_wire.h"
#include "proto/tcpip/ipv4_wire.h"
#include "proto/tcpip/ipv6_wire.h"
#include "proto/tcpip/udp_wire.h"

#include <errno.h>

#define LINK_ETHERNET 1
#define LINK_RAW      101
#define LINK_COOKED   113
#define COOKED_BYTES  16 // the type of what follows is in its last two

#define DNS_PORT 53

bool query_packet_knows(uint32_t link)
{
	return link == LINK_ETHERNET || link == LINK_RAW || link == LINK_COOKED;
}

// Leaves the IP packet in `frame`; the type of Ethernet, or 0 when there is none.
static uint16_t skip_link(uint32_t link, struct span *frame)
{
	uint16_t type = 0;

	if (link == LINK_RAW) {
		const uint8_t *first = frame->p;

		if (span_left(frame) == 0)
			return 0;
		return *first >> 4 == 6 ? ETH_TYPE_IPV6 : ETH_TYPE_IPV4;
	}
	(void)span_take(frame, link == LINK_COOKED ? COOKED_BYTES - 2 : 12);
	type = span_u16(frame);
	while (type == ETH_TYPE_VLAN || type == 0x88a8) {
		(void)span_take(frame, 2);
		type = span_u16(frame);
	}
	return frame->bad ? 0 : type;
}

// Leaves what is behind the IP header when that is a whole UDP datagram.
static bool skip_ip(uint16_t type, struct span *frame)
{
	size_t left = span_left(frame), len;

	if (type == ETH_TYPE_IPV4) {
		const struct ipv4_hdr *ip = (const struct ipv4_hdr *)frame->p;

		if (left < sizeof(*ip) || ip->version_ihl >> 4 != 4 ||
		    ip->protocol != IP_PROTOCOL_UDP || ipv4_is_fragment(ip))
			return false;
		len = be16_get(ip->total_len);
		if (len < ipv4_hdr_len(ip) || len > left || ipv4_hdr_len(ip) < sizeof(*ip))
			return false;
		*frame = span_of(frame->p + ipv4_hdr_len(ip), len - ipv4_hdr_len(ip));
		return true;
	}
	if (type == ETH_TYPE_IPV6) {
		const struct ipv6_hdr *ip = (const struct ipv6_hdr *)frame->p;

		if (left < sizeof(*ip) || ip->next != IP_PROTOCOL_UDP)
			return false;
		len = be16_get(ip->payload_len);
		if (len > left - sizeof(*ip))
			return false;
		*frame = span_of(frame->p + sizeof(*ip), len);
		return true;
	}
	return false;
}

// Leaves the message of a datagram to port 53.
static bool skip_udp(struct span *frame)
{
	uint16_t port, len;

	(void)span_u16(frame);
	port = span_u16(frame);
	len = span_u16(frame);
	(void)span_u16(frame);
	if (frame->bad || port != DNS_PORT || len < sizeof(struct udp_hdr))
		return false;
	*frame = span_sub(frame, len - sizeof(struct udp_hdr));
	return !frame->bad;
}

int query_packet_add(struct query_packets *packets, uint32_t link, struct span frame,
                     uint64_t at_us)
{
	struct query_set *set = packets->set;
	uint16_t type = skip_link(link, &frame);
	int err = -EINVAL;

	packets->counts->packets++;
	if (skip_ip(type, &frame) && skip_udp(&frame)) {
		if (set->len == 0)
			packets->first_us = at_us;
		err = query_set_add_message(set, frame.p, span_left(&frame),
		                            at_us > packets->first_us ? at_us - packets->first_us
		                                                      : 0);
	}
	if (err != -EINVAL)
		return err;
	packets->counts->others++;
	return 0;
}
