// udp_train: see the header.
#include "proto/tcpip/udp_train.h"

#include "proto/tcpip/udp_internal.h"
#include "proto/tcpip/udp_wire.h"

// Builds the head as any packet's, in a page that is given back.
static bool build(struct udp_train *train, struct mac mac)
{
	const struct ip_flow *flow = &train->flow;
	struct pkt *pkt = ip_alloc(flow, sizeof(struct udp_hdr));

	if (!pkt)
		return false;
	ip_build(flow, pkt, sizeof(struct udp_hdr));
	mac_store(eth_hdr_of(pkt)->dst, mac);
	*udp_hdr_of(pkt) = (struct udp_hdr){.dst_port = train->dst_port};
	train->l3 = (uint16_t)(pkt->l3 - pkt->off);
	train->l4 = (uint16_t)(pkt->l4 - pkt->off);
	train->head_len = (uint16_t)(train->l4 + sizeof(struct udp_hdr));
	train->room = (uint16_t)(ip_room(flow) - sizeof(struct udp_hdr));
	train->tx_flags = pkt->tx_flags;
	if (addr_is_ipv4(flow->dst)) {
		struct ipv4_hdr *ip = ipv4_hdr_of(pkt);

		ip->total_len = ip->cksum = be16(0);
		train->ip_sum = ipv4_sum(ip).sum;
	}
	memcpy(train->head, pkt_data(pkt), train->head_len);
	pkt_put(pkt);
	train->sum = cksum_pseudo(flow->src, flow->dst, IP_PROTOCOL_UDP, 0).sum;
	if (flow->iface->offloads & NETIF_TX_L4_CKSUM)
		train->tx_flags |= PKT_TX_UDP_CKSUM;
	else
		train->sum += train->dst_port.be;
	train->mac = mac.bits;
	train->own_mac = flow->iface->mac.bits;
	train->offloads = flow->iface->offloads;
	train->built = true;
	return true;
}

// Whether nothing has changed since the head was built.
static bool is_current(const struct udp_train *train, const struct ip_flow *flow, be16_t dst_port,
                       struct mac mac)
{
	const struct ip_flow *old = &train->flow;

	return train->built && old->iface == flow->iface && addr_eq(old->src, flow->src) &&
	       addr_eq(old->dst, flow->dst) && old->ttl == flow->ttl && old->tos == flow->tos &&
	       be16_get(train->dst_port) == be16_get(dst_port) && train->mac == mac.bits &&
	       train->own_mac == flow->iface->mac.bits && train->offloads == flow->iface->offloads;
}

bool udp_train_open(struct udp_train *train, struct udp *udp, const struct udp_flow *to, mono_t now)
{
	struct ip_flow flow = {.src = to->src,
	                       .dst = to->dst,
	                       .protocol = IP_PROTOCOL_UDP,
	                       .ttl = to->ttl ? to->ttl : IP_TTL,
	                       .tos = to->tos};
	be16_t dst_port = be16(to->dst_port);
	struct addr hop = to->dst;
	const struct neigh *neigh;

	if (!ip_route(udp->ifaces, &flow))
		return false;
	if (!iface_on_link(flow.iface, hop))
		hop = addr_is_ipv4(hop) ? flow.iface->gateway4 : flow.iface->gateway6;
	if (addr_is_any(hop) || neigh_resolve(&flow.iface->neigh, hop, now) <= NEIGH_INCOMPLETE)
		return false;
	neigh = neigh_find(&flow.iface->neigh, hop);
	if (!neigh)
		return false;
	train->udp = udp;
	if (likely(is_current(train, &flow, dst_port, neigh->mac)))
		return true;
	train->flow = flow;
	train->dst_port = dst_port;
	return build(train, neigh->mac);
}

uint8_t *udp_train_next(struct udp_train *train, uint16_t len)
{
	struct pkt *pkt;

	if (unlikely(len > train->room)) {
		counter_add(&train->udp->metric->drop[DROP_TX_TOO_LONG], 1);
		return NULL;
	}
	pkt = pkt_alloc(train->flow.iface->pool);
	if (unlikely(!pkt || UDP_TRAIN_HEAD_BYTES + len > pkt->room - pkt->off)) {
		counter_add(&train->udp->metric->drop[DROP_TX_NO_PAGE], 1);
		if (pkt)
			pkt_put(pkt);
		return NULL;
	}
	// All of it, since a fixed length is a few moves; the payload is written over the rest.
	memcpy(pkt_data(pkt), train->head, UDP_TRAIN_HEAD_BYTES);
	pkt->l2 = pkt->off;
	pkt->l3 = (uint16_t)(pkt->off + train->l3);
	pkt->l4 = (uint16_t)(pkt->off + train->l4);
	pkt->len = (uint16_t)(train->head_len + len);
	pkt->tx_flags = train->tx_flags;
	train->pkt = pkt;
	return pkt_data(pkt) + train->head_len;
}

static void set_ip_len(const struct udp_train *train, const struct pkt *pkt, uint16_t udp_len)
{
	if (addr_is_ipv4(train->flow.dst)) {
		struct ipv4_hdr *ip = ipv4_hdr_of(pkt);
		be16_t total_len = be16((uint16_t)(sizeof(*ip) + udp_len));

		ip->total_len = total_len;
		if (!(train->tx_flags & PKT_TX_IPV4_CKSUM))
			ip->cksum = cksum_finish((cksum_t){train->ip_sum + total_len.be});
	} else {
		ipv6_hdr_of(pkt)->payload_len = be16(udp_len);
	}
}

void udp_train_send(struct udp_train *train, uint16_t src_port, uint16_t len, uint64_t payload)
{
	struct iface *iface = train->flow.iface;
	uint16_t udp_len = (uint16_t)(sizeof(struct udp_hdr) + len);
	be16_t length = be16(udp_len), source = be16(src_port);
	cksum_t sum = {train->sum + length.be};
	struct pkt *pkt = train->pkt;
	struct udp_hdr *udp = udp_hdr_of(pkt);

	set_ip_len(train, pkt, udp_len);
	udp->src_port = source;
	udp->len = length;
	if (train->tx_flags & PKT_TX_UDP_CKSUM) {
		udp->cksum = cksum_fold(sum);
	} else {
		// The length again: the pseudo header has it, too.
		sum.sum += (uint64_t)length.be + source.be;
		udp->cksum = cksum_finish_udp(cksum_add64(sum, payload));
	}
	train->pkt = NULL;
	iface_pad(pkt);
	batch_add(iface->exit.out, iface->metric, pkt);
}
