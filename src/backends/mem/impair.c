// impair: see the header. Both directions run every packet through the same
// line: what is not lost joins one of two queues, each in the order of time, and
// leaves when its time has come. Reading the text is in impair_parse.c.
#include "backends/mem/impair.h"

#include "core/host/clock.h"
#include "core/line.h"
#include "core/rand.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BURST 32

// A packet that waits, and when it may go on.
struct held {
	struct pkt *pkt;
	mono_t due;
};

// As every packet of a lane is delayed equally long after its turn at the rate, a lane is in order
// of time.
enum lane { LANE_STRAIGHT, LANE_REORDERED, LANES };

struct fifo {
	struct held *slot; // a power of two of them
	uint32_t head, tail;
};

// One direction of one queue.
struct line {
	struct rand rand;
	struct fifo fifo[LANES];
	uint64_t busy_ns;       // until when packets take the line's rate
	struct pkt *out[BURST]; // due, but not yet taken
	unsigned out_len;
};

struct impair_queue {
	CACHE_ALIGNED struct clock clock;
	struct line rx, tx;
};

struct impair {
	struct netif netif;
	struct netif *inner;
	struct impair_conf conf;
	uint32_t mask; // of the fifos
	struct impair_queue *queue;
};

static struct impair *impair_of(struct netif *netif)
{
	return CONTAINER_OF(netif, struct impair, netif);
}

static mono_t impair_now(struct impair *impair, unsigned queue)
{
	if (impair->conf.now)
		return impair->conf.now(impair->conf.now_ctx);
	return clock_now(&impair->queue[queue].clock);
}

static uint32_t line_len(const struct line *line)
{
	uint32_t len = line->out_len;

	for (unsigned i = 0; i < LANES; i++)
		len += line->fifo[i].head - line->fifo[i].tail;
	return len;
}

static const struct held *fifo_first(const struct fifo *fifo, uint32_t mask)
{
	return fifo->head == fifo->tail ? NULL : &fifo->slot[fifo->tail & mask];
}

// Whether others hold a page of it.
static bool is_shared(const struct pkt *pkt)
{
	while (pkt && pkt->refs == 1)
		pkt = pkt->next;
	return pkt != NULL;
}

// Turns one bit over, in a copy when others hold the packet.
static struct pkt *impair_corrupt(struct impair *impair, unsigned queue, struct line *line,
                                  struct pkt *pkt)
{
	uint64_t bit = rand_u64(&line->rand);
	struct pkt *part;

	if (pkt_total_len(pkt) == 0)
		return pkt;
	if (is_shared(pkt)) {
		struct pkt *copy = pkt_copy(impair->netif.pool[queue], pkt);

		if (!copy)
			return pkt;
		pkt_put(pkt);
		pkt = copy;
	}
	bit %= pkt_total_len(pkt) * UINT64_C(8);
	for (part = pkt; bit / 8 >= part->len; part = part->next)
		bit -= part->len * UINT64_C(8);
	pkt_data(part)[bit / 8] ^= (uint8_t)(1 << bit % 8);
	pkt->rx_flags = 0;
	return pkt;
}

// Gives the packet its turn at the line's rate, whose end is *done; false: the queue is full.
static bool line_serve(const struct impair *impair, struct line *line, const struct pkt *pkt,
                       mono_t now, mono_t *done)
{
	uint64_t now_ns = now.us * 1000;

	*done = now;
	if (!impair->conf.rate_bps)
		return true;
	if (line->busy_ns < now_ns)
		line->busy_ns = now_ns;
	if (line->busy_ns - now_ns > impair->conf.queue_us * 1000)
		return false;
	line->busy_ns += pkt_total_len(pkt) * UINT64_C(8000000000) / impair->conf.rate_bps;
	done->us = line->busy_ns / 1000;
	return true;
}

