// query_pcap: see the header.
#include "proto/bench/query_pcap.h"

#include "proto/tcpip/eth_wire.h"
#include "proto/tcpip/ip_wire.h"
#include "proto/tcpip/ipv4_wire.h"
#include "proto/tcpip/ipv6_wire.h"
#include "proto/tcpip/udp_wire.h"

#include <errno.h>

#define MAGIC_US 0xa1b2c3d4
#define MAGIC_NS 0xa1b23c4d
#define MAGIC_NG 0x0a0d0d0a // pcapng

#define LINK_ETHERNET 1
#define LINK_RAW      101
#define LINK_COOKED   113
#define COOKED_BYTES  16 // the type of what follows is in its last two
#define LINK_MASK     0x0fffffff

#define DNS_PORT 53

// The numbers of a capture are in its writer's byte order.
struct capture {
	struct span rest;
	bool swapped;
	uint32_t per_us; // units of a time stamp's fraction in a microsecond
	uint32_t link;
};

static uint32_t number(const struct capture *capture, struct span *from)
{
	uint32_t value = span_u32(from);

	return capture->swapped ? __builtin_bswap32(value) : value;
}

static bool is_magic(uint32_t value)
{
	return value == MAGIC_US || value == MAGIC_NS || value == __builtin_bswap32(MAGIC_US) ||
	       value == __builtin_bswap32(MAGIC_NS);
}

bool query_pcap_is(const void *bytes, size_t len)
{
	struct span from = span_of(bytes, len);
	uint32_t magic = span_u32(&from);

	return !from.bad && (is_magic(magic) || magic == MAGIC_NG);
}

// Magic, version, time zone, accuracy, snapshot length, link type.
static int read_head(struct capture *capture, const void *bytes, size_t len, struct why *why)
{
	uint32_t magic;

	*capture = (struct capture){.rest = span_of(bytes, len)};
	magic = span_u32(&capture->rest);
	if (magic == MAGIC_NG)
		return why_fail(why, -EINVAL,
		                "is a capture in the format pcapng; editcap -F pcap converts it");
	capture->swapped = magic != MAGIC_US && magic != MAGIC_NS;
	if (capture->swapped)
		magic = __builtin_bswap32(magic);
	capture->per_us = magic == MAGIC_NS ? 1000 : 1;
	(void)span_take(&capture->rest, 16);
	capture->link = number(capture, &capture->rest) & LINK_MASK;
	if (capture->rest.bad)
		return why_fail(why, -EINVAL, "is a capture that ends in its header");
	if (capture->link != LINK_ETHERNET && capture->link != LINK_RAW &&
	    capture->link != LINK_COOKED)
		return why_fail(why, -EINVAL,
		                "is a capture of the link type %u, not of Ethernet, "
		                "Linux cooked frames or IP",
		                capture->link);
	return 0;
}

// Leaves the IP packet in `frame`; the type of Ethernet, or 0 when there is none.
static uint16_t skip_link(const struct capture *capture, struct span *frame)
{
	uint16_t type = 0;

	if (capture->link == LINK_RAW) {
		const uint8_t *first = frame->p;

		if (span_left(frame) == 0)
			return 0;
		return *first >> 4 == 6 ? ETH_TYPE_IPV6 : ETH_TYPE_IPV4;
	}
	(void)span_take(frame, capture->link == LINK_COOKED ? COOKED_BYTES - 2 : 12);
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

// The next packet; false at the end of the file.
static bool next_packet(struct capture *capture, struct query_pcap_counts *counts,
                        struct span *frame, uint64_t *at_us)
{
	struct span *rest = &capture->rest;
	uint64_t seconds, fraction;
	uint32_t len;

	if (span_left(rest) == 0)
		return false;
	seconds = number(capture, rest);
	fraction = number(capture, rest);
	len = number(capture, rest);
	(void)number(capture, rest); // as long as it was on the wire
	*frame = span_sub(rest, len);
	counts->cut = frame->bad;
	assert(capture->per_us > 0);
	*at_us = seconds * 1000000 + fraction / capture->per_us;
	return !frame->bad;
}

int query_pcap_add(struct query_set *set, const void *bytes, size_t len,
                   struct query_pcap_counts *counts, struct why *why)
{
	struct capture capture;
	struct span frame;
	uint64_t at_us, first_us = 0;
	int err = read_head(&capture, bytes, len, why);

	*counts = (struct query_pcap_counts){0};
	while (!err && next_packet(&capture, counts, &frame, &at_us)) {
		uint16_t type = skip_link(&capture, &frame);

		counts->packets++;
		if (!skip_ip(type, &frame) || !skip_udp(&frame)) {
			counts->others++;
			continue;
		}
		if (set->len == 0)
			first_us = at_us;
		err = query_set_add_message(set, frame.p, span_left(&frame),
		                            at_us > first_us ? at_us - first_us : 0);
		if (err == -EINVAL) {
			counts->others++;
			err = 0;
		} else if (err) {
			return why_no_memory(why, "its queries");
		}
	}
	return err;
}
