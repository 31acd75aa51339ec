// turn_trace: what a worker's loop records in its trace (core/trace.h): packets dropped,
// the cost of its turns, and when it has no work. It compares the counters after turns
// with work and before waits, at most 100 times a second, so that packets, drops and idle
// turns do not cost more.
#ifndef CORE_HOST_TURN_TRACE_H
#define CORE_HOST_TURN_TRACE_H

#include "core/cycles.h"
#include "core/metric.h"
#include "core/mono.h"

#define TURN_TRACE_LOOK_US (10 * MS_US)
#define TURN_TRACE_IDLE_US (100 * MS_US) // without work, before that is recorded

// A worker's own. All zeros: nothing was seen yet.
struct turn_trace {
	mono_t look;           // when to look at the counters again
	uint64_t begin;        // cycles at the beginning of a sampled turn
	uint32_t work, cycles; // of the most expensive sampled turn since the last look; 0: none
	bool idle;             // TRACE_IDLE was recorded
	mono_t idle_since;
	// The drop counters at the last look.
	uint64_t dropped[sizeof((struct worker_metric){0}.drop) / sizeof(counter_t)];
};

COLD void turn_trace_look(struct turn_trace *turns, struct worker_metric *metric, mono_t now);
COLD void turn_trace_wake(struct turn_trace *turns, struct worker_metric *metric, mono_t now);
COLD void turn_trace_sample(struct turn_trace *turns, unsigned work);

// Worker, when a turn begins and metric->sampling is set for it.
static inline void turn_trace_begin(struct turn_trace *turns, struct worker_metric *metric,
                                    mono_t now)
{
	trace_turn(&metric->trace, now);
	if (unlikely(metric->sampling))
		turns->begin = cycles_now();
}

// Worker, when a turn ends that did work: packets received and timers fired. One that did
// none has dropped nothing.
static inline void turn_trace_end(struct turn_trace *turns, struct worker_metric *metric,
                                  unsigned work, mono_t now)
{
	if (unlikely(metric->sampling))
		turn_trace_sample(turns, work);
	if (unlikely(mono_due(turns->look, now)))
		turn_trace_look(turns, metric, now);
	if (unlikely(turns->idle))
		turn_trace_wake(turns, metric, now);
}

// Worker, before it waits for a device or a timer; last_work: when it last had work.
void turn_trace_wait(struct turn_trace *turns, struct worker_metric *metric, mono_t last_work,
                     mono_t now);

#endif