static void line_hold(struct impair *impair, unsigned queue, struct line *line, struct pkt *pkt,
                      mono_t now)
{
	bool late = rand_chance(&line->rand, impair->conf.reorder_q32);
	struct fifo *fifo = &line->fifo[late ? LANE_REORDERED : LANE_STRAIGHT];
	uint64_t wait_us = impair->conf.delay_us + (late ? IMPAIR_REORDER_US : 0);
	mono_t done;

	if (line_len(line) >= impair->conf.limit || !line_serve(impair, line, pkt, now, &done)) {
		pkt_drop(impair->netif.metric[queue], pkt, DROP_IMPAIR_QUEUE_FULL);
		return;
	}
	fifo->slot[fifo->head++ & impair->mask] = (struct held){pkt, mono_add(done, wait_us)};
}

// Consumes a packet that comes to the line. The draws are made in one order for
// each, so that a run repeats.
static void line_enter(struct impair *impair, unsigned queue, struct line *line, struct pkt *pkt,
                       mono_t now)
{
	struct pkt *copy = NULL;

	if (rand_chance(&line->rand, impair->conf.loss_q32)) {
		pkt_drop(impair->netif.metric[queue], pkt, DROP_IMPAIR_LOSS);
		return;
	}
	if (rand_chance(&line->rand, impair->conf.dup_q32))
		copy = pkt_copy(impair->netif.pool[queue], pkt);
	if (rand_chance(&line->rand, impair->conf.corrupt_q32))
		pkt = impair_corrupt(impair, queue, line, pkt);
	line_hold(impair, queue, line, pkt, now);
	if (copy)
		line_hold(impair, queue, line, copy, now);
}

// The lane whose first packet is next, or NULL when nothing waits. At the same
// instant the one that has waited longer goes first.
static struct fifo *line_next(const struct impair *impair, struct line *line)
{
	const struct held *straight = fifo_first(&line->fifo[LANE_STRAIGHT], impair->mask);
	const struct held *late = fifo_first(&line->fifo[LANE_REORDERED], impair->mask);

	if (late && (!straight || mono_due(late->due, straight->due)))
		return &line->fifo[LANE_REORDERED];
	return straight ? &line->fifo[LANE_STRAIGHT] : NULL;
}

// Fills `out` with what is due.
static void line_leave(struct impair *impair, struct line *line, mono_t now)
{
	while (line->out_len < BURST) {
		struct fifo *fifo = line_next(impair, line);
		const struct held *held = fifo ? fifo_first(fifo, impair->mask) : NULL;

		if (!held || !mono_due(held->due, now))
			return;
		line->out[line->out_len++] = held->pkt;
		fifo->tail++;
	}
}

// The first n packets of `out` are gone.
static void line_taken(struct line *line, unsigned n)
{
	line->out_len -= n;
	memmove(line->out, line->out + n, line->out_len * sizeof(*line->out));
}

static void impair_flush_tx(struct impair *impair, unsigned queue, mono_t now)
{
	struct netif *inner = impair->inner;
	struct line *line = &impair->queue[queue].tx;
	unsigned sent;

	do {
		line_leave(impair, line, now);
		if (line->out_len == 0)
			return;
		sent = inner->ops->tx_burst(inner, queue, line->out, line->out_len);
		line_taken(line, sent);
	} while (sent == BURST);
}

static unsigned impair_tx_burst(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	struct impair *impair = impair_of(netif);
	mono_t now = impair_now(impair, queue);

	impair->inner->metric[queue] = netif->metric[queue];
	for (unsigned i = 0; i < n; i++)
		line_enter(impair, queue, &impair->queue[queue].tx, pkts[i], now);
	impair_flush_tx(impair, queue, now);
	return n;
}

// Each segment has its own fate, and corrupted packets must not get fresh checksums from the
// device.
static uint32_t offloads_of(const struct impair *impair)
{
	uint32_t mend = NETIF_TX_IPV4_CKSUM | NETIF_TX_L4_CKSUM;
	uint32_t not = NETIF_TX_TSO4 | NETIF_TX_TSO6 | (impair->conf.corrupt_q32 ? mend : 0);

	return impair->inner->offloads & ~not ;
}

