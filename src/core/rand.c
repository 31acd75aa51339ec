// rand: xoshiro256** (Blackman and Vigna), seeded through splitmix64.
#include "core/rand.h"

static uint64_t splitmix64(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

void rand_init(struct rand *rand, uint64_t seed)
{
	for (unsigned i = 0; i < ARRAY_LEN(rand->s); i++)
		rand->s[i] = splitmix64(&seed);
}

static uint64_t rotl(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

uint64_t rand_u64(struct rand *rand)
{
	uint64_t *s = rand->s;
	uint64_t result = rotl(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

uint64_t rand_below(struct rand *rand, uint64_t n)
{
	// The product's high half is uniform once the low halves that occur
	// once too often are thrown away: 2^64 mod n of them.
	uint64_t surplus = -n % n;
	unsigned __int128 product;

	assert(n > 0);
	do
		product = (unsigned __int128)rand_u64(rand) * n;
	while ((uint64_t)product < surplus);
	return (uint64_t)(product >> 64);
}

bool rand_chance(struct rand *rand, uint64_t p_q32)
{
	return rand_u64(rand) >> 32 < p_q32;
}
