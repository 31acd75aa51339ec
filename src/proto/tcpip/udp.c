// udp: a datagram's checks, and its reply in the same page. Who listens is in
// stack.c.
#include "proto/tcpip/udp.h"

#include "proto/tcpip/ipv4.h"
#include "proto/tcpip/ipv6.h"
#include "proto/tcpip/udp_wire.h"

static enum drop check_sum(const struct pkt *pkt, const struct udp_hdr *udp, struct addr src,
                           struct addr dst)
{
	uint16_t len = be16_get(udp->len);

	if (udp->cksum.be == 0)
		return addr_is_ipv4(src) ? DROP_NONE : DROP_UDP_NO_CKSUM;
	if (pkt->rx_flags & PKT_RX_L4_CKSUM_OK)
		return DROP_NONE;
	if (unlikely(
	            (pkt->rx_flags & PKT_RX_L4_CKSUM_BAD) ||
	            !cksum_ok(cksum_add(cksum_pseudo(src, dst, IPV4_PROTOCOL_UDP, len), udp, len))))
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

// The headers of a datagram of len bytes. Its sum takes the header's fields from
// registers, since what was just stored in parts is slow to be loaded as a whole.
static void headers_build(struct iface *iface, struct pkt *pkt, struct addr src, be16_t src_port,
                          struct addr dst, be16_t dst_port, uint16_t len)
{
	struct udp_hdr *udp = udp_hdr_of(pkt);
	cksum_t sum = cksum_pseudo(src, dst, IPV4_PROTOCOL_UDP, len);
	be16_t cksum = cksum_fold(sum);

	if (addr_is_ipv4(dst))
		ipv4_build(iface, pkt, addr_ipv4(src), addr_ipv4(dst), IPV4_PROTOCOL_UDP, len);
	else
		ipv6_build(pkt, src, dst, IPV6_NEXT_UDP, len, IPV6_HOP_LIMIT);
	if (iface->offloads & NETIF_TX_L4_CKSUM) {
		pkt->tx_flags |= PKT_TX_UDP_CKSUM;
	} else {
		sum.sum += (uint64_t)src_port.be + dst_port.be + be16(len).be;
		cksum = cksum_finish_udp(cksum_add(sum, udp + 1, len - sizeof(*udp)));
	}
	*udp = (struct udp_hdr){src_port, dst_port, be16(len), cksum};
}

void udp_reply(struct iface *iface, const struct udp_dgram *dgram, mono_t now)
{
	struct pkt *pkt = dgram->pkt;
	uint16_t len = (uint16_t)(sizeof(struct udp_hdr) + dgram->reply_len);

	assert(dgram->reply_len <= dgram->room);
	iface_turn(iface, pkt,
	           addr_is_ipv4(dgram->src) ? sizeof(struct ipv4_hdr) : sizeof(struct ipv6_hdr));
	headers_build(iface, pkt, dgram->dst, be16(dgram->dst_port), dgram->src,
	              be16(dgram->src_port), len);
	iface_send(iface, pkt, dgram->src, now);
}

void udp_send(struct iface *iface, uint16_t src_port, struct addr dst, uint16_t dst_port,
              const void *bytes, uint16_t len, mono_t now)
{
	bool ipv4 = addr_is_ipv4(dst);
	struct addr src = iface_source(iface, dst);
	uint32_t l3_len = ipv4 ? sizeof(struct ipv4_hdr) : sizeof(struct ipv6_hdr);
	uint16_t l4_len = (uint16_t)(sizeof(struct udp_hdr) + len);
	struct pkt *pkt;

	if (l3_len + sizeof(struct udp_hdr) + len > iface->mtu) {
		counter_add(&iface->metric->drop[DROP_TX_TOO_LONG], 1);
		return;
	}
	pkt = iface_alloc(iface, ipv4 ? ETH_TYPE_IPV4 : ETH_TYPE_IPV6, (uint16_t)(l3_len + l4_len));
	if (!pkt)
		return;
	pkt->l4 = (uint16_t)(pkt->l3 + l3_len);
	memcpy(pkt->page + pkt->l4 + sizeof(struct udp_hdr), bytes, len);
	headers_build(iface, pkt, src, be16(src_port), dst, be16(dst_port), l4_len);
	iface_send(iface, pkt, dst, now);
}
