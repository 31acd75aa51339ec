// clock: scaling of the time-stamp counter; see the header.
#include "core/clock.h"

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
	*clock = (struct clock){.base_cycles = clock_cycles(), .base_ns = kernel_ns()};
	clock->last.us = clock->base_ns / 1000;
}

// Takes a new base from the kernel and, if the span since the old one is long
// enough to tell, a new rate.
static COLD uint64_t resync(struct clock *clock, uint64_t cycles)
{
	uint64_t ns = kernel_ns();
	uint64_t span_ns = ns - clock->base_ns;
	uint64_t span_cycles = cycles - clock->base_cycles;

	if ((int64_t)span_cycles <= 0) { // the counter was set back: a migration, a resume
		clock->base_cycles = cycles;
		clock->base_ns = ns;
		clock->ns_per_cycle_q32 = 0;
		return ns;
	}
	if (span_ns < CALIBRATE_NS)
		return ns;
	clock->ns_per_cycle_q32 = (uint64_t)(((unsigned __int128)span_ns << 32) / span_cycles);
	clock->resync_cycles = (uint64_t)((unsigned __int128)span_cycles * RESYNC_NS / span_ns);
	clock->base_cycles = cycles;
	clock->base_ns = ns;
	return ns;
}

mono_t clock_now(struct clock *clock)
{
	uint64_t cycles = clock_cycles();
	uint64_t since = cycles - clock->base_cycles;
	uint64_t ns;

	if (clock->ns_per_cycle_q32 && since < clock->resync_cycles)
		ns = clock->base_ns +
		     (uint64_t)(((unsigned __int128)since * clock->ns_per_cycle_q32) >> 32);
	else
		ns = resync(clock, cycles);
	if (ns / 1000 > clock->last.us)
		clock->last.us = ns / 1000;
	return clock->last;
}
