// burst: see the header. No allocation, lock, log or clock in here.
#include "backends/dpdk/burst.h"

#define BURST_MAX      64
#define PREFETCH_AHEAD 4

static uint8_t rx_flags_of(uint64_t ol_flags)
{
	uint64_t ip = ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK;
	uint64_t l4 = ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;
	unsigned flags = 0;

	if (ip == RTE_MBUF_F_RX_IP_CKSUM_GOOD)
		flags |= PKT_RX_IPV4_CKSUM_OK;
	else if (ip == RTE_MBUF_F_RX_IP_CKSUM_BAD)
		flags |= PKT_RX_IPV4_CKSUM_BAD;
	if (l4 == RTE_MBUF_F_RX_L4_CKSUM_GOOD)
		flags |= PKT_RX_L4_CKSUM_OK;
	else if (l4 == RTE_MBUF_F_RX_L4_CKSUM_BAD)
		flags |= PKT_RX_L4_CKSUM_BAD;
	return (uint8_t)flags;
}

// The packet of a received mbuf.
static inline struct pkt *pkt_fill(struct rte_mbuf *mbuf, const struct netif *netif)
{
	struct pkt *pkt = pool_pkt(mbuf);

	pkt->off = mbuf->data_off;
	pkt->len = mbuf->data_len;
	pkt->l2 = pkt->l3 = pkt->l4 = 0;
	pkt->refs = 1;
	pkt->tx_flags = 0;
	pkt->gso_size = 0;
	pkt->more = 0;
	pkt->next = NULL;
	pkt->iface = (uint8_t)netif->iface;
	pkt->hash = mbuf->ol_flags & RTE_MBUF_F_RX_RSS_HASH ? mbuf->hash.rss : 0;
	pkt->rx_flags = netif->offloads & NETIF_RX_CKSUM ? rx_flags_of(mbuf->ol_flags) : 0;
	return pkt;
}

// A frame that did not fit one page comes as a chain.
static COLD void chain_drop(struct worker_metric *metric, struct rte_mbuf *mbuf)
{
	rte_pktmbuf_free(mbuf->next);
	mbuf->next = NULL;
	mbuf->nb_segs = 1;
	pkt_drop(metric, pool_pkt(mbuf), DROP_RX_TOO_LONG);
}

unsigned port_rx_burst(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	struct queue *q = &port_of(netif)->queue[queue];
	struct rte_mbuf *mbufs[BURST_MAX];
	unsigned got, kept = 0;

	got = rte_eth_rx_burst(q->dev, q->number, mbufs, (uint16_t)RTE_MIN(n, BURST_MAX));
	for (unsigned i = 0; i < got && i < PREFETCH_AHEAD; i++)
		rte_prefetch0(rte_pktmbuf_mtod(mbufs[i], void *));
	for (unsigned i = 0; i < got; i++) {
		if (i + PREFETCH_AHEAD < got)
			rte_prefetch0(rte_pktmbuf_mtod(mbufs[i + PREFETCH_AHEAD], void *));
		pkts[kept] = pkt_fill(mbufs[i], netif);
		if (likely(mbufs[i]->nb_segs == 1))
			kept++;
		else
			chain_drop(netif->metric[queue], mbufs[i]);
	}
	return kept;
}

static void tx_offload(struct rte_mbuf *mbuf, const struct pkt *pkt)
{
	uint64_t flags = pkt->tx_flags & PKT_TX_IPV6 ? RTE_MBUF_F_TX_IPV6 : RTE_MBUF_F_TX_IPV4;

	if (pkt->tx_flags & PKT_TX_IPV4_CKSUM)
		flags |= RTE_MBUF_F_TX_IP_CKSUM;
	if (pkt->tx_flags & PKT_TX_UDP_CKSUM)
		flags |= RTE_MBUF_F_TX_UDP_CKSUM;
	if (pkt->tx_flags & PKT_TX_TCP_CKSUM)
		flags |= RTE_MBUF_F_TX_TCP_CKSUM;
	mbuf->ol_flags = flags;
	mbuf->l2_len = (uint64_t)(pkt->l3 - pkt->off) & 0x7f;
	mbuf->l3_len = (uint64_t)(pkt->l4 - pkt->l3) & 0x1ff;
}

// The mbuf of a packet that is to be sent.
static inline struct rte_mbuf *mbuf_fill(const struct pkt *pkt)
{
	struct rte_mbuf *mbuf = pool_mbuf(pkt);

	assert(!pkt->next);
	mbuf->data_off = pkt->off;
	mbuf->data_len = pkt->len;
	mbuf->pkt_len = pkt->len;
	mbuf->ol_flags = 0;
	if (pkt->tx_flags)
		tx_offload(mbuf, pkt);
	// The driver gives one reference back when it has sent the page; the
	// others' holders keep theirs.
	if (unlikely(pkt->refs > 1))
		rte_mbuf_refcnt_update(mbuf, 1);
	return mbuf;
}

unsigned port_tx_burst(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	struct queue *q = &port_of(netif)->queue[queue];
	struct rte_mbuf *mbufs[BURST_MAX];
	uint64_t shared = 0;
	unsigned sent;

	n = RTE_MIN(n, BURST_MAX);
	for (unsigned i = 0; i < n; i++) {
		shared |= (uint64_t)(pkts[i]->refs > 1) << i;
		mbufs[i] = mbuf_fill(pkts[i]);
	}
	sent = rte_eth_tx_burst(q->dev, q->number, mbufs, (uint16_t)n);
	for (unsigned i = 0; unlikely(shared) && i < n; i++) {
		if (!(shared >> i & 1))
			continue;
		if (i < sent)
			pkts[i]->refs--;
		else
			rte_mbuf_refcnt_update(mbufs[i], -1);
	}
	return sent;
}
