// wheel: hierarchical timing wheel; see the header. A timer lies on the level
// of the highest 6-bit digit in which its tick differs from the current one,
// and moves down a level each time that the current tick reaches its slot.
#include "core/wheel.h"

#define DIGIT_BITS 6
#define TOP        (WHEEL_LEVELS - 1)
#define TOP_SHIFT  (TOP * DIGIT_BITS)

_Static_assert(WHEEL_SLOTS == 1 << DIGIT_BITS, "a slot for each value of a digit");

// When the tick begins.
static mono_t begin_of(uint64_t tick)
{
	return (mono_t){tick * WHEEL_TICK_US};
}

void wheel_init(struct wheel *wheel, mono_t now)
{
	uint64_t tick = now.us / WHEEL_TICK_US;

	*wheel = (struct wheel){.due = begin_of(tick + 1), .tick = tick};
}

static unsigned digit(uint64_t tick, unsigned level)
{
	return tick >> level * DIGIT_BITS & (WHEEL_SLOTS - 1);
}

// The tick at which the timer fires: the first that is not before `when`.
static uint64_t tick_of(mono_t when)
{
	return when.us / WHEEL_TICK_US + (when.us % WHEEL_TICK_US != 0);
}

// Links the timer into the slot of its tick, or of `soonest` if that is past;
// soonest is the current tick or the next. On the top level the digits go
// round; what lies further than that is put as far as possible, to be placed
// again from there.
static void place(struct wheel *wheel, struct wheel_timer *timer, uint64_t soonest)
{
	uint64_t furthest = wheel->tick + ((uint64_t)(WHEEL_SLOTS - 1) << TOP_SHIFT);
	uint64_t tick = tick_of(timer->when);
	uint64_t target = tick < soonest ? soonest : u64_min(tick, furthest);
	uint64_t differs = target ^ wheel->tick;
	unsigned level = differs ? (63 - (unsigned)__builtin_clzll(differs)) / DIGIT_BITS : 0;
	struct wheel_timer **slot;

	if (level > TOP)
		level = TOP;
	slot = &wheel->slot[level][digit(target, level)];
	timer->next = *slot;
	timer->pprev = slot;
	if (timer->next)
		timer->next->pprev = &timer->next;
	*slot = timer;
	wheel->occupied[level] |= UINT64_C(1) << digit(target, level);
}

void wheel_add(struct wheel *wheel, struct wheel_timer *timer, mono_t when)
{
	wheel_del(wheel, timer);
	timer->when = when;
	if (when.us != MONO_NEVER.us)
		place(wheel, timer, wheel->tick + 1);
}

void wheel_del(struct wheel *wheel, struct wheel_timer *timer)
{
	struct wheel_timer **pprev = timer->pprev;
	struct wheel_timer **slots = &wheel->slot[0][0];

	if (!pprev)
		return;
	*pprev = timer->next;
	if (timer->next)
		timer->next->pprev = pprev;
	else if (pprev >= slots && pprev < slots + WHEEL_LEVELS * WHEEL_SLOTS)
		wheel->occupied[(pprev - slots) / WHEEL_SLOTS] &=
		        ~(UINT64_C(1) << (pprev - slots) % WHEEL_SLOTS);
	timer->next = NULL;
	timer->pprev = NULL;
}

// Whether timers are left in the slot of the current tick that was emptied in part. Those that
// came out of it lie on finer levels, and may not fire before those that are left.
static bool has_part(const struct wheel *wheel)
{
	unsigned level = wheel->part;

	return level && wheel->occupied[level] >> digit(wheel->tick, level) & 1;
}

// The first tick at which a slot is to be emptied, and its level; false when
// no timer is armed. Below the top, occupied slots are never behind the current
// digit, and all that lies on a level comes before what lies on the next.
static bool next_slot(const struct wheel *wheel, uint64_t *tick, unsigned *level)
{
	if (unlikely(has_part(wheel))) {
		*tick = wheel->tick;
		*level = wheel->part;
		return true;
	}
	for (*level = 0; *level < TOP; ++*level) {
		unsigned shift = *level * DIGIT_BITS;
		uint64_t occupied = wheel->occupied[*level];

		if (occupied) {
			*tick = (wheel->tick >> (shift + DIGIT_BITS) << DIGIT_BITS |
			         (unsigned)__builtin_ctzll(occupied))
			        << shift;
			return true;
		}
	}
	if (wheel->occupied[TOP]) {
		unsigned at = digit(wheel->tick, TOP);
		uint64_t ahead = wheel->occupied[TOP] >> at | wheel->occupied[TOP]
		                                                      << (-at & (WHEEL_SLOTS - 1));

		*tick = ((wheel->tick >> TOP_SHIFT) + (unsigned)__builtin_ctzll(ahead))
		        << TOP_SHIFT;
		return true;
	}
	return false;
}

// Takes a timer out of the slot, or NULL when the slot is empty.
static struct wheel_timer *pop(struct wheel *wheel, unsigned level, unsigned index)
{
	struct wheel_timer *timer = wheel->slot[level][index];

	if (timer)
		wheel_del(wheel, timer);
	return timer;
}

// Moves the timers of the slot of the current tick to finer levels, as many as there is work for.
static void move(struct wheel *wheel, unsigned level, unsigned *work)
{
	struct wheel_timer *timer;

	while (*work > 0 && (timer = pop(wheel, level, digit(wheel->tick, level)))) {
		place(wheel, timer, wheel->tick);
		--*work;
	}
	wheel->part = level;
}

// Fires the timers of the current tick likewise. What a callback arms falls due at a later tick, so
// the slot empties; a callback may remove others of the slot.
static unsigned fire(struct wheel *wheel, mono_t now, unsigned *work)
{
	struct wheel_timer *timer;
	unsigned fired = 0;

	while (*work > 0 && (timer = pop(wheel, 0, digit(wheel->tick, 0)))) {
		timer->fn(timer, now);
		fired++;
		*work -= *work < WHEEL_WORK_FIRE ? *work : WHEEL_WORK_FIRE;
	}
	return fired;
}

// Kept apart, since a turn without timers that are due is to stay short.
static NOINLINE unsigned run_due(struct wheel *wheel, mono_t now, unsigned work)
{
	uint64_t until = now.us / WHEEL_TICK_US;
	unsigned fired = 0, level;
	uint64_t tick;

	while (next_slot(wheel, &tick, &level) && tick <= until) {
		wheel->tick = tick;
		if (work == 0) {
			wheel->due = begin_of(tick);
			return fired;
		}
		if (level)
			move(wheel, level, &work);
		else
			fired += fire(wheel, now, &work);
	}
	wheel->tick = until;
	wheel->due = begin_of(until + 1);
	return fired;
}

unsigned wheel_run(struct wheel *wheel, mono_t now, unsigned work)
{
	uint64_t until = now.us / WHEEL_TICK_US, tick;
	unsigned level;

	if (next_slot(wheel, &tick, &level) && tick <= until)
		return run_due(wheel, now, work);
	wheel->tick = until;
	wheel->due = begin_of(until + 1);
	return 0;
}

mono_t wheel_next(const struct wheel *wheel)
{
	unsigned level;
	uint64_t tick;

	if (!next_slot(wheel, &tick, &level))
		return MONO_NEVER;
	return (mono_t){tick * WHEEL_TICK_US};
}
