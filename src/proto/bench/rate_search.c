// rate_search: see the header.
#include "proto/bench/rate_search.h"

#define VOTES 2 // trials of full length that decide on a rate

// Bounds of brief trials are narrowed to this many widths, and each search begins with
// bounds this many widths around the one before.
#define COARSE_WIDTHS 4

static uint64_t clamp(const struct rate_search *search, uint64_t rate)
{
	if (rate < search->conf.min_per_s)
		return search->conf.min_per_s;
	return u64_min(rate, search->conf.max_per_s);
}

static uint64_t width_of(const struct rate_search *search, uint64_t upper)
{
	uint64_t width = upper / 1000000 * search->conf.width_ppm +
	                 upper % 1000000 * search->conf.width_ppm / 1000000;

	return width ? width : 1;
}

void rate_search_init(struct rate_search *search, const struct rate_search_conf *conf)
{
	*search = (struct rate_search){.conf = *conf, .stage = RATE_SEARCH_CLIMB};
	search->rate = clamp(search, conf->start_per_s);
}

// A search of full trials, with these bounds to begin with.
static void begin_search(struct rate_search *search, uint64_t lower, uint64_t upper)
{
	search->lower = clamp(search, lower);
	search->upper = clamp(search, upper);
	if (search->lower == search->upper)
		search->lower = clamp(search, search->lower - 1);
	search->step = search->upper - search->lower;
	search->has_lower = search->has_upper = false;
	search->upper_limited = false;
	search->stage = RATE_SEARCH_LOWER;
	search->rate = search->lower;
}

static void end_search(struct rate_search *search)
{
	uint64_t found = search->has_lower ? search->lower : 0;
	uint64_t around = COARSE_WIDTHS * width_of(search, search->upper);

	search->found[search->found_len++] = found;
	search->limited |= search->upper_limited;
	if (search->found_len == search->conf.repeats || found == 0)
		search->stage = RATE_SEARCH_DONE;
	else
		begin_search(search, found > around ? found - around : 1, found + around);
}

static void halve(struct rate_search *search)
{
	if (search->upper - search->lower <= width_of(search, search->upper)) {
		end_search(search);
		return;
	}
	search->stage = RATE_SEARCH_HALVE;
	search->rate = search->lower + (search->upper - search->lower) / 2;
}

// Between brief bounds; then the first search begins, a little wider.
static void narrow(struct rate_search *search)
{
	uint64_t coarse = COARSE_WIDTHS * width_of(search, search->upper);

	if (search->upper - search->lower <= coarse) {
		begin_search(search, search->lower, search->upper);
		return;
	}
	search->stage = RATE_SEARCH_NARROW;
	search->rate = search->lower + (search->upper - search->lower) / 2;
}

static void climb(struct rate_search *search, bool pass)
{
	if (pass) {
		search->lower = search->rate;
		if (search->rate == search->conf.max_per_s)
			begin_search(search, search->rate - 1, search->rate);
		else
			search->rate = clamp(search, search->rate * 2);
		return;
	}
	search->upper = search->rate;
	if (search->lower) {
		narrow(search);
		return;
	}
	search->stage = RATE_SEARCH_DESCEND;
	search->rate = clamp(search, search->rate / 2);
}

static void descend(struct rate_search *search, bool pass)
{
	if (pass) {
		search->lower = search->rate;
		narrow(search);
	} else if (search->rate == search->conf.min_per_s) {
		end_search(search);
	} else {
		search->upper = search->rate;
		search->rate = clamp(search, search->rate / 2);
	}
}

// The lower bound has been tried: when it fails, it was the upper one, and the next is twice as
// far away.
static void try_lower(struct rate_search *search, bool pass)
{
	if (pass) {
		search->has_lower = true;
		if (search->has_upper) {
			halve(search);
			return;
		}
		search->stage = RATE_SEARCH_UPPER;
		search->rate = search->upper;
		return;
	}
	search->has_upper = true;
	search->upper = search->rate;
	if (search->rate == search->conf.min_per_s) {
		end_search(search);
		return;
	}
	search->lower =
	        clamp(search, search->rate > search->step ? search->rate - search->step : 1);
	search->step *= 2;
	search->rate = search->lower;
}

static void try_upper(struct rate_search *search, bool pass)
{
	if (!pass) {
		search->has_upper = true;
		search->upper = search->rate;
		halve(search);
		return;
	}
	search->lower = search->rate;
	if (search->rate == search->conf.max_per_s) {
		end_search(search);
		return;
	}
	search->upper = clamp(search, search->rate + search->step);
	search->step *= 2;
	search->rate = search->upper;
}

static void decide(struct rate_search *search, bool pass)
{
	switch (search->stage) {
	case RATE_SEARCH_CLIMB:
		climb(search, pass);
		break;
	case RATE_SEARCH_DESCEND:
		descend(search, pass);
		break;
	case RATE_SEARCH_LOWER:
		try_lower(search, pass);
		break;
	case RATE_SEARCH_UPPER:
		try_upper(search, pass);
		break;
	case RATE_SEARCH_NARROW:
	case RATE_SEARCH_HALVE:
		*(pass ? &search->lower : &search->upper) = search->rate;
		if (search->stage == RATE_SEARCH_NARROW)
			narrow(search);
		else
			halve(search);
		break;
	case RATE_SEARCH_DONE:
		break;
	}
}

void rate_search_add(struct rate_search *search, const struct rate_search_result *result)
{
	bool pass = !result->limited && result->loss_ppm <= search->conf.loss_ppm;
	unsigned votes = rate_search_is_brief(search) ? 1 : VOTES;

	if (pass)
		search->passes++;
	else
		search->fails++;
	if (++search->trials == RATE_SEARCH_TRIALS_MAX) {
		search->stage = RATE_SEARCH_DONE;
		return;
	}
	if (search->passes < votes && search->fails < votes)
		return;
	pass = search->passes >= votes;
	search->passes = search->fails = 0;
	// Of the last trial: a bound that the generator set moves when the server's is lower.
	if (!pass)
		search->upper_limited = result->limited;
	decide(search, pass);
}

static uint64_t square_root(uint64_t n)
{
	uint64_t root = 0;

	for (uint64_t bit = UINT64_C(1) << 31; bit; bit >>= 1)
		if ((root + bit) * (root + bit) <= n)
			root += bit;
	return root;
}

struct rate_search_found rate_search_found(const struct rate_search *search)
{
	// Student's t for 95 %, two-sided, in thousandths, by degrees of freedom.
	static const uint64_t t[RATE_SEARCH_REPEATS_MAX] = {0,    12706, 4303, 3182, 2776,
	                                                    2571, 2447,  2365, 2306, 2262};
	struct rate_search_found found = {.searches = search->found_len};
	uint64_t sum = 0, squares = 0;

	if (found.searches == 0)
		return found;
	found.min = search->found[0];
	for (unsigned i = 0; i < found.searches; i++) {
		sum += search->found[i];
		found.min = u64_min(found.min, search->found[i]);
		if (search->found[i] > found.max)
			found.max = search->found[i];
	}
	found.mean = sum / found.searches;
	if (found.searches == 1)
		return found;
	for (unsigned i = 0; i < found.searches; i++) {
		uint64_t off = search->found[i] > found.mean ? search->found[i] - found.mean
		                                             : found.mean - search->found[i];

		squares += off * off;
	}
	// The standard error of the mean, times t.
	found.half_width = square_root(squares / (found.searches - 1) / found.searches) *
	                   t[found.searches - 1] / 1000;
	return found;
}
