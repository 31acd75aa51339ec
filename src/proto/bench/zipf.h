// zipf: numbers from 0 to len - 1, of which the i-th comes with a probability in proportion to
// 1 / (i + 1): Zipf's law, as names are asked of resolvers. By the alias method: a table that is
// made once and read by all workers, two look-ups a number.
#ifndef BENCH_ZIPF_H
#define BENCH_ZIPF_H

#include "core/rand.h"

struct zipf_entry {
	uint32_t keep_q32; // the probability of the number itself, of 2^32
	uint32_t other;    // else this
};

struct zipf {
	uint32_t len;
	struct zipf_entry *entry;
};

// 1 to 2^31 numbers. 0 or -ENOMEM; then there is nothing to close.
int zipf_open(struct zipf *zipf, uint32_t len) MUST_CHECK;
void zipf_close(struct zipf *zipf);

static inline uint32_t zipf_next(const struct zipf *zipf, struct rand *rand)
{
	uint64_t bits = rand_u64(rand);
	// The upper half chooses the entry, as rand_below does but for a bias of len / 2^32.
	uint32_t i = (uint32_t)((bits >> 32) * zipf->len >> 32);
	const struct zipf_entry *entry = &zipf->entry[i];

	return (uint32_t)bits < entry->keep_q32 ? i : entry->other;
}

#endif
