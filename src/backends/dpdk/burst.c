// burst: see the header. No allocation, lock, log or clock in here.
#include "backends/dpdk/burst.h"

#define BURST_MAX      64
#define PREFETCH_AHEAD 4
#define ETH_BYTES      18 // header and one VLAN tag
#define HDRS_LEAST     60 // of IPv6 and TCP, or of IPv4 and TCP with timestamps and more

#define TCP_OFFSET_OFFSET 12

static uint8_t rx_flags_of(uint64_t ol_flags)
{
	uint64_t ip = ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK;
	uint64_t l4 = ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;
	unsigned flags = 0;

	if (ip == RTE_MBUF_F_RX_IP_CKSUM_GOOD || ip == RTE_MBUF_F_RX_IP_CKSUM_NONE)
		flags |= PKT_RX_IPV4_CKSUM_OK;
	else if (ip == RTE_MBUF_F_RX_IP_CKSUM_BAD)
		flags |= PKT_RX_IPV4_CKSUM_BAD;
	if (l4 == RTE_MBUF_F_RX_L4_CKSUM_GOOD)
		flags |= PKT_RX_L4_CKSUM_OK;
	else if (l4 == RTE_MBUF_F_RX_L4_CKSUM_BAD)
		flags |= PKT_RX_L4_CKSUM_BAD;
	// Not computed, and the bytes are sound: from the same host, as virtio has it.
	else if (l4 == RTE_MBUF_F_RX_L4_CKSUM_NONE)
		flags |= PKT_RX_L4_CKSUM_OK | PKT_RX_L4_CKSUM_BLANK;
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

// The segments that the device has joined. Not each driver says how long they were.
static uint16_t joined_size(const struct rte_mbuf *mbuf, const struct netif *netif)
{
	if (!(mbuf->ol_flags & RTE_MBUF_F_RX_LRO))
		return 0;
	return mbuf->tso_segsz ? mbuf->tso_segsz : (uint16_t)(netif->mtu - HDRS_LEAST);
}

// The packet of a frame that lies in several mbufs, which are parted.
static COLD struct pkt *chain_fill(struct rte_mbuf *mbuf, const struct netif *netif)
{
	struct pkt *first = pkt_fill(mbuf, netif), *last = first;
	struct rte_mbuf *next = mbuf->next;

	first->more = mbuf->pkt_len - mbuf->data_len;
	first->gso_size = joined_size(mbuf, netif);
	mbuf->next = NULL;
	mbuf->nb_segs = 1;
	while (next) {
		struct rte_mbuf *part = next;

		next = part->next;
		part->next = NULL;
		last->next = pkt_fill(part, netif);
		last = last->next;
	}
	return first;
}

// Consumes a frame in several mbufs; NULL: it was dropped.
static COLD struct pkt *chain_take(struct netif *netif, unsigned queue, struct rte_mbuf *mbuf)
{
	struct pkt *pkt = chain_fill(mbuf, netif);

	if (pkt->gso_size || pkt_total_len(pkt) <= netif->mtu + (uint32_t)ETH_BYTES)
		return pkt;
	pkt_drop(netif->metric[queue], pkt, DROP_RX_TOO_LONG);
	return NULL;
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
		if (likely(mbufs[i]->nb_segs == 1)) {
			pkts[kept++] = pkt_fill(mbufs[i], netif);
		} else {
			pkts[kept] = chain_take(netif, queue, mbufs[i]);
			kept += pkts[kept] != NULL;
		}
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
	if (unlikely(pkt->gso_size)) {
		flags |= RTE_MBUF_F_TX_TCP_SEG;
		mbuf->tso_segsz = pkt->gso_size;
		mbuf->l4_len = (pkt->page[pkt->l4 + TCP_OFFSET_OFFSET] >> 4) * 4u;
	}
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
	return mbuf;
}

// Whether the driver takes the chain: few enough pages, all of them mbufs.
static bool chain_fits(const struct queue *q, const struct pkt *pkt)
{
	unsigned segs = 0, max = pkt->gso_size ? q->tso_segs_max : q->segs_max;

	for (const struct pkt *seg = pkt; seg; seg = seg->next) {
		if (seg->pool->kind != q->pool.pool.kind)
			return false;
		segs++;
	}
	return segs <= max;
}

// Consumes a chain that the driver does not take. The copy in one page, or of several
// segments in fewer, or NULL when the frame was dropped.
static struct pkt *chain_copy(struct queue *q, struct worker_metric *metric, struct pkt *pkt)
{
	struct pkt *copy = pkt_copy(&q->pool.pool, pkt);

	if (!copy) {
		pkt_drop(metric, pkt, DROP_TX_NO_PAGE);
		return NULL;
	}
	pkt_put(pkt);
	if (copy->next && !(copy->gso_size && chain_fits(q, copy))) {
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

// The mbufs of a frame. The driver gets references of its own to them: pages of a chain have
// holders of their own, and a driver gives back what it got.
static COLD struct rte_mbuf *frame_link(const struct pkt *pkt)
{
	struct rte_mbuf *head = mbuf_fill(pkt), *last = head;

	rte_mbuf_refcnt_update(head, 1);
	// One that was sent before may still be linked.
	head->nb_segs = 1;
	head->next = NULL;
	head->pkt_len = pkt_total_len(pkt);
	for (const struct pkt *part = pkt->next; part; part = part->next) {
		last->next = pool_mbuf(part);
		last = last->next;
		last->data_off = part->off;
		last->data_len = part->len;
		last->next = NULL;
		rte_mbuf_refcnt_update(last, 1);
		head->nb_segs++;
	}
	return head;
}

// Takes the driver's references to a frame that it left.
static COLD void frame_unlink(const struct pkt *pkt)
{
	for (; pkt; pkt = pkt->next) {
		pool_mbuf(pkt)->next = NULL;
		pool_mbuf(pkt)->nb_segs = 1;
		rte_mbuf_refcnt_update(pool_mbuf(pkt), -1);
	}
}

// Frames that are linked, in the order of both arrays.
struct linked {
	struct pkt **pkts;
	struct rte_mbuf **mbufs;
	unsigned len;
};

// Has the driver look at the frames, and write into them what it needs: drivers differ in what a
// device that segments expects as a checksum. Drops what it refuses: the others have moved to the
// end. Returns how many were dropped.
static COLD unsigned linked_prepare(const struct queue *q, struct worker_metric *metric,
                                    struct linked *linked)
{
	unsigned dropped = 0;

	for (unsigned ready = 0;;) {
		ready += rte_eth_tx_prepare(q->dev, q->number, linked->mbufs + ready,
		                            (uint16_t)(linked->len - ready));
		if (ready == linked->len)
			return dropped;
		frame_unlink(linked->pkts[ready]);
		pkt_drop(metric, linked->pkts[ready], DROP_TX_REFUSED);
		memmove(linked->pkts + 1, linked->pkts, ready * sizeof(*linked->pkts));
		memmove(linked->mbufs + 1, linked->mbufs, ready * sizeof(*linked->mbufs));
		linked->pkts++;
		linked->mbufs++;
		linked->len--;
		dropped++;
	}
}

// burst_tx for frames of which some are in several pages, or are to be cut by the device.
static COLD unsigned tx_linked(struct queue *q, struct worker_metric *metric, struct pkt **pkts,
                               unsigned n)
{
	unsigned dropped = chains_settle(q, metric, pkts, n), sent;
	struct rte_mbuf *mbufs[BURST_MAX];
	struct linked linked = {pkts + dropped, mbufs, n - dropped};

	for (unsigned i = 0; i < linked.len; i++)
		mbufs[i] = frame_link(linked.pkts[i]);
	dropped += linked_prepare(q, metric, &linked);
	sent = rte_eth_tx_burst(q->dev, q->number, linked.mbufs, (uint16_t)linked.len);
	for (unsigned i = 0; i < linked.len; i++) {
		if (i < sent)
			pkt_put(linked.pkts[i]);
		else
			frame_unlink(linked.pkts[i]);
	}
	return dropped + sent;
}

static bool any_linked(struct pkt *const *pkts, unsigned n)
{
	uintptr_t any = 0;

	for (unsigned i = 0; i < n; i++)
		any |= (uintptr_t)pkts[i]->next | pkts[i]->gso_size;
	return any;
}

unsigned burst_tx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	struct queue *q = &port_of(netif)->queue[queue];
	struct rte_mbuf *mbufs[BURST_MAX];
	uint64_t shared = 0;
	unsigned sent;

	n = RTE_MIN(n, BURST_MAX);
	if (unlikely(any_linked(pkts, n)))
		return tx_linked(q, netif->metric[queue], pkts, n);
	for (unsigned i = 0; i < n; i++) {
		mbufs[i] = mbuf_fill(pkts[i]);
		// The driver gives one reference back when it has sent the page; the
		// others' holders keep theirs.
		if (unlikely(pkts[i]->refs > 1)) {
			rte_mbuf_refcnt_update(mbufs[i], 1);
			shared |= UINT64_C(1) << i;
		}
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
