// log_file: the log in a file besides, a line for each message as on standard error, with the time.
// The thread that logs writes it. The file can be moved away and opened again by another one.
#ifndef APPS_LOG_LOG_FILE_H
#define APPS_LOG_LOG_FILE_H

#include "apps/log/log_out.h"
#include "core/host/log.h"

#include <pthread.h>
#include <time.h>

#define LOG_FILE_LINE_BYTES 1280

struct log_file {
	const char *path, *program; // borrowed
	pthread_mutex_t lock;       // of what follows: lines come from any thread
	struct log_out out;
	uint64_t lost; // lines that were not written, not yet reported
};

// Opens the file for appending, and creates it if it does not exist. 0 or negative errno.
int log_file_open(struct log_file *file, const char *path, const char *program) MUST_CHECK;

// A log_sink_fn with ctx a struct log_file: writes the line. While the disk is full lines are lost;
// the first that is written again says how many. A pipe whose reader hangs is waited for
// LOG_OUT_WAIT_MS.
void log_file_sink(void *ctx, enum log_level level, const char *line, size_t len);

// Opens the file again: one that was renamed is replaced by a new one. When that fails, lines go
// where they did. 0 or negative errno.
int log_file_reopen(struct log_file *file) MUST_CHECK;

// Whether the last line was lost.
bool log_file_is_broken(struct log_file *file);

void log_file_close(struct log_file *file);

// "2026-11-28T22:31:05.123Z wadi-dns: warning: TEXT", with a newline; returns its length.
size_t log_file_line(char text[LOG_FILE_LINE_BYTES], struct timespec now, const char *program,
                     enum log_level level, const char *line, size_t len);

#endif
