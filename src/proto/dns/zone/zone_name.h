// zone_name: a name prepared for look-ups: in lower case, split into labels, and hashed
// label by label from a zone's origin downwards, so that one pass gives the hash of the name
// and of each ancestor.
#ifndef DNS_ZONE_NAME_H
#define DNS_ZONE_NAME_H

#include "core/simd.h"
#include "proto/dns/wire/dns_name.h"

#define ZONE_NAME_PAD 16 // readable bytes after a name, for 16-byte loads

struct zone_name {
	uint8_t len; // root label included
	uint8_t labels;
	uint8_t at[DNS_LABELS_MAX + 1]; // where each label begins, the root label last
	uint8_t wire[DNS_NAME_MAX_BYTES + 1 + ZONE_NAME_PAD];
	uint64_t hash[DNS_LABELS_MAX + 1]; // [n]: of the suffix of n labels
};

// Copies a valid name of len bytes and converts it to lower case. The eight bytes before
// `from` must be readable, as they are in a message, where the header precedes the question.
// The copy is by words, which overlap when len is not a multiple of their size.
static inline void zone_name_copy(struct zone_name *name, const uint8_t *from, size_t len)
{
	uint8_t *to = name->wire;
	uint64_t word;

	name->len = (uint8_t)len;
	if (likely(len >= sizeof(simd16_t))) {
		size_t last = len - sizeof(simd16_t);

		for (size_t i = 0; i < last; i += sizeof(simd16_t))
			simd16_store(to + i, simd16_lower(simd16_load(from + i)));
		simd16_store(to + last, simd16_lower(simd16_load(from + last)));
		return;
	}
	if (len >= sizeof(word)) {
		memcpy(&word, from, sizeof(word));
		word = dns_lower_u64(word);
		memcpy(to, &word, sizeof(word));
		to += len - sizeof(word);
		len = sizeof(word);
		from += to - name->wire;
	}
	memcpy(&word, from + len - sizeof(word), sizeof(word));
	word = dns_lower_u64(word) >> (8 * (sizeof(word) - len));
	memcpy(to, &word, sizeof(word));
}

// Whether two sequences of len bytes are equal; ZONE_NAME_PAD bytes after each must be
// readable.
static inline bool zone_bytes_eq(const uint8_t *a, const uint8_t *b, size_t len)
{
	for (; unlikely(len > sizeof(simd16_t)); len -= sizeof(simd16_t)) {
		if (simd16_same(simd16_load(a), simd16_load(b)) != UINT16_MAX)
			return false;
		a += sizeof(simd16_t);
		b += sizeof(simd16_t);
	}
	unsigned same = simd16_same(simd16_load(a), simd16_load(b));

	return (~same & ((1u << len) - 1)) == 0;
}

// Splits a name into labels, reading its bytes at `wire`, where they may be in upper case:
// reading name->wire right after zone_name_copy would be a store-forwarding stall.
static inline void zone_name_split_as(struct zone_name *name, const uint8_t *wire)
{
	unsigned labels = 0, at = 0;

	for (; wire[at] != 0; at += 1u + wire[at])
		name->at[labels++] = (uint8_t)at;
	name->at[labels] = (uint8_t)at;
	name->labels = (uint8_t)labels;
}

// Splits a name into labels, reading name->wire.
static inline void zone_name_split(struct zone_name *name)
{
	zone_name_split_as(name, name->wire);
}

// The offset in name->wire of the suffix of n labels.
static inline unsigned zone_name_at(const struct zone_name *name, unsigned labels)
{
	return name->at[name->labels - labels];
}

static inline uint64_t zone_hash_mix(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

// The hash of a name from that of its parent and its first label.
static inline uint64_t zone_hash_label(uint64_t parent, const uint8_t *label, uint64_t key)
{
	static const uint8_t masks[2 * sizeof(simd16_t)] = {[0 ... sizeof(simd16_t) - 1] = 0xff};
	size_t left = 1 + (size_t)label[0];
	simd16_t bytes = simd16_load(label);

	for (; unlikely(left > sizeof(bytes)); left -= sizeof(bytes)) {
		parent = zone_hash_mix(simd16_low(bytes) ^ parent, simd16_high(bytes) ^ key);
		label += sizeof(bytes);
		bytes = simd16_load(label);
	}
	bytes = simd16_and(bytes, simd16_load(masks + sizeof(bytes) - left));
	return zone_hash_mix(simd16_low(bytes) ^ parent, simd16_high(bytes) ^ key);
}

// Makes a well-mixed, odd hash key from any number.
static inline uint64_t zone_hash_key(uint64_t seed)
{
	uint64_t key = seed + 0x9e3779b97f4a7c15;

	key = (key ^ (key >> 30)) * 0xbf58476d1ce4e5b9;
	key = (key ^ (key >> 27)) * 0x94d049bb133111eb;
	return (key ^ (key >> 31)) | 1;
}

// Computes the hashes of the suffixes of `from` to `to` labels; the hash of the first is the
// key itself.
static inline void zone_name_hash(struct zone_name *name, unsigned from, unsigned to, uint64_t key)
{
	const uint8_t *at = name->at + name->labels - from;
	uint64_t hash = key, *last = name->hash + to;

	for (uint64_t *p = name->hash + from; *p = hash, p < last; p++)
		hash = zone_hash_label(hash, name->wire + *--at, key);
}

#endif
