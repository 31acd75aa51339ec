// pipeline: a worker's loop. Each turn runs the same steps: input (a burst from
// each interface, every packet to completion by one direct call into the stack), timers,
// calls (functions that other threads posted), flush (data that waits for room in a
// batch), transmit. Between turns without work the loop polls on or waits.
// Other threads meet a worker only through its mailbox, its counters and its
// quiescent points (swap.h).
#ifndef CORE_HOST_PIPELINE_H
#define CORE_HOST_PIPELINE_H

#include "core/host/clock.h"
#include "core/host/mailbox.h"
#include "core/host/turn_trace.h"
#include "core/mono.h"
#include "core/netif.h"
#include "core/wheel.h"

#define PIPELINE_BURST      32
#define PIPELINE_IFACES_MAX 16

enum idle {
	IDLE_SPIN,     // polls always
	IDLE_ADAPTIVE, // waits for the devices, or sleeps, after 100 us without work
};

// Consumes the packets; appends replies to the interfaces' batches. Data that finds no
// room there (batch_room) stays with the engine until pipeline_flush_fn.
typedef void pipeline_input_fn(void *ctx, struct pkt **pkts, unsigned n, mono_t now);

// An interface's link was re-established (netif->generation). Called once for each
// interface and generation, before the packets that came by it.
typedef void pipeline_link_fn(void *ctx, const struct netif *netif, mono_t now);

// Once a turn, after input, timers and calls: appends to the batches as much as
// batch_room allows. Returns whether more is ready to be sent, so that the loop
// takes its next turn at once. Data that waits for something else, such as an
// acknowledgement or a timer, is not ready.
typedef bool pipeline_flush_fn(void *ctx, mono_t now);

// Sees packets as an interface gave them, before pipeline_input_fn: may neither change nor keep
// them.
typedef void pipeline_watch_fn(void *ctx, struct pkt *const *pkts, unsigned n, mono_t now);

struct pipeline_watch {
	pipeline_watch_fn *fn;
	void *ctx;
	struct pipeline_watch *next; // the pipeline's own
};
struct pkt_watch;

struct pipeline_iface {
	struct netif *netif;
	uint32_t generation; // the last one reported to the stack
	int fd;              // rx_fd, or -1
	int fd_more;         // rx_fd_more, or -1
	struct batch out;
};

// Where a worker is in its turn: for those who find that it does not get further.
enum pipeline_step {
	PIPELINE_WAITS, // between turns
	PIPELINE_INPUT,
	PIPELINE_TIMERS,
	PIPELINE_CALLS,
	PIPELINE_FLUSH,
	PIPELINE_TRANSMIT,
	PIPELINE_STEPS,
};

struct pipeline {
	unsigned queue; // the worker's number is its queue on each interface
	enum idle idle;
	// Frames that a full device does not take stay in the batch, the first to be sent in the
	// next turn, instead of being dropped: for a sender that would wait for a wire rather
	// than lose on its own side. Set before the first turn.
	bool tx_holds;
	unsigned ifaces_len;
	struct pipeline_iface iface[PIPELINE_IFACES_MAX], *ifaces_end;
	pipeline_input_fn *input; // the stack's, or while there are watches one that calls both
	void *input_ctx;
	pipeline_link_fn *link;   // may be NULL
	pipeline_flush_fn *flush; // may be NULL
	void *ctx;
	struct pipeline_watch *watches; // newest first
	pipeline_input_fn *watched;     // what is called behind them; NULL: input is not replaced
	void *watched_ctx;
	struct pkt_watch *pkt_watch; // sees what is sent, too; NULL: none (pkt_watch.h)
	struct mailbox mailbox;      // functions for this worker: mailbox_post, from any thread
	struct clock clock;
	struct wheel wheel;
	struct worker_metric *metric;
	struct turn_trace turns;
	mono_t now;           // when the current turn began
	mono_t last_work;     // when the last turn that did any work began
	uint32_t sent;        // packets whose latency is not counted yet: of the current turn
	_Atomic uint8_t step; // enum pipeline_step; written by the worker alone
	// The burst that was received last, for a report of a crash: valid during PIPELINE_INPUT.
	struct pkt *const *burst;
	unsigned burst_len;
	int wake_fd; // eventfd that ends a wait early
	_Atomic bool stop;
	// For swap.c: whether pipeline_run runs, and turns completed.
	_Atomic bool running;
	_Atomic uint64_t quiescent;
};

// Prepares a loop over netifs; metric is borrowed and must outlive the pipeline.
// 0, -E2BIG, -EINVAL when a netif has no such queue, or the error of eventfd. After
// an error there is nothing to undo.
int pipeline_init(struct pipeline *pipeline, unsigned queue, enum idle idle,
                  struct netif *const *netifs, unsigned netifs_len,
                  struct worker_metric *metric) MUST_CHECK;
void pipeline_fini(struct pipeline *pipeline);

// Attaches the stack, before the first turn. ctx is passed to all three functions;
// link and flush may be NULL.
void pipeline_attach(struct pipeline *pipeline, pipeline_input_fn *input, pipeline_link_fn *link,
                     pipeline_flush_fn *flush, void *ctx);

// In the worker's thread, between input and the next input, or while it does not run: shows it the
// packets from now on, or no longer. The watch is the caller's, and in one pipeline at most.
// Without one a packet costs nothing more.
void pipeline_watch_add(struct pipeline *pipeline, struct pipeline_watch *watch);
void pipeline_watch_del(struct pipeline *pipeline, struct pipeline_watch *watch);

// One turn. Returns the packets received, timers fired and functions called, plus
// one when flush has more to send, and one when frames are held (tx_holds): 0 means that the
// worker may wait.
unsigned pipeline_turn(struct pipeline *pipeline);

// The same at the caller's time, for simulations in virtual time, which also call
// wheel_init with a time of their own after pipeline_init.
unsigned pipeline_turn_at(struct pipeline *pipeline, mono_t now);

// "input", "transmit".
const char *pipeline_step_name(enum pipeline_step step) PURE;

// The time by which the next turn is due even if nothing arrives: not later than the
// next timer and each device's deadline. MONO_NEVER when there is none.
mono_t pipeline_deadline(const struct pipeline *pipeline);

// Takes turns until pipeline_stop; waits between them as configured.
void pipeline_run(struct pipeline *pipeline);

// From any thread or a signal handler: ends pipeline_run within one wait.
void pipeline_stop(struct pipeline *pipeline);

// After pipeline_run has ended: it may be called again.
void pipeline_rearm(struct pipeline *pipeline);

// From any thread: ends a wait, so that the worker passes a quiescent point.
void pipeline_wake(struct pipeline *pipeline);

#endif
