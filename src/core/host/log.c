// log: formats a line and writes it in one piece; see the header.
#include "core/host/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES 1024
#define TIME_BYTES 64 // of the time at a line's beginning

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct {
	const char *program;
	int fd;
	bool journal;
	log_sink_fn *also;
	void *also_ctx;
	enum log_timestamps timestamps;
	_Atomic enum log_level level;
} sink = {.program = "wadi",
          .fd = STDERR_FILENO,
          .timestamps = LOG_TIMESTAMPS_NEVER,
          .level = LOG_INFO};

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

// A child of a service inherits the variable, though its output may go elsewhere.
static bool is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat stat;

	return stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 && fstat(fd, &stat) == 0 &&
	       stat.st_dev == dev && stat.st_ino == ino;
}

void log_init(const char *program, int fd)
{
	pthread_mutex_lock(&lock);
	sink.program = program;
	sink.fd = fd;
	sink.journal = is_journal(fd);
	pthread_mutex_unlock(&lock);
}

void log_set_timestamps(enum log_timestamps timestamps)
{
	pthread_mutex_lock(&lock);
	sink.timestamps = timestamps;
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

// "2026-11-28T22:31:05.123Z " (RFC 3339), when lines have one.
static size_t put_time(char *line)
{
	struct timespec now;
	struct tm utc;
	size_t len;

	if (sink.timestamps == LOG_TIMESTAMPS_NEVER ||
	    (sink.timestamps == LOG_TIMESTAMPS_AUTO && sink.journal))
		return 0;
	clock_gettime(CLOCK_REALTIME, &now);
	if (!gmtime_r(&now.tv_sec, &utc))
		return 0;
	len = strftime(line, TIME_BYTES, "%Y-%m-%dT%H:%M:%S", &utc);
	return len + (size_t)snprintf(line + len, TIME_BYTES - len, ".%03uZ ",
	                              (unsigned)(now.tv_nsec / 1000000));
}

// The prefix of a line. journald looks for the priority at its very beginning.
static size_t put_head(char *line, enum log_level level)
{
	size_t len = 0;

	if (sink.journal)
		len = (size_t)snprintf(line, LINE_BYTES, "<%u>", levels[level].priority);
	len += put_time(line + len);
	if (sink.journal)
		return len;
	len += (size_t)snprintf(line + len, LINE_BYTES - len, "%.64s: ", sink.program);
	if (level != LOG_INFO)
		len += (size_t)snprintf(line + len, LINE_BYTES - len, "%s: ", levels[level].name);
	return len;
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
