// hist: see the header.
#include "proto/bench/hist.h"

uint64_t hist_step_end(unsigned step)
{
	unsigned shift = step >> HIST_STEP_BITS;

	if (shift <= 1)
		return step;
	shift--;
	return ((uint64_t)(step - (shift << HIST_STEP_BITS) + 1) << shift) - 1;
}

void hist_clear(struct hist *hist)
{
	counter_set(&hist->sum_us, 0);
	counter_set(&hist->max_us, 0);
	counter_set(&hist->min_us, UINT64_MAX);
	for (unsigned i = 0; i < HIST_STEPS; i++)
		counter_set(&hist->count[i], 0);
}

uint64_t hist_len(const struct hist *hist)
{
	uint64_t len = 0;

	for (unsigned i = 0; i < HIST_STEPS; i++)
		len += counter_get(&hist->count[i]);
	return len;
}

void hist_merge(struct hist *to, const struct hist *from)
{
	if (counter_get(&from->min_us) < counter_get(&to->min_us))
		counter_set(&to->min_us, counter_get(&from->min_us));
	if (counter_get(&from->max_us) > counter_get(&to->max_us))
		counter_set(&to->max_us, counter_get(&from->max_us));
	counter_add(&to->sum_us, counter_get(&from->sum_us));
	for (unsigned i = 0; i < HIST_STEPS; i++)
		counter_add(&to->count[i], counter_get(&from->count[i]));
}

static void take(counter_t *from, const counter_t *earlier)
{
	uint64_t now = counter_get(from);

	counter_set(from, now - u64_min(now, counter_get(earlier)));
}

void hist_subtract(struct hist *from, const struct hist *earlier)
{
	take(&from->sum_us, &earlier->sum_us);
	for (unsigned i = 0; i < HIST_STEPS; i++)
		take(&from->count[i], &earlier->count[i]);
}

uint64_t hist_percentile(const struct hist *hist, uint32_t ppm)
{
	uint64_t len = hist_len(hist), rank, below = 0;

	if (len == 0)
		return 0;
	rank = len / 1000000 * ppm + (len % 1000000 * ppm + 999999) / 1000000;
	for (unsigned i = 0; i < HIST_STEPS; i++) {
		below += counter_get(&hist->count[i]);
		if (below >= rank && below)
			return u64_min(hist_step_end(i), counter_get(&hist->max_us));
	}
	return counter_get(&hist->max_us);
}

uint64_t hist_mean(const struct hist *hist)
{
	uint64_t len = hist_len(hist);

	return len ? counter_get(&hist->sum_us) / len : 0;
}
