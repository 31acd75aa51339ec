// rate_search: simulated servers with a sharp or a soft limit, noisy ones, a generator that is
// slower than its server; and the confidence that is claimed.
#include "harness.h"

#include "core/rand.h"
#include "proto/bench/rate_search.h"

#include <stdio.h>

struct server {
	uint64_t limit_per_s;
	unsigned noise_ppt;       // by which the limit of a trial is off at most, either way
	unsigned disturbed_ppt;   // of trials lose a fifth, whatever the rate
	uint64_t generator_per_s; // 0: never the limit
	bool soft;                // loses a little from 90 % of its limit on
};

static struct rand rand_;
static struct rate_search search;

static struct rate_search_result measure(const struct server *server, uint64_t rate)
{
	uint64_t noise = server->noise_ppt ? rand_below(&rand_, 2 * server->noise_ppt + 1) : 0;
	uint64_t limit = server->limit_per_s * (1000 + noise - server->noise_ppt) / 1000;
	struct rate_search_result result = {0};

	if (server->generator_per_s && rate > server->generator_per_s) {
		result.limited = true;
		rate = server->generator_per_s;
	}
	if (rate > limit)
		result.loss_ppm = (uint32_t)((rate - limit) * 1000000 / rate);
	else if (server->soft && rate * 10 > limit * 9)
		result.loss_ppm = (uint32_t)((rate * 10 - limit * 9) * 2000 / limit);
	if (rand_below(&rand_, 1000) < server->disturbed_ppt)
		result.loss_ppm = 200000;
	return result;
}

static const struct rate_search_conf plain = {.start_per_s = 1000,
                                              .min_per_s = 1,
                                              .max_per_s = 100000000,
                                              .loss_ppm = 1000,
                                              .width_ppm = 10000,
                                              .repeats = 5};

static struct rate_search_found run(const struct server *server,
                                    const struct rate_search_conf *conf, uint64_t seed)
{
	rand_init(&rand_, seed);
	rate_search_init(&search, conf);
	while (rate_search_goes_on(&search)) {
		struct rate_search_result result;

		assert_in_range(search.rate, conf->min_per_s, conf->max_per_s);
		result = measure(server, search.rate);
		rate_search_add(&search, &result);
	}
	assert_true(search.trials < RATE_SEARCH_TRIALS_MAX);
	return rate_search_found(&search);
}

static void test_a_sharp_limit_is_found_to_one_in_a_hundred(void **state)
{
	for (uint64_t limit = 1; limit < 90000000; limit = limit * 3 + 1) {
		const struct server server = {.limit_per_s = limit};
		struct rate_search_found found = run(&server, &plain, 1);

		// Up to the loss that is allowed above it, down to the width and a rounding below.
		assert_in_range(found.mean, limit - limit / 90 - (limit > 1), limit + limit / 990);
		assert_in_range(found.half_width, 0, limit / 80 + 1);
		assert_int_equal(found.searches, 5);
		assert_false(search.limited);
		assert_true(search.trials < 150);
	}
}

static void test_a_soft_limit_is_where_the_loss_is_allowed(void **state)
{
	const struct server server = {.limit_per_s = 500000, .soft = true};
	struct rate_search_found found = run(&server, &plain, 1);

	// (10 r - 9 limit) * 2000 / limit = 1000
	assert_in_range(found.mean, 470000, 475300);
}

static void test_noise_is_within_the_confidence(void **state)
{
	const struct server server = {.limit_per_s = 300000, .noise_ppt = 30};
	unsigned covered = 0;

	for (uint64_t seed = 0; seed < 200; seed++) {
		struct rate_search_found found = run(&server, &plain, seed);

		assert_in_range(found.mean, 285000, 312000);
		assert_true(found.min <= found.mean && found.mean <= found.max);
		// A search ends below the limit by up to its width, and two of three trials have to
		// pass: the truth is a little blurred, too.
		covered += found.mean + found.half_width >= 297000 &&
		           found.mean <= 303300 + found.half_width;
	}
	assert_in_range(covered, 180, 200);
}

