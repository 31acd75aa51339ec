// live: see the header.
#include "apps/bench/live.h"

#include <stdio.h>

char *live_rate(uint64_t rate, char text[LIVE_RATE_BYTES])
{
	if (rate < 10000)
		snprintf(text, LIVE_RATE_BYTES, "%ju", (uintmax_t)rate);
	else if (rate < 1000000)
		snprintf(text, LIVE_RATE_BYTES, "%ju.%ju k", (uintmax_t)(rate / 1000),
		         (uintmax_t)(rate % 1000 / 100));
	else
		snprintf(text, LIVE_RATE_BYTES, "%ju.%02ju M", (uintmax_t)(rate / 1000000),
		         (uintmax_t)(rate % 1000000 / 10000));
	return text;
}

// U+2581 to U+2588, in UTF-8.
char *live_bars(const uint32_t *values, unsigned len, char text[LIVE_BARS_BYTES])
{
	uint64_t most = 1;
	unsigned at = 0;

	for (unsigned i = 0; i < len; i++)
		if (values[i] > most)
			most = values[i];
	for (unsigned i = 0; i < len && i < LIVE_HISTORY; i++) {
		text[at++] = '\xe2';
		text[at++] = '\x96';
		text[at++] = (char)(0x81 + values[i] * UINT64_C(7) / most);
	}
	text[at] = '\0';
	return text;
}

static uint64_t since(const counter_t *now, const counter_t *before)
{
	uint64_t a = counter_get(now), b = counter_get(before);

	return a > b ? a - b : 0;
}

static void print_head(const struct ask_run *run, mono_t now)
{
	uint64_t whole_us = run->trial.warm_us + run->trial.run_us;
	uint64_t done_us = u64_min(mono_until(run->trial.begin, now), whole_us);
	char rate[LIVE_RATE_BYTES];

	if (run->ask->conf->find_max)
		fprintf(stderr, "search %u of %ju, trial %u, at %s/s, ", run->search.found_len + 1,
		        (uintmax_t)run->ask->conf->searches, run->search.trials + 1,
		        live_rate(run->trial.rate_per_s, rate));
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
	char rate[LIVE_RATE_BYTES], bars[LIVE_BARS_BYTES];

	*hist = live->now.latency;
	hist_subtract(hist, &live->before.latency);
	live_lines_add_rate(&live->lines, per_s);
	fprintf(stderr, "%s answers/s, %ju lost, 50 %%: %ju us, 99 %%: %ju us, 99.9 %%: %ju us\n",
	        live_rate(per_s, rate), (uintmax_t)lost, (uintmax_t)hist_percentile(hist, 500000),
	        (uintmax_t)hist_percentile(hist, 990000), (uintmax_t)hist_percentile(hist, 999000));
	fprintf(stderr, "%s\n", live_bars(live->lines.rates, live->lines.rates_len, bars));
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
