// log_local: the log to the syslog daemon of the machine besides, by its Unix socket (/dev/log), in
// the form that glibc's syslog(3) writes and all daemons read: that of RFC 3164 without a host. The
// thread that logs sends, and never waits: a message for which the daemon has no room is lost, and
// a later one says how many. A daemon that restarts is found by the next message.
#ifndef APPS_LOG_LOG_LOCAL_H
#define APPS_LOG_LOG_LOCAL_H

#include "core/host/log.h"

#include <time.h>

#define LOG_LOCAL_BYTES 1024

// log.c calls the sink for one thread at a time.
struct log_local {
	const char *path, *program; // borrowed
	int fd;                     // -1: the daemon is not there
	bool stream;                // it listens to connections, so messages end with a zero
	uint64_t lost;              // messages that were not sent, not yet reported
};

// A daemon that is not there yet is no error. Reads the time zone, which a sandbox may not let it
// do later.
void log_local_open(struct log_local *local, const char *path, const char *program);
void log_local_close(struct log_local *local);

// A log_sink_fn with ctx a struct log_local.
void log_local_sink(void *ctx, enum log_level level, const char *line, size_t len);

// "<28>Nov 28 22:31:05 wadi-dns[4711]: TEXT", in local time; returns its length. The priority says
// what the level is.
size_t log_local_message(char text[LOG_LOCAL_BYTES], struct timespec now, const char *program,
                         int pid, enum log_level level, const char *line, size_t len);

#endif
