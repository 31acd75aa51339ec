// cluster_election: see the header.
#include "proto/cluster/cluster_election.h"

#define OWNER_BITS    16 // of a generation: its owner's, so that two never have the same one
#define FAILS_TRUSTED 3  // requests without an answer after which the store counts as unreachable

void cluster_election_init(struct cluster_election *election,
                           const struct cluster_election_conf *conf, mono_t now)
{
	assert(conf->id != 0 && conf->beat_us <= conf->silence_us / 4 &&
	       conf->look_us <= conf->beat_us);
	*election = (struct cluster_election){.conf = *conf,
	                                      .next = now,
	                                      .beat = now,
	                                      .deadline = MONO_NEVER,
	                                      .looked = now,
	                                      .act_until = now};
}

uint64_t cluster_election_generation(const struct cluster_election *election)
{
	return election->master ? election->generation : election->highest;
}

bool cluster_election_differs(const struct cluster_election *election)
{
	return !election->master && election->known && election->seen.owner != 0 &&
	       election->seen.digest != election->digest;
}

// The first one of ours above all that were heard of.
static uint64_t generation_above(const struct cluster_election *election)
{
	uint64_t owner = election->conf.id & ((UINT64_C(1) << OWNER_BITS) - 1);

	return ((election->highest >> OWNER_BITS) + 1) << OWNER_BITS | owner;
}

void cluster_election_hear(struct cluster_election *election, uint64_t generation)
{
	if (generation > election->highest && generation <= CLUSTER_GENERATION_MAX)
		election->highest = generation;
}

// Whether there is no master any more, as far as we know.
static bool is_vacant(const struct cluster_election *election, mono_t now)
{
	const struct cluster_record *seen = &election->seen;

	if (!election->known)
		return false;
	return seen->revision == 0 || (seen->owner == 0 && !election->yields) ||
	       mono_due(mono_add(election->seen_since, election->conf.silence_us), now);
}

static void record_write(const struct cluster_election *election, struct cluster_record *record,
                         uint64_t generation)
{
	*record = (struct cluster_record){.revision = election->seen.revision,
	                                  .owner = election->resigning ? 0 : election->conf.id,
	                                  .generation = generation,
	                                  .digest = election->digest,
	                                  .shares = election->conf.shares};
	memcpy(record->name, election->conf.name, sizeof(record->name));
}

static void ask_write(struct cluster_election *election, mono_t now)
{
	struct cluster_ask *ask = &election->ask;
	bool claims = !election->master && is_vacant(election, now);
	// Also when switches know a higher one than ours: the store has lost what it knew.
	bool rises = claims || election->rises || election->highest > election->generation;
	bool beats = election->master && (rises || election->resigning || election->doubts ||
	                                  mono_due(election->beat, now));

	*ask = (struct cluster_ask){.put = claims || beats};
	if (ask->put)
		record_write(election, &ask->record,
		             rises ? generation_above(election) : election->generation);
}

// A process that was stopped, or a worker that was busy, does not know what happened meanwhile.
static void absence_note(struct cluster_election *election, mono_t now)
{
	if (mono_due(election->act_until, now) && !election->doubts) {
		election->doubts = true;
		election->failed = 0;
		election->next = now;
	}
	election->looked = now;
	election->act_until = mono_add(now, election->conf.silence_us);
}

bool cluster_election_next(struct cluster_election *election, struct cluster_ask *ask, mono_t now)
{
	absence_note(election, now);
	if (election->asking || !mono_due(election->next, now))
		return false;
	election->asking = true;
	election->deadline = mono_add(now, election->conf.answer_us);
	ask_write(election, now);
	*ask = election->ask;
	return true;
}

mono_t cluster_election_deadline(const struct cluster_election *election)
{
	// In time not to count as away while an answer is waited for.
	mono_t present = mono_add(election->looked, election->conf.silence_us / 2);

	return mono_earlier(present, election->asking ? election->deadline : election->next);
}

bool cluster_election_is_late(const struct cluster_election *election, mono_t now)
{
	return election->asking && mono_due(election->deadline, now);
}

static void step_down(struct cluster_election *election)
{
	election->master = false;
	election->resigning = election->rises = false;
}

static void become_master(struct cluster_election *election, uint64_t generation)
{
	election->rises &= election->master && election->generation == generation;
	election->master = true;
	election->generation = generation;
	cluster_election_hear(election, generation);
}

// What the store has, whoever wrote it.
static void record_note(struct cluster_election *election, const struct cluster_record *found,
                        mono_t now)
{
	if (!election->known || found->revision != election->seen.revision)
		election->seen_since = now;
	election->known = true;
	election->seen = *found;
	election->yields &= found->owner == 0;
	cluster_election_hear(election, found->generation);
	// Ours, by a request whose answer was lost.
	if (found->revision != 0 && found->owner == election->conf.id)
		become_master(election, found->generation);
	// Of a record that is gone a master writes another one; unless one is before it.
	else if (found->revision != 0)
		step_down(election);
}

void cluster_election_answer(struct cluster_election *election, const struct cluster_answer *answer,
                             mono_t now)
{
	if (!election->asking)
		return;
	election->asking = false;
	election->failed = 0;
	election->doubts = false;
	election->yields |= election->resigning && answer->written;
	record_note(election, &answer->found, now);
	if (answer->written)
		election->beat = mono_add(now, election->conf.beat_us);
	election->next =
	        mono_add(now, election->master && !election->conf.shares ? election->conf.beat_us
	                                                                 : election->conf.look_us);
	// A put that came too late is repeated at once, in its new form.
	if (election->master && election->ask.put && !answer->written)
		election->next = now;
	if (!election->master)
		election->next =
		        is_vacant(election, now)
		                ? now
		                : mono_earlier(election->next, mono_add(election->seen_since,
		                                                        election->conf.silence_us));
}

void cluster_election_fail(struct cluster_election *election, mono_t now)
{
	if (!election->asking)
		return;
	election->asking = false;
	election->known = election->master && election->known;
	election->next = mono_add(now, election->conf.beat_us);
	if (election->failed < UINT8_MAX)
		election->failed++;
	// No other one can have become master meanwhile, or switches will say so.
	if (election->failed >= FAILS_TRUSTED)
		election->doubts = false;
	if (election->resigning)
		step_down(election);
}

void cluster_election_fenced(struct cluster_election *election, uint64_t generation, mono_t now)
{
	cluster_election_hear(election, generation);
	if (election->doubts)
		return;
	election->doubts = true;
	election->failed = 0;
	if (!election->asking)
		election->next = now;
}

void cluster_election_rise(struct cluster_election *election, mono_t now)
{
	if (!election->master || election->rises)
		return;
	election->rises = true;
	if (!election->asking)
		election->next = now;
}

void cluster_election_resign(struct cluster_election *election, mono_t now)
{
	if (!election->master)
		return;
	election->resigning = true;
	if (!election->asking)
		election->next = now;
}

void cluster_election_stay(struct cluster_election *election, mono_t now)
{
	election->resigning = election->yields = false;
	if (!election->asking)
		election->next = now;
}
