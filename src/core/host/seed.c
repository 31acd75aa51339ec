// seed: getrandom; see the header.
#include "core/host/seed.h"

#include <stdlib.h>
#include <sys/random.h>

void seed_bytes(void *to, size_t bytes)
{
	assert(bytes <= SEED_BYTES_MAX);
	// Of up to 256 bytes the kernel gives all or, before its pool is ready
	// and with GRND_NONBLOCK only, none: a failure means no getrandom.
	if (getrandom(to, bytes, 0) != (ssize_t)bytes)
		abort();
}

uint64_t seed_os(void)
{
	uint64_t seed;

	seed_bytes(&seed, sizeof(seed));
	return seed;
}
