// tally: what became of a worker's queries. Written by the worker, readable by any thread,
// merged over workers. A query is counted once as answered or lost; the other kinds count
// what came in.
#ifndef BENCH_TALLY_H
#define BENCH_TALLY_H

#include "proto/bench/hist.h"

#define TALLY_RCODES 16

// Name in JSON, and what it counts.
#define TALLY_LIST(X)                                                                              \
	X(sent, "queries sent")                                                                    \
	X(answered, "queries answered in time, as expected")                                       \
	X(lost, "queries without an answer in time")                                               \
	X(unexpected, "queries answered in time, otherwise than is wanted")                        \
	X(late, "answers that came after the time")                                                \
	X(duplicate, "answers to what had been answered")                                          \
	X(wrong, "answers to another question than their identifier's")                            \
	X(stray, "answers to no query that is remembered")                                         \
	X(broken, "datagrams that are no answer to a single question")                             \
	X(refused, "ICMP errors about queries")                                                    \
	X(truncated, "answers with the flag TC")                                                   \
	X(sent_bytes, "bytes of messages sent")                                                    \
	X(got_bytes, "bytes of messages received")                                                 \
	X(behind, "queries sent more than a millisecond after they were due")                      \
	X(unsent, "queries due and never sent: the generator did not keep up")                     \
	X(connections, "TCP connections opened")                                                   \
	X(connections_failed, "TCP connections that could not be opened")                          \
	X(full, "times that a query was due and no identifier was free")

struct tally {
#define X(name, help) counter_t name;
	TALLY_LIST(X)
#undef X
	counter_t rcode[TALLY_RCODES];
	counter_t behind_max_us; // the longest that a query was sent after it was due
	counter_t idle_us;       // of the worker, while queries were to be sent
	counter_t held_us;       // of the worker, while its device had no room for what was due
	counter_t run_us;        // that queries were sent for
	struct hist latency;     // of answered and unexpected ones, from when they were due
};

// Of TALLY_LIST, in its order.
struct tally_row {
	const char *name, *help;
	size_t offset;
};
extern const struct tally_row tally_rows[];
extern const unsigned tally_rows_len;

void tally_clear(struct tally *tally);

// Sums, but for behind_max_us and run_us, of which the largest counts.
void tally_merge(struct tally *to, const struct tally *from);

static inline uint64_t tally_row_get(const struct tally *tally, const struct tally_row *row)
{
	return counter_get((const counter_t *)((const char *)tally + row->offset));
}

// Queries of the tally that were answered as expected in a second.
uint64_t tally_rate(const struct tally *tally) PURE;

// Millionths of the queries sent that were not answered as expected, rounded up.
uint32_t tally_loss_ppm(const struct tally *tally) PURE;

#endif
