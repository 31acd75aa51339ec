// Routes: which pattern takes which path, with which parameters, and what a path without the method
// allows.
#include "http_lab.h"

#include "proto/http/http_route.h"

#define GET  (1u << HTTP_GET)
#define POST (1u << HTTP_POST)
#define PUT  (1u << HTTP_PUT)

static const struct http_route routes[] = {
        {"/", GET, 1},
        {"/zones", GET | POST, 2},
        {"/zones/{text}", GET, 3},
        {"/zones/{text}", PUT, 4},
        {"/zones/{text}/records/{uint}", GET, 5},
        {"/zones/{text}/", GET, 6},
        {"/files/{rest}", GET, 7},
        {"/n/{uint}", GET, 8},
        {"/n/{text}", GET, 9},
        {0},
};

static const struct {
	const char *path;
	enum http_method method;
	const char *result; // id and parameters, or the status and what is allowed
} rows[] = {
        {"/", HTTP_GET, "1"},
        {"/", HTTP_HEAD, "1"},
        {"/", HTTP_POST, "405 GET HEAD"},
        {"/", HTTP_OPTIONS, "405 GET HEAD"},
        {"//", HTTP_GET, "404"},
        {"/zones", HTTP_POST, "2"},
        {"/zones", HTTP_OTHER, "405 GET HEAD POST"},
        {"/zone", HTTP_GET, "404"},
        {"/zonesx", HTTP_GET, "404"},
        {"/Zones", HTTP_GET, "404"},
        {"/zones/", HTTP_GET, "404"}, // a parameter is not empty
        {"/zones/a.example", HTTP_GET, "3 a.example"},
        {"/zones/a", HTTP_PUT, "4 a"},
        {"/zones/a", HTTP_DELETE, "405 GET HEAD PUT"},
        {"/zones/a/", HTTP_GET, "6 a"},
        {"/zones/a//", HTTP_GET, "404"},
        {"/zones/a/records", HTTP_GET, "404"},
        {"/zones/a/records/7", HTTP_GET, "5 a 7=7"},
        {"/zones/a/records/7/", HTTP_GET, "404"},
        {"/files/", HTTP_GET, "7 "},
        {"/files/a/b", HTTP_GET, "7 a/b"},
        {"/files", HTTP_GET, "404"},
        {"/n/0", HTTP_GET, "8 0"},
        {"/n/18446744073709551615", HTTP_GET, "8 18446744073709551615=18446744073709551615"},
        {"/n/18446744073709551616", HTTP_GET, "9 18446744073709551616"},
        {"/n/01", HTTP_GET, "9 01"},
        {"/n/-1", HTTP_GET, "9 -1"},
        {"/n/+1", HTTP_GET, "9 +1"},
};

static void print(char *text, enum http_route_result result, const struct http_route_match *match)
{
	if (result == HTTP_ROUTE_FOUND) {
		text += sprintf(text, "%u", match->id);
		for (unsigned i = 0; i < match->params_len; i++) {
			struct span param = match->params[i].text;

			text += sprintf(text, " %.*s", (int)span_left(&param), param.p);
			if (match->params[i].number)
				text += sprintf(text, "=%lu", match->params[i].number);
		}
		return;
	}
	text += sprintf(text, "%u", result == HTTP_ROUTE_NO_PATH ? 404 : 405);
	for (unsigned i = 0; i < HTTP_METHODS; i++)
		if (match->allowed >> i & 1)
			text += sprintf(text, " %s", http_method_text((enum http_method)i));
}

static void test_routes(void **state)
{
	assert_true(http_route_is_valid(routes));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct http_route_match match;
		struct span path = span_of(rows[i].path, strlen(rows[i].path));
		char text[256];

		print(text, http_route_find(routes, path, rows[i].method, &match), &match);
		if (strcmp(text, rows[i].result) != 0)
			fail_msg("%s: %s, not %s", rows[i].path, text, rows[i].result);
	}
}

static void test_patterns(void **state)
{
	static const struct {
		const char *pattern;
		bool valid;
	} cases[] = {
	        {"/", true},
	        {"/a", true},
	        {"/a/", true},
	        {"/{uint}/a", true},
	        {"/{rest}", true},
	        {"", false},
	        {"a", false},
	        {"//a", false},
	        {"/{rest}/a", false},
	        {"/{id}", false},
	        {"/a{text}", false},
	        {"/{text", false},
	        {"/{text}/{text}/{text}/{text}", true},
	        {"/{text}/{text}/{text}/{text}/{text}", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct http_route table[] = {{cases[i].pattern, GET, 1}, {0}};

		if (http_route_is_valid(table) != cases[i].valid)
			fail_msg("%s", cases[i].pattern);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_routes),
	        cmocka_unit_test(test_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
