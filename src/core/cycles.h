// cycles: the time-stamp counter of the processor, for sampled costs of stages and for
// the worker's clock. core/host/clock.c converts it to time.
#ifndef CORE_CYCLES_H
#define CORE_CYCLES_H

#include "core/base.h"

#if !defined(__x86_64__) && !defined(__aarch64__)
#include <time.h>
#endif

static inline uint64_t cycles_now(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
	uint64_t count;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(count));
	return count;
#else
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
#endif
}

#endif
