// rand: a seeded generator, so that every test and simulation repeats. Not for
// secrets: keys of hash tables come from core/host/seed.h.
#ifndef CORE_RAND_H
#define CORE_RAND_H

#include "core/base.h"

struct rand {
	uint64_t s[4]; // xoshiro256**
};

// Any seed, 0 included, gives a full state. Its symbol has another name since a
// driver of DPDK (net_bnxt) exports one that is called rand_init.
void rand_init(struct rand *rand, uint64_t seed) __asm__("rand_init_seeded");

uint64_t rand_u64(struct rand *rand);

// Uniform in [0, n); n > 0.
uint64_t rand_below(struct rand *rand, uint64_t n);

// True with probability p_q32 / 2^32.
bool rand_chance(struct rand *rand, uint64_t p_q32);

#endif
