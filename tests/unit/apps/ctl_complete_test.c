// ctl_complete: the words offered for a command line that is not finished, and the history of those
// that were.
#include "harness.h"

#include "apps/boot/command_list.h"
#include "apps/ctl/complete.h"
#include "apps/ctl/history_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

// The forms, each as its words, with a bar behind each form.
static const char *forms_of(const char *usage)
{
	static char text[4096];
	struct complete_usage parsed;
	size_t len = 0;

	complete_usage_parse(&parsed, usage);
	text[0] = '\0';
	for (unsigned i = 0; i < parsed.forms; i++) {
		for (unsigned k = 0; k < parsed.tokens[i]; k++)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
			                        k ? " " : "", parsed.token[i][k]);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "|");
	}
	return text;
}

static void a_usage_stands_for_its_forms(void **state)
{
	static const struct {
		const char *usage, *forms;
	} cases[] = {
	        {"", "|"},
	        {"status", "status|"},
	        {"zone-add ORIGIN [image] FILE [temporary]",
	         "zone-add ORIGIN FILE|zone-add ORIGIN image FILE|"
	         "zone-add ORIGIN FILE temporary|zone-add ORIGIN image FILE temporary|"},
	        {"tcp [ADDRESS | trace ID]", "tcp|tcp ADDRESS|tcp trace ID|"},
	        {"log-level [error|warning]", "log-level|log-level error|log-level warning|"},
	        {"a [on [b|c] [N] | off]", "a|a on|a on b|a on c|a on N|a on b N|a on c N|a off|"},
	        {"a [[[[[[[b]]]]]]]", "a|a|a|a|a b|"},
	        {"a [b", "a|a b|"},
	        {"a ] b", "a b|"},
	        {"a [] [|]", "a|a|a|a|a|a|"},
	        {"1 2 3 4 5 6 7", "1 2 3 4 5 6|"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(forms_of(cases[i].usage), cases[i].forms);
	// More forms than there is room for.
	assert_non_null(forms_of("a [b] [c] [d] [e] [f] [g] [h|i|j|k|l|m|n|o|p|q|r|s|t|u|v|w]"));
}

static unsigned asked;

static json_t *reply_to(void *ctx, const char *command)
{
	static const struct {
		const char *command, *reply;
	} replies[] = {
	        {"help", "{\"commands\": [{\"command\": \"status\"}, {\"command\": \"zone-status "
	                 "ORIGIN\"}, {\"command\": \"zones [stale] [after ORIGIN]\"},"
	                 "{\"command\": 5}, {}, {\"command\": \"zone-add ORIGIN [image] FILE "
	                 "[temporary]\"}]}"},
	        {"zones", "{\"zones\": [{\"origin\": \"example.org.\"}, {\"origin\": "
	                  "\"example.net.\"}, {\"origin\": 7}, {\"origin\": \"a.test.\"}]}"},
	        {"tcp", "{\"tcp\": [{\"id\": \"0.17\"}, {\"id\": \"1.3\"}]}"},
	};

	asked++;
	for (size_t i = 0; i < ARRAY_LEN(replies); i++)
		if (strcmp(replies[i].command, command) == 0)
			return json_loads(replies[i].reply, 0, NULL);
	return NULL;
}

static const struct cmdline_option options[] = {
        {"json", 0, CMDLINE_FLAG, 0, .help = "x"},
        {"timeout", 0, CMDLINE_NUMBER, 0, "SECONDS", 1, 2, "x"},
        {"color", 0, CMDLINE_TEXT, 0, "always|never|auto", .help = "x"},
        {0},
};

// The words offered for the last of those of the line, joined by spaces, then "FILE" if a file is.
static const char *offered(const char *line, bool running)
{
	static char text[4096], copy[256];
	struct complete complete = {command_list, options, running ? reply_to : NULL};
	const char *word[16];
	unsigned len = 0;
	bool files;
	json_t *words, *value;
	size_t i, at = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *c = copy, *next; c; c = next) {
		next = strchr(c, ' ');
		if (next)
			*next++ = '\0';
		word[len++] = c;
	}
	complete.word = word;
	complete.words_len = len - 1;
	complete.last = word[len - 1];
	words = complete_words(&complete, &files);
	text[0] = '\0';
	json_array_foreach (words, i, value)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", at ? " " : "",
		                       json_string_value(value));
	if (files)
		snprintf(text + at, sizeof(text) - at, "%sFILE", at ? " " : "");
	json_decref(words);
	return text;
}

