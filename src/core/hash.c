// hash: see the header. The hash of bytes multiplies 64-bit words to 128 bits and
// folds the halves, sixteen bytes a step, with the seed in every factor. SipHash is
// by Aumasson and Bernstein.
#include "core/hash.h"

#include "core/line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// Digits of square roots: they have no structure that input could share. With
// the seed they keep a peer from making a factor zero.
#define K0 UINT64_C(0x6a09e667f3bcc909)
#define K1 UINT64_C(0xbb67ae8584caa73b)
#define K2 UINT64_C(0x3c6ef372fe94f82b)

static uint64_t load(const uint8_t *p, size_t n)
{
	uint64_t word = 0;

	memcpy(&word, p, n);
	return word;
}

uint64_t hash_key(uint64_t seed, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint64_t key = hash_mix(seed ^ K0, K1);
	uint64_t state = key ^ len;
	size_t left = len;

	for (; left > 16; left -= 16, p += 16)
		state = hash_mix(load(p, 8) ^ K1 ^ state, load(p + 8, 8) ^ key);
	if (left > 8)
		state = hash_mix(load(p, 8) ^ K1 ^ state, load(p + 8, left - 8) ^ key);
	else if (left)
		state = hash_mix(load(p, left) ^ K1 ^ state, key);
	return hash_mix(state ^ K2, key ^ len);
}

static uint64_t rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

struct sip {
	uint64_t v0, v1, v2, v3;
};

static void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotate(s->v1, 13) ^ s->v0;
	s->v3 = rotate(s->v3, 16) ^ s->v2;
	s->v0 = rotate(s->v0, 32) + s->v3;
	s->v2 += s->v1;
	s->v3 = rotate(s->v3, 21) ^ s->v0;
	s->v1 = rotate(s->v1, 17) ^ s->v2;
	s->v2 = rotate(s->v2, 32);
}

static void sip_word(struct sip *s, uint64_t word)
{
	s->v3 ^= word;
	sip_round(s);
	sip_round(s);
	s->v0 ^= word;
}

uint64_t hash_sip(const uint8_t key[HASH_SIP_KEY_BYTES], const void *bytes, size_t len)
{
	uint64_t k0 = load(key, 8), k1 = load(key + 8, 8);
	struct sip s = {
	        k0 ^ UINT64_C(0x736f6d6570736575),
	        k1 ^ UINT64_C(0x646f72616e646f6d),
	        k0 ^ UINT64_C(0x6c7967656e657261),
	        k1 ^ UINT64_C(0x7465646279746573),
	};
	const uint8_t *p = bytes;
	size_t left = len;

	for (; left >= 8; left -= 8, p += 8)
		sip_word(&s, load(p, 8));
	sip_word(&s, (uint64_t)len << 56 | (left ? load(p, left) : 0));
	s.v2 ^= 0xff;
	for (unsigned i = 0; i < 4; i++)
		sip_round(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

int hash_init(struct hash *hash, uint32_t capacity)
{
	uint32_t slots = 4;

	*hash = (struct hash){.capacity = capacity};
	if (capacity == 0 || capacity > UINT32_C(1) << 30)
		return -EINVAL;
	while (slots / 4 * 3 < capacity)
		slots *= 2;
	hash->slot = line_alloc(slots, sizeof(*hash->slot));
	if (!hash->slot)
		return -ENOMEM;
	for (uint32_t i = 0; i < slots; i++)
		hash->slot[i] = (struct hash_slot){.index = HASH_NONE};
	hash->mask = slots - 1;
	return 0;
}

void hash_fini(struct hash *hash)
{
	free(hash->slot);
	*hash = (struct hash){0};
}

// The preferred slot of an entry is derived from the half of the hash that is stored, so
// that it can be computed again when entries move.
static uint32_t tag_of(uint64_t of)
{
	return (uint32_t)(of >> 32);
}

static uint32_t home_of(const struct hash *hash, uint32_t tag)
{
	return tag & hash->mask;
}

uint32_t hash_find(const struct hash *hash, uint64_t of, hash_eq_fn *eq, const void *ctx,
                   const void *key)
{
	uint32_t tag = tag_of(of);

	for (uint32_t at = home_of(hash, tag);; at = (at + 1) & hash->mask) {
		struct hash_slot slot = hash->slot[at];

		if (slot.index == HASH_NONE)
			return HASH_NONE;
		if (slot.tag == tag && eq(ctx, key, slot.index))
			return slot.index;
	}
}

int hash_add(struct hash *hash, uint64_t of, uint32_t index)
{
	uint32_t tag = tag_of(of);
	uint32_t at = home_of(hash, tag);

	assert(index != HASH_NONE);
	if (hash->len == hash->capacity)
		return -ENOSPC;
	while (hash->slot[at].index != HASH_NONE)
		at = (at + 1) & hash->mask;
	hash->slot[at] = (struct hash_slot){tag, index};
	hash->len++;
	return 0;
}

// Closes the gap: each entry behind it, up to the next empty slot, moves into
// the gap unless that lies before its home.
static void close_gap(struct hash *hash, uint32_t gap)
{
	uint32_t at = gap;

	for (;;) {
		at = (at + 1) & hash->mask;
		if (hash->slot[at].index == HASH_NONE)
			break;
		uint32_t home = home_of(hash, hash->slot[at].tag);

		if (((at - home) & hash->mask) >= ((at - gap) & hash->mask)) {
			hash->slot[gap] = hash->slot[at];
			gap = at;
		}
	}
	hash->slot[gap].index = HASH_NONE;
}

bool hash_del(struct hash *hash, uint64_t of, uint32_t index)
{
	uint32_t at = home_of(hash, tag_of(of));

	while (hash->slot[at].index != index) {
		if (hash->slot[at].index == HASH_NONE)
			return false;
		at = (at + 1) & hash->mask;
	}
	close_gap(hash, at);
	hash->len--;
	return true;
}
