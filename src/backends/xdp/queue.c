// queue: see the header. System calls only where the kernel asks for them: to send, and
// to receive where busy polling or a driver's zero copy needs it.
#include "backends/xdp/queue.h"

#include <errno.h>
#include <sys/socket.h>

#define PREFETCH_AHEAD 4

// Calls in which the kernel takes a burst, at a minimum of one frame a call.
#define KICKS_MAX 64

// The kernel reports an address and, above it, where the frame begins behind it.
#define ADDR_BITS 48
#define ADDR_MASK ((UINT64_C(1) << ADDR_BITS) - 1)

static uint32_t ring_load(const uint32_t *count)
{
	return __atomic_load_n(count, __ATOMIC_ACQUIRE);
}

// Makes what our side did visible to the kernel.
static void ring_store(uint32_t *count, uint32_t at)
{
	__atomic_store_n(count, at, __ATOMIC_RELEASE);
}

static bool ring_wants_call(const struct xdp_ring *ring)
{
	return __atomic_load_n(ring->flags, __ATOMIC_RELAXED) & XDP_RING_NEED_WAKEUP;
}

// Slots that the kernel has filled, of which it is asked only when fewer than n are known.
static inline uint32_t ring_filled(struct xdp_ring *ring, uint32_t n)
{
	if (ring->limit - ring->at < n)
		ring->limit = ring_load(ring->producer);
	return ring->limit - ring->at;
}

// Slots that are free for us.
static inline uint32_t ring_free(struct xdp_ring *ring, uint32_t n)
{
	if (ring->limit - ring->at < n)
		ring->limit = ring_load(ring->consumer) + ring->mask + 1;
	return ring->limit - ring->at;
}

static inline struct pkt *pkt_at(const struct xdp_queue *q, uint64_t at)
{
	return &q->pages.meta[at / PAGE_BYTES];
}

// Gives the fill ring what it is owed, as far as there are pages. The last ones are for answers:
// connections that hold many make the ring shorter instead of mute.
static void queue_refill(struct xdp_queue *q)
{
	struct xdp_ring *fill = &q->sock.fill;
	uint64_t *slots = fill->slots;
	uint32_t room = ring_free(fill, q->owed), left = q->pages.free_len;

	room = (uint32_t)size_min(room, left > q->kept ? left - q->kept : 0);
	while (q->owed && room) {
		struct pkt *pkt = pkt_alloc(&q->pages.pool);

		slots[fill->at++ & fill->mask] = (uint64_t)pkt->index * PAGE_BYTES +
		                                 pkt->index % q->colours * PAGE_COLOUR_BYTES;
		q->owed--;
		room--;
	}
	ring_store(fill->producer, fill->at);
}

void xdp_queue_fill(struct xdp_queue *q, uint32_t held)
{
	q->owed = held;
	queue_refill(q);
}

void xdp_queue_drain(struct xdp_queue *q)
{
	for (uint32_t i = 0; q->pages.meta && i < q->pages.pool.pages; i++)
		while (q->pages.meta[i].refs)
			pkt_put(&q->pages.meta[i]);
	q->unsent = false;
}

// Pages that were sent are free again, or one holder fewer has them.
static void queue_reap(struct xdp_queue *q)
{
	struct xdp_ring *done = &q->sock.done;
	const uint64_t *slots = done->slots;
	uint32_t n = ring_filled(done, done->mask + 1);

	if (n == 0)
		return;
	while (n--) {
		uint64_t slot = slots[done->at++ & done->mask];

		pkt_put(pkt_at(q, (slot & ADDR_MASK) + (slot >> ADDR_BITS)));
	}
	ring_store(done->consumer, done->at);
}

// Has the kernel send what the transmit ring holds. A device that is busy, or drops as
// while its link is down, takes some frames or one in a call.
static void queue_kick(struct xdp_queue *q)
{
	q->unsent = false;
	if (!ring_wants_call(&q->sock.tx))
		return;
	for (unsigned tries = 0; tries < KICKS_MAX; tries++) {
		if (sendto(q->sock.fd, NULL, 0, MSG_DONTWAIT, NULL, 0) >= 0)
			return;
		if (errno != EAGAIN && errno != EBUSY && errno != ENOBUFS && errno != EINTR)
			return;
		queue_reap(q);
	}
	q->unsent = true;
}

