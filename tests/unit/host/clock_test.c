// clock: arithmetic of instants, the scaled counter against the kernel's clock, and
// counters that jump.
#include "core/host/clock.h"
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

// A machine of the test's own: the kernel's clock, and a counter beside it.
static struct {
	uint64_t ns, cycles;
	double cycles_per_ns;
	unsigned asked;
} machine;

static uint64_t machine_ns(void)
{
	machine.asked++;
	return machine.ns;
}

// Lets time pass in steps as a worker's turns do; the clock never goes back.
static void pass(struct clock *clock, uint64_t us)
{
	for (uint64_t step_us = 500; us; us -= u64_min(us, step_us)) {
		mono_t last = clock->last;

		machine.ns += 1000 * u64_min(us, step_us);
		machine.cycles += (uint64_t)(500e3 * machine.cycles_per_ns);
		assert_true(clock_at(clock, machine.cycles, machine_ns).us >= last.us);
	}
}

static uint64_t off_us(const struct clock *clock)
{
	uint64_t us = machine.ns / 1000;

	return clock->last.us > us ? clock->last.us - us : us - clock->last.us;
}

static struct clock calibrated(void)
{
	struct clock clock = {.base_cycles = UINT64_C(1) << 50, .base_ns = SEC_US * 1000};

	memset(&machine, 0, sizeof(machine));
	machine.ns = clock.base_ns;
	machine.cycles = clock.base_cycles;
	machine.cycles_per_ns = 2.6;
	clock.last.us = SEC_US;
	pass(&clock, 1500 * MS_US);
	assert_true(clock.ns_per_cycle_q32 != 0);
	assert_in_range(off_us(&clock), 0, 1);
	return clock;
}

// A guest that was suspended, or moved to another host: the counter goes on
// anywhere and at any rate while the kernel's clock goes on where it was.
static void test_a_counter_that_jumps_is_left_behind(void **state)
{
	static const struct {
		double jump_s, rate;
	} cases[] = {
	        {0, 1},    {0.01, 1},  {0.5, 1},   {0.99, 1},   {2, 1},       {3600, 1},
	        {3e7, 1},  {-0.01, 1}, {-0.5, 1},  {-3600, 1},  {-1e5, 1},    {0, 0.5},
	        {0, 2},    {0, 1.05},  {0, 0.95},  {0, 1.2},    {3600, 0.7},  {-3600, 1.4},
	        {1e-3, 1}, {1, 1},     {100, 0.5}, {-100, 0.5}, {1e-3, 1.13},
	};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		for (uint64_t when_us = 0; when_us < SEC_US; when_us += 70 * MS_US) {
			struct clock clock = calibrated();

			pass(&clock, when_us);
			machine.cycles += (uint64_t)(int64_t)(cases[i].jump_s * 2.6e9);
			machine.cycles_per_ns *= cases[i].rate;
			for (unsigned n = 0; n < 6; n++) {
				pass(&clock, 500 * MS_US);
				assert_in_range(off_us(&clock), 0, 1100 * MS_US);
			}
			assert_in_range(off_us(&clock), 0, MS_US);
			machine.asked = 0;
			pass(&clock, 5 * SEC_US); // scaled again, or nearly so
			assert_in_range(machine.asked, 4, 6 + 200);
			assert_in_range(off_us(&clock), 0, MS_US);
		}
	}
}

// Before the first rate is known there is nothing to compare with.
static void test_a_jump_while_calibrating_is_no_rate(void **state)
{
	static const double jumps_s[] = {3600, 1e6, -3600, -1e5};

	for (unsigned i = 0; i < ARRAY_LEN(jumps_s); i++) {
		struct clock clock = {.base_cycles = UINT64_C(1) << 50, .base_ns = 1};

		memset(&machine, 0, sizeof(machine));
		machine.ns = 1;
		machine.cycles = clock.base_cycles;
		machine.cycles_per_ns = 2.6;
		pass(&clock, 50 * MS_US);
		machine.cycles += (uint64_t)(int64_t)(jumps_s[i] * 2.6e9);
		pass(&clock, 500 * MS_US);
		assert_true(clock.ns_per_cycle_q32 != 0);
		assert_in_range(off_us(&clock), 0, MS_US);
		pass(&clock, 3 * SEC_US);
		assert_in_range(off_us(&clock), 0, MS_US);
	}
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
	        cmocka_unit_test(test_a_counter_that_jumps_is_left_behind),
	        cmocka_unit_test(test_a_jump_while_calibrating_is_no_rate),
	        cmocka_unit_test(test_a_counter_set_back_starts_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
