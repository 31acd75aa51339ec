// Dates: the three forms of RFC 9110 section 5.6.7, what is none of them, and the calendar against
// the C library's.
#include "http_lab.h"

#include <time.h>

#define NOW_S UINT64_C(1790000000) // in September 2026

static const struct {
	const char *text;
	uint64_t unix_s;
} right[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
        {"Sun Nov  6 08:49:37 1994", 784111777},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Tue, 29 Feb 2000 00:00:00 GMT", 951782400},
        {"Fri, 31 Dec 9999 23:59:59 GMT", 253402300799},
        {"Fri, 30 Jun 1972 23:59:60 GMT", 78796800},      // a leap second
        {"Thursday, 31-Dec-76 00:00:00 GMT", 3376598400}, // 50 years from now: 2076
        {"Friday, 31-Dec-77 00:00:00 GMT", 252374400},    // 51: it was 1977
};

static const char *const wrong[] = {
        "",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Mon, 29 Feb 1900 00:00:00 GMT",
        "Thu, 29 Feb 2100 00:00:00 GMT",
        "Wed, 31 Dec 1969 23:59:59 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 00:60:00 GMT",
        "Sun, 06 Nov 1994 00:00:61 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sunnydays1, 06-Nov-94 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37",
        "Sun Nov 06 08:49:37 94",
        ", 06-Nov-94 08:49:37 GMT",
        "784111777",
};

static void test_forms(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(right); i++) {
		uint64_t unix_s = 1;

		if (!http_date_parse(span_of(right[i].text, strlen(right[i].text)), NOW_S,
		                     &unix_s) ||
		    unix_s != right[i].unix_s)
			fail_msg("%s: %lu", right[i].text, unix_s);
	}
}

static void test_no_dates(void **state)
{
	uint64_t unix_s;

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		if (http_date_parse(span_of(wrong[i], strlen(wrong[i])), NOW_S, &unix_s))
			fail_msg("\"%s\" is a date", wrong[i]);
}

// Each part of a day of each month of 8,030 years.
static void test_calendar(void **state)
{
	for (uint64_t s = 0; s <= UINT64_C(253402300799); s += 1299709 * UINT64_C(2)) {
		char text[HTTP_DATE_BYTES + 1] = {0}, want[64];
		time_t when = (time_t)s;
		uint64_t again = 1;
		struct tm tm;

		http_date_text(s, text);
		strftime(want, sizeof(want), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&when, &tm));
		assert_string_equal(text, want);
		assert_true(http_date_parse(span_of(text, HTTP_DATE_BYTES), NOW_S, &again));
		assert_int_equal(again, s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_forms),
	        cmocka_unit_test(test_no_dates),
	        cmocka_unit_test(test_calendar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
