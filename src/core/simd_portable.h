// simd_portable: the operations of simd.h in plain C, for any little-endian architecture,
// and for tests that compare the two bodies. Code includes simd.h.
#ifndef CORE_SIMD_PORTABLE_H
#define CORE_SIMD_PORTABLE_H

#include "core/base.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "the first byte of a word is its lowest: here, in cksum.c and in zone_name.h");

// Sixteen bytes as two numbers whose lowest byte comes first in memory.
struct portable16 {
	uint64_t low, high;
};

static inline uint64_t portable_load(const void *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

static inline void portable_store(void *bytes, uint64_t word)
{
	memcpy(bytes, &word, sizeof(word));
}

static inline struct portable16 portable16_load(const void *bytes)
{
	const uint8_t *p = bytes;

	return (struct portable16){portable_load(p), portable_load(p + 8)};
}

static inline void portable16_store(void *bytes, struct portable16 a)
{
	uint8_t *p = bytes;

	portable_store(p, a.low);
	portable_store(p + 8, a.high);
}

static inline struct portable16 portable16_all(uint8_t byte)
{
	uint64_t word = byte * UINT64_C(0x0101010101010101);

	return (struct portable16){word, word};
}

static inline struct portable16 portable16_and(struct portable16 a, struct portable16 b)
{
	return (struct portable16){a.low & b.low, a.high & b.high};
}

static inline uint64_t portable16_low(struct portable16 a)
{
	return a.low;
}

static inline uint64_t portable16_high(struct portable16 a)
{
	return a.high;
}

static inline unsigned portable16_same(struct portable16 a, struct portable16 b)
{
	uint64_t low = a.low ^ b.low, high = a.high ^ b.high;
	unsigned same = 0;

	for (unsigned i = 0; i < 8; i++) {
		same |= (unsigned)(((low >> 8 * i) & 0xff) == 0) << i;
		same |= (unsigned)(((high >> 8 * i) & 0xff) == 0) << (8 + i);
	}
	return same;
}

// Adding to the low seven bits of each byte carries into bit 7 where they reach 'A', and
// again where they pass 'Z'; bytes that had bit 7 are no letters.
static inline uint64_t portable_lower(uint64_t word)
{
	const uint64_t ones = 0x0101010101010101;
	uint64_t low = word & (ones * 0x7f);
	uint64_t from_a = low + ones * (0x80 - 'A');
	uint64_t past_z = low + ones * (0x7f - 'Z');

	return word | (((from_a ^ past_z) & ~word & (ones * 0x80)) >> 2);
}

static inline struct portable16 portable16_lower(struct portable16 a)
{
	return (struct portable16){portable_lower(a.low), portable_lower(a.high)};
}

static inline uint32_t portable_crc32c(uint32_t crc, uint64_t word)
{
	// The remainders of four bits by the polynomial 0x82f63b78, lowest bit first.
	static const uint32_t remainders[16] = {
	        0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
	        0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
	        0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
	};

	word ^= crc;
	for (unsigned i = 0; i < 16; i++)
		word = word >> 4 ^ remainders[word & 15];
	return (uint32_t)word;
}

static inline uint64_t portable_add_carry(uint64_t sum, uint64_t word)
{
	sum += word;
	return sum + (sum < word);
}

#endif
