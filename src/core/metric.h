// metric: the counters of one worker. Only the worker writes them; the control
// thread reads them at any time, without locks. A counter is never torn and
// never goes back; two counters read together may be one burst apart.
#ifndef CORE_METRIC_H
#define CORE_METRIC_H

#include "core/cycles.h"
#include "core/drop.h"
#include "core/trace.h"

#include <stdatomic.h>

typedef struct {
	_Atomic uint64_t value;
} counter_t;

// A plain load, add and store: there is one writer.
static inline void counter_add(counter_t *counter, uint64_t n)
{
	uint64_t value = atomic_load_explicit(&counter->value, memory_order_relaxed);

	atomic_store_explicit(&counter->value, value + n, memory_order_relaxed);
}

static inline uint64_t counter_get(const counter_t *counter)
{
	return atomic_load_explicit(&counter->value, memory_order_relaxed);
}

// Packets that entered a stage, and the cycles of the sampled bursts with the
// packets that these held (a stage's time includes the stages it calls).
struct stage_metric {
	counter_t pkts;
	counter_t sampled_cycles;
	counter_t sampled_pkts;
};

struct worker_metric {
	CACHE_ALIGNED counter_t loops;
	counter_t busy_loops;
	counter_t sleeps;
	counter_t rx_pkts, rx_bytes;
	counter_t tx_pkts, tx_bytes;
	struct stage_metric stage[STAGE_COUNT];
	counter_t drop[DROP_COUNT];
	struct trace trace;
	bool sampling; // this burst's stages are timed; the worker's own
};

// Opens a timed span if this burst is sampled; 0 if it is not.
static inline uint64_t stage_begin(const struct worker_metric *metric)
{
	return unlikely(metric->sampling) ? cycles_now() : 0;
}

// Counts pkts into the stage and closes the span that `begin` opened.
static inline void stage_end(struct worker_metric *metric, enum stage stage, uint64_t begin,
                             uint64_t pkts)
{
	struct stage_metric *m = &metric->stage[stage];

	counter_add(&m->pkts, pkts);
	if (unlikely(begin)) {
		counter_add(&m->sampled_cycles, cycles_now() - begin);
		counter_add(&m->sampled_pkts, pkts);
	}
}

#endif
