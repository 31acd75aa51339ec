// asker: see the header.
#include "proto/bench/asker.h"

#include <errno.h>
#include <stdlib.h>

// Slots that are looked at in a turn for queries that are lost, and those in use that are
// skipped before a query.
#define SWEEP_SLOTS 4
#define DRAIN_SLOTS 256
#define SKIP_SLOTS  64

#define REPLAY_TURN 256

#define GRACE_US (50 * MS_US)

static uint32_t power_of_two(uint64_t n)
{
	uint32_t power = ASKER_SLOTS_MIN;

	while (power < n && power < ASKER_SLOTS_MAX)
		power *= 2;
	return power;
}

int asker_open(struct asker *asker, const struct asker_conf *conf)
{
	*asker = (struct asker){.conf = *conf, .over = true};
	asker->slots = power_of_two(conf->slots);
	asker->slot = calloc(asker->slots, sizeof(*asker->slot));
	if (!asker->slot)
		return -ENOMEM;
	picker_init(&asker->picker, conf->order, (uint32_t)conf->set->len, conf->first, conf->zipf,
	            conf->seed);
	rand_init(&asker->rand, ~conf->seed);
	return 0;
}

void asker_close(struct asker *asker)
{
	free(asker->slot);
	asker->slot = NULL;
}

// As few slots as the trial needs, which then stay in the caches: each query that is lost keeps
// one for the timeout.
static uint32_t slots_needed(const struct asker *asker, const struct asker_trial *trial)
{
	uint64_t in_flight = trial->rate_per_s
	                             ? trial->rate_per_s * (asker->conf.timeout_us / 1000) / 1000
	                             : (uint64_t)trial->window;
	uint32_t needed =
	        trial->replay_len ? asker->slots : power_of_two(in_flight + in_flight / 4);

	return needed < asker->slots ? needed : asker->slots;
}

void asker_begin(struct asker *asker, const struct asker_trial *trial, unsigned source_bits)
{
	uint32_t slots = slots_needed(asker, trial), most = UINT32_C(1) << (16 + source_bits);

	if (slots > most)
		slots = most;
	memset(asker->slot, 0, slots * sizeof(*asker->slot));
	asker->trial = *trial;
	asker->warm = mono_add(trial->begin, trial->warm_us);
	asker->end = mono_add(asker->warm, trial->run_us);
	asker->mask = slots - 1;
	asker->source_bits = source_bits;
	asker->slot_bits = (unsigned)__builtin_ctz(slots);
	asker->id_bits = asker->slot_bits - source_bits;
	asker->source_mask = (1U << source_bits) - 1;
	asker->lap_mask = (uint16_t)(UINT32_C(0xffff) << asker->id_bits);
	asker->next = 0;
	asker->replay_next = trial->replay_first;
	asker->sweep = 0;
	asker->pending = 0;
	asker->turn = trial->begin;
	asker->worked = true;
	asker->heard = asker->ended = asker->over = false;
	asker->holds = asker->held = false;
	asker->example.verdict = QUERY_RIGHT;
	tally_clear(&asker->tally);
	counter_set(&asker->tally.run_us, trial->run_us);
	if (trial->rate_per_s)
		pace_begin(&asker->pace, trial->begin, trial->rate_per_s, trial->offset_ppm);
}

static bool is_late(const struct asker *asker, const struct asker_slot *slot, mono_t now)
{
	return (uint32_t)now.us - slot->due_us > asker->conf.timeout_us;
}

static void give_up(struct asker *asker, struct asker_slot *slot)
{
	slot->state = ASKER_LOST;
	asker->pending--;
	if (slot->counted)
		counter_add(&asker->tally.lost, 1);
}

static void sweep(struct asker *asker, unsigned slots, mono_t now)
{
	for (unsigned i = 0; i < slots; i++) {
		struct asker_slot *slot = &asker->slot[asker->sweep++ & asker->mask];

		if (slot->state == ASKER_PENDING && is_late(asker, slot, now))
			give_up(asker, slot);
	}
}

// The next slot that holds no query in flight; NULL when none of the next is free.
static struct asker_slot *find_slot(struct asker *asker, mono_t now)
{
	for (unsigned i = 0; i < SKIP_SLOTS; i++, asker->next++) {
		struct asker_slot *slot = &asker->slot[asker->next & asker->mask];

		if (likely(slot->state != ASKER_PENDING))
			return slot;
		if (is_late(asker, slot, now)) {
			give_up(asker, slot);
			return slot;
		}
	}
	return NULL;
}

static NOINLINE void count_behind(struct asker *asker, uint64_t behind_us)
{
	struct tally *tally = &asker->tally;

	if (behind_us > MS_US)
		counter_add(&tally->behind, 1);
	if (behind_us > counter_get(&tally->behind_max_us))
		counter_set(&tally->behind_max_us, behind_us);
}

static uint32_t replay_take(struct asker *asker)
{
	size_t i = asker->replay_next;

	asker->replay_next += asker->trial.replay_len;
	return (uint32_t)i;
}

