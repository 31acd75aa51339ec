// log_out: see the header. Descriptors are non-blocking, and poll has a timeout.
#include "apps/log/log_out.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

void log_out_init(struct log_out *out)
{
	out->fd = -1;
	out->len = 0;
}

int log_out_open_file(struct log_out *out, const char *path)
{
	struct stat status;
	int err;

	out->len = 0;
	// O_NONBLOCK makes a FIFO without a reader an error instead of a wait.
	out->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
	if (out->fd < 0)
		return -errno;
	if (fstat(out->fd, &status) == 0) {
		out->dev = status.st_dev;
		out->ino = status.st_ino;
		return 0;
	}
	err = -errno;
	log_out_close(out);
	return err;
}

int log_out_open_socket(struct log_out *out, const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int err;

	out->len = 0;
	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);
	out->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (out->fd < 0)
		return -errno;
	if (connect(out->fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return 0;
	err = -errno;
	log_out_close(out);
	return err;
}

void log_out_end_line(struct log_out *out, const char *path)
{
	// The descriptor of the output is write-only, which a FIFO needs.
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	char last = '\n';

	if (fd < 0)
		return;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 &&
	    pread(fd, &last, 1, status.st_size - 1) == 1 && last != '\n')
		out->bytes[out->len++] = '\n';
	close(fd);
}

bool log_out_is_file(const struct log_out *out, const char *path)
{
	struct stat status;

	return out->fd >= 0 && stat(path, &status) == 0 && status.st_dev == out->dev &&
	       status.st_ino == out->ino;
}

static int log_out_wait(const struct log_out *out, short events)
{
	struct pollfd fd = {out->fd, events, 0};
	int n = poll(&fd, 1, LOG_OUT_WAIT_MS);

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	return n == 0 ? -EAGAIN : 0;
}

// Takes back the last bytes of the file.
static void log_out_undo(const struct log_out *out, size_t bytes)
{
	struct stat status;

	if (bytes && fstat(out->fd, &status) == 0 && S_ISREG(status.st_mode) &&
	    (uint64_t)status.st_size >= bytes)
		(void)!ftruncate(out->fd, status.st_size - (off_t)bytes);
}

int log_out_flush(struct log_out *out)
{
	size_t done = 0;
	int err = 0;

	while (done < out->len && !err) {
		ssize_t n = write(out->fd, out->bytes + done, out->len - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN)
			err = log_out_wait(out, POLLOUT);
		else if (errno != EINTR)
			err = -errno;
	}
	if (err)
		log_out_undo(out, done);
	out->len = 0;
	return err;
}

int log_out_write(struct log_out *out, const void *bytes, size_t len)
{
	int err = 0;

	if (len > sizeof(out->bytes) - out->len)
		err = log_out_flush(out);

	while (len && !err) {
		size_t n = size_min(len, sizeof(out->bytes) - out->len);

		memcpy(out->bytes + out->len, bytes, n);
		out->len += n;
		bytes = (const uint8_t *)bytes + n;
		len -= n;
		if (out->len == sizeof(out->bytes))
			err = log_out_flush(out);
	}
	return err;
}

int log_out_read(struct log_out *out, void *bytes, size_t len)
{
	int err = log_out_flush(out);
	size_t done = 0;

	while (done < len && !err) {
		ssize_t n = read(out->fd, (uint8_t *)bytes + done, len - done);

		if (n > 0)
			done += (size_t)n;
		else if (n == 0)
			err = -ECONNRESET;
		else if (errno == EAGAIN)
			err = log_out_wait(out, POLLIN);
		else if (errno != EINTR)
			err = -errno;
	}
	return err;
}

void log_out_close(struct log_out *out)
{
	if (out->fd >= 0)
		close(out->fd);
	log_out_init(out);
}
