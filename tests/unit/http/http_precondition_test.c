// Preconditions (RFC 9110 section 13): a row for each clause, of a file that has the tag "a" and
// was changed at 08:49:37.
#include "http_parsed.h"

#include "proto/http/http_precondition.h"

#define MODIFIED_S UINT64_C(784111777)
#define NOW_S      (MODIFIED_S + 3600)
#define BEFORE     "Sun, 06 Nov 1994 08:49:36 GMT"
#define AT         "Sun, 06 Nov 1994 08:49:37 GMT"
#define AFTER      "Sun, 06 Nov 1994 08:49:38 GMT"

static struct http_validator validator(const char *etag)
{
	return (struct http_validator){.etag = span_of(etag, strlen(etag)),
	                               .modified_s = MODIFIED_S,
	                               .has_modified = true};
}

static const struct {
	const char *clause, *method, *etag, *fields;
	enum http_precondition result;
} rows[] = {
        {"none", "GET", "\"a\"", "", HTTP_PROCEED},
        {"13.1.1: it matches", "PUT", "\"a\"", "If-Match: \"a\"\r\n", HTTP_PROCEED},
        {"13.1.1: one of several", "PUT", "\"a\"", "If-Match: \"x\", \"a\"\r\n", HTTP_PROCEED},
        {"13.1.1: in several fields", "PUT", "\"a\"", "If-Match: \"x\"\r\nIf-Match: \"a\"\r\n",
         HTTP_PROCEED},
        {"13.1.1: a comma in a tag", "PUT", "\"b,a\"", "If-Match: \"b,a\"\r\n", HTTP_PROCEED},
        {"13.1.1: none of them", "PUT", "\"a\"", "If-Match: \"x\", \"A\"\r\n", HTTP_FAILED},
        {"13.1.1: of GET, too", "GET", "\"a\"", "If-Match: \"x\"\r\n", HTTP_FAILED},
        {"13.1.1: any", "PUT", "\"a\"", "If-Match: *\r\n", HTTP_PROCEED},
        {"13.1.1: a weak tag matches nothing", "PUT", "\"a\"", "If-Match: W/\"a\"\r\n",
         HTTP_FAILED},
        {"13.1.1: nor does the file's", "PUT", "W/\"a\"", "If-Match: W/\"a\"\r\n", HTTP_FAILED},
        {"13.1.1: though the client's is strong", "PUT", "W/\"a\"", "If-Match: \"a\"\r\n",
         HTTP_FAILED},
        {"13.1.1: a file without a tag", "PUT", "", "If-Match: \"\"\r\n", HTTP_FAILED},
        {"13.1.2: the client has it", "GET", "\"a\"", "If-None-Match: \"a\"\r\n",
         HTTP_NOT_MODIFIED},
        {"13.1.2: of HEAD", "HEAD", "\"a\"", "If-None-Match: \"a\"\r\n", HTTP_NOT_MODIFIED},
        {"13.1.2: of others", "PUT", "\"a\"", "If-None-Match: \"a\"\r\n", HTTP_FAILED},
        {"13.1.2: the client has another", "GET", "\"a\"", "If-None-Match: \"x\"\r\n",
         HTTP_PROCEED},
        {"13.1.2: a weak tag will do", "GET", "\"a\"", "If-None-Match: W/\"a\"\r\n",
         HTTP_NOT_MODIFIED},
        {"13.1.2: a file's weak tag, too", "GET", "W/\"a\"", "If-None-Match: \"a\"\r\n",
         HTTP_NOT_MODIFIED},
        {"13.1.2: any", "PUT", "\"a\"", "If-None-Match: *\r\n", HTTP_FAILED},
        {"13.1.3: not changed since", "GET", "\"a\"", "If-Modified-Since: " AT "\r\n",
         HTTP_NOT_MODIFIED},
        {"13.1.3: nor since later", "GET", "\"a\"", "If-Modified-Since: " AFTER "\r\n",
         HTTP_NOT_MODIFIED},
        {"13.1.3: changed since", "GET", "\"a\"", "If-Modified-Since: " BEFORE "\r\n",
         HTTP_PROCEED},
        {"13.1.3: no date", "GET", "\"a\"", "If-Modified-Since: today\r\n", HTTP_PROCEED},
        {"13.1.3: of GET and HEAD alone", "POST", "\"a\"", "If-Modified-Since: " AT "\r\n",
         HTTP_PROCEED},
        {"13.1.3: not beside If-None-Match", "GET", "\"a\"",
         "If-Modified-Since: " AT "\r\nIf-None-Match: \"x\"\r\n", HTTP_PROCEED},
        {"13.1.4: not changed since", "PUT", "\"a\"", "If-Unmodified-Since: " AT "\r\n",
         HTTP_PROCEED},
        {"13.1.4: changed since", "PUT", "\"a\"", "If-Unmodified-Since: " BEFORE "\r\n",
         HTTP_FAILED},
        {"13.1.4: no date", "PUT", "\"a\"", "If-Unmodified-Since: today\r\n", HTTP_PROCEED},
        {"13.1.4: not beside If-Match", "PUT", "\"a\"",
         "If-Unmodified-Since: " BEFORE "\r\nIf-Match: \"a\"\r\n", HTTP_PROCEED},
        {"13.2.2: If-Match comes first", "GET", "\"a\"",
         "If-None-Match: \"a\"\r\nIf-Match: \"x\"\r\n", HTTP_FAILED},
        {"13.2.2: then the others", "GET", "\"a\"", "If-None-Match: \"a\"\r\nIf-Match: \"a\"\r\n",
         HTTP_NOT_MODIFIED},
};

