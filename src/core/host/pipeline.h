// pipeline: a worker's loop. Takes a burst from each port's queue, runs every
// packet to completion through one direct call into the stack, sends what the
// stack left in the ports' batches, runs timers, and sleeps when told to.
// The control thread is elsewhere and meets workers only through counters and
// quiescent points (core/host/swap.h).
#ifndef CORE_HOST_PIPELINE_H
#define CORE_HOST_PIPELINE_H

#include "core/host/clock.h"
#include "core/mono.h"
#include "core/netif.h"
#include "core/wheel.h"

#define PIPELINE_BURST     32
#define PIPELINE_PORTS_MAX 16

enum idle {
	IDLE_SPIN,     // poll always
	IDLE_ADAPTIVE, // after a spell without work wait on the devices, or sleep
};

// Consumes the packets; appends replies to the ports' batches.
typedef void pipeline_input_fn(void *ctx, struct pkt **pkts, unsigned n, mono_t now);

// A port's link was made anew (netif->generation): the worker's first look at it.
typedef void pipeline_link_fn(void *ctx, const struct netif *netif, mono_t now);

// The worker's own errand for another thread; see pipeline_call.
typedef void pipeline_call_fn(void *ctx, mono_t now);

struct pipeline_port {
	struct netif *netif;
	uint32_t generation; // of the link that the stack knows
	int fd;              // rx_fd, or -1
	struct batch out;
};

struct pipeline {
	unsigned queue; // the worker's number is its queue on each port
	enum idle idle;
	unsigned ports_len;
	struct pipeline_port port[PIPELINE_PORTS_MAX];
	pipeline_input_fn *input;
	pipeline_link_fn *link; // NULL: nobody wants to know
	void *ctx;
	pipeline_call_fn *call;
	void *call_ctx;
	_Atomic bool called;
	struct clock clock;
	struct wheel wheel;
	struct worker_metric *metric;
	mono_t now;       // of the current loop
	mono_t last_work; // when a loop last found something to do
	int wake_fd;      // eventfd that ends a wait early
	_Atomic bool stop;
	// For swap.c: whether pipeline_run runs, and turns completed.
	_Atomic bool running;
	_Atomic uint64_t quiescent;
};

// Prepares a loop over the ports of netifs; metric is the caller's and must
// outlive the pipeline. 0, -E2BIG, -EINVAL when a netif has no such queue, or
// what eventfd says. After an error there is nothing to undo.
int pipeline_init(struct pipeline *pipeline, unsigned queue, enum idle idle,
                  struct netif *const *netifs, unsigned netifs_len,
                  struct worker_metric *metric) MUST_CHECK;
void pipeline_fini(struct pipeline *pipeline);

// Attaches the stack; before the first loop.
void pipeline_attach(struct pipeline *pipeline, pipeline_input_fn *input, pipeline_link_fn *link,
                     void *ctx);

// Attaches what pipeline_call has done; before the first loop.
void pipeline_attach_call(struct pipeline *pipeline, pipeline_call_fn *call, void *ctx);

// From any thread: has the worker do it in its next turn, however often it was
// asked for until then.
void pipeline_call(struct pipeline *pipeline);

// One turn: receive, input, timers, send. Returns packets received plus timers
// fired.
unsigned pipeline_turn(struct pipeline *pipeline);

// The same at an instant of the caller's, for simulations on virtual time. They
// start the wheel at their own time, by wheel_init after pipeline_init.
unsigned pipeline_turn_at(struct pipeline *pipeline, mono_t now);

// When the loop wants its next turn although nothing may arrive: a time not after
// the next timer or device's deadline; MONO_NEVER when there is none.
mono_t pipeline_deadline(const struct pipeline *pipeline);

// Turns until pipeline_stop; idles between them as configured.
void pipeline_run(struct pipeline *pipeline);

// From any thread or a signal handler: ends pipeline_run within one wait.
void pipeline_stop(struct pipeline *pipeline);

// From any thread: ends a wait, so that the worker passes a quiescent point.
void pipeline_wake(struct pipeline *pipeline);

#endif