// The inner device may have connected again, with another address and other offloads.
static void impair_follow_link(struct impair *impair)
{
	uint32_t generation =
	        atomic_load_explicit(&impair->inner->generation, memory_order_acquire);

	if (likely(generation ==
	           atomic_load_explicit(&impair->netif.generation, memory_order_relaxed)))
		return;
	memcpy(impair->netif.mac, impair->inner->mac, sizeof(impair->netif.mac));
	impair->netif.offloads = offloads_of(impair);
	impair->netif.tx_pages = impair->inner->tx_pages;
	atomic_store_explicit(&impair->netif.generation, generation, memory_order_release);
}

static unsigned impair_rx_burst(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	struct impair *impair = impair_of(netif);
	struct netif *inner = impair->inner;
	struct line *line = &impair->queue[queue].rx;
	mono_t now = impair_now(impair, queue);
	struct pkt *burst[BURST];
	unsigned got;

	inner->metric[queue] = netif->metric[queue];
	if (queue == 0)
		impair_follow_link(impair);
	got = inner->ops->rx_burst(inner, queue, burst, BURST);
	for (unsigned i = 0; i < got; i++)
		line_enter(impair, queue, line, burst[i], now);
	line_leave(impair, line, now);
	n = (unsigned)size_min(n, line->out_len);
	memcpy(pkts, line->out, n * sizeof(*pkts));
	line_taken(line, n);
	for (unsigned i = 0; i < n; i++)
		pkts[i]->iface = (uint8_t)netif->iface;
	impair_flush_tx(impair, queue, now);
	return n;
}

static int impair_rx_queue(const struct netif *netif, const struct netif_flow *flow)
{
	const struct netif *inner = CONTAINER_OF(netif, const struct impair, netif)->inner;

	return inner->ops->rx_queue ? inner->ops->rx_queue(inner, flow) : -1;
}

static int impair_rx_fd(struct netif *netif, unsigned queue)
{
	struct netif *inner = impair_of(netif)->inner;

	return inner->ops->rx_fd ? inner->ops->rx_fd(inner, queue) : -1;
}

static int impair_rx_fd_more(struct netif *netif, unsigned queue)
{
	struct netif *inner = impair_of(netif)->inner;

	return inner->ops->rx_fd_more ? inner->ops->rx_fd_more(inner, queue) : -1;
}

static void impair_rx_arm(struct netif *netif, unsigned queue, bool on)
{
	struct netif *inner = impair_of(netif)->inner;

	inner->ops->rx_arm(inner, queue, on);
}

static mono_t line_deadline(const struct impair *impair, struct line *line)
{
	struct fifo *fifo = line_next(impair, line);

	if (line->out_len)
		return (mono_t){0};
	return fifo ? fifo_first(fifo, impair->mask)->due : MONO_NEVER;
}

static mono_t impair_deadline(struct netif *netif, unsigned queue)
{
	struct impair *impair = impair_of(netif);
	struct netif *inner = impair->inner;
	struct impair_queue *q = &impair->queue[queue];
	mono_t first = mono_earlier(line_deadline(impair, &q->rx), line_deadline(impair, &q->tx));

	if (inner->ops->deadline)
		first = mono_earlier(first, inner->ops->deadline(inner, queue));
	return first;
}

static void impair_groups(struct netif *netif, const uint8_t (*macs)[6], unsigned len)
{
	struct netif *inner = impair_of(netif)->inner;

	if (inner->ops->groups)
		inner->ops->groups(inner, macs, len);
}

static void impair_own(struct netif *netif, uint16_t vlan, const struct addr *addrs, unsigned len)
{
	struct netif *inner = impair_of(netif)->inner;

	if (inner->ops->own)
		inner->ops->own(inner, vlan, addrs, len);
}

