// clock_watch: notices when the machine's clocks do something that an operator has to know:
// the real time is set, the machine was suspended, the process did not run. Time that goes by
// is core/host/clock.h's.
#ifndef BOOT_CLOCK_WATCH_H
#define BOOT_CLOCK_WATCH_H

#include "core/host/control_loop.h"

#define CLOCK_WATCH_US (SEC_US)

// The kernel's clocks at one moment, in microseconds: CLOCK_MONOTONIC, CLOCK_BOOTTIME, which
// also runs while the machine is suspended, and CLOCK_REALTIME.
struct clock_reading {
	int64_t mono_us, boot_us, real_us;
};

// What happened between two readings; less than a second is 0.
struct clock_change {
	int64_t suspended_us;
	int64_t set_us; // negative: the real time was set back
};

struct clock_watch {
	struct control_loop *loop;
	struct clock_reading last;
	struct wheel_timer due;
	void (*set)(void *ctx); // the real time was set
	void *ctx;
};

struct clock_reading clock_watch_read(void);
struct clock_change clock_watch_compare(const struct clock_reading *before,
                                        const struct clock_reading *now);

// Logs what happened since the reading before, and calls set.
void clock_watch_take(struct clock_watch *watch, const struct clock_reading *now);

// Looks each second, by the loop's timers, and logs what happened. The caller has filled in
// set and ctx. Unwatching takes the timer from the loop.
void clock_watch_begin(struct clock_watch *watch, struct control_loop *loop, mono_t now);
void clock_watch_end(struct clock_watch *watch);

#endif
