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

// How many of the first n sources go each way.
static void count_ways(const struct ask *ask, uint32_t n, uint32_t ways[2])
{
	ways[0] = ways[1] = 0;
	for (uint32_t i = 0; i < n; i++)
		ways[ask->way_of[i]]++;
}

// The largest power of two for which enough were found each way; 0: for none.
static uint32_t sources_for(const struct ask_worker *worker, const uint32_t found[2])
{
	uint32_t len = 0, ways[2];

	for (uint32_t n = 1; n <= ASKER_SOURCES_MAX; n *= 2) {
		count_ways(worker->ask, n, ways);
		if (ways[0] <= found[0] && ways[1] <= found[1])
			len = n;
	}
	return len;
}

static void take_sources(struct ask_worker *worker)
{
	const struct source_finder *finder = &worker->finder;
	const struct ask *ask = worker->ask;
	uint32_t found[2] = {0}, at[2] = {0}, len;
	uint16_t of_way[2][SOURCE_CANDIDATES];

	for (uint32_t i = 0; i < finder->found_len; i++) {
		unsigned way = ask->way_of[finder->found[i]];

		of_way[way][found[way]++] = finder->found[i];
	}
	len = sources_for(worker, found);
	worker->sources_len = len;
	if (len == 0)
		return;
	worker->source_bits = (unsigned)__builtin_ctz(len);
	for (uint32_t i = 0; i < len; i++) {
		unsigned way = ask->way_of[i];

		worker->candidate[i] = of_way[way][at[way]++];
		worker->source[worker->candidate[i]] = (uint16_t)i;
	}
}

// Over TCP a candidate is a connection, whose port TCP chooses so that answers come here. With two
// ways those that answer first would all go the faster one, so all are waited for.
static void begin_finding(struct ask_worker *worker, mono_t now)
{
	const struct ask *ask = worker->ask;
	uint32_t wanted = (uint32_t)ask->conf->sources, candidates = SOURCE_CANDIDATES;

	if (ask->conf->transport != ASK_UDP)
		candidates = wanted;
	else if (ask->ways_len > 1)
		wanted = candidates = (uint32_t)u64_min(
		        candidates, wanted * (ask->workers_len > 1 ? 2 * ask->workers_len : 1));
	source_finder_begin(&worker->finder, wanted, candidates, now);
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
	else if (order == ASK_FIND)
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
	} else if (worker->doing == ASK_END) {
		over = !worker->connected;
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

void ask_worker_count_sources(const struct ask_worker *worker, uint32_t ways[2])
{
	uint32_t own[2];

	count_ways(worker->ask, worker->sources_len, own);
	ways[0] += own[0];
	ways[1] += own[1];
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
