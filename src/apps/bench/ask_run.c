// ask_run: see the header.
#include "apps/bench/ask_run.h"

#include <stdio.h>

// All workers begin a trial at one instant, which is that far ahead.
#define AHEAD_US (20 * MS_US)

// A search begins here unless the configuration says where, and ends here.
#define FIRST_RATE 1000
#define RATE_MAX   UINT64_C(1000000000)

// A generator that is busy for more than this of its time may be the limit; one whose device had
// no room for more than that is not, but what is behind the device.
#define BUSY_PPT 950
#define HELD_PPT 50

static bool all_are_done(struct ask_worker *const *workers, unsigned len)
{
	for (unsigned i = 0; i < len; i++)
		if (!ask_worker_is_done(workers[i]))
			return false;
	return true;
}

static uint64_t refusals(const struct ask_run *run)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < run->workers_len; i++)
		sum += counter_get(&run->worker[i]->refused);
	return sum;
}

static void end_run(struct ask_run *run)
{
	for (unsigned i = 0; i < run->workers_len; i++)
		ask_worker_order(run->worker[i], ASK_END, NULL);
	run->phase = ASK_PHASE_END;
}

static void fail_to_find(struct ask_run *run, const struct ask_way *way)
{
	char server[TARGET_TEXT_BYTES];

	target_text(&way->target, server);
	run->failed = true;
	if (run->phase == ASK_PHASE_BEGIN)
		run->phase = ASK_PHASE_OVER;
	else
		end_run(run);
	if (refusals(run))
		why_set(&run->why, "nothing listens at %s: it answers with ICMP errors", server);
	else
		why_set(&run->why,
		        "no answer from %s in %ju s: is the server there, and are this end's "
		        "addresses of its network?",
		        server, (uintmax_t)(SOURCE_PATIENCE_US / SEC_US));
}

// One of `len` parts of a number, as equal as they can be.
static uint64_t part(uint64_t of, unsigned len, unsigned i)
{
	return of / len + (i < of % len);
}

static void begin_trial(struct ask_run *run, mono_t now)
{
	run->trial.begin = mono_add(now, AHEAD_US);
	if (run->losses)
		run->losses(run->ctx, &run->before);
	for (unsigned i = 0; i < run->active_len; i++) {
		struct asker_trial own = run->trial;

		own.rate_per_s = part(run->trial.rate_per_s, run->active_len, i);
		own.window = (uint32_t)part(run->trial.window, run->active_len, i);
		own.replay_first = i;
		own.offset_ppm = 1000000 / run->active_len * i;
		ask_worker_order(run->active[i], ASK_TRIAL, &own);
	}
	run->phase = ASK_PHASE_TRIAL;
}

// The whole capture, or as much of it as the duration has room for, at its times.
static void plan_replay(struct ask_run *run)
{
	const struct query_set *set = &run->ask->set;
	uint64_t last_us = 0;

	for (size_t i = 0; i < set->len; i++)
		if (set->at_us[i] > last_us)
			last_us = set->at_us[i];
	run->trial.warm_us = 0;
	run->trial.run_us = u64_min(run->trial.run_us, last_us + 1);
	run->trial.rate_per_s = 0;
	run->trial.replay_len = run->active_len;
}

// The trial that is planned next. Brief ones are a fifth as long.
static void plan_trial(struct ask_run *run)
{
	const struct ask_conf *conf = run->ask->conf;
	bool brief = conf->find_max && rate_search_is_brief(&run->search);

	run->trial =
	        (struct asker_trial){.warm_us = conf->warm_up_ms * MS_US / (brief ? 5 : 1),
	                             .run_us = conf->duration_s * SEC_US / (brief ? 5 : 1),
	                             .rate_per_s = conf->find_max ? run->search.rate : conf->rate,
	                             .window = (uint32_t)conf->window};
	if (conf->timing && !conf->find_max)
		plan_replay(run);
}

static void begin_search(struct ask_run *run)
{
	const struct ask_conf *conf = run->ask->conf;
	const struct rate_search_conf search = {.start_per_s = conf->rate ? conf->rate : FIRST_RATE,
	                                        .min_per_s = run->active_len,
	                                        .max_per_s = RATE_MAX,
	                                        .loss_ppm = (uint32_t)conf->loss_ppm,
	                                        .width_ppm = (uint32_t)conf->precision_ppm,
	                                        .repeats = (unsigned)conf->searches};

	rate_search_init(&run->search, &search);
}

static void end_find(struct ask_run *run, mono_t now)
{
	for (unsigned i = 0; i < run->workers_len; i++)
		if (run->worker[i]->sources_len)
			run->active[run->active_len++] = run->worker[i];
	for (unsigned i = 0; i < run->active_len; i++)
		ask_worker_count_sources(run->active[i], run->sources);
	if (run->active_len == 0 || run->stopped) {
		fail_to_find(run, &run->ask->way[0]);
		return;
	}
	if (run->ask->ways_len > 1 && run->sources[1] == 0) {
		fail_to_find(run, &run->ask->way[1]);
		return;
	}
	begin_search(run);
	plan_trial(run);
	begin_trial(run, now);
}

