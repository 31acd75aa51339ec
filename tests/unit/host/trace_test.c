// trace: a process that dies in the midst of its work leaves its last records in the
// file; what the next start, an orderly end and a stranger's file come to.
#include "harness.h"

#include "core/host/trace_map.h"
#include "core/host/trace_report.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/wadi-trace-XXXXXX", path[64], kept[64];
static struct trace_map map;
static struct why why;

static int make_folder(void **state)
{
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/trace", folder);
	snprintf(kept, sizeof(kept), "%s/trace.last", folder);
	return 0;
}

static int remove_folder(void **state)
{
	return rmdir(folder);
}

static int clean(void **state)
{
	unlink(path);
	unlink(kept);
	why.text[0] = '\0';
	return 0;
}

static int open_map(const char *file, uint64_t records)
{
	const struct trace_conf conf = {file, records};

	return trace_map_open(&map, &conf, "wadi-toy", 2, &why);
}

// A process that records and is killed by the signal before it is done.
static void die(int number)
{
	const struct rlimit no_core = {0, 0};
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		struct trace trace[2];

		setrlimit(RLIMIT_CORE, &no_core);
		signal(number, SIG_DFL);
		if (open_map(path, 16) != 0)
			_exit(1);
		trace_map_attach(&map, 0, "worker0", &trace[0], (mono_t){map.file->mono_us});
		trace_map_attach(&map, 1, "control", &trace[1], (mono_t){map.file->mono_us + 1});
		for (uint16_t i = 0; i < 1000; i++)
			trace_add(&trace[0], TRACE_LISTEN, i, 0);
		trace_add(&trace[1], TRACE_SIGNAL, (uint16_t)number, 0);
		raise(number);
		_exit(2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), number);
}

// The rows of a file, owned by the reply.
static json_t *rows_of(const char *file, uint64_t lines, json_t **reply)
{
	*reply = json_object();
	assert_int_equal(trace_report_file(file, lines, *reply, &why), 0);
	assert_string_equal(json_string_value(json_object_get(*reply, "program")), "wadi-toy");
	return json_object_get(*reply, "records");
}

static const char *cell(const json_t *rows, size_t i, const char *key)
{
	return json_string_value(json_object_get(json_array_get(rows, i), key));
}

static void assert_last_words(const char *file, int number)
{
	json_t *reply, *rows = rows_of(file, 3, &reply);
	char want[32];

	snprintf(want, sizeof(want), "number=%d", number);
	assert_int_equal(json_array_size(rows), 3);
	assert_string_equal(cell(rows, 0, "arguments"), "udp=998");
	assert_string_equal(cell(rows, 1, "arguments"), "udp=999");
	assert_string_equal(cell(rows, 1, "thread"), "worker0");
	assert_string_equal(cell(rows, 2, "thread"), "control");
	assert_string_equal(cell(rows, 2, "event"), "signal");
	assert_string_equal(cell(rows, 2, "arguments"), want);
	json_decref(reply);
	rows = rows_of(file, UINT64_MAX, &reply);
	assert_int_equal(json_array_size(rows), 16);
	json_decref(reply);
}

static void test_a_crash_leaves_the_last_records(void **state)
{
	static const int numbers[] = {SIGSEGV, SIGKILL, SIGABRT};

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		die(numbers[i]);
		assert_last_words(path, numbers[i]);
	}
	// Each kept the file of the one before.
	assert_last_words(kept, SIGKILL);
}

static void test_the_next_start_keeps_the_file_of_a_crash(void **state)
{
	struct stat stat;

	die(SIGKILL);
	assert_int_equal(open_map(path, 4096), 0);
	assert_true(map.crashed);
	assert_last_words(kept, SIGKILL);
	assert_int_equal(map.file->records, 4096);
	trace_map_close(&map);
	assert_int_equal(lstat(path, &stat), -1);
	assert_last_words(kept, SIGKILL);
	assert_int_equal(open_map(path, 16), 0);
	assert_false(map.crashed);
	trace_map_close(&map);
	trace_map_close(&map); // harmless
}

static void test_two_processes_do_not_share_a_file(void **state)
{
	struct trace_map first;

	assert_int_equal(open_map(path, 16), 0);
	first = map;
	assert_int_equal(open_map(path, 16), -EADDRINUSE);
	assert_non_null(strstr(why.text, "a running process writes"));
	trace_map_close(&first);
}

// As between two processes of a handover: the first leaves the name to the second.
static void test_a_process_takes_the_place_of_another(void **state)
{
	const struct trace_conf conf = {.file = path, .records = 16};
	struct trace_map first;
	struct stat stat;
	char next[80];

	snprintf(next, sizeof(next), "%s.next", path);
	assert_int_equal(open_map(path, 16), 0);
	first = map;
	assert_int_equal(trace_map_open_beside(&map, &conf, "wadi-toy", 2, &why), 0);
	assert_int_equal(lstat(next, &stat), 0);
	assert_int_equal(trace_map_settle(&map, &conf, &why), 0);
	assert_int_equal(lstat(next, &stat), -1);
	trace_map_close(&first);
	assert_int_equal(lstat(path, &stat), 0);
	trace_map_close(&map);
	assert_int_equal(lstat(path, &stat), -1);
	// It fails before it takes the name.
	assert_int_equal(open_map(path, 16), 0);
	first = map;
	assert_int_equal(trace_map_open_beside(&map, &conf, "wadi-toy", 2, &why), 0);
	trace_map_close(&map);
	assert_int_equal(lstat(next, &stat), -1);
	assert_int_equal(lstat(path, &stat), 0);
	trace_map_close(&first);
	assert_int_equal(lstat(path, &stat), -1);
}

