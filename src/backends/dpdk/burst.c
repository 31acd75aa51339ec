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

unsigned burst_rx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
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

// Whether the driver takes the chain: few enough pages, all of them mbufs.
static bool chain_fits(const struct queue *q, const struct pkt *pkt)
{
	unsigned segs = 0;

	for (const struct pkt *seg = pkt; seg; seg = seg->next) {
		if (seg->pool->kind != q->pool.pool.kind)
			return false;
		segs++;
	}
	return segs <= q->segs_max;
}

// Consumes a chain that the driver does not take. The copy in one page, or NULL when
// the frame was dropped.
static struct pkt *chain_copy(struct queue *q, struct worker_metric *metric, struct pkt *pkt)
{
	struct pkt *copy = pkt_copy(&q->pool.pool, pkt);

	if (!copy) {
		pkt_drop(metric, pkt, DROP_TX_NO_PAGE);
		return NULL;
	}
	pkt_put(pkt);
	if (copy->next) {
		pkt_drop(metric, copy, DROP_TX_TOO_LONG);
		return NULL;
	}
	counter_add(&q->tx_copied, 1);
	return copy;
}

// Replaces chains that the driver does not take by copies. Returns how many frames were
// dropped: the others have moved to the end of the burst, in order.
static COLD unsigned chains_settle(struct queue *q, struct worker_metric *metric, struct pkt **pkts,
                                   unsigned n)
{
	unsigned dropped = 0;

	for (unsigned i = 0; i < n; i++) {
		struct pkt *pkt = pkts[i];

		if (pkt->next && !chain_fits(q, pkt))
			pkt = chain_copy(q, metric, pkt);
		if (!pkt) {
			memmove(pkts + dropped + 1, pkts + dropped, (i - dropped) * sizeof(*pkts));
			dropped++;
		} else {
			pkts[i] = pkt;
		}
	}
	return dropped;
}

// Links the mbufs of each chain, whose first ones are filled.
static COLD void chains_link(struct pkt *const *pkts, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct rte_mbuf *head = pool_mbuf(pkts[i]), *last = head;

		// A shared chain that was sent before may still be linked.
		head->nb_segs = 1;
		for (const struct pkt *pkt = pkts[i]->next; pkt; pkt = pkt->next) {
			last->next = pool_mbuf(pkt);
			last = last->next;
			last->data_off = pkt->off;
			last->data_len = pkt->len;
			head->nb_segs++;
			if (pkts[i]->refs > 1)
				rte_mbuf_refcnt_update(last, 1);
		}
		head->pkt_len = pkt_total_len(pkts[i]);
	}
}

// Undoes chains_link for frames that the driver left.
static COLD void chains_unlink(struct pkt *const *pkts, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		for (const struct pkt *pkt = pkts[i]; pkt; pkt = pkt->next) {
			pool_mbuf(pkt)->next = NULL;
			pool_mbuf(pkt)->nb_segs = 1;
			if (pkt != pkts[i] && pkts[i]->refs > 1)
				rte_mbuf_refcnt_update(pool_mbuf(pkt), -1);
		}
	}
}

static bool any_chain(struct pkt *const *pkts, unsigned n)
{
	uintptr_t any = 0;

	for (unsigned i = 0; i < n; i++)
		any |= (uintptr_t)pkts[i]->next;
	return any;
}

unsigned burst_tx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	struct queue *q = &port_of(netif)->queue[queue];
	struct rte_mbuf *mbufs[BURST_MAX];
	unsigned sent, dropped = 0;
	uint64_t shared = 0;
	bool chained;

	n = RTE_MIN(n, BURST_MAX);
	chained = any_chain(pkts, n);
	if (unlikely(chained))
		dropped = chains_settle(q, netif->metric[queue], pkts, n);
	pkts += dropped;
	n -= dropped;
	for (unsigned i = 0; i < n; i++) {
		shared |= (uint64_t)(pkts[i]->refs > 1) << i;
		mbufs[i] = mbuf_fill(pkts[i]);
	}
	if (unlikely(chained))
		chains_link(pkts, n);
	sent = rte_eth_tx_burst(q->dev, q->number, mbufs, (uint16_t)n);
	for (unsigned i = 0; unlikely(shared) && i < n; i++) {
		if (!(shared >> i & 1))
			continue;
		if (i < sent)
			pkts[i]->refs--;
		else
			rte_mbuf_refcnt_update(mbufs[i], -1);
	}
	if (unlikely(chained))
		chains_unlink(pkts + sent, n - sent);
	return dropped + sent;
}
