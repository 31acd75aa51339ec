// rate: a token bucket whose only state is the instant at which it will be full again.
#ifndef CORE_RATE_H
#define CORE_RATE_H

#include "core/mono.h"

struct rate {
	uint64_t interval_us; // per token; 0: there are no tokens
	uint64_t depth_us;    // to fill an empty bucket
	mono_t full;
};

// Adds a token every interval_us (0: never) to a bucket of depth tokens.
static inline void rate_init(struct rate *rate, uint64_t interval_us, uint32_t depth)
{
	*rate = (struct rate){interval_us, depth * interval_us, {0}};
}

static inline uint64_t rate_interval_us(uint32_t per_s)
{
	return per_s == 0 ? 0 : per_s < SEC_US ? SEC_US / per_s : 1;
}

// Takes one token if there is one.
static inline bool rate_take(struct rate *rate, mono_t now)
{
	uint64_t full_us = rate->full.us > now.us ? rate->full.us : now.us;

	if (rate->interval_us == 0 || full_us + rate->interval_us > now.us + rate->depth_us)
		return false;
	rate->full.us = full_us + rate->interval_us;
	return true;
}

#endif
