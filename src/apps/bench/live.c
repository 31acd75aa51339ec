// live: see the header.
#include "apps/bench/live.h"

#include "core/host/figure.h"

#include <stdio.h>

static uint64_t since(const counter_t *now, const counter_t *before)
{
	uint64_t a = counter_get(now), b = counter_get(before);

	return a > b ? a - b : 0;
}

static void print_head(const struct ask_run *run, mono_t now)
{
	uint64_t whole_us = run->trial.warm_us + run->trial.run_us;
	uint64_t done_us = u64_min(mono_until(run->trial.begin, now), whole_us);
	char rate[FIGURE_RATE_BYTES];

	if (run->ask->conf->find_max)
		fprintf(stderr, "search %u of %ju, trial %u, at %s/s, ", run->search.found_len + 1,
		        (uintmax_t)run->ask->conf->searches, run->search.trials + 1,
		        figure_rate(run->trial.rate_per_s, rate));
	fprintf(stderr, "%ju of %ju s%s\n", (uintmax_t)(done_us / SEC_US),
	        (uintmax_t)((whole_us + SEC_US - 1) / SEC_US),
	        now.us < run->trial.begin.us + run->trial.warm_us ? ", warming up" : "");
}

static void print_figures(struct live *live, uint64_t us)
{
	uint64_t answered = since(&live->now.answered, &live->before.answered);
	uint64_t lost = since(&live->now.lost, &live->before.lost);
	uint64_t per_s = answered * SEC_US / (us ? us : 1);
	struct hist *hist = &live->recent;
	char rate[FIGURE_RATE_BYTES], bars[FIGURE_BARS_BYTES(LIVE_HISTORY)];

	*hist = live->now.latency;
	hist_subtract(hist, &live->before.latency);
	live_lines_add_rate(&live->lines, per_s);
	fprintf(stderr, "%s answers/s, %ju lost, 50 %%: %ju us, 99 %%: %ju us, 99.9 %%: %ju us\n",
	        figure_rate(per_s, rate), (uintmax_t)lost, (uintmax_t)hist_percentile(hist, 500000),
	        (uintmax_t)hist_percentile(hist, 990000), (uintmax_t)hist_percentile(hist, 999000));
	fprintf(stderr, "%s\n", figure_bars(live->lines.rates, live->lines.rates_len, bars));
	live->lines.len += 2;
}

static void add_up(struct live *live, const struct ask_run *run)
{
	tally_clear(&live->now);
	for (unsigned i = 0; i < run->active_len; i++)
		tally_merge(&live->now, &run->active[i]->asker.tally);
}

void live_tick(struct live *live, const struct ask_run *run, mono_t now)
{
	uint64_t us = mono_until(live->lines.last, now);

	if (!live_lines_are_due(&live->lines, now) || run->phase != ASK_PHASE_TRIAL)
		return;
	if (live->trial != run->trial.begin.us)
		tally_clear(&live->before);
	live->trial = run->trial.begin.us;
	live->lines.last = now;
	add_up(live, run);
	live_lines_remove(&live->lines);
	print_head(run, now);
	live->lines.len++;
	print_figures(live, us);
	live->before = live->now;
	fflush(stderr);
}

void live_end(struct live *live)
{
	live_lines_remove(&live->lines);
	fflush(stderr);
}
