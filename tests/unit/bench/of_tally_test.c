// Counts of emulated switches: sums and differences, and Jain's fairness index.
#include "harness.h"

#include "proto/bench/of_tally.h"

static void test_sums(void **state)
{
	static struct of_tally a, b, sum;

	of_tally_clear(&a);
	of_tally_clear(&b);
	of_tally_clear(&sum);
	counter_add(&a.sent, 5);
	counter_add(&a.got_bytes, 7);
	counter_add(&b.sent, 2);
	hist_add(&a.latency, 10);
	hist_add(&b.latency, 20);
	hist_add(&b.echo, 30);
	of_tally_merge(&sum, &a);
	of_tally_merge(&sum, &b);
	assert_int_equal(counter_get(&sum.sent), 7);
	assert_int_equal(counter_get(&sum.got_bytes), 7);
	assert_int_equal(hist_len(&sum.latency), 2);
	assert_int_equal(hist_len(&sum.echo), 1);
	of_tally_subtract(&sum, &a);
	assert_int_equal(counter_get(&sum.sent), 2);
	assert_int_equal(counter_get(&sum.got_bytes), 0);
	assert_int_equal(hist_percentile(&sum.latency, 500000), 20);
}

static void test_rows(void **state)
{
	static struct of_tally tally;

	of_tally_clear(&tally);
	counter_add(&tally.sent, 3);
	assert_string_equal(of_tally_rows[0].name, "sent");
	assert_int_equal(of_tally_get(&tally, &of_tally_rows[0]), 3);
	for (unsigned i = 1; i < of_tally_rows_len; i++)
		assert_int_equal(of_tally_get(&tally, &of_tally_rows[i]), 0);
}

static void test_fairness(void **state)
{
	static const struct {
		uint64_t counts[4];
		uint32_t ppm;
	} rows[] = {
	        {{0, 0, 0, 0}, 0},
	        {{5, 5, 5, 5}, 1000000},
	        {{9, 0, 0, 0}, 250000},
	        {{1, 1, 0, 0}, 500000},
	        {{1, 2, 3, 4}, 833333},
	        {{1000000000000, 1000000000000, 1000000000000, 1000000000000}, 1000000},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(of_tally_fairness_ppm(rows[i].counts, 4), rows[i].ppm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_sums),
	        cmocka_unit_test(test_rows),
	        cmocka_unit_test(test_fairness),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
