// ip: headers and next hops of what leaves; see the header.
#include "proto/tcpip/ip.h"

#include "proto/tcpip/tcp_wire.h"

struct pkt *ip_alloc(const struct ip_flow *flow, uint16_t l4_len)
{
	uint16_t type = addr_is_ipv4(flow->dst) ? ETH_TYPE_IPV4 : ETH_TYPE_IPV6;
	uint16_t hdr_len = ip_hdr_len(flow);
	struct pkt *pkt = iface_alloc(flow->iface, type, (uint16_t)(hdr_len + l4_len));

	if (pkt)
		pkt->l4 = (uint16_t)(pkt->l3 + hdr_len);
	return pkt;
}

static struct iface *iface_towards(struct ip_ifaces *ifaces, struct addr dst)
{
	struct iface *towards = NULL;
	bool ipv4 = addr_is_ipv4(dst);

	for (unsigned i = ifaces->len; i-- > 0;) {
		struct iface *iface = &ifaces->iface[i];

		if (ipv4 ? iface->ipv4_len == 0 : iface->ipv6_len == 0)
			continue;
		if (iface_on_link(iface, dst))
			return iface;
		if (!addr_is_any(ipv4 ? iface->gateway4 : iface->gateway6))
			towards = iface;
	}
	return towards;
}

bool ip_route(struct ip_ifaces *ifaces, struct ip_flow *flow)
{
	flow->iface = iface_towards(ifaces, flow->dst);
	if (!flow->iface)
		return false;
	if (addr_is_any(flow->src))
		flow->src = iface_source(flow->iface, flow->dst);
	return addr_is_ipv4(flow->src) == addr_is_ipv4(flow->dst);
}

bool ip_readdress(const struct ip_flow *flow, struct pkt *pkt)
{
	uint16_t hdr_len = ip_hdr_len(flow), before = (uint16_t)(flow->iface->hdr_len + hdr_len);

	if (unlikely(pkt->l4 < before)) {
		uint16_t by = (uint16_t)(before - pkt->l4);

		if (pkt_tailroom(pkt) < by)
			return false;
		memmove(pkt->page + before, pkt->page + pkt->l4,
		        (size_t)(pkt->off + pkt->len - pkt->l4));
		pkt->off = (uint16_t)(pkt->off + by);
		pkt->l4 = before;
	}
	pkt_set_len(pkt, (uint16_t)(pkt->off + pkt->len - pkt->l4));
	pkt->off = pkt->l4;
	pkt->l3 = (uint16_t)(pkt->l4 - hdr_len);
	pkt->gso_size = 0; // as received; what leaves is one packet
	pkt->rx_flags &= (uint8_t)~PKT_RX_UNWATCHED;
	iface_frame(flow->iface, pkt, addr_is_ipv4(flow->dst) ? ETH_TYPE_IPV4 : ETH_TYPE_IPV6);
	return true;
}

// The checksum of the header that ipv4_build writes, summed from the values in
// registers: reading back the header just written would stall on store forwarding.
static be16_t ipv4_cksum(const struct ip_flow *flow, be16_t total_len, be32_t src, be32_t dst)
{
	uint64_t fixed = IPV4_VERSION_IHL + be16(IPV4_FLAG_DF).be;
	cksum_t sum = {fixed + flow->ttl + ((uint64_t)flow->tos << 8) +
	               ((uint64_t)flow->protocol << 8) + total_len.be};

	return cksum_finish(cksum_add32(cksum_add32(sum, src.be), dst.be));
}

static void ipv4_build(const struct ip_flow *flow, struct pkt *pkt, uint16_t l4_len)
{
	struct ipv4_hdr *ip = ipv4_hdr_of(pkt);
	be16_t total_len = be16((uint16_t)(sizeof(*ip) + l4_len));
	be32_t src = addr_ipv4(flow->src), dst = addr_ipv4(flow->dst);

	ip->version_ihl = IPV4_VERSION_IHL;
	ip->tos = flow->tos;
	ip->total_len = total_len;
	// An atomic datagram needs no identification (RFC 6864 section 4.1).
	ip->id = be16(0);
	ip->frag = be16(IPV4_FLAG_DF);
	ip->ttl = flow->ttl;
	ip->protocol = flow->protocol;
	ip->src = src;
	ip->dst = dst;
	if (flow->iface->offloads & NETIF_TX_IPV4_CKSUM) {
		ip->cksum = be16(0);
		pkt->tx_flags = PKT_TX_IPV4_CKSUM;
	} else {
		ip->cksum = ipv4_cksum(flow, total_len, src, dst);
		pkt->tx_flags = 0;
	}
}

static void ipv6_build(const struct ip_flow *flow, struct pkt *pkt, uint16_t l4_len)
{
	struct ipv6_hdr *ip = ipv6_hdr_of(pkt);

	ip->version_class_flow = be32(UINT32_C(6) << 28 | (uint32_t)flow->tos << 20);
	ip->payload_len = be16(l4_len);
	ip->next = flow->protocol;
	ip->hop_limit = flow->ttl;
	addr_to_bytes(flow->src, ip->src);
	addr_to_bytes(flow->dst, ip->dst);
	pkt->tx_flags = PKT_TX_IPV6;
}

void ip_build(const struct ip_flow *flow, struct pkt *pkt, uint16_t l4_len)
{
	if (addr_is_ipv4(flow->dst))
		ipv4_build(flow, pkt, l4_len);
	else
		ipv6_build(flow, pkt, l4_len);
	pkt_set_len(pkt, (uint16_t)(pkt->l4 - pkt->off + l4_len - pkt->more));
}

// Whether the packet is cut, by the device or by offload.c, into segments that the MTU
// has room for.
static COLD bool segments_fit(const struct iface *iface, const struct pkt *pkt)
{
	return pkt->gso_size &&
	       pkt->l4 - pkt->l3 + tcp_hdr_len(tcp_hdr_of(pkt)) + pkt->gso_size <= iface->mtu;
}

void ip_send(const struct ip_flow *flow, struct pkt *pkt, mono_t now)
{
	struct iface *iface = flow->iface;
	struct addr hop = flow->dst;

	if (unlikely(pkt_total_len(pkt) - (uint32_t)(pkt->l3 - pkt->l2) > iface->mtu) &&
	    !segments_fit(iface, pkt)) {
		pkt_drop(iface->metric, pkt, DROP_TX_TOO_LONG);
		return;
	}
	if (!iface_on_link(iface, hop)) {
		if (unlikely(ipv6_is_group(hop))) {
			iface_send_to(iface, pkt, mac_of_ipv6_group(hop));
			return;
		}
		hop = addr_is_ipv4(hop) ? iface->gateway4 : iface->gateway6;
		if (unlikely(addr_is_any(hop))) {
			pkt_drop(iface->metric, pkt, DROP_NEIGH_NO_ROUTE);
			return;
		}
	}
	iface_send(iface, pkt, hop, now);
}
