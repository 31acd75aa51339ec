// log: formats a line and writes it in one piece; see the header.
#include "core/host/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_BYTES 1024

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct {
	const char *program;
	int fd;
	bool journal;
	log_sink_fn *also;
	void *also_ctx;
	_Atomic enum log_level level;
} sink = {.program = "wadi", .fd = STDERR_FILENO, .level = LOG_INFO};

// The priority is syslog's (RFC 5424 section 6.2.1).
static const struct {
	const char *name;
	unsigned priority;
} levels[LOG_LEVELS] = {
        [LOG_ERROR] = {"error", 3},
        [LOG_WARNING] = {"warning", 4},
        [LOG_INFO] = {"info", 6},
        [LOG_DEBUG] = {"debug", 7},
};

void log_init(const char *program, int fd)
{
	pthread_mutex_lock(&lock);
	sink.program = program;
	sink.fd = fd;
	sink.journal = getenv("JOURNAL_STREAM") != NULL;
	pthread_mutex_unlock(&lock);
}

void log_set_level(enum log_level level)
{
	sink.level = level;
}

enum log_level log_get_level(void)
{
	return sink.level;
}

void log_set_sink(log_sink_fn *fn, void *ctx)
{
	pthread_mutex_lock(&lock);
	sink.also = fn;
	sink.also_ctx = ctx;
	pthread_mutex_unlock(&lock);
}

unsigned log_level_priority(enum log_level level)
{
	return levels[level].priority;
}

const char *log_level_name(enum log_level level)
{
	return levels[level].name;
}

bool log_level_parse(const char *text, enum log_level *level)
{
	for (unsigned i = 0; i < LOG_LEVELS; i++) {
		if (strcmp(text, levels[i].name) == 0) {
			*level = (enum log_level)i;
			return true;
		}
	}
	return false;
}

// Whether the site may write one more line, and how many it suppressed before.
static bool admit(struct log_site *site, mono_t now, unsigned *held_back)
{
	uint64_t window = now.us / LOG_WINDOW_US + 1;

	*held_back = 0;
	if (!site)
		return true;
	if (site->window != window) {
		*held_back = site->held_back;
		*site = (struct log_site){.window = window};
	}
	if (site->lines == LOG_BURST) {
		site->held_back++;
		return false;
	}
	site->lines++;
	return true;
}

// The prefix of a line.
static size_t put_head(char *line, enum log_level level)
{
	if (sink.journal)
		return (size_t)snprintf(line, LINE_BYTES, "<%u>", levels[level].priority);
	if (level == LOG_INFO)
		return (size_t)snprintf(line, LINE_BYTES, "%.64s: ", sink.program);
	return (size_t)snprintf(line, LINE_BYTES, "%.64s: %s: ", sink.program, levels[level].name);
}

static PRINTF(3, 0) void put_line(enum log_level level, unsigned held_back, const char *format,
                                  va_list args)
{
	char line[LINE_BYTES];
	size_t head_len = put_head(line, level), len = head_len;
	size_t size = LINE_BYTES - 64; // room for the count and the line's end

	len += (size_t)vsnprintf(line + len, size - len, format, args);
	len = size_min(len, size - 1);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < ' ') // names in it may hold control characters
			line[i] = '?';
	if (held_back)
		len += (size_t)snprintf(line + len, LINE_BYTES - len,
		                        " (%u more of these were held back)", held_back);
	if (sink.also)
		sink.also(sink.also_ctx, level, line + head_len, len - head_len);
	line[len++] = '\n';
	(void)!write(sink.fd, line, len);
}

void log_write(struct log_site *site, enum log_level level, mono_t now, const char *format, ...)
{
	unsigned held_back;
	va_list args;

	if (level > sink.level)
		return;
	pthread_mutex_lock(&lock);
	if (admit(site, now, &held_back)) {
		va_start(args, format);
		put_line(level, held_back, format, args);
		va_end(args);
	}
	pthread_mutex_unlock(&lock);
}
