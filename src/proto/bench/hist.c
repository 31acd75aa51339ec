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
	counter_t *all[] = {&hist->sum_us, &hist->min_us, &hist->max_us, &hist->len};

	for (unsigned i = 0; i < ARRAY_LEN(all); i++)
		counter_set(all[i], 0);
	for (unsigned i = 0; i < HIST_STEPS; i++)
		counter_set(&hist->count[i], 0);
}

void hist_merge(struct hist *to, const struct hist *from)
{
	if (counter_get(&from->len) == 0)
		return;
	if (counter_get(&to->len) == 0 || counter_get(&from->min_us) < counter_get(&to->min_us))
		counter_set(&to->min_us, counter_get(&from->min_us));
	if (counter_get(&from->max_us) > counter_get(&to->max_us))
		counter_set(&to->max_us, counter_get(&from->max_us));
	counter_add(&to->sum_us, counter_get(&from->sum_us));
	for (unsigned i = 0; i < HIST_STEPS; i++)
		counter_add(&to->count[i], counter_get(&from->count[i]));
	counter_add(&to->len, counter_get(&from->len));
}

static void take(counter_t *from, const counter_t *earlier)
{
	uint64_t now = counter_get(from);

	counter_set(from, now - u64_min(now, counter_get(earlier)));
}

void hist_subtract(struct hist *from, const struct hist *earlier)
{
	take(&from->sum_us, &earlier->sum_us);
	take(&from->len, &earlier->len);
	for (unsigned i = 0; i < HIST_STEPS; i++)
		take(&from->count[i], &earlier->count[i]);
}

uint64_t hist_percentile(const struct hist *hist, uint32_t ppm)
{
	// Counted here, since a writer may be between two counters of its own.
	uint64_t len = 0, rank, below = 0;

	for (unsigned i = 0; i < HIST_STEPS; i++)
		len += counter_get(&hist->count[i]);
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
	uint64_t len = counter_get(&hist->len);

	return len ? counter_get(&hist->sum_us) / len : 0;
}
