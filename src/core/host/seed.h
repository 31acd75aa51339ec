// seed: random numbers from the kernel, for keys of hash tables and for seeds of
// generators (core/rand.h).
#ifndef CORE_HOST_SEED_H
#define CORE_HOST_SEED_H

#include "core/base.h"

uint64_t seed_os(void);

#endif
