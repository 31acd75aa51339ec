// ipv4: checks of what comes in; see the header.
#include "proto/tcpip/ipv4.h"

// RFC 1122 section 3.2.1.3 and RFC 6890: sources that no host can have.
static bool is_martian(const struct iface *iface, be32_t src)
{
	uint32_t first = be32_get(src) >> 24;

	if (unlikely(first == 0 || first == 127 || first >= 224))
		return true;
	for (unsigned i = 0; i < iface->ipv4_len; i++)
		if (unlikely(be32_eq(iface->ipv4[i].broadcast, src)))
			return true;
	return false;
}

// Why a packet for this address is not taken.
static COLD enum drop refuse_dst(const struct iface *iface, be32_t dst)
{
	uint32_t first = be32_get(dst) >> 24;

	if ((first >= 224 && first < 240) || dst.be == UINT32_MAX)
		return DROP_IPV4_GROUP;
	for (unsigned i = 0; i < iface->ipv4_len; i++)
		if (be32_eq(iface->ipv4[i].broadcast, dst))
			return DROP_IPV4_GROUP;
	return acd_is_held(iface, addr_from_ipv4(dst)) ? DROP_IPV4_HELD : DROP_IPV4_NOT_OURS;
}

static inline cksum_t sum_of(const struct ipv4_hdr *ip, uint16_t hdr_len)
{
	cksum_t sum = ipv4_sum(ip);

	return likely(hdr_len == sizeof(*ip)) ? sum : cksum_add(sum, ip + 1, hdr_len - sizeof(*ip));
}

// A packet with any TTL that has come to its end is taken (RFC 1122 section
// 3.2.1.7).
enum drop ipv4_input(const struct iface *iface, struct pkt *pkt)
{
	const struct ipv4_hdr *ip = ipv4_hdr_of(pkt);
	const struct eth_hdr *eth = eth_hdr_of(pkt);
	uint16_t l2_len = (uint16_t)(pkt->l3 - pkt->off);
	enum drop reason = ipv4_check(ip, (size_t)(pkt->len - l2_len), pkt_total_len(pkt) - l2_len);
	uint16_t hdr_len;

	if (unlikely(reason))
		return reason;
	hdr_len = ipv4_hdr_len(ip);
	if (!(pkt->rx_flags & PKT_RX_IPV4_CKSUM_OK) &&
	    unlikely((pkt->rx_flags & PKT_RX_IPV4_CKSUM_BAD) || !cksum_ok(sum_of(ip, hdr_len))))
		return DROP_IPV4_CKSUM;
	if (unlikely(hdr_len > sizeof(*ip))) {
		reason = ipv4_check_options(ip);
		if (reason)
			return reason;
	}
	if (unlikely(!iface_has_ipv4(iface, ip->dst)))
		return refuse_dst(iface, ip->dst);
	// RFC 1122 section 3.3.6.
	if (unlikely(eth->dst[0] & 1))
		return DROP_IPV4_LINK_GROUP;
	if (unlikely(is_martian(iface, ip->src)))
		return DROP_IPV4_MARTIAN;
	if (unlikely(iface_has_ipv4(iface, ip->src)))
		return DROP_IPV4_OWN;
	if (unlikely(ipv4_is_fragment(ip)))
		return DROP_IPV4_FRAGMENT;
	pkt_trim(pkt, l2_len + be16_get(ip->total_len));
	pkt->l4 = (uint16_t)(pkt->l3 + hdr_len);
	return DROP_NONE;
}
