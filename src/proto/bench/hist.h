// hist: a histogram of latencies in microseconds, in fixed memory: steps of one up to 256, then
// 128 steps to each power of two, so that a percentile is at most 0.8 % above the true one.
// One thread writes it; others may read it at any time, and those of several workers are
// merged.
#ifndef BENCH_HIST_H
#define BENCH_HIST_H

#include "core/metric.h"

#define HIST_STEP_BITS 7  // steps to a power of two
#define HIST_TOP_BITS  27 // longer ones count as 134 s
#define HIST_STEPS     (((HIST_TOP_BITS - HIST_STEP_BITS - 1) + 2) << HIST_STEP_BITS)

struct hist {
	counter_t sum_us, min_us, max_us; // min_us and max_us of an empty one say nothing
	counter_t count[HIST_STEPS];
};

// The step of a latency, and the longest latency that shares it.
static inline unsigned hist_step(uint64_t us)
{
	uint64_t at = u64_min(us, (UINT64_C(1) << HIST_TOP_BITS) - 1);
	int shift = 63 - __builtin_clzll(at | 1) - HIST_STEP_BITS;

	if (shift <= 0)
		return (unsigned)at;
	return ((unsigned)shift << HIST_STEP_BITS) + (unsigned)(at >> shift);
}
uint64_t hist_step_end(unsigned step) PURE;

void hist_clear(struct hist *hist);

static inline void hist_add(struct hist *hist, uint64_t us)
{
	if (unlikely(us > counter_get(&hist->max_us)))
		counter_set(&hist->max_us, us);
	if (unlikely(us < counter_get(&hist->min_us)))
		counter_set(&hist->min_us, us);
	counter_add(&hist->sum_us, us);
	counter_add(&hist->count[hist_step(us)], 1);
}

// How many latencies were added.
uint64_t hist_len(const struct hist *hist) PURE;

void hist_merge(struct hist *to, const struct hist *from);

// Takes away what an earlier copy of the same histogram held; min_us and max_us stay.
void hist_subtract(struct hist *from, const struct hist *earlier);

// The latency that `ppm` millionths of all are not longer than: 999900 for the percentile 99.99.
// 0 for an empty histogram.
uint64_t hist_percentile(const struct hist *hist, uint32_t ppm) PURE;

uint64_t hist_mean(const struct hist *hist) PURE;

#endif