static void add_up(struct ask_run *run)
{
	tally_clear(&run->total);
	for (unsigned i = 0; i < run->active_len; i++)
		tally_merge(&run->total, &run->active[i]->asker.tally);
	if (run->losses)
		run->losses(run->ctx, &run->during);
	run->during.sent -= run->before.sent;
	run->during.received -= run->before.received;
}

// Whether the generator sent what the trial asked for, but for one in a thousand. When some were
// late, the server had them in bursts, and what it lost of those it lost.
static bool kept_the_rate(const struct ask_run *run)
{
	uint64_t sent = counter_get(&run->total.sent);
	uint64_t unsent = counter_get(&run->total.unsent) + run->during.sent + run->during.received;

	return unsent <= sent / 1000 &&
	       counter_get(&run->total.run_us) <= run->trial.run_us + run->trial.run_us / 100;
}

// What is shown of a search is its best trial: the highest rate that passed.
static void add_to_search(struct ask_run *run)
{
	bool kept = kept_the_rate(run);
	const struct rate_search_result result = {
	        .loss_ppm = kept ? tally_loss_ppm(&run->total) : 1000000,
	        .limited = !kept && ask_run_held_ppt(run) <= HELD_PPT};

	if (result.loss_ppm <= run->ask->conf->loss_ppm && !rate_search_is_brief(&run->search) &&
	    run->search.rate >= run->best_rate) {
		run->best_rate = run->search.rate;
		run->best = run->total;
		run->best_losses = run->during;
	}
	rate_search_add(&run->search, &result);
}

static void end_search(struct ask_run *run)
{
	end_run(run);
	run->total = run->best;
	run->during = run->best_losses;
}

static void end_trial(struct ask_run *run, mono_t now)
{
	add_up(run);
	if (!run->ask->conf->find_max) {
		end_run(run);
		return;
	}
	// A trial that was stopped says nothing about its rate.
	if (!run->stopped)
		add_to_search(run);
	if (run->stopped || !rate_search_goes_on(&run->search)) {
		end_search(run);
		return;
	}
	plan_trial(run);
	begin_trial(run, now);
}

bool ask_run_tick(struct ask_run *run, mono_t now)
{
	switch (run->phase) {
	case ASK_PHASE_BEGIN:
		for (unsigned i = 0; i < run->workers_len; i++)
			ask_worker_order(run->worker[i], ASK_FIND, NULL);
		run->phase = ASK_PHASE_FIND;
		break;
	case ASK_PHASE_FIND:
		if (all_are_done(run->worker, run->workers_len))
			end_find(run, now);
		break;
	case ASK_PHASE_TRIAL:
		if (all_are_done(run->active, run->active_len))
			end_trial(run, now);
		break;
	case ASK_PHASE_END:
		if (all_are_done(run->worker, run->workers_len))
			run->phase = ASK_PHASE_OVER;
		break;
	case ASK_PHASE_OVER:
		break;
	}
	return run->phase == ASK_PHASE_OVER;
}

void ask_run_stop(struct ask_run *run, mono_t now)
{
	run->stopped = true;
	if (run->phase == ASK_PHASE_BEGIN)
		fail_to_find(run, &run->ask->way[0]);
	else if (run->phase == ASK_PHASE_FIND)
		for (unsigned i = 0; i < run->workers_len; i++)
			ask_worker_order(run->worker[i], ASK_STOP, NULL);
	else if (run->phase == ASK_PHASE_TRIAL)
		for (unsigned i = 0; i < run->active_len; i++)
			ask_worker_order(run->active[i], ASK_STOP, NULL);
}

// Of the time of all workers.
static unsigned share_ppt(const struct ask_run *run, const counter_t *us)
{
	uint64_t all_us = counter_get(&run->total.run_us) * run->active_len;

	return all_us ? (unsigned)(u64_min(counter_get(us), all_us) * 1000 / all_us) : 0;
}

unsigned ask_run_busy_ppt(const struct ask_run *run)
{
	return counter_get(&run->total.run_us) ? 1000 - share_ppt(run, &run->total.idle_us) : 0;
}

unsigned ask_run_held_ppt(const struct ask_run *run)
{
	return share_ppt(run, &run->total.held_us);
}

void ask_run_limit(const struct ask_run *run, char *text, size_t size)
{
	const struct tally *t = &run->total;
	uint64_t sent = counter_get(&t->sent), unsent = counter_get(&t->unsent);
	unsigned busy = ask_run_busy_ppt(run);

	*text = '\0';
	if (ask_run_held_ppt(run) > HELD_PPT)
		return;
	if (unsent > sent / 1000)
		snprintf(text, size, "%ju queries were due and not sent", (uintmax_t)unsent);
	else if (run->during.sent > sent / 1000)
		snprintf(text, size, "its device had no room for %ju queries",
		         (uintmax_t)run->during.sent);
	else if (run->during.received > sent / 1000)
		snprintf(text, size, "its device had no room for %ju answers",
		         (uintmax_t)run->during.received);
	else if (counter_get(&t->behind) > sent / 100)
		snprintf(text, size, "%ju of its queries were sent more than 1 ms late",
		         (uintmax_t)counter_get(&t->behind));
	else if (busy > BUSY_PPT)
		snprintf(text, size, "its workers were busy for %u.%u %% of the time", busy / 10,
		         busy % 10);
}
