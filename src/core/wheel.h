// wheel: a hierarchical timer wheel for one worker. Adding, moving and removing a timer
// costs a few stores; it fires at its time or up to WHEEL_TICK_US later, never earlier.
// When very many are due, or come near, together, they fire later still, for a call does
// a bounded part of the work. The owner of a timer provides its memory.
#ifndef CORE_WHEEL_H
#define CORE_WHEEL_H

#include "core/mono.h"

#define WHEEL_TICK_US UINT64_C(256)

struct wheel_timer;

// Called when the timer fires. It is disarmed and may be armed again; any timer of the
// wheel may be armed or disarmed from here.
typedef void wheel_fn(struct wheel_timer *timer, mono_t now);

struct wheel_timer {
	struct wheel_timer *next, **pprev; // pprev NULL: not in a wheel
	wheel_fn *fn;
	mono_t when;
};

#define WHEEL_LEVELS 5
#define WHEEL_SLOTS  64

// Work that a call may do before what is left waits for the next: some 50 us when no timer
// is in the cache, and then 512 frames of a ring fill at more than 10 million a second.
#define WHEEL_WORK_MAX  2048 // timers that are moved to a finer level
#define WHEEL_WORK_FIRE 16   // of a timer that fires, in the same unit

struct wheel {
	mono_t due;    // before that instant nothing is left to fire
	uint64_t tick; // what timers are placed by: the last one that was run, or is being run
	unsigned part; // level of which a slot was emptied in part; 0: of none
	uint64_t occupied[WHEEL_LEVELS];
	struct wheel_timer *slot[WHEEL_LEVELS][WHEEL_SLOTS];
};

void wheel_init(struct wheel *wheel, mono_t now);

static inline void wheel_timer_init(struct wheel_timer *timer, wheel_fn *fn)
{
	*timer = (struct wheel_timer){.fn = fn};
}

static inline bool wheel_timer_armed(const struct wheel_timer *timer)
{
	return timer->pprev != NULL;
}

// Arms the timer, or moves an armed one; MONO_NEVER disarms it. A time in the past
// fires with the next tick.
void wheel_add(struct wheel *wheel, struct wheel_timer *timer, mono_t when);

// Disarms the timer; no effect if it is not armed.
void wheel_del(struct wheel *wheel, struct wheel_timer *timer);

// As wheel_tick, with `work` (at least 1) in place of WHEEL_WORK_MAX, for an instant that
// is not before `due`.
unsigned wheel_run(struct wheel *wheel, mono_t now, unsigned work);

// Fires the timers that are due, earlier ticks first; returns how many. When that is more
// work than WHEEL_WORK_MAX, the next call goes on, in the same tick, too. Otherwise nothing
// fires when `now` is not later than in the call before.
static inline unsigned wheel_tick(struct wheel *wheel, mono_t now)
{
	// Within one tick, most turns of a worker end here.
	if (likely(!mono_due(wheel->due, now)))
		return 0;
	return wheel_run(wheel, now, WHEEL_WORK_MAX);
}

// A lower bound of when the next timer fires; MONO_NEVER when no timer is armed. It is not
// later than the last call when that left work. Otherwise it is later, exact within 64 ticks;
// further ahead it may be early, at most once per level of the wheel. The caller then calls
// wheel_tick and asks again.
mono_t wheel_next(const struct wheel *wheel);

#endif
