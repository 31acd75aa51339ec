// wadi_io: bytes of a socket. What the script has not read stays in the stack's pages, so that
// the window shrinks as it would for an application that is slow.
#include "wadi_internal.h"

#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

// Copies to the read in progress; returns how many parts were read whole.
unsigned wadi_on_data(struct sock *sock, struct tcp_data *data, unsigned n)
{
	uint16_t skip = sock->skip;
	unsigned i;

	for (i = 0; i < n; i++) {
		size_t len = (size_t)(data[i].len - skip);
		size_t take = size_min(len, sock->want - sock->got);

		if (take > 0 && !sock->discards)
			memcpy(sock->to + sock->got, data[i].bytes + skip, take);
		sock->got += take;
		skip = (uint16_t)(take < len ? skip + take : 0);
		if (take < len)
			break;
	}
	if (sock->peeks)
		return 0;
	sock->skip = skip;
	return i;
}

int64_t wadi_recv(void *ctx, int fd, uint8_t *bytes, size_t len, int flags)
{
	struct wadi *wadi = ctx;
	struct sock *sock = wadi_sock(wadi, fd);
	size_t got;

	if (!sock)
		return -EBADF;
	if (flags & ~(MSG_PEEK | MSG_TRUNC | MSG_WAITALL | MSG_NOSIGNAL))
		return -ENOSYS;
	if (sock->kind == SOCK_LISTENS)
		return -ENOTCONN;
	if ((flags & MSG_WAITALL) && sock->conn && !sock->ended && wadi_readable(sock) < len)
		return -EAGAIN;
	if (len == 0)
		return 0;
	if (sock->conn) {
		sock->to = bytes;
		sock->want = len;
		sock->got = 0;
		sock->peeks = flags & MSG_PEEK;
		sock->discards = flags & MSG_TRUNC;
		tcp_resume(sock->conn);
		wadi_turn(wadi);
		got = sock->got;
		sock->want = sock->got = 0; // what comes later waits
		if (got > 0)
			return (int64_t)got;
	}
	if (sock->error)
		return -wadi_take_error(sock);
	if (sock->ended || sock->shut_rd || (sock->kind == SOCK_CONN && !sock->conn))
		return 0;
	return sock->kind == SOCK_FRESH ? -ENOTCONN : -EAGAIN;
}

// How many of len bytes the socket's buffer has room for.
static size_t wadi_send_room(const struct sock *sock, size_t len)
{
	struct tcp_info info;
	int64_t room;

	if (!sock->sndbuf && !sock->notsent_lowat)
		return len;
	tcp_info(sock->conn, &info);
	if (sock->notsent_lowat && info.queued >= sock->notsent_lowat)
		return 0;
	if (!sock->sndbuf)
		return len;
	room = sock->sndbuf - info.in_flight - info.queued;
	return room > 0 ? size_min(len, (size_t)room) : 0;
}

int64_t wadi_send(void *ctx, int fd, const uint8_t *bytes, size_t len, int flags,
                  const struct target_endpoint *to)
{
	struct wadi *wadi = ctx;
	struct sock *sock = wadi_sock(wadi, fd);
	uint32_t taken;

	if (!sock)
		return -EBADF;
	if ((flags & ~(MSG_NOSIGNAL | MSG_MORE | MSG_EOR | MSG_ZEROCOPY)) || to)
		return -ENOSYS;
	if (sock->error)
		return -wadi_take_error(sock);
	if (sock->kind == SOCK_CONNECTS)
		return -EAGAIN;
	if (sock->kind != SOCK_CONN || !sock->conn || sock->shut_wr)
		return -EPIPE;
	if (len == 0)
		return 0;
	tcp_set_cork(sock->conn, sock->cork || (flags & MSG_MORE));
	taken = tcp_send(sock->conn, bytes, (uint32_t)wadi_send_room(sock, len));
	sock->sent += taken;
	if ((flags & MSG_EOR) && taken == len)
		tcp_end_record(sock->conn);
	wadi_turn(wadi);
	return taken ? (int64_t)taken : -EAGAIN;
}

int wadi_hold(void *ctx, int fd)
{
	struct sock *sock = wadi_sock(ctx, fd);

	if (!sock || !sock->zerocopy)
		return 0;
	if (sock->held_next - sock->held_done == WADI_HELD)
		return -ENOBUFS;
	sock->held_end[sock->held_next++ % WADI_HELD] = sock->sent;
	return 0;
}

// The engine's pages are its own: an application's bytes are copied to them, but are given back
// when they are acknowledged, as if they were not.
int wadi_done(void *ctx, int fd, bool take, struct target_done *done)
{
	struct sock *sock = wadi_sock(ctx, fd);

	if (!sock)
		return -EAGAIN;
	while (sock->held_done != sock->held_next &&
	       sock->held_end[sock->held_done % WADI_HELD] <= wadi_info_acked(sock))
		sock->held_done++;
	if (sock->held_told == sock->held_done)
		return -EAGAIN;
	*done = (struct target_done){sock->held_told, sock->held_done - 1, .copied = true};
	if (take)
		sock->held_told = sock->held_done;
	return 0;
}

int wadi_ioctl(void *ctx, int fd, int64_t request, int64_t *value)
{
	struct sock *sock = wadi_sock(ctx, fd);
	struct tcp_info info = {0};

	if (!sock)
		return -EBADF;
	if (sock->kind == SOCK_LISTENS)
		return -EINVAL;
	if (sock->conn)
		tcp_info(sock->conn, &info);
	switch (request) {
	case FIONREAD:
		*value = wadi_readable(sock);
		return 0;
	case SIOCOUTQ:
		*value = (int64_t)info.in_flight + info.queued;
		return 0;
	case SIOCOUTQNSD:
		*value = info.queued;
		return 0;
	default:
		return -ENOSYS;
	}
}

// Whether the peer's FIN has come, though data before it may wait.
static bool wadi_fin_came(const struct sock *sock)
{
	struct tcp_info info;

	if (sock->ended || sock->shut_rd || (sock->kind == SOCK_CONN && !sock->conn))
		return true;
	if (!sock->conn)
		return false;
	tcp_info(sock->conn, &info);
	return !strcmp(info.state, "CLOSE-WAIT") || !strcmp(info.state, "CLOSING") ||
	       !strcmp(info.state, "LAST-ACK") || !strcmp(info.state, "TIME-WAIT");
}

int wadi_poll(void *ctx, int fd)
{
	struct sock *sock = wadi_sock(ctx, fd);
	struct target_done done;
	int events = 0;

	if (!sock)
		return POLLNVAL;
	if (sock->error || wadi_done(ctx, fd, false, &done) == 0)
		events |= POLLERR;
	if (sock->kind == SOCK_LISTENS)
		return sock->queue ? POLLIN | POLLRDNORM : 0;
	if (sock->kind == SOCK_CONNECTS)
		return events;
	if (!sock->conn || (sock->shut_wr && wadi_fin_came(sock)))
		events |= POLLHUP;
	if (wadi_fin_came(sock))
		events |= POLLIN | POLLRDNORM | POLLRDHUP;
	if (wadi_readable(sock) > 0)
		events |= POLLIN | POLLRDNORM;
	if (!sock->conn || sock->shut_wr ||
	    (tcp_send_room(sock->conn) > 0 && wadi_send_room(sock, 1) > 0))
		events |= POLLOUT | POLLWRNORM;
	return events;
}
