// cycles: the processor's time-stamp counter, for sampled costs of stages and for
// the worker's clock. Not a measure of time: its rate is found by core/host/clock.c.
#ifndef CORE_CYCLES_H
#define CORE_CYCLES_H

#include "core/base.h"

static inline uint64_t cycles_now(void)
{
	return __builtin_ia32_rdtsc();
}

#endif
