// http_query: what is taken for parameters, and what is refused.
#include "harness.h"

#include "proto/http/http_query.h"

#include <stdio.h>

static const char long_value[] =
        "a=0123456789012345678901234567890123456789012345678901234567890123"
        "4567890123456789012345678901234567890123456789012345678901234567"
        "8901234567890123456789012345678901234567890123456789012345678901"
        "2345678901234567890123456789012345678901234567890123456789012345";

static const struct {
	const char *query, *pairs; // "[name|value]..."; with "!" at the end: refused there
} cases[] = {
        {"", ""},
        {"&&", ""},
        {"a=1", "[a|1]"},
        {"a=1&b=2", "[a|1][b|2]"},
        {"a", "[a|]"},
        {"a=", "[a|]"},
        {"=a", "[|a]"},
        {"a=b=c", "[a|b=c]"},
        {"a=1&&b", "[a|1][b|]"},
        {"a=x+y%2bz%26%3D", "[a|x y+z&=]"},
        {"%61b=%41", "[ab|A]"},
        {"from=02%3A00%3A00%3a00%3A00%3A01", "[from|02:00:00:00:00:01]"},
        {"a=%", "!"},
        {"a=%4", "!"},
        {"a=%4g", "!"},
        {"a=1&b=%00", "[a|1]!"},
        {"0123456789012345678901234567890=1", "[0123456789012345678901234567890|1]"},
        {"01234567890123456789012345678901=1", "!"},
        {long_value, "!"},
};

static void test_pairs(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct span query = span_of(cases[i].query, strlen(cases[i].query));
		enum http_query_result result;
		struct http_query_pair pair;
		char text[512] = "";
		size_t len = 0;

		while ((result = http_query_next(&query, &pair)) == HTTP_QUERY_PAIR)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "[%s|%s]",
			                        pair.name, pair.value);
		if (result == HTTP_QUERY_BAD)
			snprintf(text + len, sizeof(text) - len, "!");
		assert_string_equal(text, cases[i].pairs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_pairs)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
