// queue: one queue of a vif: its rings, its pages, and which thread owns them now. rx.c and tx.c
// are the worker's part, the data path; queue.c is the control thread's part: connecting,
// disconnecting, recovering pages. A vif (vif.h) has one queue for each worker.
//
// The gate states which thread owns the rings. The control thread requests them from a running
// worker, which hands them over at the beginning of its next burst, so the data path pays one load.
// While the gate is GATE_PAUSED the worker waits inside that burst, and the control thread may also
// use the pool.
#ifndef BACKENDS_XEN_QUEUE_H
#define BACKENDS_XEN_QUEUE_H

#include "backends/xen/grant.h"
#include "backends/xen/ring.h"
#include "core/netif.h"

#include <xen/io/netif.h>

#define QUEUE_SLOTS 256 // of each of the two rings

// Maximum number of slots of a received frame: XEN_NETIF_NR_SLOTS_MIN, and one because the backend
// may put the headers into a slot of their own.
#define QUEUE_FRAME_SLOTS (XEN_NETIF_NR_SLOTS_MIN + 1)

enum gate {
	GATE_HELD,   // the control thread owns the rings; for the worker the link is down
	GATE_OPEN,   // the worker owns the rings
	GATE_CLOSE,  // as open, and the control thread requests the rings
	GATE_PAUSE,  // as held, and the control thread requests that the worker pauses
	GATE_PAUSED, // as held, and the worker waits until the gate changes
};

// A protocol violation by the backend, after which the device is reset.
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

// The frame that is being received, slot by slot.
struct rx_frame {
	struct pkt *first, *last;
	uint32_t slots;
	uint32_t hash;
	uint16_t gso_size;
	uint8_t rx_flags;
	bool more;      // a slot with more data follows
	bool extra;     // the next slot is extra information
	enum drop drop; // set when the frame must be dropped after its last slot
};

// The request with a transmit id: a part of the frame whose first request has head_id. The id of
// the first is freed last, because its entry counts the others.
struct tx_slot {
	struct pkt *frame; // of the first request, until all responses have arrived
	uint16_t head_id;
	uint16_t pending; // of the first request: responses that have not arrived
	bool waiting;     // the response to this id has not arrived
};

// Written by the worker, read by the control thread.
struct queue_metric {
	counter_t rx_slots, rx_chains, rx_gso, rx_blank;
	counter_t tx_slots, tx_done, tx_errors, tx_gso, tx_full;
	counter_t tx_held, tx_held_max; // pages that the backend holds
	counter_t copies;               // pages copied from or to granted memory
	counter_t notifies;             // events sent to the backend
};

struct queue {
	CACHE_ALIGNED _Atomic enum gate gate;
	_Atomic enum fault fault;
	bool copy;        // pages are copied from and to granted memory
	bool sg;          // the backend accepts frames of several pages (scatter-gather)
	uint16_t number;  // of the queue in its vif
	uint16_t domain;  // that the backend runs in
	uint16_t segment; // maximum length of a frame without GSO
	uint32_t rx_limit, tx_limit;
	struct netif *netif;
	struct xen_ring rx, tx;
	struct rx_frame frame;
	uint32_t tx_extras; // slots with extra information, whose responses have no id
	uint32_t tx_free_len;
	struct pkt *rx_slot[QUEUE_SLOTS];
	struct tx_slot tx_slot[QUEUE_SLOTS];
	uint16_t tx_free[QUEUE_SLOTS];
	struct queue_metric metric;

	struct grant_pool granted;
	struct page_array private; // pool of the worker's packets, if they are copied

	struct xen_events *events;
	uint32_t port_tx, port_rx; // event channels; equal if the backend supports only one
	bool bound;
	int epoll_fd; // on which the worker sleeps: events, and wake_fd
	int wake_fd;  // eventfd by which the control thread wakes the worker
	int fault_fd; // eventfd by which the worker reports a fault to the control thread

