// The text of DNS over HTTPS: the parameter of GET, the type of POST, and for how long a response
// may be kept.
#include "harness.h"

#include "apps/dns/https_query.h"

static const struct {
	const char *query, *message; // NULL: refused
} gets[] = {
        {"dns=AAAA", "\0\0\0"},
        {"dns=AAE", "\0\1"},
        {"dns=_-8", "\xff\xef"},
        {"a=b&dns=AAAA", "\0\0\0"},
        {"dns=AAAA&a=b", "\0\0\0"},
        {"dns=", ""},
        {"", NULL},
        {"a=b", NULL},
        {"dnsx=AAAA", NULL},
        {"dns=AAAA&dns=AAAA", NULL}, // which one is meant?
        {"dns=A", NULL},
        {"dns=AAF", NULL}, // bits are left over
        {"dns=AAE=", NULL},
        {"dns=AA+A", NULL},
        {"dns=AA/A", NULL},
        {"dns=AA%41", NULL},
};

static void test_get(void **state)
{
	uint8_t message[8];

	for (size_t i = 0; i < ARRAY_LEN(gets); i++) {
		struct fill out = fill_of(message, sizeof(message));
		struct span query = span_of(gets[i].query, strlen(gets[i].query));

		if (https_query_get(query, &out) != (gets[i].message != NULL))
			fail_msg("%s", gets[i].query);
		if (gets[i].message)
			assert_memory_equal(message, gets[i].message, fill_len(&out));
	}
}

static void test_get_is_bounded(void **state)
{
	uint8_t message[3];
	struct fill out = fill_of(message, sizeof(message));

	assert_true(https_query_get(span_of("dns=AAAA", 8), &out));
	out = fill_of(message, sizeof(message));
	assert_false(https_query_get(span_of("dns=AAAAAA", 10), &out));
}

static void test_type(void **state)
{
	static const char *const yes[] = {"application/dns-message", "Application/DNS-Message",
	                                  "application/dns-message ; charset=utf-8"};
	static const char *const no[] = {"", "application/dns", "application/dns-messages",
	                                 "text/plain; application/dns-message"};

	for (size_t i = 0; i < ARRAY_LEN(yes); i++)
		assert_true(https_query_is_type(span_of(yes[i], strlen(yes[i]))));
	for (size_t i = 0; i < ARRAY_LEN(no); i++)
		assert_false(https_query_is_type(span_of(no[i], strlen(no[i]))));
}

#define HEADER(answers, authorities) "\0\0\x84\0\0\1\0" answers "\0" authorities "\0\0"
#define QUESTION                     "\1a\0\0\1\0\1"
#define RECORD(ttl)                  "\xc0\x0c\0\1\0\1\0\0\0" ttl "\0\4\1\2\3\4"

static uint32_t age(const char *bytes, size_t len)
{
	return https_query_max_age(span_of(bytes, len));
}

#define AGE(bytes) age(bytes, sizeof(bytes) - 1)

static void test_max_age(void **state)
{
	assert_int_equal(
	        AGE(HEADER("\2", "\1") QUESTION RECORD("\x3c") RECORD("\x1e") RECORD("\5")), 30);
	assert_int_equal(AGE(HEADER("\0", "\1") QUESTION RECORD("\5")), 5); // the SOA of a denial
	assert_int_equal(AGE(HEADER("\0", "\0") QUESTION), 0);
	assert_int_equal(AGE(HEADER("\2", "\0") QUESTION RECORD("\x3c")), 0); // it is cut
	assert_int_equal(AGE("\0\0"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_get),
	        cmocka_unit_test(test_get_is_bounded),
	        cmocka_unit_test(test_type),
	        cmocka_unit_test(test_max_age),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
