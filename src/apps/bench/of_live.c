// of_live: see the header.
#include "apps/bench/of_live.h"

#include "apps/bench/live.h"
#include "core/host/figure.h"

#include <stdio.h>

void of_live_print(struct of_live *live, const struct of_tally *sum, mono_t now)
{
	struct live_lines *lines = &live->lines;
	struct of_tally *recent = &live->recent;
	char rate[FIGURE_RATE_BYTES], bars[FIGURE_BARS_BYTES(LIVE_HISTORY)];
	uint64_t us = mono_until(lines->last, now), per_s;

	*recent = *sum;
	of_tally_subtract(recent, &live->before);
	per_s = counter_get(&recent->answered) * SEC_US / (us ? us : 1);
	live_lines_add_rate(lines, per_s);
	live_lines_remove(lines);
	fprintf(stderr, "%s answers/s, %ju lost, %ju wrong, 50 %%: %ju us, 99 %%: %ju us\n%s\n",
	        figure_rate(per_s, rate), (uintmax_t)counter_get(&recent->lost),
	        (uintmax_t)counter_get(&recent->wrong),
	        (uintmax_t)hist_percentile(&recent->latency, 500000),
	        (uintmax_t)hist_percentile(&recent->latency, 990000),
	        figure_bars(lines->rates, lines->rates_len, bars));
	lines->len = 2;
	lines->last = now;
	live->before = *sum;
	fflush(stderr);
}

void of_live_end(struct of_live *live)
{
	live_lines_remove(&live->lines);
	fflush(stderr);
}