	// Pages of the rings and of the probe (queue_probe).
	uint8_t *shared;
	uint32_t shared_ref[3];
	struct pkt probe;
	struct page_pool probe_pool; // in which nothing is ever free
};

enum queue_shared { QUEUE_TX_RING, QUEUE_RX_RING, QUEUE_SCRATCH, QUEUE_SHARED_PAGES };

struct queue_conf {
	struct netif *netif;
	uint16_t number, domain;
	uint32_t pages;
	bool copy;
	int fault_fd;
};

// Opens pool, shared pages and descriptors; the gate is held. Returns 0 or a negative errno, and
// then nothing is open.
int queue_open(struct queue *queue, const struct queue_conf *conf) MUST_CHECK;

// Closes the queue. No worker runs, and the backend has unmapped all pages.
void queue_close(struct queue *queue);

// The pool from which the worker allocates packets.
struct page_pool *queue_pool(struct queue *queue);

// Takes the rings from the worker, for which the link is down afterwards. `serving`: a worker runs,
// so waits until it has handed them over.
void queue_hold(struct queue *queue, bool serving);

// Pauses the worker, and lets it continue. The gate is held before and after.
void queue_pause(struct queue *queue, bool serving);
void queue_resume(struct queue *queue);

// Gives the rings to the worker.
void queue_release(struct queue *queue);

// Recovers all pages from the rings, counts the packets that are lost, and prepares empty rings.
// The gate is paused and the backend has unmapped all pages. If `renew`, or if the domain changed,
// all pages are granted again. Returns 0 or a negative errno, after which the call may be repeated.
int queue_prepare(struct queue *queue, uint16_t domain, bool renew) MUST_CHECK;

// Allocates one event channel, or two (split). Returns 0 or a negative errno.
int queue_bind(struct queue *queue, bool split) MUST_CHECK;

// Closes the event channels; the gate is held. After a resume (`resumed`) the channels are invalid,
// and closing them would crash Linux with a BUG in evtchn.c. Their descriptor is then never closed;
// the next queue_bind opens a new one.
void queue_unbind(struct queue *queue, bool resumed);

// Tests whether the backend serves the rings: sends a frame to the vif's own address and waits up
// to limit_ms for the response. With a group, the frame also asks the backend to forward that
// multicast group. The gate is held and the backend is connected. Returns 0, -ETIMEDOUT, -EPROTO if
// the backend violates the protocol, or -EIO if it refuses.
int queue_probe(struct queue *queue, const uint8_t *group, unsigned limit_ms) MUST_CHECK;

// Describes a fault: "more receive responses than requests".
const char *queue_fault_text(enum fault fault) PURE;

// The functions below are for the worker: rx.c and tx.c.

// Whether the worker owns the rings in this burst. queue_yield is the slow path, which hands the
// rings over if the control thread requests them.
bool queue_yield(struct queue *queue) COLD;

static inline bool queue_enter(struct queue *queue)
{
	return likely(atomic_load_explicit(&queue->gate, memory_order_acquire) == GATE_OPEN) ||
	       queue_yield(queue);
}

// Reports that the backend violated the protocol, and hands the rings to the control thread.
void queue_fault(struct queue *queue, enum fault fault) COLD;

void queue_notify(struct queue *queue, uint32_t port);

unsigned queue_rx_burst(struct queue *queue, struct pkt **pkts, unsigned n);
unsigned queue_tx_burst(struct queue *queue, struct pkt **pkts, unsigned n);

static inline struct worker_metric *queue_worker_metric(const struct queue *queue)
{
	return queue->netif->metric[queue->number];
}

// Fills the receive ring with pages, up to the limit. The caller then pushes it.
void queue_rx_fill(struct queue *queue);

// Takes transmit responses and frees packets that were sent; false when the backend violates the
// protocol.
bool queue_tx_reap(struct queue *queue);

#endif
