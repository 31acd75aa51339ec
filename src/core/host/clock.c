// clock: scaling of the time-stamp counter; see the header.
#include "core/host/clock.h"
#include "core/cycles.h"

#include <time.h>

// The calibration error is one clock_gettime jitter (well under 1 us) over
// this span: below 1e-5.
#define CALIBRATE_NS UINT64_C(100000000)
#define RESYNC_NS    UINT64_C(1000000000)

static uint64_t kernel_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
}

mono_t clock_kernel(void)
{
	return (mono_t){kernel_ns() / 1000};
}

void clock_init(struct clock *clock)
{
	*clock = (struct clock){.base_cycles = cycles_now(), .base_ns = kernel_ns()};
	clock->last.us = clock->base_ns / 1000;
}

// No counter runs slower or faster than this; what does has jumped.
#define Q32_MIN (UINT64_C(1) << 32 >> 5) // 32 cycles in a nanosecond
#define Q32_MAX (UINT64_C(1) << 32 << 5)

// A counter whose rate changed by more than an eighth was exchanged, too.
static bool is_steady(uint64_t before_q32, uint64_t q32)
{
	if (q32 < Q32_MIN || q32 > Q32_MAX)
		return false;
	return before_q32 == 0 ||
	       (q32 > before_q32 - before_q32 / 8 && q32 < before_q32 + before_q32 / 8);
}

// Takes a new base from the kernel and, if the span since the old one is long
// enough to measure it, a new rate.
static COLD uint64_t resync(struct clock *clock, uint64_t cycles, uint64_t ns)
{
	uint64_t span_ns = ns - clock->base_ns;
	uint64_t span_cycles = cycles - clock->base_cycles;
	uint64_t q32 = 0;

	if ((int64_t)span_cycles > 0) {
		if (span_ns < CALIBRATE_NS && !clock->ns_per_cycle_q32)
			return ns;
		q32 = (uint64_t)(((unsigned __int128)span_ns << 32) / span_cycles);
	}
	if (is_steady(clock->ns_per_cycle_q32, q32)) {
		clock->ns_per_cycle_q32 = q32;
		clock->resync_cycles = (RESYNC_NS << 32) / q32;
	} else {
		clock->ns_per_cycle_q32 = 0;
	}
	clock->base_cycles = cycles;
	clock->base_ns = ns;
	return ns;
}

mono_t clock_at(struct clock *clock, uint64_t cycles, uint64_t (*kernel)(void))
{
	uint64_t since = cycles - clock->base_cycles;
	uint64_t ns;

	if (clock->ns_per_cycle_q32 && since < clock->resync_cycles)
		ns = clock->base_ns +
		     (uint64_t)(((unsigned __int128)since * clock->ns_per_cycle_q32) >> 32);
	else
		ns = resync(clock, cycles, kernel());
	if (ns / 1000 > clock->last.us)
		clock->last.us = ns / 1000;
	return clock->last;
}

mono_t clock_now(struct clock *clock)
{
	return clock_at(clock, cycles_now(), kernel_ns);
}
