// talkers: which keys occur most often in a stream of them, such as the clients of a server, in
// bounded memory: Space-Saving (Metwally, Agrawal and El Abbadi, 2005), in buckets of a few keys
// that a keyed hash selects. A key that is counted costs its hash and three cache lines, whether it
// is known or takes the place of another. Pure; each worker has one of its own, and
// talkers_merge reads those of all workers.
//
// Of each key that is held, the count lies between two bounds that hold for any stream: the
// counter, which began at what the counter was of the key whose place it took, and the counter
// without that. A key that is not held occurred no more often than the least counter of its bucket.
// In a stream of N keys that is about N / TALKERS_KEYS, unless its sender knows the seed.
#ifndef CORE_TALKERS_H
#define CORE_TALKERS_H

#include "core/base.h"

#define TALKERS_WAYS      8
#define TALKERS_BUCKETS   256
#define TALKERS_KEYS      (TALKERS_BUCKETS * TALKERS_WAYS)
#define TALKERS_KEY_BYTES 255 // of the longest key
#define TALKERS_BURST     32

// Both arrays are read for each key, the rest of it only in one way.
struct talkers_bucket {
	CACHE_ALIGNED uint64_t tag[TALKERS_WAYS]; // of the key's hash; 0: none
	uint64_t count[TALKERS_WAYS];
};

struct talkers_key {
	uint64_t before; // of its count, what was counted of other keys
	uint64_t bytes;  // since it took its place
	uint8_t len;
	uint8_t key[];
};

struct talkers {
	uint64_t seed;
	size_t key_size; // bytes of a struct talkers_key, in whole lines
	uint64_t counted, bytes;
	struct talkers_bucket *bucket;
	uint8_t *keys;
};

// One thing to count: a key, 1 to TALKERS_KEY_BYTES of it, and the bytes that it brought.
struct talkers_item {
	const uint8_t *key;
	uint8_t len;
	uint32_t bytes;
};

// For keys of up to `len` bytes. The seed is a secret, such as from seed_os; workers whose tables
// are to be merged have the same. 0 or -ENOMEM; a table of zeros can be closed.
int talkers_open(struct talkers *talkers, size_t len, uint64_t seed) MUST_CHECK;
void talkers_close(struct talkers *talkers);

// Counts n items, up to TALKERS_BURST, none longer than the table's keys.
void talkers_add(struct talkers *talkers, const struct talkers_item *items, unsigned n);

// A key in several tables. It occurred at_least to at_most times, and brought no fewer than
// `bytes`.
struct talkers_row {
	const struct talkers_key *key; // borrowed from one of the tables
	uint64_t at_least, at_most, bytes;
};

struct talkers_total {
	uint64_t counted, bytes;
	uint64_t others_at_most; // each key without a row occurred at most that often
};

// Merges n tables, which have one seed and key length. Fills in up to `max` rows, those with the
// largest at_least, in falling order; equal ones by at_most, then by key. Returns how many, with
// what holds for all the others in total. No worker counts meanwhile.
unsigned talkers_merge(const struct talkers *tables, unsigned n, struct talkers_row *rows,
                       unsigned max, struct talkers_total *total);

#endif
