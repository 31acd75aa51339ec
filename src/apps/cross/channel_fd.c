// channel_fd: see the header. Bytes that the library has written wait in a buffer while the
// channel refuses them, and nothing more is read from the socket then.
#include "apps/cross/channel_fd.h"

#include "core/host/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHANNEL_FD_BYTES 16384 // read from the socket at a time

struct channel_fd {
	struct channel *channel;
	struct channel_fd_conf conf;
	struct control_watch watch;
	unsigned events;  // that are watched for; 0: not in the loop
	bool full;        // the library's end takes no more for now
	bool ended;       // the library has seen the peer's end
	bool unread;      // the library reads no more
	bool written_all; // the library writes no more
	uint32_t at, len; // of `bytes`, written by the library and not taken yet
	uint8_t bytes[CHANNEL_FD_BYTES];
};

// Without events even a hang-up is not reported.
static void watch_for(struct channel_fd *fd, unsigned events)
{
	if (events == fd->events)
		return;
	if (events == 0)
		control_loop_del(fd->conf.loop, &fd->watch);
	else if (fd->events != 0)
		control_loop_change(fd->conf.loop, &fd->watch, events);
	else if (control_loop_add(fd->conf.loop, &fd->watch, events))
		channel_abort(fd->channel); // the kernel has no memory
	fd->events = events;
}

static void watch(struct channel_fd *fd)
{
	unsigned events = 0;

	if (fd->full)
		events |= POLLOUT;
	if (fd->len == 0 && !fd->written_all)
		events |= POLLIN;
	watch_for(fd, events);
}

// From the channel to the library.
static void move_in(struct channel_fd *fd)
{
	uint32_t len;

	fd->full = false;
	for (;;) {
		uint8_t *bytes = channel_peek(fd->channel, &len);
		ssize_t n = len;

		if (len == 0)
			break;
		if (!fd->unread)
			n = send(fd->watch.fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS)) {
			fd->full = true;
			return;
		}
		fd->unread |= n < 0;
		channel_skip(fd->channel, n < 0 ? len : (uint32_t)n);
	}
	if (channel_ended(fd->channel) && !fd->ended) {
		fd->ended = true;
		shutdown(fd->watch.fd, SHUT_WR);
	}
}

// The library has closed its end, or only the direction towards the peer.
static void end_out(struct channel_fd *fd)
{
	fd->written_all = true;
	if (fd->unread)
		channel_close(fd->channel);
	else
		channel_shutdown(fd->channel);
}

// What was read from the socket; false while some of it is refused.
static bool write_out(struct channel_fd *fd)
{
	uint32_t n = channel_write(fd->channel, fd->bytes + fd->at, fd->len);

	fd->at += n;
	fd->len -= n;
	return fd->len == 0;
}

// From the library to the channel.
static void move_out(struct channel_fd *fd)
{
	while (write_out(fd) && !fd->written_all) {
		ssize_t n = recv(fd->watch.fd, fd->bytes, sizeof(fd->bytes), MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		fd->at = 0;
		fd->len = n > 0 ? (uint32_t)n : 0;
		if (n <= 0)
			end_out(fd);
	}
}

static void on_socket(struct control_watch *socket, unsigned events, mono_t now)
{
	struct channel_fd *fd = CONTAINER_OF(socket, struct channel_fd, watch);

	// The library's end is closed; what it has written may still be read.
	fd->unread |= !!(events & (POLLHUP | POLLERR));
	if (events & (POLLOUT | POLLHUP | POLLERR))
		move_in(fd);
	if (events & (POLLIN | POLLHUP | POLLERR))
		move_out(fd);
	channel_flush(fd->channel);
	watch(fd);
}

static void on_readable(void *ctx, struct channel *channel, mono_t now)
{
	struct channel_fd *fd = ctx;

	if (!fd->full)
		move_in(fd);
	watch(fd);
}

static void on_writable(void *ctx, struct channel *channel, mono_t now)
{
	struct channel_fd *fd = ctx;

	move_out(fd);
	watch(fd);
}

static void on_closed(void *ctx, struct channel *channel, enum tcp_end end, mono_t now)
{
	struct channel_fd *fd = ctx;

	watch_for(fd, 0);
	close(fd->watch.fd);
	if (fd->conf.closed)
		fd->conf.closed(fd->conf.ctx, end, now);
	free(fd);
}

static const struct channel_ops channel_fd_ops = {
        .readable = on_readable, .writable = on_writable, .closed = on_closed};

int channel_fd_open(struct channel *channel, const struct channel_fd_conf *conf)
{
	struct channel_fd *fd = malloc(sizeof(*fd));
	int ends[2], err = 0;

	if (!fd)
		return -ENOMEM;
	memset(fd, 0, offsetof(struct channel_fd, bytes));
	if (socketpair(AF_UNIX,
	               SOCK_STREAM | SOCK_CLOEXEC | (conf->nonblocking ? SOCK_NONBLOCK : 0), 0,
	               ends) != 0) {
		err = -errno;
		free(fd);
		return err;
	}
	fd->channel = channel;
	fd->conf = *conf;
	fd->watch = (struct control_watch){ends[1], on_socket};
	err = control_loop_add(conf->loop, &fd->watch, POLLIN);
	if (err) {
		close(ends[0]);
		close(ends[1]);
		free(fd);
		return err;
	}
	fd->events = POLLIN;
	channel_set_handler(channel, &channel_fd_ops, fd);
	// What came before.
	on_readable(fd, channel, clock_kernel());
	return ends[0];
}
