// log: messages for people, one line each, on standard error. Each place that logs has
// a rate limit of its own, and reports how many lines it suppressed. For the control
// thread and start-up; the data path counts drops instead.
#ifndef CORE_HOST_LOG_H
#define CORE_HOST_LOG_H

#include "core/host/clock.h"

enum log_level {
	LOG_ERROR,
	LOG_WARNING,
	LOG_INFO,
	LOG_DEBUG,
	LOG_LEVELS,
};

// A place that logs: at most LOG_BURST lines in each LOG_WINDOW_US.
#define LOG_BURST     5
#define LOG_WINDOW_US (10 * SEC_US)

struct log_site {
	uint64_t window; // 1 + the number of the window that `lines` counts
	unsigned lines, held_back;
};

#define LOG_AT(level, ...)                                                                         \
	do {                                                                                       \
		static struct log_site log_site_here;                                              \
		log_write(&log_site_here, level, clock_kernel(), __VA_ARGS__);                     \
	} while (0)

#define log_error(...)   LOG_AT(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) LOG_AT(LOG_WARNING, __VA_ARGS__)
#define log_info(...)    LOG_AT(LOG_INFO, __VA_ARGS__)
#define log_debug(...)   LOG_AT(LOG_DEBUG, __VA_ARGS__)

// Without the rate limit: for what is logged once for each event, such as a zone that is gone.
#define log_each(level, ...) log_write(NULL, level, clock_kernel(), __VA_ARGS__)

// Names the program (borrowed) and the descriptor to write to. Lines begin with
// "<N>" instead of the name when journald reads them: JOURNAL_STREAM names the descriptor's
// device and inode (systemd.exec(5)).
// Before the first call lines go to standard error, levels up to LOG_INFO.
void log_init(const char *program, int fd);

// Whether lines begin with the time, "2026-11-28T22:31:05.123Z": unless journald reads them,
// always, or never. Never before the first call.
enum log_timestamps { LOG_TIMESTAMPS_AUTO, LOG_TIMESTAMPS_ALWAYS, LOG_TIMESTAMPS_NEVER };
void log_set_timestamps(enum log_timestamps timestamps);

void log_set_level(enum log_level level);
enum log_level log_get_level(void);

// Passes each line to fn as well, without its prefix on standard error. fn is called by
// one thread at a time, and must not log. NULL: no sink.
typedef void log_sink_fn(void *ctx, enum log_level level, const char *line, size_t len);
void log_set_sink(log_sink_fn *fn, void *ctx);

// The severity of syslog (RFC 5424 section 6.2.1).
unsigned log_level_priority(enum log_level level) PURE;

// "error", "warning", "info", "debug".
const char *log_level_name(enum log_level level) PURE;
bool log_level_parse(const char *text, enum log_level *level) MUST_CHECK;

// Called by the macros; from any thread. site NULL: no limit.
void log_write(struct log_site *site, enum log_level level, mono_t now, const char *format, ...)
        PRINTF(4, 5);

#endif
