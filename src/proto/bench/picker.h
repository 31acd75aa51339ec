// picker: which query of a set is next; the table of Zipf's law is zipf.h's.
#ifndef BENCH_PICKER_H
#define BENCH_PICKER_H

#include "proto/bench/zipf.h"

enum picker_order {
	PICKER_LISTED,  // one after the other, then from the first on again
	PICKER_UNIFORM, // each with the same probability
	PICKER_ZIPF,    // the first most often
};

struct picker {
	enum picker_order order;
	uint32_t len, next;
	const struct zipf *zipf; // borrowed; for PICKER_ZIPF
	struct rand rand;
};

// `len` queries, at least one; listed ones from `first` on. zipf is of that length, or NULL when
// the order is another.
static inline void picker_init(struct picker *picker, enum picker_order order, uint32_t len,
                               uint32_t first, const struct zipf *zipf, uint64_t seed)
{
	*picker = (struct picker){.order = order, .len = len, .next = first % len, .zipf = zipf};
	rand_init(&picker->rand, seed);
}

// One query of a uniform set is more probable than another by at most len in 2^32; rand_below,
// which has no such bias, divides.
static inline uint32_t picker_next(struct picker *picker)
{
	uint32_t i = picker->next;

	if (picker->order == PICKER_ZIPF)
		return zipf_next(picker->zipf, &picker->rand);
	if (picker->order == PICKER_UNIFORM)
		return (uint32_t)((rand_u64(&picker->rand) >> 32) * picker->len >> 32);
	picker->next = i + 1 == picker->len ? 0 : i + 1;
	return i;
}

#endif
