// pace: when queries are due at a fixed rate. What is not sent in time stays due at its time,
// so that a wait of the sender is part of a query's latency.
#ifndef BENCH_PACE_H
#define BENCH_PACE_H

#include "core/mono.h"

#define PACE_FRACTION_BITS 24

// Instants are microseconds since `begin`, with a fraction.
struct pace {
	mono_t begin;
	uint64_t next_q24, step_q24;
};

// From begin on, rate_per_s a second (1 to 10^9). `offset_ppm` millionths of a step later, so
// that several workers take turns.
static inline void pace_begin(struct pace *pace, mono_t begin, uint64_t rate_per_s,
                              uint32_t offset_ppm)
{
	uint64_t step = (SEC_US << PACE_FRACTION_BITS) / rate_per_s;

	*pace = (struct pace){begin, step * offset_ppm / 1000000, step};
}

// How many are due by now and have not been taken.
static inline uint64_t pace_due(const struct pace *pace, mono_t now)
{
	uint64_t now_q24 = mono_until(pace->begin, now) << PACE_FRACTION_BITS;

	if (now.us < pace->begin.us || now_q24 < pace->next_q24)
		return 0;
	return (now_q24 - pace->next_q24) / pace->step_q24 + 1;
}

// Takes the next; returns when it was due.
static inline mono_t pace_take(struct pace *pace)
{
	mono_t due = mono_add(pace->begin, pace->next_q24 >> PACE_FRACTION_BITS);

	pace->next_q24 += pace->step_q24;
	return due;
}

#endif
