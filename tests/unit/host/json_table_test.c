// json_table: what wadi-ctl prints of a reply, to the letter.
#include "harness.h"

#include "core/host/json_table.h"

#include <stdlib.h>

static char *printed_as(const char *json, struct json_table_look look)
{
	json_t *reply = json_loads(json, 0, NULL);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(reply);
	json_table_print(reply, look, out);
	fclose(out);
	json_decref(reply);
	return text;
}

static char *printed(const char *json, unsigned columns)
{
	return printed_as(json, (struct json_table_look){.columns = columns});
}

static void test_tables(void **state)
{
	static const struct {
		const char *json, *text;
	} cases[] = {
	        {"{}", ""},
	        {"{\"text\": \"a 1\\nb 2\\n\"}", "a 1\nb 2\n"},
	        {"{\"text\": \"a\"}", "text  a\n"},
	        {"{\"name\": \"wadi-dns\", \"uptime_s\": 5, \"up\": true}", "name      wadi-dns\n"
	                                                                    "uptime_s  5\n"
	                                                                    "up        yes\n"},
	        {"{\"drops\": [{\"name\": \"eth.short\", \"count\": 5, \"help\": \"too short\"},"
	         "             {\"name\": \"rx\", \"count\": 12345, \"help\": \"x\"}]}",
	         "name       count  help\n"
	         "eth.short      5  too short\n"
	         "rx         12345  x\n"},
	        {"{\"a\": 1, \"rows\": [{\"x\": null, \"y\": 1.25}, {\"x\": 7, \"y\": false}]}",
	         "a  1\n"
	         "\n"
	         "x    y\n"
	         "-  1.2\n"
	         "7   no\n"},
	        {"{\"tcp\": [{\"opened\": 12, \"closed\": 5}], \"workers\": [{\"n\": 1}, {\"n\": "
	         "2}]}",
	         "tcp:\n"
	         "opened  closed\n"
	         "    12       5\n"
	         "\n"
	         "n\n"
	         "1\n"
	         "2\n"},
	        {"{\"names\": [\"a\", \"b\"], \"none\": [], \"empty\": \"\", \"line\": \"a\\nb\"}",
	         "names  a b\n"
	         "none   -\n"
	         "empty  -\n"
	         "line   a?b\n"},
	        {"{\"ports\": [{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,"
	         "\"i\":9,\"j\":10,\"k\":11}, {\"a\":2,\"bb\":[\"x\"]}]}",
	         "a  1\nb  2\nc  3\nd  4\ne  5\nf  6\ng  7\nh  8\ni  9\nj  10\nk  11\n"
	         "\n"
	         "a   2\nbb  x\n"},
	        {"{\"ports\": [{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7,\"h\":8,"
	         "\"i\":9,\"j\":10,\"counters\":[{\"name\":\"copies\",\"value\":12,\"help\":\"x\"}]"
	         "},"
	         "{\"a\":2}]}",
	         "a  1\nb  2\nc  3\nd  4\ne  5\nf  6\ng  7\nh  8\ni  9\nj  10\n"
	         "\n"
	         "name    value  help\n"
	         "copies     12  x\n"
	         "\n"
	         "a  2\n"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *text = printed(cases[i].json, 0);

		assert_string_equal(text, cases[i].text);
		free(text);
	}
}

static void test_a_cell_is_bounded(void **state)
{
	char long_text[2000], json[4200];
	char *text;

	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	snprintf(json, sizeof(json), "{\"a\": \"%s\", \"b\": [\"%s\", \"y\"]}", long_text,
	         long_text);
	text = printed(json, 0);
	assert_in_range(strlen(text), 1000, 1100);
	free(text);
}

// At 40 columns, and where it does not matter.
static void test_a_terminal_is_not_exceeded(void **state)
{
	static const struct {
		const char *json, *text;
	} cases[] = {
	        {"{\"rows\": [{\"x\": \"short\", \"n\": 5, \"why\": \"it fits\"}]}",
	         "x      n  why\n"
	         "short  5  it fits\n"},
	        // The last column goes on below itself.
	        {"{\"rows\": [{\"command\": \"reload\", \"help\": \"Reads the configuration again, "
	         "and files.\"}, {\"command\": \"x\", \"help\": \"Short.\"}]}",
	         "command  help\n"
	         "reload   Reads the configuration again,\n"
	         "         and files.\n"
	         "x        Short.\n"},
	        // Too little is left beside the others: it stands below its row.
	        {"{\"rows\": [{\"origin\": \"example.org.\", \"serial\": 2026112301, "
	         "\"state\": \"served\", \"file\": \"/etc/wadi/example.org.zone\"}]}",
	         "origin            serial  state\n"
	         "    file\n"
	         "example.org.  2026112301  served\n"
	         "    /etc/wadi/example.org.zone\n"},
	        // A word that is longer than the line.
	        {"{\"path\": \"/a/very/long/path/that/no/line/holds/of/forty\"}",
	         "path  /a/very/long/path/that/no/line/hol\n"
	         "      ds/of/forty\n"},
	        // Nothing gives way: a block each row.
	        {"{\"rows\": [{\"a_long_heading\": 1, \"another_long_one\": 2, \"third\": \"x\", "
	         "\"fourth_of_them\": 4}]}",
	         "a_long_heading    1\n"
	         "another_long_one  2\n"
	         "third             x\n"
	         "fourth_of_them    4\n"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *text = printed(cases[i].json, 40);

		assert_string_equal(text, cases[i].text);
		free(text);
	}
}

#define BOLD(text) "\033[1m" text "\033[m"

// Sequences stand around cells with their padding, and change no width.
static void test_colour(void **state)
{
	static const struct {
		const char *json, *text;
	} cases[] = {
	        {"{\"state\": \"ok\", \"a\": \"ok\"}",
	         BOLD("state  ") "\033[32mok\033[m\n" BOLD("a      ") "ok\n"},
	        {"{\"checks\": [{\"check\": \"pages\", \"state\": \"warning\", \"detail\": "
	         "\"low\"},"
	         "{\"check\": \"x\", \"state\": \"failed\", \"detail\": \"no\"},"
	         "{\"check\": \"y\", \"state\": \"odd\", \"detail\": \"z\"}]}",
	         BOLD("check") "  " BOLD("state  ") "  " BOLD(
	                 "detail") "\n"
	                           "pages  \033[33mwarning\033[m  low\n"
	                           "x      \033[1;31mfailed \033[m  no\n"
	                           "y      odd      z\n"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *text = printed_as(cases[i].json, (struct json_table_look){80, true});

		assert_string_equal(text, cases[i].text);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_tables),
	        cmocka_unit_test(test_a_cell_is_bounded),
	        cmocka_unit_test(test_a_terminal_is_not_exceeded),
	        cmocka_unit_test(test_colour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