static mono_t replay_at(const struct asker *asker, size_t i)
{
	return mono_add(asker->trial.begin, asker->conf.set->at_us[i]);
}

// As many as one turn can take; times of a capture need not be in order.
static uint64_t replay_due(const struct asker *asker, mono_t now)
{
	const struct query_set *set = asker->conf.set;
	size_t i = asker->replay_next;
	uint64_t due = 0;

	while (due < REPLAY_TURN && i < set->len && mono_due(replay_at(asker, i), now)) {
		due++;
		i += asker->trial.replay_len;
	}
	return due;
}

// When the query that is next is due.
static mono_t take_due(struct asker *asker, mono_t now)
{
	if (asker->trial.replay_len)
		return replay_at(asker, asker->replay_next);
	return asker->trial.rate_per_s ? pace_take(&asker->pace) : now;
}

static inline void fill_in(struct asker *asker, struct asker_slot *slot, mono_t due,
                           struct asker_query *to)
{
	uint64_t number = asker->next++;
	uint32_t at = (uint32_t)number & asker->mask;
	uint16_t lap = (uint16_t)(number >> asker->slot_bits);
	uint32_t i = asker->trial.replay_len ? replay_take(asker) : picker_next(&asker->picker);

	to->query = query_set_get(asker->conf.set, i);
	prefetch(to->query);
	to->nonce = to->query->random_label ? (uint32_t)rand_u64(&asker->rand) : 0;
	to->source = (uint16_t)(at & asker->source_mask);
	to->id = (uint16_t)(at >> asker->source_bits | (uint32_t)lap << asker->id_bits);
	*slot = (struct asker_slot){.due_us = (uint32_t)due.us,
	                            .query = i,
	                            .nonce = to->nonce,
	                            .lap = lap,
	                            .state = ASKER_PENDING,
	                            .counted = due.us >= asker->warm.us};
	asker->pending++;
}

static uint64_t due_now(const struct asker *asker, mono_t now)
{
	mono_t last = {asker->end.us - 1};

	if (asker->ended || now.us < asker->trial.begin.us)
		return 0;
	if (asker->trial.replay_len)
		return replay_due(asker, mono_earlier(now, last));
	if (asker->trial.rate_per_s)
		return pace_due(&asker->pace, mono_earlier(now, last));
	if (now.us >= asker->end.us)
		return 0;
	return asker->trial.window > asker->pending ? asker->trial.window - asker->pending : 0;
}

// A turn lasts until the next begins; it was idle when nothing came and nothing was sent, and
// held when queries were due that the device had no room for.
static void count_turn(struct asker *asker, mono_t now, uint64_t due, unsigned sent)
{
	struct tally *tally = &asker->tally;

	if (asker->turn.us >= asker->warm.us && now.us <= asker->end.us) {
		if (!asker->worked)
			counter_add(&tally->idle_us, mono_until(asker->turn, now));
		if (asker->held)
			counter_add(&tally->held_us, mono_until(asker->turn, now));
	}
	asker->turn = now;
	asker->worked = sent || asker->heard;
	asker->held = asker->holds && due > sent;
	asker->heard = asker->holds = false;
}

// What was due before the end may be sent a little after it, by a generator that was held up;
// the trial then took longer. What still has not been sent will not be.
static bool sending_is_over(struct asker *asker, mono_t now, uint64_t due, unsigned len)
{
	if (now.us < asker->end.us)
		return false;
	if (asker->ended)
		return true;
	if (len)
		counter_set(&asker->tally.run_us, mono_until(asker->warm, now));
	if (due > len && mono_until(asker->end, now) < GRACE_US)
		return false;
	if (asker->trial.rate_per_s || asker->trial.replay_len)
		counter_add(&asker->tally.unsent, due - len);
	asker->ended = true;
	return true;
}

static unsigned fill_all(struct asker *asker, mono_t now, struct asker_query *queries, uint64_t n)
{
	struct tally *tally = &asker->tally;
	uint64_t sent = 0, bytes = 0;
	unsigned len = 0;

	for (; len < n; len++) {
		struct asker_slot *slot = find_slot(asker, now);
		mono_t due;

		if (unlikely(!slot)) {
			counter_add(&tally->full, 1);
			break;
		}
		due = take_due(asker, now);
		fill_in(asker, slot, due, &queries[len]);
		if (unlikely(!slot->counted))
			continue;
		sent++;
		bytes += queries[len].query->len;
		if (unlikely(due.us < now.us))
			count_behind(asker, mono_until(due, now));
	}
	counter_add(&tally->sent, sent);
	counter_add(&tally->sent_bytes, bytes);
	return len;
}

unsigned asker_take(struct asker *asker, mono_t now, struct asker_query *queries, unsigned n)
{
	uint64_t due;
	unsigned len;

	if (asker->over)
		return 0;
	due = due_now(asker, now);
	len = fill_all(asker, now, queries, u64_min(due, n));
	count_turn(asker, now, due, len);
	if (likely(!sending_is_over(asker, now, due, len))) {
		sweep(asker, SWEEP_SLOTS, now);
		return len;
	}
	sweep(asker, DRAIN_SLOTS, now);
	asker->over = asker->pending == 0;
	return len;
}