static void words_are_those_that_may_follow(void **state)
{
	static const struct {
		const char *line, *words;
	} cases[] = {
	        {"sta", "stats status"},
	        {"zo", "zone-add zone-status zones"},
	        {"zone-status ", "a.test. example.net. example.org."},
	        {"zone-status exa", "example.net. example.org."},
	        {"zone-status example.org. ", ""},
	        {"zones ", "after stale"},
	        {"zones stale ", "after"},
	        {"zones after e", "example.net. example.org."},
	        {"zones stale after a", "a.test."},
	        {"zone-add new. ", "image FILE"},
	        {"zone-add new. x.zone t", "temporary"},
	        {"zone-add new. image x ", "temporary"},
	        {"log-level ", "debug error info warning"},
	        {"metrics o", "openmetrics"},
	        {"tcp ", "trace"},
	        {"top-talkers ", "off on"},
	        {"top-talkers on ", "client name packets prefix zone"},
	        {"top-talkers on prefix 5 ", "packets"},
	        {"tcp trace ", "0.17 1.3"},
	        {"tcp trace 1", "1.3"},
	        {"reload e", "example.net. example.org."},
	        {"status ", ""},
	        {"no-such-command ", ""},
	        {"status --", "--color --json --timeout"},
	        {"status --j", "--json"},
	        {"-", "--color --json --timeout"},
	        {"status --color ", "always auto never"},
	        {"--color n", "never"},
	        {"--timeout ", ""},
	        {"--timeout 5 log-level --json d", "debug"},
	        {"--json sta", "stats status"},
	        {"a b c d e f g h i j ", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(offered(cases[i].line, true), cases[i].words);
}

static void without_an_appliance_the_common_commands_are_offered(void **state)
{
	assert_string_equal(offered("sta", false), "stats status");
	assert_string_equal(offered("zo", false), "");
	assert_string_equal(offered("log-level w", false), "warning");
	assert_string_equal(offered("reload ", false), "");
}

// A command that is known is not asked for.
static void an_appliance_is_asked_for_what_it_alone_knows(void **state)
{
	asked = 0;
	offered("log-level ", true);
	offered("status --js", true);
	assert_int_equal(asked, 0);
	offered("zone-status ", true);
	assert_int_equal(asked, 2);
}

static char folder[] = "/tmp/wadi-history-XXXXXX";
static char lines[16384];
static unsigned lines_len;

static void line_take(void *ctx, const char *line)
{
	lines_len++;
	snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines), "%s|", line);
}

static const char *history_of(const char *path)
{
	lines[0] = '\0';
	lines_len = 0;
	history_file_read(path, line_take, NULL);
	return lines;
}

static void a_history_is_kept_for_its_user_alone(void **state)
{
	char path[HISTORY_FILE_PATH_BYTES], wanted[HISTORY_FILE_PATH_BYTES];
	struct stat of;

	assert_non_null(mkdtemp(folder));
	setenv("HOME", folder, 1);
	unsetenv("XDG_STATE_HOME");
	assert_true(history_file_path(path));
	snprintf(wanted, sizeof(wanted), "%s/.local/state/wadi/ctl_history", folder);
	assert_string_equal(path, wanted);
	assert_string_equal(history_of(path), "");
	history_file_add(path, "status");
	history_file_add(path, "zones stale");
	assert_string_equal(history_of(path), "status|zones stale|");
	assert_int_equal(stat(path, &of), 0);
	assert_int_equal(of.st_mode & 0777, 0600);
	for (unsigned i = 0; i < 2 * HISTORY_FILE_LINES; i++)
		history_file_add(path, "x");
	history_of(path);
	assert_int_equal(lines_len, HISTORY_FILE_LINES);
	assert_int_equal(stat(path, &of), 0);
	assert_int_equal(of.st_size, 2 * HISTORY_FILE_LINES); // cut to these, of two bytes
	assert_int_equal(of.st_mode & 0777, 0600);
}

static void a_history_that_cannot_be_kept_is_none(void **state)
{
	char path[HISTORY_FILE_PATH_BYTES], home[HISTORY_FILE_PATH_BYTES + 1];

	setenv("XDG_STATE_HOME", "/state", 1);
	assert_true(history_file_path(path));
	assert_string_equal(path, "/state/wadi/ctl_history");
	setenv("XDG_STATE_HOME", "relative", 1);
	unsetenv("HOME");
	assert_false(history_file_path(path));
	memset(home, '/', sizeof(home));
	home[sizeof(home) - 1] = '\0';
	setenv("HOME", home, 1);
	assert_false(history_file_path(path));
	history_file_add("/proc/none/history", "x");
	history_file_add("/dev/full", "x");
	history_file_add("/", "x");
	assert_string_equal(history_of("/"), "");
	assert_string_equal(history_of("/dev/zero"), "");
}

static int remove_folder(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r '%s'", folder);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_usage_stands_for_its_forms),
	        cmocka_unit_test(words_are_those_that_may_follow),
	        cmocka_unit_test(without_an_appliance_the_common_commands_are_offered),
	        cmocka_unit_test(an_appliance_is_asked_for_what_it_alone_knows),
	        cmocka_unit_test_teardown(a_history_is_kept_for_its_user_alone, remove_folder),
	        cmocka_unit_test(a_history_that_cannot_be_kept_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
