// queue: one queue of a vif: its rings, its pages, and which thread owns them now. The
// worker's part, the data path, is rx.c and tx.c; the control thread's part, from
// connecting to clearing away, is queue.c. What a vif is, is vif.h.
//
// The gate says whose the rings are. The control thread takes them from a running
// worker by asking, and the worker answers at the beginning of its next burst, so
// the data path pays one load for it. While the gate is GATE_PAUSED the worker
// waits inside that burst: the control thread may then touch the pool, too.
#ifndef BACKENDS_XEN_QUEUE_H
#define BACKENDS_XEN_QUEUE_H

#include "backends/xen/grant.h"
#include "backends/xen/ring.h"
#include "core/netif.h"

#include <xen/io/netif.h>

#define QUEUE_SLOTS 256 // of either ring on one page

// Slots of one frame at most: XEN_NETIF_NR_SLOTS_MIN, and one for a head that the
// backend keeps apart.
#define QUEUE_FRAME_SLOTS (XEN_NETIF_NR_SLOTS_MIN + 1)

enum gate {
	GATE_HELD,   // the control thread's; the worker sees a link that is down
	GATE_OPEN,   // the worker's
	GATE_CLOSE,  // open, and the control thread asks for it
	GATE_PAUSE,  // held, and the control thread asks the worker to stand still
	GATE_PAUSED, // it stands
};

// A protocol violation of the backend; the device is then reset.
enum fault {
	FAULT_NONE,
	FAULT_RX_INDEX,
	FAULT_RX_ID,
	FAULT_RX_BOUNDS,
	FAULT_RX_SLOTS,
	FAULT_RX_EXTRA,
	FAULT_TX_INDEX,
	FAULT_TX_ID,
	FAULT_TX_NULL,
	FAULT_COUNT,
};

// The frame whose slots are arriving.
struct rx_frame {
	struct pkt *first, *last;
	uint32_t slots;
	uint32_t hash;
	uint16_t gso_size;
	uint8_t rx_flags;
	bool more, extra; // what the next slot is: further data, extra information
	enum drop drop;   // why it is to be dropped when its last slot is there
};

// What a transmit id stands for: a slot of the frame whose first slot has head_id.
// The first slot's id is given back last, as it keeps count of the others.
struct tx_slot {
	struct pkt *frame; // in the first slot, while any response is due
	uint16_t head_id;
	uint16_t pending; // in the first slot: responses that are due
	bool waiting;     // for the response to this id
};

// Written by the worker, read by the control thread.
struct queue_metric {
	counter_t rx_slots, rx_chains, rx_gso, rx_blank;
	counter_t tx_slots, tx_done, tx_errors, tx_gso, tx_full;
	counter_t tx_held, tx_held_max; // pages that are with the backend
	counter_t copies;               // pages copied between ours and granted memory
	counter_t notifies;             // events sent to the backend
};

struct queue {
	CACHE_ALIGNED _Atomic enum gate gate;
	_Atomic enum fault fault;
	bool copy;        // pages are copied from and to granted memory
	bool sg;          // the backend takes frames of several pages
	uint16_t number;  // among the vif's
	uint16_t domain;  // the backend's
	uint16_t segment; // largest frame that is no GSO packet
	uint32_t rx_limit, tx_limit;
	struct netif *netif;
	struct xen_ring rx, tx;
	struct rx_frame frame;
	uint32_t tx_extras; // requests that get a response without an id
	uint32_t tx_free_len;
	struct pkt *rx_slot[QUEUE_SLOTS];
	struct tx_slot tx_slot[QUEUE_SLOTS];
	uint16_t tx_free[QUEUE_SLOTS];
	struct queue_metric metric;

	struct grant_pool granted;
	struct page_array private; // of packets, when they are copied

	struct xen_events *events;
	uint32_t port_tx, port_rx; // equal when the backend knows one port only
	bool bound;
	int epoll_fd, wake_fd; // what the worker sleeps on: events, and us
	int fault_fd;          // the control thread's, rung when a fault is found

	// Pages for the rings and for a frame of the control thread's own.
	uint8_t *shared;
	uint32_t shared_ref[3];
	struct pkt proof;
	struct page_pool nowhere; // of the proof
};

enum queue_shared { QUEUE_TX_RING, QUEUE_RX_RING, QUEUE_SCRATCH, QUEUE_SHARED_PAGES };

struct queue_conf {
	struct netif *netif;
	uint16_t number, domain;
	uint32_t pages;
	bool copy;
	int fault_fd;
};

// Opens pool, shared pages and descriptors; the gate is held. 0 or a negative
// errno. After an error there is nothing to undo.
int queue_open(struct queue *queue, const struct queue_conf *conf) MUST_CHECK;

// No worker runs, and the backend has unmapped everything.
void queue_close(struct queue *queue);

// The worker's pool, out of which its packets come.
struct page_pool *queue_pool(struct queue *queue);

// Takes the rings from the worker: the link is down for it afterwards. `serving`
// says that a worker runs, which is then waited for.
void queue_hold(struct queue *queue, bool serving);

// The gate being held: has the worker stand still, and go on.
void queue_pause(struct queue *queue, bool serving);
void queue_resume(struct queue *queue);

// Gives the rings to the worker.
void queue_release(struct queue *queue);

// With the gate paused and all pages unmapped by the backend: takes back every page that
// was out, counts the packets lost with it, and prepares fresh rings, for another domain
// where that changed. With anew all is granted again. 0 or a negative errno; then it may
// be called again.
int queue_prepare(struct queue *queue, uint16_t domain, bool anew) MUST_CHECK;

// Binds fresh event channels, one or two. 0 or a negative errno.
int queue_bind(struct queue *queue, bool split) MUST_CHECK;

// The gate being held: closes the event channels. After a resume they are void,
// and Linux (evtchn.c) stops with a BUG when such a one is closed: their
// descriptor is then left alone for good, and the next queue_bind opens another.
void queue_unbind(struct queue *queue, bool resumed);

// The gate being held and the backend connected: has the backend answer one
// request, as proof that it serves the rings: a frame to ourselves or, with a
// group, the wish to hear that. Waits up to limit_ms. 0, -ETIMEDOUT, -EPROTO when
// the backend breaks the protocol, -EIO when it refuses.
int queue_prove(struct queue *queue, const uint8_t *group, unsigned limit_ms) MUST_CHECK;

const char *fault_text(enum fault fault) PURE;

// For rx.c and tx.c -----------------------------------------------------------

// Whether the rings are the worker's in this burst.
bool queue_yield(struct queue *queue) COLD;

static inline bool queue_enter(struct queue *queue)
{
	return likely(atomic_load_explicit(&queue->gate, memory_order_acquire) == GATE_OPEN) ||
	       queue_yield(queue);
}

// Worker: the backend broke the protocol; hands the rings to the control thread.
void queue_fault(struct queue *queue, enum fault fault) COLD;

void queue_notify(struct queue *queue, uint32_t port);

unsigned queue_rx_burst(struct queue *queue, struct pkt **pkts, unsigned n);
unsigned queue_tx_burst(struct queue *queue, struct pkt **pkts, unsigned n);

static inline struct worker_metric *queue_worker_metric(const struct queue *queue)
{
	return queue->netif->metric[queue->number];
}

// Puts pages for receiving into the ring, up to the limit; the caller
// pushes it.
void queue_rx_fill(struct queue *queue);

// Takes responses to what was sent; false when they break the protocol.
bool queue_tx_reap(struct queue *queue);

#endif
