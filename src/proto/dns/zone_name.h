// zone_name: a name made ready for look-ups: in lower case, cut into labels
// counted from the root, and hashed label by label from a zone's origin
// downwards, so that one pass gives the hash of each ancestor.
#ifndef DNS_ZONE_NAME_H
#define DNS_ZONE_NAME_H

#include "proto/dns/dns_name.h"

#define ZONE_NAME_PAD 16 // readable bytes behind a name, for loads by words

struct zone_name {
	uint8_t len; // root label included
	uint8_t labels;
	uint8_t at[DNS_LABELS_MAX + 1]; // where each label begins, the root label last
	uint8_t wire[DNS_NAME_MAX_BYTES + 1 + ZONE_NAME_PAD];
	uint64_t hash[DNS_LABELS_MAX + 1]; // of the suffix of so many labels
};

static inline uint64_t zone_load_u64(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

// Copies a sound name of len bytes; the eight bytes before it are readable
// too, as a message's header always is.
static inline void zone_name_copy(struct zone_name *name, const uint8_t *from, size_t len)
{
	size_t i = 0;

	for (; i + 8 <= len; i += 8) {
		uint64_t word = dns_lower_u64(zone_load_u64(from + i));

		memcpy(name->wire + i, &word, sizeof(word));
	}
	if (i < len) {
		uint64_t word = zone_load_u64(from + len - 8) >> (8 * (8 - (len - i)));

		word = dns_lower_u64(word);
		memcpy(name->wire + i, &word, sizeof(word));
	}
	name->len = (uint8_t)len;
}

// Finds the labels of name->wire.
static inline void zone_name_split(struct zone_name *name)
{
	unsigned labels = 0, at = 0;

	for (; name->wire[at] != 0; at += 1u + name->wire[at])
		name->at[labels++] = (uint8_t)at;
	name->at[labels] = (uint8_t)at;
	name->labels = (uint8_t)labels;
}

// Where the suffix of so many labels begins.
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
	size_t left = 1 + (size_t)label[0];

	for (; left > 16; left -= 16, label += 16)
		parent = zone_hash_mix(zone_load_u64(label) ^ parent,
		                       zone_load_u64(label + 8) ^ key);
	uint64_t first = zone_load_u64(label), second = zone_load_u64(label + 8);

	if (left < 8) {
		first &= (1ull << (8 * left)) - 1;
		second = 0;
	} else if (left < 16) {
		second &= (1ull << (8 * (left - 8))) - 1;
	}
	return zone_hash_mix(first ^ parent, second ^ key);
}

// A key as good as any from any number.
static inline uint64_t zone_hash_key(uint64_t seed)
{
	uint64_t key = seed + 0x9e3779b97f4a7c15;

	key = (key ^ (key >> 30)) * 0xbf58476d1ce4e5b9;
	key = (key ^ (key >> 27)) * 0x94d049bb133111eb;
	return (key ^ (key >> 31)) | 1;
}

// Hashes from the suffix of `from` labels, whose hash is the key, to that of
// `to` labels.
static inline void zone_name_hash(struct zone_name *name, unsigned from, unsigned to, uint64_t key)
{
	uint64_t hash = key;

	name->hash[from] = hash;
	for (unsigned i = from + 1; i <= to; i++) {
		hash = zone_hash_label(hash, name->wire + zone_name_at(name, i), key);
		name->hash[i] = hash;
	}
}

#endif
