// queue: see the header. The control thread's part of a queue, and the gate between it and the
// worker.
#include "backends/xen/queue.h"

#include "backends/xen/xen.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

// Interval at which a thread polls the gate.
#define POLL_US 50

// Minimum number of pages for packets that are not in a ring.
#define SPARE_PAGES 32

#define ETH_HDR_BYTES 18   // with one VLAN tag
#define PROBE_BYTES   60   // minimum length of a frame
#define PROBE_TYPE    0x88 // EtherType 0x88b5, for local experiments (IEEE 802), in two bytes
#define PROBE_TYPE_2  0xb5

static void queue_sleep_us(long us)
{
	nanosleep(&(struct timespec){.tv_nsec = us * 1000}, NULL);
}

static void gate_set(struct queue *queue, enum gate gate)
{
	atomic_store_explicit(&queue->gate, gate, memory_order_release);
}

static void gate_wait(struct queue *queue, enum gate gate)
{
	while (atomic_load_explicit(&queue->gate, memory_order_acquire) != gate)
		queue_sleep_us(POLL_US);
}

static void fd_ring(int fd)
{
	uint64_t one = 1;

	(void)!write(fd, &one, sizeof(one));
}

bool queue_yield(struct queue *queue)
{
	enum gate gate = atomic_load_explicit(&queue->gate, memory_order_acquire);

	if (gate == GATE_CLOSE)
		gate_set(queue, GATE_HELD);
	if (gate == GATE_PAUSE) {
		gate_set(queue, GATE_PAUSED);
		while (atomic_load_explicit(&queue->gate, memory_order_acquire) == GATE_PAUSED)
			queue_sleep_us(POLL_US);
	}
	return false;
}

// The worker and the control thread may change an open gate at the same time; either way it ends up
// held.
void queue_fault(struct queue *queue, enum fault fault)
{
	atomic_store_explicit(&queue->fault, fault, memory_order_relaxed);
	gate_set(queue, GATE_HELD);
	fd_ring(queue->fault_fd);
}

void queue_hold(struct queue *queue, bool serving)
{
	enum gate open = GATE_OPEN;

	if (!serving) {
		gate_set(queue, GATE_HELD);
		return;
	}
	if (!atomic_compare_exchange_strong(&queue->gate, &open, GATE_CLOSE))
		return;
	fd_ring(queue->wake_fd);
	gate_wait(queue, GATE_HELD);
}

void queue_pause(struct queue *queue, bool serving)
{
	if (!serving)
		return;
	gate_set(queue, GATE_PAUSE);
	fd_ring(queue->wake_fd);
	gate_wait(queue, GATE_PAUSED);
}

void queue_resume(struct queue *queue)
{
	gate_set(queue, GATE_HELD);
}

void queue_release(struct queue *queue)
{
	gate_set(queue, GATE_OPEN);
	fd_ring(queue->wake_fd); // a sleeping worker requests events on the new rings
}

void queue_notify(struct queue *queue, uint32_t port)
{
	xen_events_notify(queue->events, port);
	counter_add(&queue->metric.notifies, 1);
}

const char *queue_fault_text(enum fault fault)
{
	static const char *const texts[FAULT_COUNT] = {
	        [FAULT_NONE] = "no fault",
	        [FAULT_RX_INDEX] = "more receive responses than requests",
	        [FAULT_RX_ID] = "a receive response out of order",
	        [FAULT_RX_BOUNDS] = "received data beyond the end of a page",
	        [FAULT_RX_SLOTS] = "a received frame of too many slots",
	        [FAULT_RX_EXTRA] = "extra information of unknown type",
	        [FAULT_TX_INDEX] = "more transmit responses than requests",
	        [FAULT_TX_ID] = "a transmit response without request",
	        [FAULT_TX_NULL] = "a response to extra information that was not sent",
	};

	return texts[fault];
}

static void probe_free(struct page_pool *pool, struct pkt *pkt)
{
}

static void probe_dropped(struct page_pool *pool, struct pkt *pkt, enum drop reason)
{
}

// The packet of the probe uses the scratch page and belongs to no real pool, so that it exists even
// when all pages are in use.
static void probe_init(struct queue *queue)
{
	queue->probe_pool.free = probe_free;
	queue->probe_pool.dropped = probe_dropped;
	queue->probe = (struct pkt){.page = queue->shared + QUEUE_SCRATCH * PAGE_BYTES,
	                            .pool = &queue->probe_pool,
	                            .room = PAGE_BYTES,
	                            .refs = 1};
}

