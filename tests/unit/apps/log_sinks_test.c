// log_sinks: the log in a file that is moved away and on a disk that is full, and to a syslog
// daemon, whose part the test plays, that restarts, has no room, or takes connections.
#include "harness.h"

#include "apps/log/log_file.h"
#include "apps/log/log_local.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static char folder[] = "/tmp/wadi-log-XXXXXX", file[64], aside[64], sock[64];
static const struct timespec moment = {.tv_sec = 1795556412, .tv_nsec = 123999999};

static int begin(void **state)
{
	setenv("TZ", "CET-1", 1);
	tzset();
	if (!mkdtemp(folder))
		return -1;
	snprintf(file, sizeof(file), "%s/log", folder);
	snprintf(aside, sizeof(aside), "%s/log.1", folder);
	snprintf(sock, sizeof(sock), "%s/dev", folder);
	return 0;
}

static int end(void **state)
{
	unlink(file);
	unlink(aside);
	unlink(sock);
	return rmdir(folder);
}

static const char *content(const char *path)
{
	static char text[1 << 14];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void put(log_sink_fn *fn, void *ctx, enum log_level level, const char *line)
{
	fn(ctx, level, line, strlen(line));
}

static void test_lines_of_a_file(void **state)
{
	static const struct {
		enum log_level level;
		const char *line, *wanted;
	} cases[] = {{LOG_INFO, "ready", "2026-11-24T21:40:12.123Z wadi-dns: ready\n"},
	             {LOG_ERROR, "a: b", "2026-11-24T21:40:12.123Z wadi-dns: error: a: b\n"},
	             {LOG_DEBUG, "", "2026-11-24T21:40:12.123Z wadi-dns: debug: \n"}};
	static char longest[LOG_FILE_LINE_BYTES];
	char text[LOG_FILE_LINE_BYTES];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t len = log_file_line(text, moment, "wadi-dns", cases[i].level, cases[i].line,
		                           strlen(cases[i].line));

		assert_int_equal(len, strlen(cases[i].wanted));
		assert_memory_equal(text, cases[i].wanted, len);
	}
	memset(longest, 'x', sizeof(longest));
	assert_int_equal(
	        log_file_line(text, moment, "wadi-dns", LOG_INFO, longest, sizeof(longest)),
	        sizeof(text));
	assert_int_equal(text[sizeof(text) - 1], '\n');
}

static void test_a_file_that_is_moved_away(void **state)
{
	struct log_file log;

	assert_int_equal(log_file_open(&log, file, "wadi-dns"), 0);
	put(log_file_sink, &log, LOG_INFO, "first");
	assert_non_null(strstr(content(file), "Z wadi-dns: first\n"));
	assert_int_equal(rename(file, aside), 0);
	put(log_file_sink, &log, LOG_INFO, "second");
	assert_int_equal(log_file_reopen(&log), 0);
	put(log_file_sink, &log, LOG_INFO, "third");
	assert_non_null(strstr(content(aside), "second\n"));
	assert_null(strstr(content(aside), "third\n"));
	assert_non_null(strstr(content(file), "third\n"));
	// Where it cannot be opened, lines go where they did.
	assert_int_equal(unlink(aside), 0);
	assert_int_equal(rename(file, aside), 0);
	log.path = "/nowhere/at/all";
	assert_int_equal(log_file_reopen(&log), -ENOENT);
	put(log_file_sink, &log, LOG_INFO, "fourth");
	assert_non_null(strstr(content(aside), "fourth\n"));
	log_file_close(&log);
	assert_int_equal(log_file_open(&log, "/nowhere/at/all", "wadi-dns"), -ENOENT);
}

// A line that was cut off by a stop of the machine is ended by the next start.
static void test_a_line_that_was_cut(void **state)
{
	struct log_file log;
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(write(fd, "half a li", 9), 9);
	close(fd);
	assert_int_equal(log_file_open(&log, file, "wadi-dns"), 0);
	put(log_file_sink, &log, LOG_INFO, "whole");
	log_file_close(&log);
	assert_memory_equal(content(file), "half a li\n20", 12);
}

static void test_a_full_disk(void **state)
{
	struct log_file log;

	assert_int_equal(log_file_open(&log, "/dev/full", "wadi-dns"), 0);
	assert_false(log_file_is_broken(&log));
	for (int i = 0; i < 3; i++)
		put(log_file_sink, &log, LOG_INFO, "lost");
	assert_true(log_file_is_broken(&log));
	log.path = file;
	unlink(file);
	assert_int_equal(log_file_reopen(&log), 0);
	put(log_file_sink, &log, LOG_INFO, "again");
	assert_false(log_file_is_broken(&log));
	assert_non_null(strstr(content(file), "Z wadi-dns: warning: 3 lines were not written\n20"));
	assert_non_null(strstr(content(file), "Z wadi-dns: again\n"));
	assert_null(strstr(content(file), "lost"));
	log_file_close(&log);
}