static void test_a_disturbed_trial_decides_nothing(void **state)
{
	const struct server server = {.limit_per_s = 300000, .disturbed_ppt = 30};
	unsigned near = 0;

	for (uint64_t seed = 0; seed < 100; seed++) {
		struct rate_search_found found = run(&server, &plain, seed);

		near += found.min >= 290000 && found.max <= 300400;
	}
	assert_in_range(near, 97, 100);
}

static void test_a_slow_generator_is_said_to_be_the_limit(void **state)
{
	const struct server fast = {.limit_per_s = 1000000, .generator_per_s = 400000};
	const struct server slow = {.limit_per_s = 300000, .generator_per_s = 400000};
	struct rate_search_found found = run(&fast, &plain, 1);

	assert_in_range(found.mean, 395000, 400000);
	assert_true(search.limited);
	found = run(&slow, &plain, 1);
	assert_in_range(found.mean, 296000, 300400);
	assert_false(search.limited);
}

static void test_a_server_without_a_limit_ends_at_the_largest_rate(void **state)
{
	const struct server server = {.limit_per_s = UINT32_MAX};
	struct rate_search_found found = run(&server, &plain, 1);

	assert_int_equal(found.mean, plain.max_per_s);
	assert_int_equal(found.half_width, 0);
}

static void test_a_server_that_loses_everything_has_no_rate(void **state)
{
	const struct server server = {.limit_per_s = 0};
	struct rate_search_found found = run(&server, &plain, 1);

	assert_int_equal(found.mean, 0);
	assert_int_equal(found.searches, 1);
	assert_true(search.trials < 20);
}

static void test_a_start_above_the_limit_comes_down(void **state)
{
	const struct server server = {.limit_per_s = 5000};
	struct rate_search_conf conf = plain;

	conf.start_per_s = 10000000;
	assert_in_range(run(&server, &conf, 1).mean, 4940, 5006);
}

// The server slows down by a third after the first search: the next ones follow it.
static void test_bounds_move_with_a_server_that_changes(void **state)
{
	struct server server = {.limit_per_s = 300000};

	rand_init(&rand_, 1);
	rate_search_init(&search, &plain);
	while (rate_search_goes_on(&search)) {
		struct rate_search_result result = measure(&server, search.rate);

		rate_search_add(&search, &result);
		if (search.found_len == 1)
			server.limit_per_s = 200000;
		else if (search.found_len == 3)
			server.limit_per_s = 450000;
	}
	assert_in_range(search.found[0], 296000, 300400);
	assert_in_range(search.found[1], 197000, 200300);
	assert_in_range(search.found[3], 444000, 450500);
}

static void test_the_confidence_interval_is_students(void **state)
{
	// 10, 12, 14, 16, 18 thousand: s = 3162, s / sqrt(5) = 1414, t = 2.776.
	rate_search_init(&search, &plain);
	for (unsigned i = 0; i < 5; i++)
		search.found[search.found_len++] = 10000 + 2000 * i;
	assert_int_equal(rate_search_found(&search).mean, 14000);
	assert_in_range(rate_search_found(&search).half_width, 3920, 3927);
	search.found_len = 1;
	assert_int_equal(rate_search_found(&search).half_width, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_sharp_limit_is_found_to_one_in_a_hundred),
	        cmocka_unit_test(test_a_soft_limit_is_where_the_loss_is_allowed),
	        cmocka_unit_test(test_noise_is_within_the_confidence),
	        cmocka_unit_test(test_a_disturbed_trial_decides_nothing),
	        cmocka_unit_test(test_a_slow_generator_is_said_to_be_the_limit),
	        cmocka_unit_test(test_a_server_without_a_limit_ends_at_the_largest_rate),
	        cmocka_unit_test(test_a_server_that_loses_everything_has_no_rate),
	        cmocka_unit_test(test_a_start_above_the_limit_comes_down),
	        cmocka_unit_test(test_bounds_move_with_a_server_that_changes),
	        cmocka_unit_test(test_the_confidence_interval_is_students),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
