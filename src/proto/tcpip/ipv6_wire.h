// ipv6_wire: the IPv6 header and its extension headers (RFC 8200). The walk
// along them is in ipv6.c.
#ifndef TCPIP_IPV6_WIRE_H
#define TCPIP_IPV6_WIRE_H

#include "core/addr.h"
#include "core/pkt.h"

// Values of the next header field that are extension headers, or none; the protocols
// above are in ip_wire.h.
#define IPV6_NEXT_HOP_BY_HOP 0
#define IPV6_NEXT_ROUTING    43
#define IPV6_NEXT_FRAGMENT   44
#define IPV6_NEXT_NONE       59
#define IPV6_NEXT_DST_OPTS   60

#define IPV6_MTU_MIN 1280 // of each link (RFC 8200 section 5)

#define IPV6_FRAGMENT_MASK 0xfff9 // offset and "more" flag

#define IPV6_OPTION_PAD1         0
#define IPV6_OPTION_PADN         1
#define IPV6_OPTION_ROUTER_ALERT 5
#define IPV6_OPTION_ACTION(t)    ((t) >> 6)

// What to do about an option that is not known (RFC 8200 section 4.2).
enum ipv6_option_action {
	IPV6_OPTION_SKIP,
	IPV6_OPTION_DISCARD,
	IPV6_OPTION_REPORT,
	IPV6_OPTION_REPORT_UNICAST,
};

struct OVERLAY ipv6_hdr {
	be32_t version_class_flow;
	be16_t payload_len;
	uint8_t next, hop_limit;
	uint8_t src[16], dst[16];
};
OVERLAY_SIZE(struct ipv6_hdr, 40, dst, 24);

// The header at pkt->l3.
static inline struct ipv6_hdr *ipv6_hdr_of(const struct pkt *pkt)
{
	return (struct ipv6_hdr *)(pkt->page + pkt->l3);
}

// A multicast group (RFC 4291 section 2.7).
static inline bool ipv6_is_group(struct addr addr)
{
	return (addr.hi & 0xff) == 0xff;
}

// Hop-by-hop, destination options and routing headers begin like this; len is
// in units of eight bytes, the first eight not counted.
struct OVERLAY ipv6_ext {
	uint8_t next, len;
	uint8_t type, segments_left; // of a routing header
	be32_t rest;
};
OVERLAY_SIZE(struct ipv6_ext, 8, rest, 4);

struct OVERLAY ipv6_fragment {
	uint8_t next, reserved;
	be16_t offset_more;
	be32_t id;
};
OVERLAY_SIZE(struct ipv6_fragment, 8, id, 4);

// The traffic class: DSCP and ECN.
static inline uint8_t ipv6_class(const struct ipv6_hdr *ip)
{
	return (uint8_t)(be32_get(ip->version_class_flow) >> 20);
}

// Of len bytes from ip in the first page and total bytes in the frame: length and
// version. A payload length of zero that
// stands for a jumbogram (RFC 2675) is not served: nothing follows then.
static inline enum drop ipv6_check(const struct ipv6_hdr *ip, size_t len, size_t total)
{
	if (unlikely(len < sizeof(*ip)))
		return DROP_IPV6_SHORT;
	if (unlikely(be32_get(ip->version_class_flow) >> 28 != 6))
		return DROP_IPV6_VERSION;
	if (unlikely(be16_get(ip->payload_len) > total - sizeof(*ip)))
		return DROP_IPV6_PAYLOAD_LEN;
	return DROP_NONE;
}

// Of len bytes from ext: that the extension header is all there.
static inline enum drop ipv6_ext_check(const struct ipv6_ext *ext, size_t len)
{
	if (len < sizeof(*ext) || len < (ext->len + 1u) * 8)
		return DROP_IPV6_EXT_SHORT;
	return DROP_NONE;
}

#endif
