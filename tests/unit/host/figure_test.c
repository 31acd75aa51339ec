// figure: rates with units, and histories as bars.
#include "harness.h"

#include "core/host/figure.h"

#define MANY 40

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
	        {999999999, "999.99 M"},
	        {40000000000, "40.00 G"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[FIGURE_RATE_BYTES];

		assert_string_equal(figure_rate(rows[i].rate, text), rows[i].text);
	}
}

static void test_the_highest_bar_is_the_largest_value(void **state)
{
	static const uint32_t some[] = {0, 100, 50, 99, 14, 15};
	static const uint32_t zeros[] = {0, 0};
	uint32_t many[MANY];
	char text[FIGURE_BARS_BYTES(MANY)];

	assert_string_equal(figure_bars(some, ARRAY_LEN(some), text), "▁█▄▇▁▂");
	assert_string_equal(figure_bars(zeros, 2, text), "▁▁");
	assert_string_equal(figure_bars(some, 0, text), "");
	for (unsigned i = 0; i < MANY; i++)
		many[i] = UINT32_MAX;
	assert_int_equal(strlen(figure_bars(many, MANY, text)), FIGURE_BARS_BYTES(MANY) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_rates),
	        cmocka_unit_test(test_the_highest_bar_is_the_largest_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
