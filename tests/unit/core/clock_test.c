// clock: arithmetic of instants, and the scaled counter against the kernel's clock.
#include "harness.h"

#include <unistd.h>

static void test_arithmetic_saturates(void **state)
{
	mono_t t = {100};

	assert_int_equal(mono_add(t, 5).us, 105);
	assert_int_equal(mono_add(MONO_NEVER, 5).us, UINT64_MAX);
	assert_int_equal(mono_add((mono_t){UINT64_MAX - 1}, 5).us, UINT64_MAX);
	assert_int_equal(mono_until(t, (mono_t){160}), 60);
	assert_int_equal(mono_until((mono_t){160}, t), 0);
	assert_true(mono_due(t, t));
	assert_false(mono_due((mono_t){101}, t));
	assert_int_equal(mono_earlier(t, MONO_NEVER).us, 100);
}

static void test_now_never_goes_back_and_follows_the_kernel(void **state)
{
	struct clock clock;
	mono_t before, last, kernel;

	clock_init(&clock);
	last = before = clock_now(&clock);
	for (int i = 0; i < 300; i++) {
		mono_t now = clock_now(&clock);

		assert_true(now.us >= last.us);
		last = now;
		usleep(1000);
	}
	// Calibrated by now; a generous bound, for the machine is shared.
	assert_true(clock.ns_per_cycle_q32 != 0);
	kernel = clock_kernel();
	last = clock_now(&clock);
	assert_in_range(last.us + 50 * MS_US - kernel.us, 0, 100 * MS_US);
	assert_true(last.us - before.us >= 300 * MS_US);
}

static void test_a_counter_set_back_starts_over(void **state)
{
	struct clock clock;
	mono_t before;

	clock_init(&clock);
	before = clock_now(&clock);
	clock.base_cycles += UINT64_C(1) << 40; // as after a migration
	clock.ns_per_cycle_q32 = UINT64_C(1) << 31;
	assert_true(clock_now(&clock).us >= before.us);
	assert_int_equal(clock.ns_per_cycle_q32, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_arithmetic_saturates),
	        cmocka_unit_test(test_now_never_goes_back_and_follows_the_kernel),
	        cmocka_unit_test(test_a_counter_set_back_starts_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
