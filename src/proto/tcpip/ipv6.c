// ipv6: checks of what comes in; see the header.
#include "proto/tcpip/ipv6.h"

#include "core/span.h"
#include "proto/tcpip/icmp_wire.h"
#include "proto/tcpip/ip_wire.h"

struct addr ipv6_solicited_group(struct addr addr)
{
	uint8_t bytes[16], group[16] = {0xff, 0x02, [11] = 0x01, [12] = 0xff};

	addr_to_bytes(addr, bytes);
	memcpy(group + 13, bytes + 13, 3);
	return addr_from_bytes(group);
}

struct addr ipv6_all_nodes(void)
{
	return addr_from_bytes((const uint8_t[16]){0xff, 0x02, [15] = 0x01});
}

static bool in_group(const struct iface *iface, struct addr dst)
{
	if (addr_eq(dst, ipv6_all_nodes()))
		return true;
	return iface_in_group(iface, dst);
}

// Why a packet for this address is not taken.
static COLD enum drop refuse_dst(const struct iface *iface, struct addr dst)
{
	return acd_is_held(iface, dst) ? DROP_IPV6_HELD : DROP_IPV6_NOT_OURS;
}

// Why a packet from an address of ours is not taken. Another host that has the address
// advertises it from there: ndp.c sees to such a message (RFC 4862 section 5.4.4).
static COLD enum drop refuse_own(const struct iface *iface, const struct pkt *pkt)
{
	const struct ipv6_hdr *ip = ipv6_hdr_of(pkt);
	const uint8_t *type = (const uint8_t *)(ip + 1);

	return type < pkt_data(pkt) + pkt->len && ip->next == IP_PROTOCOL_ICMP6 &&
	                       *type == ICMP6_NEIGHBOR_ADVERT &&
	                       !mac_eq(mac_load(eth_hdr_of(pkt)->src), iface->mac)
	               ? DROP_NONE
	               : DROP_IPV6_OWN;
}

// RFC 4291 sections 2.5.3, 2.5.5 and 2.7: groups, the loopback address and
// addresses with an IPv4 address inside never come from a link.
static bool is_martian(struct addr src)
{
	return (src.hi & 0xff) == 0xff || (src.hi == 0 && src.lo == UINT64_C(1) << 56) ||
	       addr_is_ipv4(src);
}

// The options of a hop-by-hop or destination options header.
static enum drop walk_options(const struct ipv6_ext *ext, bool unicast, struct ipv6_walk *walk)
{
	struct span options = span_of(&ext->type, (ext->len + 1u) * 8 - 2);
	const uint8_t *start = options.p;

	while (span_left(&options)) {
		uint32_t offset = (uint32_t)(options.p - start);
		uint8_t type = span_u8(&options);
		unsigned action = IPV6_OPTION_ACTION(type);

		if (type == IPV6_OPTION_PAD1)
			continue;
		if (!span_take(&options, span_u8(&options)) || options.bad)
			return DROP_IPV6_OPTION;
		if (type == IPV6_OPTION_ROUTER_ALERT)
			walk->router_alert = true;
		if (type == IPV6_OPTION_PADN || action == IPV6_OPTION_SKIP)
			continue;
		if (action == IPV6_OPTION_REPORT ||
		    (action == IPV6_OPTION_REPORT_UNICAST && unicast))
			walk->problem_code = ICMP6_PARAMETER_OPTION;
		walk->pointer += 2 + offset;
		return DROP_IPV6_OPTION;
	}
	return DROP_NONE;
}

// RFC 5095: a type 0 header is a header of an unknown type, as all are here.
static enum drop walk_routing(const struct ipv6_ext *ext, struct ipv6_walk *walk)
{
	if (ext->segments_left == 0)
		return DROP_NONE;
	walk->problem_code = ICMP6_PARAMETER_FIELD;
	walk->pointer += offsetof(struct ipv6_ext, type);
	return DROP_IPV6_ROUTING;
}

// One extension header at ext, of which `left` bytes are there; *len is set to
// what it takes.
static enum drop walk_one(uint8_t type, const struct ipv6_ext *ext, size_t left, bool unicast,
                          struct ipv6_walk *walk, uint16_t *len)
{
	enum drop reason;

