// trace_report: see the header.
#include "core/host/trace_report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TIME_BYTES 40

// "2026-01-31 23:59:59.123456", the instant by the clock on the wall.
static void time_text(const struct trace_file *file, uint64_t us, char text[TIME_BYTES])
{
	uint64_t unix_us = file->unix_us + (us - file->mono_us);
	time_t seconds = (time_t)(unix_us / SEC_US);
	struct tm tm;
	size_t len;

	// What no calendar has, of a damaged file, is given as it is.
	if (us == 0 || unix_us > UINT64_MAX / 2 || !gmtime_r(&seconds, &tm) ||
	    tm.tm_year + 1900 > 9999) {
		snprintf(text, TIME_BYTES, "%s", us ? "?" : "-");
		return;
	}
	len = strftime(text, TIME_BYTES, "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(text + len, TIME_BYTES - len, ".%06u", (unsigned)(unix_us % SEC_US));
}

static json_t *line_row(const struct trace_file *file, const struct trace_line *line)
{
	const struct trace_ring *ring =
	        trace_file_ring((struct trace_file *)(uintptr_t)file, line->ring);
	char time[TIME_BYTES], text[TRACE_TEXT_BYTES];

	time_text(file, line->us, time);
	trace_text(line->record, text);
	return json_pack("{s:s, s:s, s:s, s:s}", "time", time, "thread", ring->name, "event",
	                 trace_event_name(trace_event_of(line->record)), "arguments", text);
}

int trace_report(const struct trace_file *file, uint64_t lines, json_t *reply, struct why *why)
{
	uint64_t *copy = calloc((size_t)file->rings_len * file->records + 1, sizeof(*copy)), skip;
	struct trace_walk *walk = malloc(sizeof(*walk));
	json_t *rows = json_array();
	struct trace_line line;
	int err = copy && walk && rows ? 0 : why_no_memory(why, "the trace");

	if (!err) {
		uint64_t there = trace_file_walk_init(walk, file, copy);

		skip = there - u64_min(there, lines);
		while (trace_file_walk_next(walk, &line))
			if (skip)
				skip--;
			else
				json_array_append_new(rows, line_row(file, &line));
		json_object_set_new(reply, "program", json_string(file->program));
		json_object_set_new(reply, "pid", json_integer((json_int_t)file->pid));
		json_object_set(reply, "records", rows);
	}
	json_decref(rows);
	free(walk);
	free(copy);
	return err;
}

// A record about the connection. One that opens it follows that of its peer, and begins a life.
static void add_event(json_t *rows, const struct trace_file *file, const struct trace_line *line,
                      const struct trace_line *peer)
{
	if (trace_event_of(line->record) == TRACE_TCP_OPEN) {
		json_array_clear(rows);
		json_array_append_new(rows, line_row(file, peer));
	}
	json_array_append_new(rows, line_row(file, line));
}

int trace_report_conn(const struct trace_file *file, uint32_t ring, uint32_t conn, json_t *reply,
                      struct why *why)
{
	uint64_t *copy = calloc((size_t)file->rings_len * file->records + 1, sizeof(*copy));
	struct trace_walk *walk = malloc(sizeof(*walk));
	struct trace_line line, peer = {.ring = ring};
	json_t *rows = json_array();
	int err = copy && walk && rows ? 0 : why_no_memory(why, "the trace");

	if (!err) {
		trace_file_walk_init(walk, file, copy);
		while (trace_file_walk_next(walk, &line)) {
			uint16_t event = trace_event_of(line.record);

			if (line.ring != ring)
				continue;
			if (event == TRACE_TCP_PEER || event == TRACE_TCP_PEER6)
				peer = line;
			else if (trace_has_conn(event) && trace_conn_of(line.record) == conn)
				add_event(rows, file, &line, &peer);
		}
		json_object_set(reply, "records", rows);
	}
	json_decref(rows);
	free(walk);
	free(copy);
	return err;
}

// The file whole, in memory of its own.
static int read_file(const char *path, void **bytes, size_t *len, struct why *why)
{
	const size_t size_max = trace_file_size(TRACE_RINGS_MAX, TRACE_RECORDS_MAX);
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), err = 0;
	struct stat stat = {0};
	ssize_t n = 0;

	if (fd < 0 || fstat(fd, &stat) != 0)
		err = why_fail(why, -errno, "%s: %s", path, strerror(errno));
	else if (!S_ISREG(stat.st_mode) || stat.st_size < 1 || (size_t)stat.st_size > size_max)
		err = why_fail(why, -EINVAL, "%s: this is no trace of this kind of machine", path);
	if (!err) {
		*bytes = aligned_alloc(CACHE_LINE_BYTES,
		                       ROUND_UP((size_t)stat.st_size, CACHE_LINE_BYTES));
		if (!*bytes)
			err = why_no_memory(why, "%s", path);
	}
	for (*len = 0; !err && *len < (size_t)stat.st_size; *len += (size_t)n) {
		n = read(fd, (uint8_t *)*bytes + *len, (size_t)stat.st_size - *len);
		if (n < 0)
			err = why_fail(why, -errno, "%s: %s", path, strerror(errno));
		if (n <= 0)
			break;
	}
	if (fd >= 0)
		close(fd);
	return err;
}

int trace_report_file(const char *path, uint64_t lines, json_t *reply, struct why *why)
{
	void *bytes = NULL;
	struct why what;
	size_t len;
	int err = read_file(path, &bytes, &len, why);

	if (!err) {
		err = trace_file_check(bytes, len, &what);
		if (err)
			why_set(why, "%s: %s", path, what.text);
	}
	if (!err)
		err = trace_report(bytes, lines, reply, why);
	free(bytes);
	return err;
}

bool trace_report_lines(const char *word, uint64_t *lines)
{
	char *end;

	*lines = TRACE_REPORT_LINES;
	if (!word)
		return true;
	if (*word < '0' || *word > '9')
		return false;
	errno = 0;
	*lines = strtoull(word, &end, 10);
	return errno == 0 && *end == '\0';
}