static void test_preconditions(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct http_validator file = validator(rows[i].etag);
		enum http_precondition got = http_precondition_check(
		        parsed(rows[i].method, rows[i].fields), &file, NOW_S);

		if (got != rows[i].result)
			fail_msg("%s: %d", rows[i].clause, got);
	}
}

static void test_missing(void **state)
{
	const struct http_validator none = {.missing = true};

	assert_int_equal(http_precondition_check(parsed("PUT", "If-Match: *\r\n"), &none, NOW_S),
	                 HTTP_FAILED);
	assert_int_equal(
	        http_precondition_check(parsed("PUT", "If-None-Match: *\r\n"), &none, NOW_S),
	        HTTP_PROCEED);
}

// Without Last-Modified no date counts.
static void test_no_date(void **state)
{
	struct http_validator file = validator("\"a\"");

	file.has_modified = false;
	assert_int_equal(http_precondition_check(parsed("GET", "If-Modified-Since: " AFTER "\r\n"),
	                                         &file, NOW_S),
	                 HTTP_PROCEED);
	assert_false(http_precondition_range(parsed("GET", "If-Range: " AT "\r\n"), &file, NOW_S));
}

static void test_if_range(void **state)
{
	static const struct {
		const char *etag, *fields;
		uint64_t now_s;
		bool counts;
	} cases[] = {
	        {"\"a\"", "", NOW_S, true},
	        {"\"a\"", "If-Range: \"a\"\r\n", NOW_S, true},
	        {"\"a\"", "If-Range: \"b\"\r\n", NOW_S, false},
	        {"\"a\"", "If-Range: W/\"a\"\r\n", NOW_S, false},
	        {"W/\"a\"", "If-Range: W/\"a\"\r\n", NOW_S, false},
	        {"\"a\"", "If-Range: " AT "\r\n", NOW_S, true},
	        {"\"a\"", "If-Range: " AFTER "\r\n", NOW_S, false},
	        {"\"a\"", "If-Range: " BEFORE "\r\n", NOW_S, false},
	        {"\"a\"", "If-Range: " AT "\r\n", MODIFIED_S + 59, false},
	        {"\"a\"", "If-Range: " AT "\r\n", MODIFIED_S + 60, true},
	        {"\"a\"", "If-Range: a\r\n", NOW_S, false},
	        {"\"a\"", "If-Range:\r\n", NOW_S, false},
	        {"\"a\"", "If-Range: \"a\"\r\nIf-Range: \"a\"\r\n", NOW_S, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct http_validator file = validator(cases[i].etag);

		if (http_precondition_range(parsed("GET", cases[i].fields), &file,
		                            cases[i].now_s) != cases[i].counts)
			fail_msg("row %zu: %s", i, cases[i].fields);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_preconditions),
	        cmocka_unit_test(test_missing),
	        cmocka_unit_test(test_no_date),
	        cmocka_unit_test(test_if_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
