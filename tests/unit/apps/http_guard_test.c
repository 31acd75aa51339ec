// http_guard: which files are tokens, which requests bring one, and when a network is shut out.
#include "harness.h"

#include "apps/http/http_guard.h"

#include <stdio.h>

#define TOKEN "0123456789abcdef+/"

static struct span span_text(const char *text)
{
	return span_of(text, strlen(text));
}

static void test_files(void **state)
{
	static const char hundred_and_more[] = "012345678901234567890123456789012345678901234567890"
	                                       "1234567890123456789012345678901234567"
	                                       "89012345678901234567890123456789012345678";
	static const struct {
		const char *text, *why; // NULL: it is a token
	} cases[] = {
	        {TOKEN, NULL},
	        {TOKEN "\n", NULL},
	        {TOKEN "\r\n\n", NULL},
	        {"", "f: a token has 16 to 128 characters, not 0"},
	        {"short\n", "f: a token has 16 to 128 characters, not 5"},
	        {hundred_and_more, "f: a token has 16 to 128 characters, not 129"},
	        {TOKEN " " TOKEN, "f: a token is one line"},
	        {TOKEN "\n" TOKEN, "f: a token is one line"},
	        {TOKEN "\xc3\xa4", "f: a token is one line"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct http_token token;
		struct why why;
		bool is = http_guard_parse("f", span_text(cases[i].text), &token, &why);

		assert_int_equal(is, !cases[i].why);
		if (!is)
			assert_memory_equal(why.text, cases[i].why, strlen(cases[i].why));
		else
			assert_memory_equal(token.bytes, TOKEN, token.len);
	}
}

static void test_authorization(void **state)
{
	static const struct {
		const char *value;
		bool is;
	} cases[] = {
	        {"Bearer " TOKEN, true},
	        {"bEARER   " TOKEN, true},
	        {"Bearer " TOKEN "x", false},
	        {"Bearer 0123456789abcdef+", false},
	        {"Bearer 0123456789abcdef+x", false},
	        {"Bearer x123456789abcdef+/", false},
	        {"Bearer ", false},
	        {"Bearer", false},
	        {"", false},
	        {TOKEN, false},
	        {"Digest " TOKEN, false},
	        {"Basic YTowMTIzNDU2Nzg5YWJjZGVmKy8=", true},      // a:TOKEN
	        {"basic OjAxMjM0NTY3ODlhYmNkZWYrLw==", true},      // :TOKEN
	        {"Basic YTowMTIzNDU2Nzg5YWJjZGVmKy94", false},     // a:TOKENx
	        {"Basic MDEyMzQ1Njc4OWFiY2RlZisv", false},         // TOKEN
	        {"Basic YTpiOjAxMjM0NTY3ODlhYmNkZWYrLw==", false}, // a:b:TOKEN
	        {"Basic !!!!", false},
	        {"Basic", false},
	};
	struct http_token token;
	struct why why;

	assert_true(http_guard_parse("f", span_text(TOKEN), &token, &why));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(http_guard_has_token(&token, span_text(cases[i].value)),
		                 cases[i].is);
}

// Longer than a token and a user may be.
static void test_long_values(void **state)
{
	struct http_token token;
	struct why why;
	char value[4096];

	assert_true(http_guard_parse("f", span_text(TOKEN), &token, &why));
	memset(value, 'A', sizeof(value));
	memcpy(value, "Bearer ", 7);
	assert_false(http_guard_has_token(&token, span_of(value, sizeof(value))));
	memcpy(value, "Basic  ", 7);
	assert_false(http_guard_has_token(&token, span_of(value, sizeof(value))));
}

static struct addr addr_of(const char *text)
{
	struct addr addr;

	assert_true(addr_parse(text, &addr));
	return addr;
}

static void test_wrong_tokens(void **state)
{
	static struct http_guard guard;
	struct addr one = addr_of("2001:db8::1"), same = addr_of("2001:db8::2");
	struct addr other = addr_of("192.0.2.1");
	mono_t now = {1000 * SEC_US};

	for (unsigned i = 0; i < HTTP_GUARD_WRONG; i++) {
		assert_true(http_guard_allows(&guard, one, now));
		http_guard_add(&guard, i % 2 ? one : same, now);
	}
	assert_false(http_guard_allows(&guard, one, now));
	assert_false(http_guard_allows(&guard, same, now));
	assert_true(http_guard_allows(&guard, other, now));
	now = mono_add(now, HTTP_GUARD_FORGET_US);
	assert_true(http_guard_allows(&guard, one, now));
	http_guard_add(&guard, one, now);
	assert_false(http_guard_allows(&guard, one, now));
	now = mono_add(now, 3600 * SEC_US);
	for (unsigned i = 0; i < HTTP_GUARD_WRONG; i++)
		http_guard_add(&guard, one, now);
	assert_false(http_guard_allows(&guard, one, now));
}

// As many networks as there are places, and one more: the one whose fault is oldest is forgotten.
static void test_many_networks(void **state)
{
	static struct http_guard guard;
	struct addr first = addr_of("192.0.2.1");
	mono_t now = {1000 * SEC_US};
	char text[ADDR_TEXT_BYTES];

	for (unsigned i = 0; i < HTTP_GUARD_WRONG; i++)
		http_guard_add(&guard, first, now);
	for (unsigned i = 0; i < HTTP_GUARD_SOURCES; i++) {
		snprintf(text, sizeof(text), "198.51.100.%u", i);
		for (unsigned k = 0; k <= HTTP_GUARD_WRONG; k++)
			http_guard_add(&guard, addr_of(text), now);
		assert_false(http_guard_allows(&guard, addr_of(text), now));
	}
	assert_true(http_guard_allows(&guard, first, now));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_files),         cmocka_unit_test(test_authorization),
	        cmocka_unit_test(test_long_values),   cmocka_unit_test(test_wrong_tokens),
	        cmocka_unit_test(test_many_networks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
