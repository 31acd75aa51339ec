// udp: a datagram's checks, and its reply in the same page. Who listens is in
// stack.c.
#include "proto/tcpip/udp.h"

#include "proto/tcpip/ip.h"
#include "proto/tcpip/udp_wire.h"

static enum drop check_sum(const struct pkt *pkt, const struct udp_hdr *udp, struct addr src,
                           struct addr dst)
{
	uint16_t len = be16_get(udp->len);

	if (udp->cksum.be == 0)
		return addr_is_ipv4(src) ? DROP_NONE : DROP_UDP_NO_CKSUM;
	if (pkt->rx_flags & PKT_RX_L4_CKSUM_OK)
		return DROP_NONE;
	if (unlikely((pkt->rx_flags & PKT_RX_L4_CKSUM_BAD) ||
	             !cksum_ok(cksum_add(cksum_pseudo(src, dst, IP_PROTOCOL_UDP, len), udp, len))))
		return DROP_UDP_CKSUM;
	return DROP_NONE;
}

enum drop udp_input(struct pkt *pkt, struct addr src, struct addr dst)
{
	const struct udp_hdr *udp = udp_hdr_of(pkt);
	size_t len = (size_t)(pkt->off + pkt->len - pkt->l4);
	enum drop reason = udp_check(udp, len, pkt_l4_len(pkt));

	if (unlikely(reason))
		return reason;
	if (unlikely(pkt->next != NULL)) {
		// A listener sees one piece. What follows the datagram is not its own.
		if (be16_get(udp->len) > len)
			return DROP_UDP_CHAINED;
		pkt_trim(pkt, (uint32_t)(pkt->l4 - pkt->off) + be16_get(udp->len));
	}
	return check_sum(pkt, udp, src, dst);
}

void udp_describe(const struct iface *iface, struct pkt *pkt, struct addr src, struct addr dst,
                  uint16_t l3_len, struct udp_dgram *dgram)
{
	const struct udp_hdr *udp = udp_hdr_of(pkt);
	uint16_t payload = (uint16_t)(pkt->l4 + sizeof(*udp));

	dgram->src = src;
	dgram->dst = dst;
	dgram->src_port = be16_get(udp->src_port);
	dgram->dst_port = be16_get(udp->dst_port);
	dgram->len = (uint16_t)(be16_get(udp->len) - sizeof(*udp));
	dgram->room = (uint16_t)size_min(pkt->room - payload, iface->mtu - l3_len - sizeof(*udp));
	dgram->reply_len = UDP_NO_REPLY;
	dgram->drop = DROP_NONE;
	dgram->payload = pkt->page + payload;
	dgram->pkt = pkt;
}

// The headers of a datagram of len bytes at pkt->l4. The sum takes the header's fields
// from registers: reading back the header just written would stall on store forwarding.
static void headers_build(const struct ip_flow *flow, struct pkt *pkt, be16_t src_port,
                          be16_t dst_port, uint16_t len)
{
	struct udp_hdr *udp = udp_hdr_of(pkt);
	cksum_t sum = cksum_pseudo(flow->src, flow->dst, IP_PROTOCOL_UDP, len);
	be16_t cksum = cksum_fold(sum);

	ip_build(flow, pkt, len);
	if (flow->iface->offloads & NETIF_TX_L4_CKSUM) {
		pkt->tx_flags |= PKT_TX_UDP_CKSUM;
	} else {
		sum.sum += (uint64_t)src_port.be + dst_port.be + be16(len).be;
		cksum = cksum_finish_udp(cksum_add(sum, udp + 1, len - sizeof(*udp)));
	}
	*udp = (struct udp_hdr){src_port, dst_port, be16(len), cksum};
}

void udp_reply(struct iface *iface, const struct udp_dgram *dgram, mono_t now)
{
	struct ip_flow flow = {iface, dgram->dst, dgram->src, IP_PROTOCOL_UDP, IP_TTL, 0};
	struct pkt *pkt = dgram->pkt;

	assert(dgram->reply_len <= dgram->room);
	ip_turn(&flow, pkt);
	headers_build(&flow, pkt, be16(dgram->dst_port), be16(dgram->src_port),
	              (uint16_t)(sizeof(struct udp_hdr) + dgram->reply_len));
	ip_send(&flow, pkt, now);
}

void udp_send(struct iface *iface, uint16_t src_port, struct addr dst, uint16_t dst_port,
              const void *bytes, uint16_t len, mono_t now)
{
	struct ip_flow flow = {iface, iface_source(iface, dst), dst, IP_PROTOCOL_UDP, IP_TTL, 0};
	struct pkt *pkt;

	if (sizeof(struct udp_hdr) + len > ip_room(&flow)) {
		counter_add(&iface->metric->drop[DROP_TX_TOO_LONG], 1);
		return;
	}
	pkt = ip_alloc(&flow, (uint16_t)(sizeof(struct udp_hdr) + len));
	if (!pkt)
		return;
	memcpy(udp_hdr_of(pkt) + 1, bytes, len);
	headers_build(&flow, pkt, be16(src_port), be16(dst_port),
	              (uint16_t)(sizeof(struct udp_hdr) + len));
	ip_send(&flow, pkt, now);
}
