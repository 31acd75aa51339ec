// metric: counters, those of one worker, and how metrics are declared. Only the worker
// writes its counters; other threads read them at any time, without locks. A counter is
// never torn, and never decreases unless counter_set is used on it; two counters read together may
// be one burst apart. Sums over workers, tables, JSON and Prometheus's text are
// core/host/metric_report.h.
#ifndef CORE_METRIC_H
#define CORE_METRIC_H

#include "core/cycles.h"
#include "core/drop.h"
#include "core/trace.h"

#include <stdatomic.h>

typedef struct {
	_Atomic uint64_t value;
} counter_t;

// A plain load, add and store, because there is one writer.
static inline void counter_add(counter_t *counter, uint64_t n)
{
	uint64_t value = atomic_load_explicit(&counter->value, memory_order_relaxed);

	atomic_store_explicit(&counter->value, value + n, memory_order_relaxed);
}

static inline uint64_t counter_get(const counter_t *counter)
{
	return atomic_load_explicit(&counter->value, memory_order_relaxed);
}

// For a METRIC_GAUGE that a worker keeps.
static inline void counter_set(counter_t *gauge, uint64_t value)
{
	atomic_store_explicit(&gauge->value, value, memory_order_relaxed);
}

// Packets that entered a stage, and the cycles and packets of sampled turns. A stage's
// cycles include those of the stages it calls.
struct stage_metric {
	counter_t pkts;
	counter_t sampled_cycles;
	counter_t sampled_pkts;
};

// Of a worker's connections.
struct tcp_metric {
	counter_t opened, closed; // as applications saw it
	counter_t cookies_sent, cookies_taken;
	counter_t fast_open_cookies, fast_open_taken, fast_open_refused, fast_open_full;
	counter_t resent; // segments
	counter_t path_probes, path_probes_lost;
	counter_t large_sent, large_received; // packets of several segments
	counter_t copied_bytes; // sent from a copy, not from the page that they were in
	counter_t channels_full;
	counter_t pages_given_up; // of data out of order
	counter_t crowded_out;
};

// Classes of the time that packets took, up to 1, 2, 4 ... us, and one for longer.
#define METRIC_LATENCIES_LOG2 20
#define METRIC_LATENCIES      (METRIC_LATENCIES_LOG2 + 2)

// The class of a time.
static inline unsigned metric_latency_of(uint64_t us)
{
	unsigned log2 = us > 1 ? 64 - (unsigned)__builtin_clzl(us - 1) : 0;

	return log2 < METRIC_LATENCIES - 1 ? log2 : METRIC_LATENCIES - 1;
}

struct worker_metric {
	CACHE_ALIGNED counter_t loops;
	counter_t busy_loops;
	counter_t sleeps;
	counter_t rx_bytes, tx_bytes; // of the packets of STAGE_RX and STAGE_TX
	counter_t steered;
	struct stage_metric stage[STAGE_COUNT];
	// Packets sent, by the time from the beginning of the turn that made them until its end,
	// when the device has them; and the sum of these times.
	counter_t latency[METRIC_LATENCIES], latency_us;
	counter_t drop[DROP_COUNT + DROP_OWN_MAX];
	struct tcp_metric tcp;
	struct trace trace, tcp_trace; // the latter of connections
	bool sampling;                 // this turn's stages are timed; the worker's own
};

// Starts to time a stage if this turn is sampled; 0 if it is not.
static inline uint64_t stage_begin(const struct worker_metric *metric)
{
	return unlikely(metric->sampling) ? cycles_now() : 0;
}

// Counts pkts into the stage, and its time since stage_begin returned `begin`.
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

enum metric_kind {
	METRIC_COUNTER,    // never decreases
	METRIC_GAUGE,      // may decrease; a worker's is a counter_t that it sets by counter_set
	METRIC_RATIO,      // the counter at `offset` divided by the one at `by`
	METRIC_DIFFERENCE, // the counter at `offset` minus the one at `by`, at least 0; may
	                   // decrease
	// A class of a histogram: the rows of its table are its classes, in rising order, each a
	// counter of what is at most `bound`, and more than the bound before. The last may be
	// METRIC_NO_BOUND. The counter at `by`, the same in all rows, is the sum of all values.
	METRIC_BYTES,
	METRIC_TIME, // microseconds
};

#define METRIC_NO_BOUND UINT64_MAX

// A declared metric: a column of a row of a table. Rows of one table, and columns of one
// row, follow one another. Its value is in a struct, of which each worker may have one: a
// counter_t that one thread writes, or a uint64_t that only the control thread uses.
struct metric_row {
	const char *table;         // "stages"; NULL ends the list
	const char *label, *value; // distinguish the table's rows, "stage" and "rx"; NULL: one row
	const char *name;          // of the column, "pkts"
	const char *help;          // of the column; of the whole row in a table with a label, where
	                           // its first column has it. NULL: the names say it
	enum metric_kind kind;
	size_t offset, by;
	uint64_t bound;
};

#define METRIC_STRUCTS_MAX 66
#define METRIC_SOURCES_MAX 16 // of one service

// Declared metrics with the structs that hold their values.
struct metric_source {
	const struct metric_row *rows;
	// NULL: each value is the sum over all structs. Otherwise each struct has rows of its
	// own, and this label, such as "worker", says of which struct a row is.
	const char *each;
	const char *const *names; // the label's values, one a struct; NULL: 0, 1, 2...
	unsigned len;             // how many structs there are
	const void *of[METRIC_STRUCTS_MAX];
};

// Of struct worker_metric: table "workers", meant for each worker by itself, then "tcp",
// "latency", "stages" and "drops".
extern const struct metric_row metric_worker_rows[];
extern const struct metric_row metric_tcp_rows[];
extern const struct metric_row metric_latency_rows[];
extern const struct metric_row metric_stage_rows[];
extern const struct metric_row metric_drop_rows[];

#endif
