// ipv4_wire: the IPv4 header (RFC 791) and the walk over its options. Which
// addresses are acceptable is in ipv4.c.
#ifndef TCPIP_IPV4_WIRE_H
#define TCPIP_IPV4_WIRE_H

#include "core/pkt.h"
#include "core/span.h"
#include "proto/tcpip/cksum.h"

#define IPV4_FLAG_DF     0x4000
#define IPV4_FLAG_MF     0x2000
#define IPV4_OFFSET_MASK 0x1fff

#define IPV4_OPTION_END  0
#define IPV4_OPTION_NOP  1
#define IPV4_OPTION_LSRR 131
#define IPV4_OPTION_SSRR 137

#define IPV4_VERSION_IHL 0x45 // without options
#define IPV4_MTU_MIN     68   // of each link (RFC 791)

struct OVERLAY ipv4_hdr {
	uint8_t version_ihl, tos;
	be16_t total_len, id, frag;
	uint8_t ttl, protocol;
	be16_t cksum;
	be32_t src, dst;
};
OVERLAY_SIZE(struct ipv4_hdr, 20, dst, 16);

// The header at pkt->l3.
static inline struct ipv4_hdr *ipv4_hdr_of(const struct pkt *pkt)
{
	return (struct ipv4_hdr *)(pkt->page + pkt->l3);
}

// Bytes, options included.
static inline uint16_t ipv4_hdr_len(const struct ipv4_hdr *ip)
{
	return (uint16_t)((ip->version_ihl & 0x0f) * 4);
}

// The sum of a header without options.
static inline cksum_t ipv4_sum(const struct ipv4_hdr *ip)
{
	const be32_t *words = (const be32_t *)ip;
	cksum_t sum = {0};

	for (unsigned i = 0; i < sizeof(*ip) / sizeof(*words); i++)
		sum = cksum_add32(sum, words[i].be);
	return sum;
}

static inline bool ipv4_is_fragment(const struct ipv4_hdr *ip)
{
	return be16_get(ip->frag) & (IPV4_FLAG_MF | IPV4_OFFSET_MASK);
}

// Of len bytes from ip in the first page and total bytes in the frame: lengths and
// version; not the checksum, which a device may have verified. The header with its
// options is in the first page then.
static inline enum drop ipv4_check(const struct ipv4_hdr *ip, size_t len, size_t total)
{
	if (unlikely(len < sizeof(*ip)))
		return DROP_IPV4_SHORT;
	if (unlikely(ip->version_ihl != IPV4_VERSION_IHL)) {
		if (ip->version_ihl >> 4 != 4)
			return DROP_IPV4_VERSION;
		if (ipv4_hdr_len(ip) < sizeof(*ip))
			return DROP_IPV4_HEADER_LEN;
		if (ipv4_hdr_len(ip) > len)
			return DROP_IPV4_SHORT;
	}
	if (unlikely(be16_get(ip->total_len) < ipv4_hdr_len(ip) || be16_get(ip->total_len) > total))
		return DROP_IPV4_TOTAL_LEN;
	return DROP_NONE;
}

// The options of a checked header. A source route is refused (RFC 7126 section
// 4.3), any other well-formed option is passed over (RFC 1122 section 3.2.1.8).
static inline enum drop ipv4_check_options(const struct ipv4_hdr *ip)
{
	struct span options = span_of(ip + 1, ipv4_hdr_len(ip) - sizeof(*ip));

	while (span_left(&options)) {
		uint8_t type = span_u8(&options);
		uint8_t len;

		if (type == IPV4_OPTION_END)
			break;
		if (type == IPV4_OPTION_NOP)
			continue;
		len = span_u8(&options);
		if (len < 2 || !span_take(&options, len - 2u))
			return DROP_IPV4_OPTION;
		if (type == IPV4_OPTION_LSRR || type == IPV4_OPTION_SSRR)
			return DROP_IPV4_SOURCE_ROUTE;
	}
	return DROP_NONE;
}

#endif
