// clock: the source of instants. Only the worker loop and the control thread read a
// clock; they pass the instant (core/mono.h) to everything else.
#ifndef CORE_HOST_CLOCK_H
#define CORE_HOST_CLOCK_H

#include "core/mono.h"

// A worker's clock: the time-stamp counter, scaled. It reads the kernel's clock until it
// has measured the counter's rate, and then once a second to follow the kernel's. In a
// Xen PV guest the kernel's clock costs as much as a system call. In a suspend or a
// migration the counter may jump and change its rate: the clock then starts over, and is
// off by at most a second until it has noticed.
struct clock {
	uint64_t base_cycles;
	uint64_t base_ns;
	uint64_t ns_per_cycle_q32; // 0: not calibrated yet
	uint64_t resync_cycles;    // cycles after base_cycles until the kernel is read again
	mono_t last;
};

// Starts at the kernel's CLOCK_MONOTONIC.
void clock_init(struct clock *clock);

// The instant now; never goes backwards.
mono_t clock_now(struct clock *clock);

// As clock_now, but with the counter at `cycles`, and kernel_ns as the kernel's clock.
// For tests of jumps.
mono_t clock_at(struct clock *clock, uint64_t cycles, uint64_t (*kernel_ns)(void));

// The kernel's clock, for the control thread and tests.
mono_t clock_kernel(void);

#endif
