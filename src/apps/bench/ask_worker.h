// ask_worker: one worker that asks: it finds its sources, then runs one trial after the other, as
// the control thread orders. How datagrams go and come is the caller's: ask_ports.h has ports of
// wadi's own, ask_sockets.h sockets of the kernel's.
#ifndef APPS_BENCH_ASK_WORKER_H
#define APPS_BENCH_ASK_WORKER_H

#include "apps/bench/ask.h"
#include "proto/bench/source_finder.h"

#include <stdatomic.h>

enum ask_order {
	ASK_NOTHING,
	ASK_FIND,  // sources
	ASK_TRIAL, // worker->trial
	ASK_STOP,  // the trial that runs
	ASK_END,   // its connections, if it has any: nothing is asked any more
};

// The control thread sets order and trial, then increments `ordered`; the worker sets `done` to
// that number when it has carried the order out. Its results are then the control thread's
// until the next order. A tally may be read at any time.
struct ask_worker {
	const struct ask *ask;
	unsigned number;
	enum ask_order order;
	struct asker_trial trial;
	_Atomic uint32_t ordered, done;
	// The worker's own.
	CACHE_ALIGNED uint32_t taken; // the order that is being carried out
	enum ask_order doing;
	bool connected; // set and cleared by whoever opens connections: ASK_END waits for it
	uint16_t finder_id;
	counter_t refused; // ICMP errors while it finds sources
	struct source_finder finder;
	unsigned source_bits, sources_len;     // 2^source_bits, or 0
	uint16_t candidate[ASKER_SOURCES_MAX]; // of each source
	uint16_t source[SOURCE_CANDIDATES];    // of each candidate; UINT16_MAX: none
	struct asker asker;
};

// 0 or -ENOMEM; then ask_worker_close is not needed. `slots` is for the most queries in flight.
int ask_worker_open(struct ask_worker *worker, const struct ask *ask, unsigned number,
                    uint32_t slots, uint64_t seed) MUST_CHECK;
void ask_worker_close(struct ask_worker *worker);

// Worker, once a turn, after the turn's answers: gives up to n queries to be sent now. Their
// `source` is a candidate, from 0 to SOURCE_CANDIDATES - 1.
unsigned ask_worker_take(struct ask_worker *worker, mono_t now, struct asker_query *queries,
                         unsigned n);

// Before it: the device has no room in this turn for all that may be due.
static inline void ask_worker_hold(struct ask_worker *worker)
{
	asker_hold(&worker->asker);
}

// A query that was given in this turn could not be sent.
void ask_worker_withdraw(struct ask_worker *worker, const struct asker_query *query);

// A datagram of the server to a candidate.
void ask_worker_answer(struct ask_worker *worker, uint32_t candidate, const uint8_t *msg,
                       size_t len, mono_t now);

// An ICMP error about a query.
void ask_worker_refused(struct ask_worker *worker, mono_t now);

// Whether an order is being carried out, so that the worker's turns must follow one another.
static inline bool ask_worker_is_busy(const struct ask_worker *worker)
{
	return worker->doing != ASK_NOTHING;
}

// Control thread, after ASK_FIND: adds to `ways` how many of the sources go each way.
void ask_worker_count_sources(const struct ask_worker *worker, uint32_t ways[2]);

// Control thread: gives an order; trial is for ASK_TRIAL. The one before has been carried out,
// unless this one is ASK_STOP.
void ask_worker_order(struct ask_worker *worker, enum ask_order order,
                      const struct asker_trial *trial);

// Control thread: whether the last order has been carried out.
bool ask_worker_is_done(const struct ask_worker *worker);

#endif
