// rate_search: finds the highest rate at which at most a given share of queries is lost, in the
// manner of RFC 2544 section 26.1 and MLRsearch: the result of a trial in, the rate of the next
// out. The first bounds come from brief trials; then several searches, each by trials of full
// length, give a mean and its confidence interval. A rate fails when two of three trials do, so
// that one disturbance decides nothing.
#ifndef BENCH_RATE_SEARCH_H
#define BENCH_RATE_SEARCH_H

#include "core/base.h"

#define RATE_SEARCH_REPEATS_MAX 10
#define RATE_SEARCH_TRIALS_MAX  1000

struct rate_search_conf {
	uint64_t start_per_s, min_per_s, max_per_s;
	uint32_t loss_ppm;  // that is still a pass
	uint32_t width_ppm; // of the bounds in which a search ends, of the upper one; 1000 at least
	unsigned repeats;   // of the search, from 1 to RATE_SEARCH_REPEATS_MAX
};

struct rate_search_result {
	uint32_t loss_ppm;
	bool limited; // the generator did not keep the rate: this fails, whatever was lost
};

enum rate_search_stage {
	RATE_SEARCH_CLIMB,   // brief trials, twice the rate each time
	RATE_SEARCH_DESCEND, // half the rate each time, since the first failed
	RATE_SEARCH_NARROW,  // brief trials between the bounds
	RATE_SEARCH_LOWER,   // the lower bound has to pass
	RATE_SEARCH_UPPER,   // the upper bound has to fail
	RATE_SEARCH_HALVE,   // between the bounds
	RATE_SEARCH_DONE,
};

struct rate_search {
	struct rate_search_conf conf;
	enum rate_search_stage stage;
	uint64_t rate; // of the next trial
	unsigned passes, fails;
	bool has_lower, has_upper;
	uint64_t lower, upper; // that passed and that failed
	uint64_t step;         // by which bounds of full trials move
	bool upper_limited;    // the upper bound failed for the generator's sake
	unsigned trials;
	unsigned found_len;
	uint64_t found[RATE_SEARCH_REPEATS_MAX];
	bool limited; // in one of them the generator was the limit
};

// From min_per_s to max_per_s, at least 1; start_per_s is between them.
void rate_search_init(struct rate_search *search, const struct rate_search_conf *conf);

// Whether there is another trial, of search->rate.
static inline bool rate_search_goes_on(const struct rate_search *search)
{
	return search->stage != RATE_SEARCH_DONE;
}

// Whether the next trial may be brief: it only finds where to search.
static inline bool rate_search_is_brief(const struct rate_search *search)
{
	return search->stage < RATE_SEARCH_LOWER;
}

// The result of a trial of search->rate.
void rate_search_add(struct rate_search *search, const struct rate_search_result *result);

// What was found: the mean of the searches that ended, and the half width of its confidence
// interval of 95 % (Student's t); 0 with a single one.
struct rate_search_found {
	uint64_t mean, half_width, min, max;
	unsigned searches;
};
struct rate_search_found rate_search_found(const struct rate_search *search);

#endif
