// zone_stop: lets the threads that load a zone poll whether the load was cancelled.
#ifndef DNS_ZONE_STOP_H
#define DNS_ZONE_STOP_H

#include "core/base.h"

// Whether the load was cancelled. Any thread may call it; once true, it stays true.
typedef bool zone_stopped_fn(void);

#define ZONE_STOP_EVERY 4096

// Whether the load was cancelled; `stopped` NULL: it cannot be cancelled.
static inline bool zone_stop_now(zone_stopped_fn *stopped)
{
	return stopped && stopped();
}

// As zone_stop_now, but polls only every ZONE_STOP_EVERY items; `at` counts them.
static inline bool zone_stop_at(zone_stopped_fn *stopped, size_t at)
{
	return unlikely(at % ZONE_STOP_EVERY == 0) && zone_stop_now(stopped);
}

#endif
