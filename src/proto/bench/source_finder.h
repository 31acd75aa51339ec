// source_finder: the ports from which one worker asks. Where there are several workers, the
// device decides by addresses and ports which of them an answer comes to, and does not say how.
// So each worker asks a query from each of a range of ports that no other worker has, and keeps
// those whose answers come to it. That also shows that the server answers.
#ifndef BENCH_SOURCE_FINDER_H
#define BENCH_SOURCE_FINDER_H

#include "core/mono.h"

#define SOURCE_CANDIDATES  512 // of a worker
#define SOURCE_ROUND_US    (100 * MS_US)
#define SOURCE_ROUND       64 // candidates asked from in a round
#define SOURCE_PATIENCE_US (5 * SEC_US)

struct source_finder {
	uint32_t wanted, candidates_len;
	mono_t begin, next;
	uint32_t at;     // of the candidate that is next
	uint32_t asked;  // in this round
	uint32_t rounds; // begun
	bool over;
	uint32_t found_len;
	uint16_t found[SOURCE_CANDIDATES]; // numbers of candidates
	bool is_found[SOURCE_CANDIDATES];
};

// At least 1 of the candidates is wanted, of which there are up to SOURCE_CANDIDATES.
void source_finder_begin(struct source_finder *finder, uint32_t wanted, uint32_t candidates_len,
                         mono_t now);

// Once a turn: gives up to n candidates, from each of which a query is to be sent now. Nothing,
// and finder->over, when as many as are wanted have been found, or time is up.
unsigned source_finder_take(struct source_finder *finder, mono_t now, uint16_t *candidates,
                            unsigned n);

// The answer to a query from this candidate has come to this worker. Any number.
void source_finder_answer(struct source_finder *finder, uint32_t candidate);

#endif
