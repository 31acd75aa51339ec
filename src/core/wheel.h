// wheel: a hierarchical timer wheel for one worker. Adding, moving and removing a timer
// costs a few stores; it fires at its time or up to WHEEL_TICK_US later, never earlier.
// The owner of a timer provides its memory.
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

struct wheel {
	uint64_t tick; // the last one that was run
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

// The part of wheel_tick for an instant that is later than the last tick.
unsigned wheel_run(struct wheel *wheel, mono_t now);

// Fires all timers that are due, earlier ticks first; returns how many. Nothing fires
// when `now` is not later than in the call before.
static inline unsigned wheel_tick(struct wheel *wheel, mono_t now)
{
	// All timers are of later ticks than the last one, so in the same tick none is due.
	if (likely(now.us / WHEEL_TICK_US <= wheel->tick))
		return 0;
	return wheel_run(wheel, now);
}

// A lower bound of when the next timer fires, later than the last tick; MONO_NEVER when
// no timer is armed. Exact within 64 ticks. Further ahead it may be early, at most once
// per level of the wheel; the caller then calls wheel_tick and asks again.
mono_t wheel_next(const struct wheel *wheel);

#endif
