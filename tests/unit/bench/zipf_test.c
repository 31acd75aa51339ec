// zipf and picker: how often each number comes, against the law itself.
#include "harness.h"

#include "proto/bench/picker.h"

#define DRAWS 2000000

static unsigned count[1000];

// Each of the first ten, and the rest together, are within a few standard deviations.
static void follows_the_law(uint32_t len)
{
	double sum = 0, rest = 0;
	struct picker picker;
	struct zipf zipf;
	unsigned others = 0;

	assert_int_equal(zipf_open(&zipf, len), 0);
	picker_init(&picker, PICKER_ZIPF, len, 0, &zipf, 7);
	memset(count, 0, sizeof(count));
	for (unsigned i = 0; i < DRAWS; i++) {
		uint32_t n = picker_next(&picker);

		assert_true(n < len);
		count[n]++;
	}
	for (uint32_t i = 0; i < len; i++)
		sum += 1.0 / (i + 1);
	for (uint32_t i = 0; i < len; i++) {
		double wanted = DRAWS / (sum * (i + 1));

		if (i < 10) {
			assert_true(count[i] > wanted * 0.98 - 5 && count[i] < wanted * 1.02 + 5);
		} else {
			rest += wanted;
			others += count[i];
		}
	}
	assert_true(others >= rest * 0.99 && others <= rest * 1.01);
	zipf_close(&zipf);
}

static void test_numbers_follow_the_law(void **state)
{
	static const uint32_t lens[] = {1, 2, 3, 10, 100, 999};

	for (size_t i = 0; i < ARRAY_LEN(lens); i++)
		follows_the_law(lens[i]);
}

static void test_a_million_names_all_come(void **state)
{
	struct zipf zipf;
	struct rand rand;
	uint32_t largest = 0;

	rand_init(&rand, 1);
	assert_int_equal(zipf_open(&zipf, 1000000), 0);
	for (unsigned i = 0; i < 1000000; i++) {
		uint32_t n = zipf_next(&zipf, &rand);

		assert_true(n < 1000000);
		largest = n > largest ? n : largest;
	}
	assert_true(largest > 990000);
	zipf_close(&zipf);
}

static void test_listed_and_uniform(void **state)
{
	struct picker picker;

	picker_init(&picker, PICKER_LISTED, 3, 7, NULL, 1);
	for (uint32_t i = 1; i < 10; i++)
		assert_int_equal(picker_next(&picker), i % 3);
	memset(count, 0, sizeof(count));
	picker_init(&picker, PICKER_UNIFORM, 10, 0, NULL, 1);
	for (unsigned i = 0; i < 100000; i++)
		count[picker_next(&picker)]++;
	for (unsigned i = 0; i < 10; i++)
		assert_in_range(count[i], 9500, 10500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_numbers_follow_the_law),
	        cmocka_unit_test(test_a_million_names_all_come),
	        cmocka_unit_test(test_listed_and_uniform),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