static void impair_status(struct netif *netif, struct netif_status *status)
{
	struct netif *inner = impair_of(netif)->inner;

	inner->ops->status(inner, status);
}

// rx_burst passes the new generation on.
static int impair_reopen(struct netif *netif, struct why *why)
{
	struct impair *impair = impair_of(netif);
	int err = impair->inner->ops->reopen ? impair->inner->ops->reopen(impair->inner, why)
	                                     : -ENODEV;

	if (!err)
		memcpy(netif->mac, impair->inner->mac, sizeof(netif->mac));
	return err;
}

static void line_fini(struct line *line)
{
	for (unsigned i = 0; i < LANES; i++)
		free(line->fifo[i].slot);
}

static void impair_free(struct impair *impair)
{
	for (unsigned i = 0; impair->queue && i < impair->netif.queues; i++) {
		line_fini(&impair->queue[i].rx);
		line_fini(&impair->queue[i].tx);
	}
	free(impair->queue);
	free(impair);
}

// Puts what waits.
static void line_drain(struct impair *impair, struct line *line)
{
	do {
		for (unsigned i = 0; i < line->out_len; i++)
			pkt_put(line->out[i]);
		line->out_len = 0;
		line_leave(impair, line, MONO_NEVER);
	} while (line->out_len);
}

static void impair_close(struct netif *netif)
{
	struct impair *impair = impair_of(netif);
	struct netif *inner = impair->inner;

	for (unsigned i = 0; i < netif->queues; i++) {
		line_drain(impair, &impair->queue[i].rx);
		line_drain(impair, &impair->queue[i].tx);
	}
	impair_free(impair);
	inner->ops->close(inner);
}

static const struct netif_ops impair_ops = {
        .rx_burst = impair_rx_burst,
        .tx_burst = impair_tx_burst,
        .rx_queue = impair_rx_queue,
        .rx_fd = impair_rx_fd,
        .rx_fd_more = impair_rx_fd_more,
        .rx_arm = impair_rx_arm,
        .deadline = impair_deadline,
        .groups = impair_groups,
        .own = impair_own,
        .status = impair_status,
        .reopen = impair_reopen,
        .close = impair_close,
};

static int line_init(const struct impair *impair, struct line *line, uint64_t seed)
{
	rand_init(&line->rand, seed);
	for (unsigned i = 0; i < LANES; i++) {
		line->fifo[i].slot = line_alloc(impair->mask + 1, sizeof(struct held));
		if (!line->fifo[i].slot)
			return -ENOMEM;
	}
	return 0;
}

int impair_open(struct netif *inner, const struct impair_conf *conf, struct netif **netif)
{
	struct impair *impair = calloc(1, sizeof(*impair));
	struct rand seeds;
	int err = 0;

	if (!impair)
		return -ENOMEM;
	impair->netif = *inner;
	impair->netif.ops = &impair_ops;
	snprintf(impair->netif.device, sizeof(impair->netif.device), "impair:%.*s",
	         (int)(sizeof(inner->device) - sizeof("impair:")), inner->device);
	impair->inner = inner;
	impair->conf = *conf;
	impair->netif.offloads = offloads_of(impair);
	if (inner->ops->apart)
		inner->ops->apart(inner);
	while (impair->mask + 1 < conf->limit)
		impair->mask = impair->mask * 2 + 1;
	impair->queue = line_alloc(inner->queues, sizeof(*impair->queue));
	if (!impair->queue)
		err = -ENOMEM;
	rand_init(&seeds, conf->seed);
	for (unsigned i = 0; !err && i < inner->queues; i++) {
		clock_init(&impair->queue[i].clock);
		err = line_init(impair, &impair->queue[i].rx, rand_u64(&seeds));
		if (!err)
			err = line_init(impair, &impair->queue[i].tx, rand_u64(&seeds));
	}
	if (err) {
		impair_free(impair);
		return err;
	}
	*netif = &impair->netif;
	return 0;
}
