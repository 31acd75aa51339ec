// seed: getrandom; see the header.
#include "core/host/seed.h"

#include <stdlib.h>
#include <sys/random.h>

uint64_t seed_os(void)
{
	uint64_t seed;

	// Of up to 256 bytes the kernel gives all or, before its pool is ready
	// and with GRND_NONBLOCK only, none: a failure means no getrandom.
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		abort();
	return seed;
}