static void test_paths_that_cannot_be(void **state)
{
	struct stat stat;

	assert_int_equal(open_map("/nonexistent/trace", 16), -ENOENT);
	assert_non_null(strstr(why.text, "trace.file: /nonexistent/trace: No such file"));
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_int_equal(open_map(path, 16), -ELOOP);
	assert_int_equal(lstat(path, &stat), 0); // stays as it was
	assert_true(S_ISLNK(stat.st_mode));
}

static void test_memory_alone_is_reported_while_it_is_written(void **state)
{
	json_t *reply = json_object();
	struct trace trace;

	assert_int_equal(open_map("", 17), 0);
	assert_int_equal(map.file->records, 32);
	trace_map_attach(&map, 1, "a-name-that-is-too-long", &trace, (mono_t){0});
	trace_add(&trace, TRACE_LINK, 1, 2);
	assert_int_equal(trace_report(map.file, 10, reply, &why), 0);
	assert_string_equal(cell(json_object_get(reply, "records"), 0, "time"), "-");
	assert_string_equal(cell(json_object_get(reply, "records"), 0, "thread"),
	                    "a-name-that-is-");
	assert_string_equal(cell(json_object_get(reply, "records"), 0, "arguments"),
	                    "iface=1 generation=2");
	json_decref(reply);
	trace_map_close(&map);
}

static void test_time_is_the_clock_on_the_wall(void **state)
{
	static const struct {
		uint64_t unix_us, us;
		const char *text;
	} cases[] = {
	        {UINT64_C(1767225599) * SEC_US, 500 + SEC_US + 7, "2026-01-01 00:00:00.000007"},
	        {UINT64_C(1767225600) * SEC_US, 499, "2025-12-31 23:59:59.999999"},
	        {UINT64_MAX / 2, 501, "?"},
	        {UINT64_C(1) << 60, 500, "?"},
	};
	struct trace trace;

	assert_int_equal(open_map("", 16), 0);
	map.file->mono_us = 500;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		json_t *reply = json_object();

		map.file->unix_us = cases[i].unix_us;
		trace_map_attach(&map, 0, "w", &trace, (mono_t){cases[i].us});
		trace_add(&trace, TRACE_LISTEN, 1, 2);
		assert_int_equal(trace_report(map.file, 1, reply, &why), 0);
		assert_string_equal(cell(json_object_get(reply, "records"), 0, "time"),
		                    cases[i].text);
		json_decref(reply);
	}
	trace_map_close(&map);
}

static void write_file(const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

static void assert_refused(const char *file, int err, const char *says)
{
	json_t *reply = json_object();

	assert_int_equal(trace_report_file(file, 1, reply, &why), err);
	assert_non_null(strstr(why.text, file));
	assert_non_null(strstr(why.text, says));
	assert_int_equal(json_object_size(reply), 0);
	json_decref(reply);
}

static void test_files_that_are_no_trace(void **state)
{
	assert_refused(path, -ENOENT, "No such file");
	assert_refused(folder, -EINVAL, "no trace");
	assert_refused("/dev/zero", -EINVAL, "no trace");
	write_file("", 0);
	assert_refused(path, -EINVAL, "no trace");
	write_file("hello", 5);
	assert_refused(path, -EINVAL, "no trace");
	die(SIGKILL);
	assert_int_equal(truncate(path, 300), 0);
	assert_refused(path, -EINVAL, "cut off");
}

static void test_how_many_lines(void **state)
{
	static const struct {
		const char *word;
		bool sound;
		uint64_t lines;
	} cases[] = {{NULL, true, TRACE_REPORT_LINES},
	             {"0", true, 0},
	             {"1000", true, 1000},
	             {"", false, 0},
	             {"-1", false, 0},
	             {" 1", false, 0},
	             {"1x", false, 0},
	             {"99999999999999999999", false, 0}};
	uint64_t lines;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(trace_report_lines(cases[i].word, &lines), cases[i].sound);
		if (cases[i].sound)
			assert_int_equal(lines, cases[i].lines);
	}
}

#define TRACE_TEST(fn) cmocka_unit_test_setup_teardown(fn, NULL, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TRACE_TEST(test_a_crash_leaves_the_last_records),
	        TRACE_TEST(test_the_next_start_keeps_the_file_of_a_crash),
	        TRACE_TEST(test_two_processes_do_not_share_a_file),
	        TRACE_TEST(test_a_process_takes_the_place_of_another),
	        TRACE_TEST(test_paths_that_cannot_be),
	        TRACE_TEST(test_memory_alone_is_reported_while_it_is_written),
	        TRACE_TEST(test_time_is_the_clock_on_the_wall),
	        TRACE_TEST(test_files_that_are_no_trace),
	        TRACE_TEST(test_how_many_lines),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