// The slot of an identifier of this lap.
static struct asker_slot *slot_of(struct asker *asker, uint32_t source, uint16_t id)
{
	return &asker->slot[((uint32_t)id << asker->source_bits | source) & asker->mask];
}

void asker_withdraw(struct asker *asker, const struct asker_query *query)
{
	struct asker_slot *slot = slot_of(asker, query->source, query->id);
	struct tally *tally = &asker->tally;

	asker->pending--;
	slot->state = ASKER_FREE;
	if (!slot->counted)
		return;
	counter_set(&tally->sent, counter_get(&tally->sent) - 1);
	counter_set(&tally->sent_bytes, counter_get(&tally->sent_bytes) - query->query->len);
	// With a window another query takes its place.
	if (asker->trial.rate_per_s || asker->trial.replay_len)
		counter_add(&tally->unsent, 1);
}

static void count_answer(struct asker *asker, const struct asker_slot *slot, bool right,
                         const uint8_t *msg, size_t len, mono_t now)
{
	uint16_t flags = be16_get(((const struct dns_hdr *)msg)->flags);
	struct tally *tally = &asker->tally;

	counter_add(right ? &tally->answered : &tally->unexpected, 1);
	counter_add(&tally->rcode[flags & DNS_FLAG_RCODE], 1);
	counter_add(&tally->got_bytes, len);
	if (flags & DNS_FLAG_TC)
		counter_add(&tally->truncated, 1);
	hist_add(&tally->latency, (uint32_t)now.us - slot->due_us);
}

// A datagram that is no answer to a query in flight.
static void count_other(struct asker *asker, counter_t *counter, mono_t now)
{
	if (!asker->over && now.us >= asker->warm.us)
		counter_add(counter, 1);
}

// The slot that source and identifier name, in this lap; NULL: none.
static struct asker_slot *named(struct asker *asker, uint32_t source, uint16_t id)
{
	struct asker_slot *slot = slot_of(asker, source, id);

	if (source > asker->source_mask || slot->state == ASKER_FREE ||
	    (((uint32_t)slot->lap << asker->id_bits ^ id) & asker->lap_mask))
		return NULL;
	return slot;
}

static void answer_pending(struct asker *asker, struct asker_slot *slot, bool right,
                           const uint8_t *msg, size_t len, mono_t now)
{
	if (unlikely(is_late(asker, slot, now))) {
		give_up(asker, slot);
		slot->state = ASKER_ANSWERED;
		if (slot->counted)
			counter_add(&asker->tally.late, 1);
		return;
	}
	slot->state = ASKER_ANSWERED;
	asker->pending--;
	if (likely(slot->counted))
		count_answer(asker, slot, right, msg, len, now);
}

static NOINLINE void keep_example(struct asker *asker, enum query_verdict verdict,
                                  const struct asker_slot *slot, const uint8_t *msg, size_t len)
{
	struct asker_example *example = &asker->example;

	if (example->verdict != QUERY_RIGHT)
		return;
	*example = (struct asker_example){
	        .verdict = verdict,
	        .query = slot->query,
	        .len = (uint16_t)size_min(len, UINT16_MAX),
	};
	memcpy(example->msg, msg, size_min(len, sizeof(example->msg)));
}

void asker_answer(struct asker *asker, uint32_t source, const uint8_t *msg, size_t len, mono_t now)
{
	struct tally *tally = &asker->tally;
	struct asker_slot *slot = NULL;
	enum query_verdict verdict;

	asker->heard = true;
	if (likely(len >= DNS_HDR_BYTES && !asker->over))
		slot = named(asker, source, be16_get(((const struct dns_hdr *)msg)->id));
	if (unlikely(!slot)) {
		count_other(asker, len >= DNS_HDR_BYTES ? &tally->stray : &tally->broken, now);
		return;
	}
	verdict = query_judge(query_set_get(asker->conf.set, slot->query), slot->nonce, msg, len);
	if (unlikely(verdict == QUERY_UNEXPECTED || verdict == QUERY_OTHER) && slot->counted)
		keep_example(asker, verdict, slot, msg, len);
	if (unlikely(verdict == QUERY_BROKEN || verdict == QUERY_OTHER)) {
		count_other(asker, verdict == QUERY_OTHER ? &tally->wrong : &tally->broken, now);
	} else if (likely(slot->state == ASKER_PENDING)) {
		answer_pending(asker, slot, verdict == QUERY_RIGHT, msg, len, now);
	} else if (slot->counted) {
		counter_add(slot->state == ASKER_LOST ? &tally->late : &tally->duplicate, 1);
		slot->state = ASKER_ANSWERED;
	}
}

void asker_refused(struct asker *asker, mono_t now)
{
	count_other(asker, &asker->tally.refused, now);
}

void asker_stop(struct asker *asker, mono_t now)
{
	if (asker->over || now.us >= asker->end.us)
		return;
	counter_set(&asker->tally.run_us, mono_until(asker->warm, now));
	asker->end = now;
}