static COLD void queue_reclaim(struct xdp_queue *q)
{
	atomic_store_explicit(&q->returned, false, memory_order_relaxed);
	xdp_memory_reclaim(&q->memory, &q->pages);
}

// The receive ring is empty. Without a page nothing would ever arrive again, nor be sent, so
// pages that were sent are not left to the next frame.
static void queue_poll(struct xdp_queue *q)
{
	queue_reap(q);
	if (unlikely(atomic_load_explicit(&q->returned, memory_order_acquire)))
		queue_reclaim(q);
	if (unlikely(q->owed))
		queue_refill(q);
	if (unlikely(q->polls || ring_wants_call(&q->sock.fill)))
		(void)!recvfrom(q->sock.fd, NULL, 0, MSG_DONTWAIT, NULL, NULL);
}

static inline const struct xdp_desc *rx_slot(const struct xdp_ring *rx, uint32_t i)
{
	return &((const struct xdp_desc *)rx->slots)[(rx->at + i) & rx->mask];
}

static inline uint64_t rx_at(const struct xdp_desc *slot)
{
	return (slot->addr & ADDR_MASK) + (slot->addr >> ADDR_BITS);
}

static inline void rx_prefetch(const struct xdp_queue *q, uint32_t i)
{
	uint64_t at = rx_at(rx_slot(&q->sock.rx, i));
	struct pkt *pkt = pkt_at(q, at);

	prefetch(pkt);
	prefetch((const uint8_t *)q->pages.owned + at);
}

unsigned xdp_queue_receive(struct xdp_queue *q, const struct netif *netif, unsigned queue,
                           struct pkt **pkts, unsigned n)
{
	struct xdp_ring *rx = &q->sock.rx;
	uint32_t got = ring_filled(rx, n), copied = 0;

	if (unlikely(q->unsent))
		queue_kick(q);
	if (unlikely(q->copies != NULL))
		copied = xdp_copies_receive(q->copies, netif, queue, pkts, n);
	n -= copied;
	pkts += copied;
	got = got < n ? got : n;
	if (got == 0) {
		queue_poll(q);
		return copied;
	}
	for (uint32_t i = 0; i < got && i < PREFETCH_AHEAD; i++)
		rx_prefetch(q, i);
	for (uint32_t i = 0; i < got; i++) {
		const struct xdp_desc *slot = rx_slot(rx, i);
		uint64_t at = rx_at(slot);
		struct pkt *pkt = pkt_at(q, at);

		if (i + PREFETCH_AHEAD < got)
			rx_prefetch(q, i + PREFETCH_AHEAD);
		pkt->off = (uint16_t)(at % PAGE_BYTES);
		pkt->len = (uint16_t)slot->len;
		pkt->iface = (uint8_t)netif->iface;
		pkts[i] = pkt;
	}
	rx->at += got;
	ring_store(rx->consumer, rx->at);
	q->owed += got;
	queue_refill(q);
	return copied + got;
}

// Consumes a frame that does not lie in one page of the queue's own. The copy, or NULL when
// the frame was dropped.
static COLD struct pkt *queue_copy(struct xdp_queue *q, struct worker_metric *metric,
                                   struct pkt *pkt)
{
	struct pkt *copy = pkt_copy(&q->pages.pool, pkt);

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

unsigned xdp_queue_send(struct xdp_queue *q, struct worker_metric *metric, struct pkt **pkts,
                        unsigned n)
{
	struct xdp_ring *tx = &q->sock.tx;
	struct xdp_desc *slots = tx->slots;
	uint32_t room, i;

	queue_reap(q);
	room = ring_free(tx, n);
	for (i = 0; i < n && room; i++) {
		struct pkt *pkt = pkts[i];

		if (unlikely(pkt->next || pkt->pool != &q->pages.pool))
			pkt = queue_copy(q, metric, pkt);
		if (unlikely(!pkt))
			continue;
		slots[tx->at++ & tx->mask] = (struct xdp_desc){
		        (uint64_t)pkt->index * PAGE_BYTES + pkt->off, pkt->len, 0};
		room--;
	}
	ring_store(tx->producer, tx->at);
	queue_kick(q);
	return i;
}
