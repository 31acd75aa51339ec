// log_file: see the header.
#include "apps/log/log_file.h"

#include "apps/log/log_lost.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

size_t log_file_line(char text[LOG_FILE_LINE_BYTES], struct timespec now, const char *program,
                     enum log_level level, const char *line, size_t len)
{
	struct tm utc;
	size_t at = 0;

	if (gmtime_r(&now.tv_sec, &utc))
		at = strftime(text, LOG_FILE_LINE_BYTES, "%Y-%m-%dT%H:%M:%S", &utc);
	at += (size_t)snprintf(text + at, LOG_FILE_LINE_BYTES - at,
	                       ".%03uZ %.64s: ", (unsigned)(now.tv_nsec / 1000000), program);
	if (level != LOG_INFO)
		at += (size_t)snprintf(text + at, LOG_FILE_LINE_BYTES - at,
		                       "%s: ", log_level_name(level));
	len = size_min(len, LOG_FILE_LINE_BYTES - 1 - at);
	memcpy(text + at, line, len);
	at += len;
	text[at++] = '\n';
	return at;
}

int log_file_open(struct log_file *file, const char *path, const char *program)
{
	int err;

	*file = (struct log_file){.path = path, .program = program};
	log_out_init(&file->out);
	err = log_out_open_file(&file->out, path);
	if (err)
		return err;
	log_out_end_line(&file->out, path);
	pthread_mutex_init(&file->lock, NULL);
	return 0;
}

// The line is written at once, or not at all.
static bool line_write(void *sink, enum log_level level, const char *line, size_t len)
{
	struct log_file *file = sink;
	char text[LOG_FILE_LINE_BYTES];
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	len = log_file_line(text, now, file->program, level, line, len);
	return log_out_write(&file->out, text, len) == 0 && log_out_flush(&file->out) == 0;
}

void log_file_sink(void *ctx, enum log_level level, const char *line, size_t len)
{
	struct log_file *file = ctx;

	pthread_mutex_lock(&file->lock);
	log_lost_put(line_write, file, &file->lost, "lines were not written", level, line, len);
	pthread_mutex_unlock(&file->lock);
}

int log_file_reopen(struct log_file *file)
{
	struct log_out *out = &file->out;
	int before, err;

	pthread_mutex_lock(&file->lock);
	before = out->fd;
	err = log_out_open_file(out, file->path);
	if (err)
		out->fd = before;
	pthread_mutex_unlock(&file->lock);
	if (!err && before >= 0)
		close(before);
	return err;
}

bool log_file_is_broken(struct log_file *file)
{
	bool broken;

	pthread_mutex_lock(&file->lock);
	broken = file->lost > 0;
	pthread_mutex_unlock(&file->lock);
	return broken;
}

void log_file_close(struct log_file *file)
{
	log_out_close(&file->out);
	pthread_mutex_destroy(&file->lock);
}
