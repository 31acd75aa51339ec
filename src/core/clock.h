// clock: monotonic time as a struct, so that an instant and a number of
// microseconds cannot be mixed up. Engines take instants as arguments; only
// the worker loop and the control thread read a clock.
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include "core/base.h"

typedef struct {
	uint64_t us;
} mono_t;

#define MONO_NEVER ((mono_t){UINT64_MAX})

#define MS_US  UINT64_C(1000)
#define SEC_US UINT64_C(1000000)

static inline mono_t mono_add(mono_t t, uint64_t us)
{
	return (mono_t){t.us > UINT64_MAX - us ? UINT64_MAX : t.us + us};
}

// Whether t has come when it is now.
static inline bool mono_due(mono_t t, mono_t now)
{
	return t.us <= now.us;
}

static inline mono_t mono_earlier(mono_t a, mono_t b)
{
	return a.us < b.us ? a : b;
}

// Microseconds from `from` until `to`; 0 when `to` is past.
static inline uint64_t mono_until(mono_t from, mono_t to)
{
	return to.us > from.us ? to.us - from.us : 0;
}

// Time-stamp counter: cheap, per burst and for sampled stage costs.
static inline uint64_t clock_cycles(void)
{
	return __builtin_ia32_rdtsc();
}

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