static int shared_open(struct queue *queue)
{
	void *base;
	int err = xen_grant(queue->domain, QUEUE_SHARED_PAGES, queue->shared_ref, &base);

	if (err)
		return err;
	queue->shared = base;
	probe_init(queue);
	return 0;
}

static int queue_watch(int epoll_fd, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int events_open(struct queue *queue)
{
	int err = xen_events_open(&queue->events);

	return err ? err : queue_watch(queue->epoll_fd, xen_events_fd(queue->events));
}

static int descriptors_open(struct queue *queue)
{
	int err;

	queue->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	queue->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (queue->wake_fd < 0 || queue->epoll_fd < 0)
		return -errno;
	err = queue_watch(queue->epoll_fd, queue->wake_fd);
	return err ? err : events_open(queue);
}

// Limits how many pages each ring may hold; with the default number of pages both rings can be
// full.
static void limits_set(struct queue *queue, uint32_t pages)
{
	uint32_t spare = pages > 2 * QUEUE_SLOTS + SPARE_PAGES ? 0 : SPARE_PAGES;

	queue->rx_limit = (uint32_t)size_min(QUEUE_SLOTS, (pages - spare) / 2);
	queue->tx_limit = (uint32_t)size_min(QUEUE_SLOTS, (pages - spare) / 2);
}

int queue_open(struct queue *queue, const struct queue_conf *conf)
{
	int err;

	*queue = (struct queue){.gate = GATE_HELD,
	                        .number = conf->number,
	                        .domain = conf->domain,
	                        .netif = conf->netif,
	                        .copy = conf->copy,
	                        .fault_fd = conf->fault_fd,
	                        .segment = (uint16_t)(conf->netif->mtu + ETH_HDR_BYTES),
	                        .epoll_fd = -1,
	                        .wake_fd = -1};
	limits_set(queue, conf->pages);
	err = shared_open(queue);
	if (!err)
		err = grant_pool_open(&queue->granted, conf->domain, conf->pages);
	if (!err && conf->copy)
		err = page_array_open(&queue->private, conf->pages);
	if (!err)
		err = descriptors_open(queue);
	if (err)
		queue_close(queue);
	return err;
}

struct page_pool *queue_pool(struct queue *queue)
{
	return queue->copy ? &queue->private.pool : &queue->granted.array.pool;
}

// Takes back all pages that are in the rings. The worker's metric may not exist yet.
static void pages_recover(struct queue *queue)
{
	struct worker_metric *metric = queue_worker_metric(queue);
	struct pkt *partial = queue->frame.first;

	for (unsigned i = 0; i < QUEUE_SLOTS; i++) {
		struct tx_slot *slot = &queue->tx_slot[i];

		if (queue->rx_slot[i])
			pkt_put(queue->rx_slot[i]);
		if (slot->frame && slot->frame != &queue->probe)
			pkt_drop(metric, slot->frame, DROP_TX_RESET);
	}
	if (partial)
		pkt_drop(metric, partial, DROP_RX_RESET);
	memset(queue->rx_slot, 0, sizeof(queue->rx_slot));
	memset(queue->tx_slot, 0, sizeof(queue->tx_slot));
	queue->frame = (struct rx_frame){0};
	queue->tx_extras = 0;
	queue->probe.refs = 1;
	for (queue->tx_free_len = 0; queue->tx_free_len < QUEUE_SLOTS; queue->tx_free_len++)
		queue->tx_free[queue->tx_free_len] = (uint16_t)queue->tx_free_len;
	atomic_store_explicit(&queue->metric.tx_held.value, 0, memory_order_relaxed);
}

void queue_close(struct queue *queue)
{
	if (queue->granted.base) {
		pages_recover(queue);
		grant_pool_close(&queue->granted);
	}
	if (queue->private.owned)
		page_array_close(&queue->private);
	if (queue->events)
		xen_events_close(queue->events);
	if (queue->epoll_fd >= 0)
		close(queue->epoll_fd);
	if (queue->wake_fd >= 0)
		close(queue->wake_fd);
	if (queue->shared)
		xen_ungrant(queue->shared, QUEUE_SHARED_PAGES);
	*queue = (struct queue){.epoll_fd = -1, .wake_fd = -1};
}

static int queue_renew(struct queue *queue, uint16_t domain)
{
	int err;

	if (queue->shared)
		xen_ungrant(queue->shared, QUEUE_SHARED_PAGES);
	queue->shared = NULL;
	queue->domain = domain;
	err = shared_open(queue);
	return err ? err : grant_pool_renew(&queue->granted, domain);
}

int queue_prepare(struct queue *queue, uint16_t domain, bool renew)
{
	int err = 0;

	pages_recover(queue);
	if (renew || domain != queue->domain || !queue->granted.granted || !queue->shared)
		err = queue_renew(queue, domain);
	if (err)
		return err;
	atomic_store_explicit(&queue->fault, FAULT_NONE, memory_order_relaxed);
	xen_ring_init(&queue->tx, queue->shared + QUEUE_TX_RING * PAGE_BYTES,
	              sizeof(struct netif_tx_request));
	xen_ring_init(&queue->rx, queue->shared + QUEUE_RX_RING * PAGE_BYTES,
	              sizeof(struct netif_rx_request));
	// The ring is filled now, while the worker is paused and its pool may be used. The backend
	// is notified when it has connected.
	queue_rx_fill(queue);
	(void)xen_ring_push(&queue->rx);
	return 0;
}

int queue_bind(struct queue *queue, bool split)
{
	int err = queue->events ? 0 : events_open(queue);

	if (!err)
		err = xen_events_bind(queue->events, queue->domain, &queue->port_tx);
	if (err)
		return err;
	queue->bound = true;
	queue->port_rx = queue->port_tx;
	return split ? xen_events_bind(queue->events, queue->domain, &queue->port_rx) : 0;
}

void queue_unbind(struct queue *queue, bool resumed)
{
	if (!queue->bound)
		return;
	queue->bound = false;
	if (resumed) {
		epoll_ctl(queue->epoll_fd, EPOLL_CTL_DEL, xen_events_fd(queue->events), NULL);
		queue->events = NULL;
		return;
	}
	xen_events_unbind(queue->events, queue->port_tx);
	if (queue->port_rx != queue->port_tx)
		xen_events_unbind(queue->events, queue->port_rx);
}

// Sends a frame from the vif's address to itself, which a bridge does not forward.
static void probe_put(struct queue *queue, const uint8_t *group)
{
	uint16_t id = queue->tx_free[--queue->tx_free_len];
	struct netif_tx_request request = {.gref = queue->shared_ref[QUEUE_SCRATCH],
	                                   .id = id,
	                                   .flags = group ? NETTXF_extra_info : 0,
	                                   .size = PROBE_BYTES};
	uint8_t *frame = queue->probe.page;

	memset(frame, 0, PROBE_BYTES);
	memcpy(frame, queue->netif->mac, 6);
	memcpy(frame + 6, queue->netif->mac, 6);
	frame[12] = PROBE_TYPE;
	frame[13] = PROBE_TYPE_2;
	queue->probe.refs = 1;
	queue->tx_slot[id] = (struct tx_slot){
	        .frame = &queue->probe, .head_id = id, .pending = 1, .waiting = true};
	xen_ring_put(&queue->tx, &request, sizeof(request));
	if (group) {
		struct netif_extra_info extra = {.type = XEN_NETIF_EXTRA_TYPE_MCAST_ADD};

		memcpy(extra.u.mcast.addr, group, 6);
		xen_ring_put(&queue->tx, &extra, sizeof(extra));
		queue->tx_extras++;
	}
}

int queue_probe(struct queue *queue, const uint8_t *group, unsigned limit_ms)
{
	uint64_t errors = counter_get(&queue->metric.tx_errors);

	probe_put(queue, group);
	if (xen_ring_push(&queue->tx))
		queue_notify(queue, queue->port_tx);
	for (unsigned tries = 0; tries < limit_ms; tries++) {
		if (!queue_tx_reap(queue))
			return -EPROTO;
		if (xen_ring_outstanding(&queue->tx) == 0)
			return counter_get(&queue->metric.tx_errors) == errors ? 0 : -EIO;
		queue_sleep_us(1000);
	}
	return -ETIMEDOUT;
}
