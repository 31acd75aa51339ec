// hist: steps, percentiles against sorted lists, and merging.
#include "harness.h"

#include "core/rand.h"
#include "proto/bench/hist.h"

#include <stdlib.h>

static struct hist a, b;

static void test_steps_follow_one_another(void **state)
{
	static const struct {
		uint64_t us;
		unsigned step;
		uint64_t end;
	} rows[] = {
	        {0, 0, 0},         {1, 1, 1},         {127, 127, 127}, {128, 128, 128},
	        {255, 255, 255},   {256, 256, 257},   {257, 256, 257}, {258, 257, 259},
	        {511, 383, 511},   {512, 384, 515},   {515, 384, 515}, {516, 385, 519},
	        {1023, 511, 1023}, {1024, 512, 1031},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(hist_step(rows[i].us), rows[i].step);
		assert_int_equal(hist_step_end(rows[i].step), rows[i].end);
	}
	for (unsigned step = 0; step + 1 < HIST_STEPS; step++) {
		assert_int_equal(hist_step(hist_step_end(step)), step);
		assert_int_equal(hist_step(hist_step_end(step) + 1), step + 1);
	}
	assert_int_equal(hist_step(UINT64_MAX), HIST_STEPS - 1);
}

static int compare(const void *x, const void *y)
{
	uint64_t p = *(const uint64_t *)x, q = *(const uint64_t *)y;

	return p < q ? -1 : p > q;
}

static const uint32_t ppms[] = {1, 10000, 250000, 500000, 900000, 990000, 999000, 999900, 1000000};

// A percentile is the value of that rank, or up to 0.8 % more.
static void compare_with_sorted(uint64_t *values, size_t len)
{
	qsort(values, len, sizeof(*values), compare);
	for (size_t i = 0; i < ARRAY_LEN(ppms); i++) {
		size_t rank = (len * ppms[i] + 999999) / 1000000;
		uint64_t exact = values[rank ? rank - 1 : 0], got = hist_percentile(&a, ppms[i]);

		assert_in_range(got, exact, exact + exact / 128);
	}
	assert_int_equal(counter_get(&a.min_us), values[0]);
	assert_int_equal(counter_get(&a.max_us), values[len - 1]);
	assert_int_equal(hist_percentile(&a, 1000000), values[len - 1]);
}

static void test_percentiles_are_those_of_a_sorted_list(void **state)
{
	static uint64_t values[30000];
	static const size_t lens[] = {1, 2, 3, 99, 100, 101, 9999, 10000, 30000};

	for (uint64_t seed = 0; seed < 20; seed++) {
		struct rand rand;
		size_t len = lens[seed % ARRAY_LEN(lens)];
		uint64_t sum = 0;

		rand_init(&rand, seed);
		hist_clear(&a);
		for (size_t i = 0; i < len; i++) {
			// Of all sizes, from one to ten million.
			values[i] = rand_below(&rand, UINT64_C(1) << (1 + rand_below(&rand, 23)));
			sum += values[i];
			hist_add(&a, values[i]);
		}
		assert_int_equal(hist_len(&a), len);
		assert_int_equal(hist_mean(&a), sum / len);
		compare_with_sorted(values, len);
	}
}

static void test_merged_ones_are_one_of_all(void **state)
{
	static uint64_t values[5000];
	struct rand rand;

	rand_init(&rand, 3);
	hist_clear(&a);
	hist_clear(&b);
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		values[i] = 100 + rand_below(&rand, 100000);
		hist_add(i % 3 ? &a : &b, values[i]);
	}
	hist_merge(&a, &b);
	compare_with_sorted(values, ARRAY_LEN(values));
}

static void test_merging_with_an_empty_one_changes_nothing(void **state)
{
	hist_clear(&a);
	hist_clear(&b);
	hist_add(&a, 7);
	hist_merge(&a, &b);
	hist_merge(&b, &a);
	for (const struct hist *hist = &a; hist; hist = hist == &a ? &b : NULL) {
		assert_int_equal(hist_len(hist), 1);
		assert_int_equal(counter_get(&hist->min_us), 7);
		assert_int_equal(hist_percentile(hist, 1), 7);
	}
}

// What a live view shows: the percentiles of the last second.
static void test_what_came_since_a_copy(void **state)
{
	hist_clear(&a);
	for (unsigned i = 0; i < 1000; i++)
		hist_add(&a, 10);
	b = a;
	for (unsigned i = 0; i < 10; i++)
		hist_add(&a, 200);
	hist_subtract(&a, &b);
	assert_int_equal(hist_len(&a), 10);
	assert_int_equal(hist_percentile(&a, 1), 200);
	assert_int_equal(hist_mean(&a), 200);
}

static void test_an_empty_one_has_zeros(void **state)
{
	hist_clear(&a);
	assert_int_equal(hist_percentile(&a, 500000), 0);
	assert_int_equal(hist_mean(&a), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_steps_follow_one_another),
	        cmocka_unit_test(test_percentiles_are_those_of_a_sorted_list),
	        cmocka_unit_test(test_merged_ones_are_one_of_all),
	        cmocka_unit_test(test_merging_with_an_empty_one_changes_nothing),
	        cmocka_unit_test(test_what_came_since_a_copy),
	        cmocka_unit_test(test_an_empty_one_has_zeros),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