	if (type == IPV6_NEXT_FRAGMENT) {
		const struct ipv6_fragment *fragment = (const struct ipv6_fragment *)ext;

		if (left < sizeof(*fragment))
			return DROP_IPV6_EXT_SHORT;
		walk->fragment_hdr = true;
		*len = sizeof(*fragment);
		return be16_get(fragment->offset_more) & IPV6_FRAGMENT_MASK ? DROP_IPV6_FRAGMENT
		                                                            : DROP_NONE;
	}
	reason = ipv6_ext_check(ext, left);
	if (reason)
		return reason;
	*len = (uint16_t)((ext->len + 1) * 8);
	if (type == IPV6_NEXT_ROUTING)
		return walk_routing(ext, walk);
	return walk_options(ext, unicast, walk);
}

static bool is_extension(uint8_t next)
{
	return next == IPV6_NEXT_HOP_BY_HOP || next == IPV6_NEXT_ROUTING ||
	       next == IPV6_NEXT_FRAGMENT || next == IPV6_NEXT_DST_OPTS;
}

static enum drop walk_chain(struct pkt *pkt, struct ipv6_walk *walk)
{
	const struct ipv6_hdr *ip = ipv6_hdr_of(pkt);
	uint32_t at = sizeof(*ip), end = (uint32_t)(pkt->off + pkt->len - pkt->l3);
	uint32_t next_at = offsetof(struct ipv6_hdr, next);
	bool unicast = ip->dst[0] != 0xff;

	*walk = (struct ipv6_walk){.next = ip->next, .problem_code = -1};
	for (unsigned n = 0; is_extension(walk->next); n++) {
		const struct ipv6_ext *ext = (const struct ipv6_ext *)(pkt->page + pkt->l3 + at);
		enum drop reason;
		uint16_t len;

		if (n == IPV6_EXT_MAX)
			return DROP_IPV6_EXT_LIMIT;
		// Hop-by-hop options only come first (RFC 8200 section 4.3);
		// elsewhere they are an unknown next header (section 4).
		if (walk->next == IPV6_NEXT_HOP_BY_HOP && n != 0)
			break;
		walk->pointer = at;
		reason = walk_one(walk->next, ext, end - at, unicast, walk, &len);
		if (reason)
			return reason;
		next_at = at;
		walk->next = ext->next;
		at += len;
	}
	walk->pointer = next_at;
	pkt->l4 = (uint16_t)(pkt->l3 + at);
	return walk->next == IPV6_NEXT_NONE ? DROP_IPV6_NO_NEXT : DROP_NONE;
}

bool ipv6_is_icmp6_error(const struct pkt *pkt)
{
	const struct ipv6_hdr *ip = ipv6_hdr_of(pkt);
	struct span left = span_of(ip + 1, (size_t)(pkt->off + pkt->len - pkt->l3) - sizeof(*ip));
	uint8_t next = ip->next;

	for (unsigned n = 0; is_extension(next) && n <= IPV6_EXT_MAX; n++) {
		uint8_t type = next, units;

		next = span_u8(&left);
		units = span_u8(&left);
		span_take(&left, type == IPV6_NEXT_FRAGMENT ? 6 : units * 8u + 6);
	}
	return next == IP_PROTOCOL_ICMP6 && span_left(&left) && span_u8(&left) <= ICMP6_ERROR_LAST;
}

enum drop ipv6_input(const struct iface *iface, struct pkt *pkt, struct ipv6_walk *walk)
{
	const struct ipv6_hdr *ip = ipv6_hdr_of(pkt);
	const struct eth_hdr *eth = eth_hdr_of(pkt);
	uint16_t l2_len = (uint16_t)(pkt->l3 - pkt->off);
	enum drop reason = ipv6_check(ip, (size_t)(pkt->len - l2_len), pkt_total_len(pkt) - l2_len);
	struct addr src, dst;

	walk->problem_code = -1;
	if (unlikely(reason))
		return reason;
	src = addr_from_bytes(ip->src);
	dst = addr_from_bytes(ip->dst);
	if (unlikely(!iface_has_ipv6(iface, dst))) {
		if (ip->dst[0] != 0xff || !in_group(iface, dst))
			return refuse_dst(iface, dst);
	} else if (unlikely(eth->dst[0] & 1)) {
		return DROP_IPV6_LINK_GROUP;
	}
	if (unlikely(is_martian(src)))
		return DROP_IPV6_MARTIAN;
	if (unlikely(iface_has_ipv6(iface, src))) {
		reason = refuse_own(iface, pkt);
		if (reason)
			return reason;
	}
	pkt_trim(pkt, (uint32_t)(l2_len + sizeof(*ip) + be16_get(ip->payload_len)));
	reason = walk_chain(pkt, walk);
	if (unlikely(reason))
		return reason;
	if (unlikely(addr_is_any(src) && walk->next != IP_PROTOCOL_ICMP6))
		return DROP_IPV6_UNSPECIFIED;
	return DROP_NONE;
}
