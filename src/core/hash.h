// hash: a keyed hash of bytes, and a hash table of fixed capacity that maps to indices
// of an array of the caller's. The key prevents a peer that chooses addresses or names
// from making them collide. Only hash_sip is cryptographic.
#ifndef CORE_HASH_H
#define CORE_HASH_H

#include "core/base.h"

// A 64-bit hash of the bytes; seed is a secret, such as from seed_os.
uint64_t hash_key(uint64_t seed, const void *bytes, size_t len) PURE;

// The product's halves, folded: each bit of the result depends on all bits of a and b.
static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

// As hash_key, for two words, such as an address. Both factors contain the seed, so that
// a client that does not know it cannot make one of them zero.
static inline uint64_t hash_u128(uint64_t seed, uint64_t hi, uint64_t lo)
{
	uint64_t other = (seed << 32 | seed >> 32) ^ UINT64_C(0x6a09e667f3bcc909);

	return hash_mix(hash_mix(hi ^ seed, lo ^ other) ^ seed, other);
}

#define HASH_SIP_KEY_BYTES 16

// SipHash-2-4, a message authentication code for short messages: slower, but an
// attacker who sees results for messages of its choice cannot forge one. The reference
// implementation's eight bytes, little-endian.
uint64_t hash_sip(const uint8_t key[HASH_SIP_KEY_BYTES], const void *bytes, size_t len) PURE;

#define HASH_NONE UINT32_MAX

struct hash_slot {
	uint32_t tag; // the hash's high half
	uint32_t index;
};

// Open addressing with linear probing and backward-shift deletion, without tombstones.
struct hash {
	struct hash_slot *slot;
	uint32_t mask; // slots - 1; at least a quarter of them stays empty
	uint32_t len, capacity;
};

// Whether the entry at index has the key: the table compares only a part of the hash.
typedef bool hash_eq_fn(const void *ctx, const void *key, uint32_t index);

// Room for `capacity` entries, 1 to 2^30. 0, -EINVAL or -ENOMEM.
int hash_init(struct hash *hash, uint32_t capacity) MUST_CHECK;
void hash_fini(struct hash *hash);

// The index that was added with an equal key, or HASH_NONE. eq is called for entries
// with the same tag.
uint32_t hash_find(const struct hash *hash, uint64_t of, hash_eq_fn *eq, const void *ctx,
                   const void *key);

// Adds an index, less than HASH_NONE, under a hash; the key must not be in the table.
// 0, or -ENOSPC when the table is full.
int hash_add(struct hash *hash, uint64_t of, uint32_t index) MUST_CHECK;

// Removes the index that was added under the hash; false if it is not there.
bool hash_del(struct hash *hash, uint64_t of, uint32_t index);

#endif
