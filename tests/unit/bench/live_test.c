// live: rates with units, and histories as bars.
#include "harness.h"

#include "apps/bench/live.h"

static void test_rates(void **state)
{
	static const struct {
		uint64_t rate;
		const char *text;
	} rows[] = {
	        {0, "0"},
	        {9999, "9999"},
	        {10000, "10.0 k"},
	        {123456, "123.4 k"},
	        {999999, "999.9 k"},
	        {1000000, "1.00 M"},
	        {12345678, "12.34 M"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[LIVE_RATE_BYTES];

		assert_string_equal(live_rate(rows[i].rate, text), rows[i].text);
	}
}

static void test_the_highest_bar_is_the_largest_value(void **state)
{
	static const uint32_t some[] = {0, 100, 50, 99, 14, 15};
	static const uint32_t zeros[] = {0, 0};
	uint32_t many[LIVE_HISTORY];
	char text[LIVE_BARS_BYTES];

	assert_string_equal(live_bars(some, ARRAY_LEN(some), text), "▁█▄▇▁▂");
	assert_string_equal(live_bars(zeros, 2, text), "▁▁");
	assert_string_equal(live_bars(some, 0, text), "");
	for (unsigned i = 0; i < LIVE_HISTORY; i++)
		many[i] = UINT32_MAX;
	assert_int_equal(strlen(live_bars(many, LIVE_HISTORY, text)), LIVE_BARS_BYTES - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_rates),
	        cmocka_unit_test(test_the_highest_bar_is_the_largest_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
