// query_mix: synthetic queries: names below a zone, numbered, with types and DO by their shares.
#ifndef BENCH_QUERY_MIX_H
#define BENCH_QUERY_MIX_H

#include "proto/bench/query.h"

#define QUERY_MIX_TYPES_MAX 16

struct query_mix {
	const char *zone;  // "example.org"
	const char *label; // of names, before their numbers: "n"
	uint64_t names;    // n0 to n(names - 1)
	uint64_t seed;     // of what has which type, and DO
	unsigned do_percent;
	unsigned types_len;
	struct {
		uint16_t type;
		uint32_t weight;
	} types[QUERY_MIX_TYPES_MAX];
};

// Reads types with their weights, "A:70,AAAA:20,MX:10" or "A"; a type without a weight has 1.
// False when the text is no such list.
bool query_mix_types(struct query_mix *mix, const char *text) MUST_CHECK;

// Adds them to the set; `form` says what all of them have in common, but for name, type and, with
// do_percent, DO. 0, or negative errno with a sentence in why.
int query_mix_add(struct query_set *set, const struct query_form *form, const struct query_mix *mix,
                  struct why *why) MUST_CHECK;

#endif
