// asker: one worker's queries: when each is due, with which identifier and from which source
// it is sent, and what comes back for it. Two ways to ask: at a rate (open loop), where a query
// is due at its time whatever the server does, and with a window (closed loop), where each
// answer makes room for a query.
//
// A query in flight has one of a fixed number of slots; its source and its identifier name
// it. A slot is used again in the next lap, with other upper bits of the identifier where
// there are some left, so that an answer from the lap before is not taken for one of this lap.
// Datagrams that come in may hold anything.
#ifndef BENCH_ASKER_H
#define BENCH_ASKER_H

#include "core/mono.h"
#include "proto/bench/pace.h"
#include "proto/bench/picker.h"
#include "proto/bench/query.h"
#include "proto/bench/tally.h"

#define ASKER_SLOTS_MIN      4096
#define ASKER_SLOTS_MAX      (1U << 22)
#define ASKER_SOURCES_MAX    256
#define ASKER_TIMEOUT_MAX_US (60 * SEC_US)

enum asker_state {
	ASKER_FREE, // nothing was sent in this trial
	ASKER_PENDING,
	ASKER_ANSWERED,
	ASKER_LOST,
};

struct asker_slot {
	uint32_t due_us; // the lower half of the instant
	uint32_t query;  // of the set
	uint32_t nonce;
	uint16_t lap;
	uint8_t state; // enum asker_state
	bool counted;  // sent after the warm-up
};

struct asker_conf {
	const struct query_set *set; // borrowed; not empty
	enum picker_order order;
	const struct zipf *zipf; // borrowed; for PICKER_ZIPF
	uint32_t first;          // of the set, when they are asked in order
	uint32_t slots;          // most queries in flight; rounded up to a power of two
	uint64_t timeout_us;     // up to ASKER_TIMEOUT_MAX_US
	uint64_t seed;
};

// A measurement: queries are sent for warm_us and, counted, for run_us.
struct asker_trial {
	mono_t begin;
	uint64_t warm_us, run_us;
	uint64_t rate_per_s; // 0: with a window
	uint32_t offset_ppm; // of a step of the rate; see pace_begin
	uint32_t window;     // queries in flight, at least 1
	// Each query of the set at its time instead, without a warm-up, until the end of the set or
	// of the trial. One of replay_len askers takes each replay_len-th from replay_first on;
	// 0: none does.
	uint32_t replay_len, replay_first;
};

// The first answer of a trial that was not as it should be.
#define ASKER_EXAMPLE_BYTES 512
struct asker_example {
	enum query_verdict verdict; // QUERY_UNEXPECTED or QUERY_OTHER; QUERY_RIGHT: there was none
	uint32_t query;             // of the set
	uint16_t len;               // of the answer, of which as much is kept as there is room for
	uint8_t msg[ASKER_EXAMPLE_BYTES];
};

struct asker {
	struct asker_conf conf;
	struct picker picker;
	struct rand rand;
	struct asker_slot *slot;
	uint32_t slots; // allocated
	// Of the trial.
	struct asker_trial trial;
	struct pace pace;
	mono_t warm, end; // of the warm-up and of sending
	uint32_t mask;    // of slots in use
	unsigned source_bits, id_bits, slot_bits;
	uint32_t source_mask;
	uint16_t lap_mask; // bits of an identifier that are the lap's
	uint64_t next;     // number of the next query
	uint32_t sweep;
	uint32_t pending;
	mono_t turn; // the last one
	bool worked; // in it
	bool heard;  // since then
	bool holds;  // the device has no room in this turn
	bool held;   // nor had it in the last one
	bool ended;  // what was not sent is counted
	bool over;
	size_t replay_next; // query of the set
	struct asker_example example;
	struct tally tally;
};

// What is to be sent: query_write(query, id, nonce, ...), from that source.
struct asker_query {
	const struct query *query;
	uint32_t nonce;
	uint16_t id, source;
};

// 0 or -ENOMEM. No trial has begun: asker_take gives nothing, and answers are strays.
int asker_open(struct asker *asker, const struct asker_conf *conf) MUST_CHECK;
void asker_close(struct asker *asker);

// Begins a trial from the first 2^source_bits sources, at most ASKER_SOURCES_MAX; the tally of
// the one before is gone.
void asker_begin(struct asker *asker, const struct asker_trial *trial, unsigned source_bits);

// Once a turn, after the turn's answers: gives up to n queries that are to be sent now, and
// finds some of those that are lost. Returns how many there are.
unsigned asker_take(struct asker *asker, mono_t now, struct asker_query *queries, unsigned n);

// Before asker_take: the device has no room in this turn for all that is due. What is not sent
// stays due; the time that it waits is in its latency and in the tally.
static inline void asker_hold(struct asker *asker)
{
	asker->holds = true;
}

// A query that asker_take gave just now could not be sent: it is as if it had never been due, but
// for its count.
void asker_withdraw(struct asker *asker, const struct asker_query *query);

// A datagram from the server to the source.
void asker_answer(struct asker *asker, uint32_t source, const uint8_t *msg, size_t len, mono_t now);

// An ICMP error about a query.
void asker_refused(struct asker *asker, mono_t now);

// Sends nothing more, as if the trial had been planned to end now.
void asker_stop(struct asker *asker, mono_t now);

// Whether the trial has ended and each of its queries is answered or lost. Becomes true at
// the latest a timeout after the end, by calls of asker_take.
static inline bool asker_is_over(const struct asker *asker)
{
	return asker->over;
}

#endif
