// zone_text: zones for benchmarks, made on the fly: so many names with an address each,
// and fewer names of every other kind. Signed ones are made up: signatures are of the
// right size and verify nothing; denials are complete and in order.
#ifndef MICRO_ZONE_TEXT_H
#define MICRO_ZONE_TEXT_H

#include "core/base.h"

#define ZONE_TEXT_ORIGIN "example."

enum zone_text_denial {
	ZONE_TEXT_PLAIN,
	ZONE_TEXT_NSEC,
	ZONE_TEXT_NSEC3,
	ZONE_TEXT_DENIALS,
};

// How many names there are of the other kinds: delegations, and aliases of each sort.
static inline uint64_t zone_text_side_names(uint64_t names)
{
	return names < 100 ? 10 : u64_min(names / 10, 100000);
}

#define ZONE_TEXT_BIG_NAMES 10 // names whose records no reply over UDP has room for

// The zone's text; the caller frees. *len out. Its names, with a number of seven digits
// for each NUMBER:
//   hNUMBER A; dNUMBER a delegation with two servers below it; cNUMBER an alias of
//   hNUMBER, jNUMBER of cNUMBER, kNUMBER of jNUMBER; tNUMBER big TXT records; *.w A.
char *zone_text(uint64_t names, enum zone_text_denial denial, size_t *len);

#endif
