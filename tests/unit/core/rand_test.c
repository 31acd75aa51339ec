// rand: known values, the same sequence from the same seed, and the bounds and
// evenness of what is derived from it.
#include "harness.h"

#include "core/host/seed.h"
#include "core/rand.h"

static void test_a_state_of_one_two_three_four(void **state)
{
	// The first outputs of xoshiro256** from this state can be had by hand:
	// s[1] is 2, so 2 * 5 rotated by 7, times 9.
	struct rand rand = {{1, 2, 3, 4}};

	assert_int_equal(rand_u64(&rand), (2 * 5 << 7) * 9);
	assert_int_equal(rand_u64(&rand), 0);
	assert_int_equal(rand_u64(&rand), 1509978240);
}

static void test_a_seed_repeats_and_seeds_differ(void **state)
{
	static const uint64_t seeds[] = {0, 1, 2, UINT64_MAX};

	for (size_t i = 0; i < ARRAY_LEN(seeds); i++) {
		struct rand a, b, other;

		rand_init(&a, seeds[i]);
		rand_init(&b, seeds[i]);
		rand_init(&other, seeds[i] + 1);
		assert_int_not_equal(rand_u64(&a), rand_u64(&other));
		(void)rand_u64(&b);
		for (int k = 0; k < 100; k++)
			assert_int_equal(rand_u64(&a), rand_u64(&b));
	}
}

static void test_splitmix_fills_the_state(void **state)
{
	struct rand rand;

	rand_init(&rand, 0);
	assert_int_equal(rand.s[0], UINT64_C(0xe220a8397b1dcdaf));
	assert_int_equal(rand.s[1], UINT64_C(0x6e789e6aa1b965f4));
}

static void test_below_is_even(void **state)
{
	unsigned seen[10] = {0};
	struct rand rand;

	rand_init(&rand, 7);
	for (int i = 0; i < 100000; i++)
		seen[rand_below(&rand, 10)]++; // a value out of bounds is ASan's
	for (int i = 0; i < 10; i++)
		assert_in_range(seen[i], 9500, 10500);
	assert_int_equal(rand_below(&rand, 1), 0);
	for (int i = 0; i < 1000; i++)
		assert_true(rand_below(&rand, UINT64_C(3) << 62) < UINT64_C(3) << 62);
}

static void test_chance_meets_its_probability(void **state)
{
	static const struct {
		uint64_t p_q32;
		unsigned min, max;
	} cases[] = {
	        {0, 0, 0},
	        {UINT64_C(1) << 32, 100000, 100000},
	        {UINT64_C(1) << 31, 49000, 51000},
	        {(UINT64_C(1) << 32) / 100, 850, 1150},
	};
	struct rand rand;

	rand_init(&rand, 8);
	for (size_t c = 0; c < ARRAY_LEN(cases); c++) {
		unsigned hits = 0;

		for (int i = 0; i < 100000; i++)
			hits += rand_chance(&rand, cases[c].p_q32);
		assert_in_range(hits, cases[c].min, cases[c].max);
	}
}

static void test_the_kernel_gives_another_seed_each_time(void **state)
{
	assert_int_not_equal(seed_os(), seed_os());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_state_of_one_two_three_four),
	        cmocka_unit_test(test_a_seed_repeats_and_seeds_differ),
	        cmocka_unit_test(test_splitmix_fills_the_state),
	        cmocka_unit_test(test_below_is_even),
	        cmocka_unit_test(test_chance_meets_its_probability),
	        cmocka_unit_test(test_the_kernel_gives_another_seed_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
