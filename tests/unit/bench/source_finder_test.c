// source_finder: devices that bring answers to all workers, to one of several, or to none.
#include "harness.h"

#include "proto/bench/source_finder.h"

static struct source_finder finder;
static uint32_t candidates_len = SOURCE_CANDIDATES;

// Asks with one query in `share` that comes back here; `loss` in a hundred are lost. Returns when
// it was over.
static uint64_t find(uint32_t wanted, unsigned share, unsigned loss)
{
	uint64_t asked = 0;
	mono_t now = {5000};

	source_finder_begin(&finder, wanted, candidates_len, now);
	for (; !finder.over; now.us += 1000) {
		uint16_t candidates[16];
		unsigned n = source_finder_take(&finder, now, candidates, ARRAY_LEN(candidates));

		for (unsigned i = 0; i < n; i++, asked++) {
			assert_true(candidates[i] < candidates_len);
			if (share && candidates[i] % share == 0 && asked % 100 >= loss)
				source_finder_answer(&finder, candidates[i]);
		}
	}
	for (uint32_t i = 0; i < finder.found_len; i++)
		assert_true(share && finder.found[i] % share == 0);
	return now.us - 5000;
}

static void test_a_device_that_brings_all_is_asked_once(void **state)
{
	assert_true(find(16, 1, 0) < SOURCE_ROUND_US);
	assert_in_range(finder.found_len, 16, SOURCE_ROUND);
	assert_int_equal(finder.rounds, 1);
}

static void test_shares_of_several_workers_are_found(void **state)
{
	for (unsigned workers = 2; workers <= 16; workers *= 2) {
		assert_true(find(16, workers, 0) < SOURCE_PATIENCE_US);
		assert_true(finder.found_len >= 16);
	}
}

static void test_what_is_lost_is_asked_again(void **state)
{
	assert_true(find(64, 4, 60) < SOURCE_PATIENCE_US);
	assert_true(finder.found_len >= 64);
}

// A lost connection of few has its next try with the next round, not after a lap of 512.
static void test_few_candidates_are_asked_again_at_once(void **state)
{
	candidates_len = 50;
	assert_true(find(50, 1, 60) < 12 * SOURCE_ROUND_US);
	candidates_len = SOURCE_CANDIDATES;
	assert_int_equal(finder.found_len, 50);
}

static void test_without_a_server_it_ends(void **state)
{
	uint64_t took_us = find(16, 0, 0);

	assert_in_range(took_us, SOURCE_PATIENCE_US, SOURCE_PATIENCE_US + 2000);
	assert_int_equal(finder.found_len, 0);
}

static void test_fewer_than_wanted_are_kept(void **state)
{
	assert_in_range(find(512, 128, 0), SOURCE_PATIENCE_US, SOURCE_PATIENCE_US + 2000);
	assert_int_equal(finder.found_len, 4);
}

static void test_answers_from_elsewhere_count_for_nothing(void **state)
{
	source_finder_begin(&finder, 2, SOURCE_CANDIDATES, (mono_t){0});
	source_finder_answer(&finder, SOURCE_CANDIDATES);
	source_finder_answer(&finder, UINT32_MAX);
	source_finder_answer(&finder, 3);
	source_finder_answer(&finder, 3);
	assert_int_equal(finder.found_len, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_device_that_brings_all_is_asked_once),
	        cmocka_unit_test(test_shares_of_several_workers_are_found),
	        cmocka_unit_test(test_what_is_lost_is_asked_again),
	        cmocka_unit_test(test_few_candidates_are_asked_again_at_once),
	        cmocka_unit_test(test_without_a_server_it_ends),
	        cmocka_unit_test(test_fewer_than_wanted_are_kept),
	        cmocka_unit_test(test_answers_from_elsewhere_count_for_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