static void test_messages(void **state)
{
	static char longest[2 * LOG_LOCAL_BYTES];
	static const struct {
		enum log_level level;
		const char *wanted;
	} cases[] = {{LOG_ERROR, "<27>Nov 24 22:40:12 wadi-dns[4711]: a line"},
	             {LOG_WARNING, "<28>Nov 24 22:40:12 wadi-dns[4711]: a line"},
	             {LOG_INFO, "<30>Nov 24 22:40:12 wadi-dns[4711]: a line"},
	             {LOG_DEBUG, "<31>Nov 24 22:40:12 wadi-dns[4711]: a line"}};
	char text[LOG_LOCAL_BYTES];
	size_t len;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		len = log_local_message(text, moment, "wadi-dns", 4711, cases[i].level, "a line",
		                        6);
		assert_int_equal(len, strlen(cases[i].wanted));
		assert_memory_equal(text, cases[i].wanted, len);
	}
	// The day has two columns.
	len = log_local_message(text, (struct timespec){1793696412, 0}, "wadi-dns", 1, LOG_INFO,
	                        "x", 1);
	assert_int_equal(len, strlen("<30>Nov  3 10:00:12 wadi-dns[1]: x"));
	assert_memory_equal(text, "<30>Nov  3 10:00:12 ", 20);
	memset(longest, 'x', sizeof(longest));
	assert_int_equal(
	        log_local_message(text, moment, "wadi-dns", 1, LOG_INFO, longest, sizeof(longest)),
	        sizeof(text));
}

static int daemon_start(int type)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK, 0);

	strcpy(addr.sun_path, sock);
	unlink(sock);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 4), 0);
	return fd;
}

// The next message, behind its time; "": there is none.
static const char *received(int fd)
{
	static char text[LOG_LOCAL_BYTES + 1];
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return n > 0 ? strstr(text, "]: ") + 3 : "";
}

static void test_a_daemon_that_restarts(void **state)
{
	struct log_local log;
	int fd;

	// One that starts later.
	unlink(sock);
	log_local_open(&log, sock, "wadi-dns");
	put(log_local_sink, &log, LOG_INFO, "early");
	put(log_local_sink, &log, LOG_INFO, "early");
	fd = daemon_start(SOCK_DGRAM);
	put(log_local_sink, &log, LOG_INFO, "first");
	assert_string_equal(received(fd), "2 messages were not sent");
	assert_string_equal(received(fd), "first");
	// One that makes its socket anew loses nothing that comes afterwards.
	close(fd);
	fd = daemon_start(SOCK_DGRAM);
	put(log_local_sink, &log, LOG_INFO, "second");
	assert_string_equal(received(fd), "second");
	assert_string_equal(received(fd), "");
	// One that is gone for a while.
	close(fd);
	put(log_local_sink, &log, LOG_INFO, "gone");
	fd = daemon_start(SOCK_DGRAM);
	put(log_local_sink, &log, LOG_INFO, "third");
	assert_string_equal(received(fd), "1 messages were not sent");
	assert_string_equal(received(fd), "third");
	close(fd);
	log_local_close(&log);
	log_local_close(&log);
}

// The log goes on at once.
static void test_a_daemon_without_room(void **state)
{
	struct log_local log;
	int fd = daemon_start(SOCK_DGRAM);
	unsigned sent = 0, n;

	log_local_open(&log, sock, "wadi-dns");
	while (log.lost == 0 && sent++ < 100000)
		put(log_local_sink, &log, LOG_INFO, "one of many");
	put(log_local_sink, &log, LOG_INFO, "one of many");
	assert_int_equal(log.lost, 2);
	for (n = 0; strcmp(received(fd), "one of many") == 0; n++)
		;
	assert_int_equal(n, sent - 1);
	put(log_local_sink, &log, LOG_INFO, "again");
	assert_string_equal(received(fd), "2 messages were not sent");
	assert_string_equal(received(fd), "again");
	close(fd);
	log_local_close(&log);
}

// Messages of a stream end with a zero.
static void test_a_daemon_that_takes_connections(void **state)
{
	char text[256];
	struct log_local log;
	int fd = daemon_start(SOCK_STREAM), conn;
	ssize_t n;

	log_local_open(&log, sock, "wadi-dns");
	put(log_local_sink, &log, LOG_INFO, "one");
	put(log_local_sink, &log, LOG_INFO, "two");
	conn = accept(fd, NULL, NULL);
	n = recv(conn, text, sizeof(text), 0);
	assert_true(n > 0 && text[n - 1] == '\0');
	assert_non_null(strstr(text, "]: one"));
	assert_non_null(strstr(text + strlen(text) + 1, "]: two"));
	close(conn);
	put(log_local_sink, &log, LOG_INFO, "three");
	conn = accept(fd, NULL, NULL);
	n = recv(conn, text, sizeof(text), 0);
	assert_true(n > 0);
	assert_non_null(strstr(text, "]: three"));
	close(conn);
	close(fd);
	log_local_close(&log);
}

static void test_a_path_that_is_too_long(void **state)
{
	static char path[200];
	struct log_local log;

	memset(path, 'x', sizeof(path) - 1);
	log_local_open(&log, path, "wadi-dns");
	put(log_local_sink, &log, LOG_INFO, "lost");
	assert_int_equal(log.lost, 1);
	log_local_close(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_lines_of_a_file),
	        cmocka_unit_test(test_a_file_that_is_moved_away),
	        cmocka_unit_test(test_a_line_that_was_cut),
	        cmocka_unit_test(test_a_full_disk),
	        cmocka_unit_test(test_messages),
	        cmocka_unit_test(test_a_daemon_that_restarts),
	        cmocka_unit_test(test_a_daemon_without_room),
	        cmocka_unit_test(test_a_daemon_that_takes_connections),
	        cmocka_unit_test(test_a_path_that_is_too_long),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
