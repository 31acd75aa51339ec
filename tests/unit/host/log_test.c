// log: the form of lines, levels, and the limit of each place that logs.
#include "harness.h"

#include "core/host/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int ends[2];
static char got[4096];

static int setup(void **state)
{
	unsetenv("JOURNAL_STREAM");
	log_set_timestamps(LOG_TIMESTAMPS_NEVER);
	log_set_level(LOG_INFO);
	if (pipe(ends) != 0)
		return -errno;
	log_init("wadi-test", ends[1]);
	return 0;
}

static int teardown(void **state)
{
	log_init("wadi-test", STDERR_FILENO);
	close(ends[0]);
	close(ends[1]);
	return 0;
}

// All that was logged since the last call.
static const char *logged(void)
{
	ssize_t n;

	assert_int_equal(write(ends[1], "", 1), 1);
	n = read(ends[0], got, sizeof(got) - 1);
	assert_true(n > 0);
	got[n - 1] = '\0';
	return got;
}

static void test_lines_name_the_program_and_the_level(void **state)
{
	log_error("port %d is gone", 3);
	log_warning("zone %s is old", "example.org");
	log_info("ready");
	log_debug("not shown");
	assert_string_equal(logged(), "wadi-test: error: port 3 is gone\n"
	                              "wadi-test: warning: zone example.org is old\n"
	                              "wadi-test: ready\n");
}

static void test_a_level_can_be_set_by_name(void **state)
{
	enum log_level level;

	for (unsigned i = 0; i < LOG_LEVELS; i++) {
		assert_true(log_level_parse(log_level_name((enum log_level)i), &level));
		assert_int_equal(level, i);
	}
	assert_false(log_level_parse("loud", &level));
	log_set_level(LOG_DEBUG);
	assert_int_equal(log_get_level(), LOG_DEBUG);
	log_debug("shown");
	assert_string_equal(logged(), "wadi-test: debug: shown\n");
	log_set_level(LOG_ERROR);
	log_warning("not shown");
	assert_string_equal(logged(), "");
}

// As if journald read what is written to the descriptor.
static void begin_journal(int fd)
{
	struct stat stat;
	char stream[64];

	assert_int_equal(fstat(fd, &stat), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)stat.st_dev, (uintmax_t)stat.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_init("wadi-test", fd);
}

static void test_journald_gets_priorities(void **state)
{
	begin_journal(ends[1]);
	log_error("e");
	log_warning("w");
	log_info("i");
	assert_string_equal(logged(), "<3>e\n<4>w\n<6>i\n");
	// The variable of a parent whose output goes elsewhere.
	begin_journal(STDIN_FILENO);
	log_init("wadi-test", ends[1]);
	log_info("i");
	assert_string_equal(logged(), "wadi-test: i\n");
}

// Whether the text begins with a time such as "2026-11-28T22:31:05.123Z ".
static bool has_time(const char *text)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd.dddZ ";

	for (size_t i = 0; form[i]; i++)
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return false;
	return true;
}

#define TIME_LEN strlen("2026-11-28T22:31:05.123Z ")

static void test_lines_have_times_where_no_journal_adds_them(void **state)
{
	log_set_timestamps(LOG_TIMESTAMPS_AUTO);
	log_error("e");
	assert_true(has_time(logged()));
	assert_string_equal(got + TIME_LEN, "wadi-test: error: e\n");
	begin_journal(ends[1]);
	log_error("e");
	assert_string_equal(logged(), "<3>e\n");
	log_set_timestamps(LOG_TIMESTAMPS_ALWAYS);
	log_error("e");
	assert_memory_equal(logged(), "<3>", 3);
	assert_true(has_time(got + 3));
	assert_string_equal(got + 3 + TIME_LEN, "e\n");
	log_set_timestamps(LOG_TIMESTAMPS_NEVER);
	log_error("e");
	assert_string_equal(logged(), "<3>e\n");
}

static void test_a_line_stays_one_line(void **state)
{
	char text[3000];

	log_info("a\nb\tc");
	assert_string_equal(logged(), "wadi-test: a?b?c\n");
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	log_info("%s", text);
	assert_in_range(strlen(logged()), 900, 1024);
	assert_int_equal(got[strlen(got) - 1], '\n');
}

static void test_each_place_is_limited_on_its_own(void **state)
{
	struct log_site noisy = {0}, quiet = {0};
	mono_t now = {100 * LOG_WINDOW_US};

	for (int i = 0; i < LOG_BURST; i++)
		log_write(&noisy, LOG_INFO, now, "n");
	assert_int_equal(strlen(logged()), LOG_BURST * strlen("wadi-test: n\n"));
	for (int i = 0; i < 7; i++)
		log_write(&noisy, LOG_INFO, now, "n");
	log_write(&quiet, LOG_INFO, now, "q");
	assert_string_equal(logged(), "wadi-test: q\n");
	log_write(&noisy, LOG_INFO, mono_add(now, LOG_WINDOW_US), "n");
	log_write(&noisy, LOG_INFO, mono_add(now, LOG_WINDOW_US), "n");
	assert_string_equal(logged(), "wadi-test: n (7 more of these were held back)\n"
	                              "wadi-test: n\n");
}

#define LOG_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        LOG_TEST(test_lines_name_the_program_and_the_level),
	        LOG_TEST(test_a_level_can_be_set_by_name),
	        LOG_TEST(test_journald_gets_priorities),
	        LOG_TEST(test_lines_have_times_where_no_journal_adds_them),
	        LOG_TEST(test_a_line_stays_one_line),
	        LOG_TEST(test_each_place_is_limited_on_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
