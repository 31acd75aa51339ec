// ask_worker: see the header.
#include "apps/bench/ask_worker.h"

#define NO_SOURCE UINT16_MAX

int ask_worker_open(struct ask_worker *worker, const struct ask *ask, unsigned number,
                    uint32_t slots, uint64_t seed)
{
	const struct asker_conf conf = {.set = &ask->set,
	                                .order = ask->conf->order,
	                                .zipf = &ask->zipf,
	                                .first = (uint32_t)(number * (ask->set.len / 64)),
	                                .slots = slots,
	                                .timeout_us = ask->conf->timeout_ms * MS_US,
	                                .seed = seed};

	worker->ask = ask;
	worker->number = number;
	worker->finder_id = (uint16_t)(seed >> 48);
	memset(worker->source, 0xff, sizeof(worker->source));
	return asker_open(&worker->asker, &conf);
}

void ask_worker_close(struct ask_worker *worker)
{
	asker_close(&worker->asker);
}

// The largest power of two of those that were found.
static void take_sources(struct ask_worker *worker)
{
	const struct source_finder *finder = &worker->finder;

	worker->sources_len = finder->found_len;
	if (finder->found_len == 0)
		return;
	worker->source_bits = 31 - (unsigned)__builtin_clz(finder->found_len);
	if (worker->source_bits > 8)
		worker->source_bits = 8;
	for (uint32_t i = 0; i < 1U << worker->source_bits; i++) {
		worker->candidate[i] = finder->found[i];
		worker->source[finder->found[i]] = (uint16_t)i;
	}
}

// Over TCP a candidate is a connection, whose port TCP chooses so that answers come here.
static void begin_finding(struct ask_worker *worker, mono_t now)
{
	const struct ask_conf *conf = worker->ask->conf;
	uint32_t wanted = (uint32_t)conf->sources;

	source_finder_begin(&worker->finder, wanted,
	                    conf->transport == ASK_UDP ? SOURCE_CANDIDATES : wanted, now);
}

static void begin_order(struct ask_worker *worker, uint32_t ordered, mono_t now)
{
	enum ask_order order = worker->order;

	worker->taken = ordered;
	if (order == ASK_STOP) {
		if (worker->doing == ASK_TRIAL)
			asker_stop(&worker->asker, now);
		else
			worker->finder.over = true;
		return;
	}
	worker->doing = order;
	if (order == ASK_TRIAL)
		asker_begin(&worker->asker, &worker->trial, worker->source_bits);
	else
		begin_finding(worker, now);
}

static void end_order(struct ask_worker *worker)
{
	if (worker->doing == ASK_FIND)
		take_sources(worker);
	worker->doing = ASK_NOTHING;
}

static NOINLINE unsigned take_finding(struct ask_worker *worker, mono_t now,
                                      struct asker_query *queries, unsigned n)
{
	uint16_t candidates[SOURCE_ROUND];
	unsigned len = source_finder_take(&worker->finder, now, candidates,
	                                  (unsigned)size_min(n, ARRAY_LEN(candidates)));

	for (unsigned i = 0; i < len; i++)
		queries[i] = (struct asker_query){.query = query_set_get(&worker->ask->set, 0),
		                                  .id = worker->finder_id,
		                                  .source = candidates[i]};
	return len;
}

unsigned ask_worker_take(struct ask_worker *worker, mono_t now, struct asker_query *queries,
                         unsigned n)
{
	uint32_t ordered = atomic_load_explicit(&worker->ordered, memory_order_acquire);
	unsigned len = 0;
	bool over = true;

	if (unlikely(ordered != worker->taken))
		begin_order(worker, ordered, now);
	if (likely(worker->doing == ASK_TRIAL)) {
		len = asker_take(&worker->asker, now, queries, n);
		for (unsigned i = 0; i < len; i++)
			queries[i].source = worker->candidate[queries[i].source];
		over = asker_is_over(&worker->asker);
	} else if (worker->doing == ASK_FIND) {
		len = take_finding(worker, now, queries, n);
		over = worker->finder.over;
	}
	if (unlikely(over)) {
		end_order(worker);
		atomic_store_explicit(&worker->done, worker->taken, memory_order_release);
	}
	return len;
}

void ask_worker_withdraw(struct ask_worker *worker, const struct asker_query *query)
{
	struct asker_query own = *query;

	if (worker->doing != ASK_TRIAL)
		return;
	own.source = worker->source[query->source];
	asker_withdraw(&worker->asker, &own);
}

static NOINLINE void answer_finding(struct ask_worker *worker, uint32_t candidate,
                                    const uint8_t *msg, size_t len)
{
	const struct query *query = query_set_get(&worker->ask->set, 0);
	enum query_verdict verdict = query_judge(query, 0, msg, len);

	if ((verdict == QUERY_RIGHT || verdict == QUERY_UNEXPECTED) &&
	    be16_get(((const struct dns_hdr *)msg)->id) == worker->finder_id)
		source_finder_answer(&worker->finder, candidate);
}

void ask_worker_answer(struct ask_worker *worker, uint32_t candidate, const uint8_t *msg,
                       size_t len, mono_t now)
{
	if (likely(worker->doing == ASK_TRIAL && candidate < SOURCE_CANDIDATES))
		asker_answer(&worker->asker, worker->source[candidate], msg, len, now);
	else if (worker->doing == ASK_FIND)
		answer_finding(worker, candidate, msg, len);
}

void ask_worker_refused(struct ask_worker *worker, mono_t now)
{
	if (worker->doing == ASK_FIND)
		counter_add(&worker->refused, 1);
	else
		asker_refused(&worker->asker, now);
}

void ask_worker_order(struct ask_worker *worker, enum ask_order order,
                      const struct asker_trial *trial)
{
	uint32_t number = atomic_load_explicit(&worker->ordered, memory_order_relaxed) + 1;

	worker->order = order;
	if (trial)
		worker->trial = *trial;
	atomic_store_explicit(&worker->ordered, number, memory_order_release);
}

bool ask_worker_is_done(const struct ask_worker *worker)
{
	return atomic_load_explicit(&worker->done, memory_order_acquire) ==
	       atomic_load_explicit(&worker->ordered, memory_order_relaxed);
}
