// query_packet: see the header.
#include "proto/bench/query_packet.h"

#include "proto/tcpip/eth_wire.h"
#include "proto/tcpip/ip_wire.h"
#include "proto/tcpip/ipv4_wire.h"
#include "proto/tcpip/ipv6_wire.h"
#include "proto/tcpip/udp_wire.h"

#include <errno.h>

#define DNS_PORT 53

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

int query_packet_add(struct query_packets *packets, struct capture_frame *frame)
{
	struct query_set *set = packets->set;
	uint16_t type = capture_unwrap(frame);
	struct span *bytes = &frame->bytes;
	int err = -EINVAL;

	packets->counts->packets++;
	if (skip_ip(type, bytes) && skip_udp(bytes)) {
		if (set->len == 0)
			packets->first_us = frame->at_us;
		err = query_set_add_message(
		        set, bytes->p, span_left(bytes),
		        frame->at_us > packets->first_us ? frame->at_us - packets->first_us : 0);
	}
	if (err != -EINVAL)
		return err;
	packets->counts->others++;
	return 0;
}
