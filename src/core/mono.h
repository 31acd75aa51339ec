// mono: an instant of monotonic time as a struct, so that an instant and a number of
// microseconds cannot be mixed up. Engines take instants as arguments; clocks are
// in core/host/clock.h.
#ifndef CORE_MONO_H
#define CORE_MONO_H

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

// Whether t is not later than now.
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

#endif
