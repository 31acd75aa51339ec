// log_local: see the header.
#include "apps/log/log_local.h"

#include "apps/log/log_lost.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FACILITY_DAEMON 3

size_t log_local_message(char text[LOG_LOCAL_BYTES], struct timespec now, const char *program,
                         int pid, enum log_level level, const char *line, size_t len)
{
	size_t at = (size_t)snprintf(text, LOG_LOCAL_BYTES, "<%u>",
	                             FACILITY_DAEMON * 8 + log_level_priority(level));
	struct tm local;

	// "Nov  8 22:31:05": the process never sets a locale.
	if (localtime_r(&now.tv_sec, &local))
		at += strftime(text + at, LOG_LOCAL_BYTES - at, "%b %e %T ", &local);
	at += (size_t)snprintf(text + at, LOG_LOCAL_BYTES - at, "%.64s[%d]: ", program, pid);
	len = size_min(len, LOG_LOCAL_BYTES - at);
	memcpy(text + at, line, len);
	return at + len;
}

static int socket_open(const char *path, int type)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd, err;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

// As glibc does it: by datagrams, or else by a connection.
static void local_connect(struct log_local *local)
{
	local->stream = false;
	local->fd = socket_open(local->path, SOCK_DGRAM);
	if (local->fd != -EPROTOTYPE)
		return;
	local->stream = true;
	local->fd = socket_open(local->path, SOCK_STREAM);
}

static void local_disconnect(struct log_local *local)
{
	if (local->fd >= 0)
		close(local->fd);
	local->fd = -1;
}

// A part of a message in a stream would spoil the next one, so that the connection ends then.
static bool local_send(struct log_local *local, const char *text, size_t len)
{
	ssize_t n;

	if (local->fd < 0)
		return false;
	len += local->stream; // the zero behind it
	n = send(local->fd, text, len, MSG_NOSIGNAL);
	if (n == (ssize_t)len)
		return true;
	if (n >= 0 || (errno != EAGAIN && errno != ENOBUFS))
		local_disconnect(local);
	return false;
}

// The daemon may have made its socket again since the last message.
static bool local_put(void *sink, enum log_level level, const char *line, size_t len)
{
	struct log_local *local = sink;
	char text[LOG_LOCAL_BYTES + 1];
	struct timespec now;
	size_t text_len;

	clock_gettime(CLOCK_REALTIME, &now);
	text_len = log_local_message(text, now, local->program, getpid(), level, line, len);
	text[text_len] = '\0';
	if (local_send(local, text, text_len))
		return true;
	if (local->fd >= 0)
		return false; // it is there, and has no room
	local_connect(local);
	return local_send(local, text, text_len);
}

void log_local_sink(void *ctx, enum log_level level, const char *line, size_t len)
{
	struct log_local *local = ctx;

	log_lost_put(local_put, local, &local->lost, "messages were not sent", level, line, len);
}

void log_local_open(struct log_local *local, const char *path, const char *program)
{
	*local = (struct log_local){.path = path, .program = program, .fd = -1};
	tzset();
	local_connect(local);
}

void log_local_close(struct log_local *local)
{
	local_disconnect(local);
}
