// query_want: what a list of queries may demand of an answer: its response code, how many records
// are in its answer section, and an address that is among them.
#ifndef BENCH_QUERY_WANT_H
#define BENCH_QUERY_WANT_H

#include "core/base.h"

#define QUERY_ANY_RCODE   UINT16_MAX
#define QUERY_ANY_ANSWERS UINT16_MAX

struct query_want {
	uint16_t rcode;    // or QUERY_ANY_RCODE
	uint16_t answers;  // records of the answer section, or QUERY_ANY_ANSWERS
	uint8_t rdata_len; // of a record that is among them: 4 of an A, 16 of an AAAA; 0: any
	uint8_t rdata[16];
};

#define QUERY_WANT_ANYTHING                                                                        \
	((struct query_want){.rcode = QUERY_ANY_RCODE, .answers = QUERY_ANY_ANSWERS})

// Whether an answer of len bytes, whose header and question have been matched, has the records that
// are wanted; `at` is where the question ends. The response code is the caller's. An answer section
// that breaks off has none behind there.
bool query_want_is_met(const struct query_want *want, uint16_t type, const uint8_t *msg, size_t len,
                       size_t at) PURE;

#endif
