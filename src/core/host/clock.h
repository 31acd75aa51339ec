// clock: where instants come from. Only the worker loop and the control thread read a
// clock; everything below them is given the instant (core/mono.h).
#ifndef CORE_HOST_CLOCK_H
#define CORE_HOST_CLOCK_H

#include "core/mono.h"

// A worker's clock. It asks the kernel until it has seen enough of the
// time-stamp counter to scale that instead, and then once a second to stay
// with the kernel's rate. In a Xen PV guest the kernel's clock costs as much
// as a system call, hence the trouble. Over a suspend or a migration the counter
// may jump, and run at another rate: the clock then starts over, at most a second
// off until it has noticed.
struct clock {
	uint64_t base_cycles;
	uint64_t base_ns;
	uint64_t ns_per_cycle_q32; // 0: not calibrated yet
	uint64_t resync_cycles;    // cycles after base_cycles at which to ask again
	mono_t last;
};

// Starts at the kernel's CLOCK_MONOTONIC.
void clock_init(struct clock *clock);

// The instant now; never goes backwards.
mono_t clock_now(struct clock *clock);

// What clock_now does when the counter shows `cycles`; kernel_ns is asked when
// wanted. For tests of jumps.
mono_t clock_at(struct clock *clock, uint64_t cycles, uint64_t (*kernel_ns)(void));

// The kernel's clock, for the control thread and tests.
mono_t clock_kernel(void);

#endif
