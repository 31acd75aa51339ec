// seed: random numbers from the kernel, for keys of hash tables and for seeds of
// generators (core/rand.h).
#ifndef CORE_HOST_SEED_H
#define CORE_HOST_SEED_H

#include "core/base.h"

uint64_t seed_os(void);

// Fills up to SEED_BYTES_MAX bytes without a copy elsewhere, for secrets.
#define SEED_BYTES_MAX 256
void seed_bytes(void *to, size_t bytes);

#endif
