// cluster_election: which of several controllers is master, decided by one record in a store that
// changes it only by compare-and-set. Pure: requests to the store are asked of the caller, answers
// and the time come in. What a request looks like on the wire is cluster_etcd.h's.
//
// The master writes the record again and again, its beat. Another one that sees no beat for
// `silence_us` of its own clock writes itself into the record, if that has not changed meanwhile.
// So no clocks are compared, and nothing is concluded from the store's time. Each term has a
// generation, higher than all before it and never used by two controllers, by which switches refuse
// a master of the past (OpenFlow 1.5.1 section 6.3.9). A master that cannot reach the store goes
// on: no other one can take its place without the store.
#ifndef CLUSTER_CLUSTER_ELECTION_H
#define CLUSTER_CLUSTER_ELECTION_H

#include "proto/cluster/cluster_share.h"

// Generations that switches report are believed up to this one, so that a lie cannot use all up.
#define CLUSTER_GENERATION_MAX (UINT64_C(1) << 62)

struct cluster_record {
	uint64_t revision;                 // the store's, of its last change; 0: there is no record
	uint64_t owner;                    // the master's id; 0: it has resigned
	uint64_t generation;               // of its term
	uint64_t digest;                   // of what it would have switches do
	bool shares;                       // it gives switches to others (cluster_share.h)
	char name[CLUSTER_NAME_BYTES + 1]; // the master's
};

struct cluster_election_conf {
	uint64_t id;         // of this start of this controller: random, not 0
	uint64_t silence_us; // without a beat until another one becomes master
	uint64_t beat_us;    // between beats; at most a quarter of it
	uint64_t look_us;    // between looks: how late a beat is seen
	bool shares;         // switches: so a master looks for other members between its beats
	uint64_t answer_us;  // until a request is given up; at most silence_us
	char name[CLUSTER_NAME_BYTES + 1];
};

// What the store is asked: the record, or, if `put`, to write `record` provided that the record's
// revision still is record.revision, and else the record.
struct cluster_ask {
	bool put;
	struct cluster_record record;
};

struct cluster_answer {
	bool written;                // of a put; found is what was written then
	bool refused;                // nothing was written, since a comparison failed
	struct cluster_record found; // revision 0: there is none
	uint64_t revision;           // the store's; 0: not known
	bool more;                   // rows of the network are left that were not read
};

struct cluster_election {
	struct cluster_election_conf conf;
	bool master;
	bool asking;         // a request is out, `ask`
	bool known;          // `seen` was read since the store was last unreachable
	bool doubts;         // we were away for long: not to act until the store was asked
	bool resigning;      // the record is to be given up
	bool yields;         // it was, and another one has time to take it
	bool rises;          // the next term of ours is to begin
	uint8_t failed;      // requests since the last answer
	uint64_t digest;     // ours, for the record; the caller sets it
	uint64_t generation; // of our term
	uint64_t highest;    // generation that was heard of
	struct cluster_record seen;
	mono_t seen_since; // the revision is known since then
	mono_t next;       // request
	mono_t beat;       // is due
	mono_t deadline;   // of the request that is out
	mono_t looked;     // cluster_election_next was called last
	mono_t act_until;  // unless we are asked before, we were away
	struct cluster_ask ask;
};

void cluster_election_init(struct cluster_election *election,
                           const struct cluster_election_conf *conf, mono_t now);

// True: `ask` is to be sent to the store now; the answer, or that there is none, is reported by one
// of the two below. False: nothing is due until cluster_election_deadline.
bool cluster_election_next(struct cluster_election *election, struct cluster_ask *ask, mono_t now);
mono_t cluster_election_deadline(const struct cluster_election *election) PURE;

// The request that is out was answered; failed: it was not, or by an error. No effect without one.
void cluster_election_answer(struct cluster_election *election, const struct cluster_answer *answer,
                             mono_t now);
void cluster_election_fail(struct cluster_election *election, mono_t now);
// Whether the request that is out is to be given up, by cluster_election_fail.
bool cluster_election_is_late(const struct cluster_election *election, mono_t now) PURE;

// A switch does not take us for its master; generation: of the other one, 0: not known. The store
// is asked who it is; if it is us, a higher generation follows.
void cluster_election_fenced(struct cluster_election *election, uint64_t generation, mono_t now);

// A generation that was heard of: ours is to be above it.
void cluster_election_hear(struct cluster_election *election, uint64_t generation);

// The master begins another term, with a higher generation.
void cluster_election_rise(struct cluster_election *election, mono_t now);

// Gives the record up at once: another one need not wait for silence.
void cluster_election_resign(struct cluster_election *election, mono_t now);
// Keeps the record after all, or may take it again.
void cluster_election_stay(struct cluster_election *election, mono_t now);

// Whether this process knows what happened lately: not after a pause, until the store was asked.
static inline bool cluster_election_is_present(const struct cluster_election *election, mono_t now)
{
	return !election->doubts && now.us < election->act_until.us;
}

// Whether to act as master now.
static inline bool cluster_election_acts(const struct cluster_election *election, mono_t now)
{
	return election->master && cluster_election_is_present(election, now);
}

// Whether another controller is master, and what it would have switches do is not what we would.
bool cluster_election_differs(const struct cluster_election *election) PURE;

// The generation for role requests: ours, or as a standby the highest that was heard of; 0: none
// yet.
uint64_t cluster_election_generation(const struct cluster_election *election) PURE;

#endif
