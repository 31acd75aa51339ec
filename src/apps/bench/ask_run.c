// ask_run: see the header.
#include "apps/bench/ask_run.h"

#include <stdio.h>

// All workers begin a trial at one instant, which is that far ahead.
#define AHEAD_US (20 * MS_US)

// A generator that is busy for more than this of its time may be the limit.
#define BUSY_PPT 950

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

static void fail_to_find(struct ask_run *run)
{
	char server[TARGET_TEXT_BYTES];

	target_text(&run->ask->target, server);
	run->failed = true;
	run->phase = ASK_PHASE_OVER;
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
		own.offset_ppm = 1000000 / run->active_len * i;
		ask_worker_order(run->active[i], ASK_TRIAL, &own);
	}
	run->phase = ASK_PHASE_TRIAL;
}

static void end_find(struct ask_run *run, mono_t now)
{
	const struct ask_conf *conf = run->ask->conf;

	for (unsigned i = 0; i < run->workers_len; i++)
		if (run->worker[i]->sources_len)
			run->active[run->active_len++] = run->worker[i];
	if (run->active_len == 0 || run->stopped) {
		fail_to_find(run);
		return;
	}
	run->trial = (struct asker_trial){.warm_us = conf->warm_up_ms * MS_US,
	                                  .run_us = conf->duration_s * SEC_US,
	                                  .rate_per_s = conf->rate,
	                                  .window = (uint32_t)conf->window};
	begin_trial(run, now);
}

static void end_trial(struct ask_run *run)
{
	tally_clear(&run->total);
	for (unsigned i = 0; i < run->active_len; i++)
		tally_merge(&run->total, &run->active[i]->asker.tally);
	if (run->losses)
		run->losses(run->ctx, &run->during);
	run->during.sent -= run->before.sent;
	run->during.received -= run->before.received;
	run->phase = ASK_PHASE_OVER;
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
			end_trial(run);
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
		fail_to_find(run);
	else if (run->phase == ASK_PHASE_FIND)
		for (unsigned i = 0; i < run->workers_len; i++)
			ask_worker_order(run->worker[i], ASK_STOP, NULL);
	else if (run->phase == ASK_PHASE_TRIAL)
		for (unsigned i = 0; i < run->active_len; i++)
			ask_worker_order(run->active[i], ASK_STOP, NULL);
}

unsigned ask_run_busy_ppt(const struct ask_run *run)
{
	uint64_t all_us = counter_get(&run->total.run_us) * run->active_len;
	uint64_t idle_us = u64_min(counter_get(&run->total.idle_us), all_us);

	return all_us ? (unsigned)((all_us - idle_us) * 1000 / all_us) : 0;
}

void ask_run_limit(const struct ask_run *run, char *text, size_t size)
{
	const struct tally *t = &run->total;
	uint64_t sent = counter_get(&t->sent), unsent = counter_get(&t->unsent);
	unsigned busy = ask_run_busy_ppt(run);

	*text = '\0';
	if (unsent)
		snprintf(text, size, "%ju queries were due and not sent", (uintmax_t)unsent);
	else if (run->during.sent)
		snprintf(text, size, "its device had no room for %ju queries",
		         (uintmax_t)run->during.sent);
	else if (run->during.received)
		snprintf(text, size, "its device had no room for %ju answers",
		         (uintmax_t)run->during.received);
	else if (counter_get(&t->behind) > sent / 100)
		snprintf(text, size, "%ju of its queries were sent more than 1 ms late",
		         (uintmax_t)counter_get(&t->behind));
	else if (busy > BUSY_PPT)
		snprintf(text, size, "its workers were busy for %u.%u %% of the time", busy / 10,
		         busy % 10);
}
