// wadi_socket: opening and closing, and what the stack tells of connections.
#include "wadi_internal.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

struct sock *wadi_sock(struct wadi *wadi, int fd)
{
	return fd >= 0 && fd < WADI_SOCKS && wadi->sock[fd].kind != SOCK_FREE ? &wadi->sock[fd]
	                                                                      : NULL;
}

static int wadi_fd(const struct sock *sock)
{
	return (int)(sock - sock->wadi->sock);
}

static struct sock *sock_add(struct wadi *wadi, enum sock_kind kind)
{
	for (unsigned i = 0; i < WADI_SOCKS; i++) {
		struct sock *sock = &wadi->sock[i];

		if (sock->kind != SOCK_FREE)
			continue;
		*sock = (struct sock){.kind = kind,
		                      .wadi = wadi,
		                      .keep_idle_s = wadi->keep_idle_s,
		                      .keep_interval_s = wadi->keep_interval_s,
		                      .keep_probes = wadi->keep_probes,
		                      .mtu_discover = IP_PMTUDISC_WANT};
		return sock;
	}
	return NULL;
}

uint32_t wadi_readable(const struct sock *sock)
{
	struct tcp_info info;

	if (!sock->conn)
		return 0;
	tcp_info(sock->conn, &info);
	return info.received - sock->skip;
}

int wadi_take_error(struct sock *sock)
{
	int error = sock->error;

	sock->error = 0;
	return error;
}

// A connection's socket has the listener's options.
static void sock_inherit(struct sock *child, const struct sock *listener)
{
	*child = *listener;
	child->kind = SOCK_CONN;
	child->listener = NULL;
	child->queue = child->next = NULL;
	child->error = 0;
	child->options = 0;
}

static void on_opened(void *ctx, struct tcp_conn *conn, mono_t now)
{
	struct sock *sock = ctx, *child, **end;

	(void)now;
	if (sock->kind == SOCK_CONNECTS) {
		sock->kind = SOCK_CONN;
		wadi_apply_options(sock);
		return;
	}
	child = sock_add(sock->wadi, SOCK_CONN);
	if (!child) {
		tcp_abort(conn);
		return;
	}
	sock_inherit(child, sock);
	child->conn = conn;
	child->parent = sock;
	wadi_apply_options(child);
	wadi_info_opened(child);
	for (end = &sock->queue; *end; end = &(*end)->next)
		continue;
	*end = child;
	tcp_set_ctx(conn, child);
}

static unsigned on_data(void *ctx, struct tcp_conn *conn, struct tcp_data *data, unsigned n,
                        mono_t now)
{
	struct sock *sock = ctx;

	(void)now;
	if (sock->kind == SOCK_LISTENS)
		return n; // it has no socket, and is being aborted
	// RFC 9293 section 3.6.1: no application reads what comes now.
	if (sock->orphan) {
		tcp_abort(conn);
		return n;
	}
	return wadi_on_data(sock, data, n);
}

static void on_ended(void *ctx, struct tcp_conn *conn, mono_t now)
{
	struct sock *sock = ctx;

	(void)conn;
	(void)now;
	sock->ended = true;
}

static int sock_errno(const struct sock *sock, enum tcp_end end)
{
	switch (end) {
	case TCP_END_DONE:
		return 0;
	case TCP_END_RESET:
		return sock->ended ? EPIPE : ECONNRESET;
	case TCP_END_REFUSED:
		return ECONNREFUSED;
	case TCP_END_TIMEOUT:
		return ETIMEDOUT;
	case TCP_END_UNREACHABLE:
		return sock->wadi->icmp_errno ? sock->wadi->icmp_errno : EHOSTUNREACH;
	default:
		return ECONNABORTED;
	}
}

static void on_closed(void *ctx, struct tcp_conn *conn, enum tcp_end end, mono_t now)
{
	struct sock *sock = ctx;

	(void)conn;
	(void)now;
	if (sock->kind == SOCK_LISTENS)
		return;
	if (sock->conn)
		wadi_info_closed(sock);
	sock->conn = NULL;
	sock->skip = 0;
	sock->error = sock_errno(sock, end);
	if (sock->kind == SOCK_CONNECTS)
		sock->kind = SOCK_FRESH;
	if (sock->orphan)
		sock->kind = SOCK_FREE;
}

static const struct tcp_ops sock_ops = {
        .opened = on_opened,
        .data = on_data,
        .ended = on_ended,
        .closed = on_closed,
};

int wadi_socket(void *ctx, bool ipv6, int type, int protocol)
{
	struct wadi *wadi = ctx;
	struct sock *sock;

	if ((type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) != SOCK_STREAM ||
	    (protocol != 0 && protocol != IPPROTO_TCP))
		return -ENOSYS;
	sock = sock_add(wadi, SOCK_FRESH);
	if (!sock)
		return -EMFILE;
	sock->ipv6 = ipv6;
	return wadi_fd(sock);
}

int wadi_bind(void *ctx, int fd, const struct target_endpoint *local)
{
	struct sock *sock = wadi_sock(ctx, fd);

	if (!sock)
		return -EBADF;
	if (sock->bound || sock->kind != SOCK_FRESH)
		return -EINVAL;
	sock->bound = true;
	sock->local = *local;
	return 0;
}

int wadi_listen(void *ctx, int fd, int backlog)
{
	struct wadi *wadi = ctx;
	struct sock *sock = wadi_sock(wadi, fd);
	struct tcp_listener_conf conf;
	int err;

	if (!sock)
		return -EBADF;
	if (sock->kind == SOCK_LISTENS)
		return 0;
	if (sock->kind != SOCK_FRESH)
		return -EINVAL;
	if (sock->local.port == 0)
		return -ENOSYS;
	conf = (struct tcp_listener_conf){.addr = sock->local.addr,
	                                  .port = sock->local.port,
	                                  .backlog = backlog > 0 ? (uint32_t)backlog : 1,
	                                  .ops = &sock_ops,
	                                  .ctx = sock,
	                                  .nodelay = sock->nodelay,
	                                  .fast_open = sock->fast_open,
	                                  .mss = (uint16_t)sock->mss,
	                                  .user_timeout_ms = (uint32_t)sock->user_timeout_ms,
	                                  .user_timeout_option = wadi->uto};
	if (wadi->fast_open && !conf.fast_open)
		conf.fast_open = conf.backlog;
	err = tcp_listen(wadi->tcp, &conf, &sock->listener);
	if (err == 0)
		sock->kind = SOCK_LISTENS;
	return err;
}

int wadi_accept(void *ctx, int fd)
{
	struct sock *sock = wadi_sock(ctx, fd), *child;

	if (!sock)
		return -EBADF;
	if (sock->kind != SOCK_LISTENS)
		return -EINVAL;
	child = sock->queue;
	if (!child)
		return -EAGAIN;
	sock->queue = child->next;
	child->next = child->parent = NULL;
	return wadi_fd(child);
}

int wadi_connect(void *ctx, int fd, const struct target_endpoint *remote)
{
	struct wadi *wadi = ctx;
	struct sock *sock = wadi_sock(wadi, fd);
	struct tcp_connect_conf conf;
	int err;

	if (!sock)
		return -EBADF;
	if (sock->kind == SOCK_CONNECTS)
		return -EALREADY;
	if (sock->kind != SOCK_FRESH)
		return -EISCONN;
	if (sock->error)
		return -wadi_take_error(sock);
	conf = (struct tcp_connect_conf){.local = sock->local.addr,
	                                 .remote = remote->addr,
	                                 .local_port = sock->local.port,
	                                 .remote_port = remote->port,
	                                 .ops = &sock_ops,
	                                 .ctx = sock,
	                                 .nodelay = sock->nodelay,
	                                 .mss = (uint16_t)sock->mss,
	                                 .user_timeout_ms = (uint32_t)sock->user_timeout_ms,
	                                 .user_timeout_option = wadi->uto,
	                                 .timeout_us = wadi->syn_timeout_us};
	if (sock->connect_us)
		conf.timeout_us = sock->connect_us;
	if (sock->user_timeout_ms)
		conf.timeout_us = (uint64_t)sock->user_timeout_ms * MS_US;
	err = tcp_connect(wadi->tcp, &conf, &sock->conn, wadi->now);
	if (err)
		return err == -EADDRINUSE ? -EADDRNOTAVAIL : err;
	sock->kind = SOCK_CONNECTS;
	wadi_turn(wadi);
	return -EINPROGRESS;
}

int wadi_shutdown(void *ctx, int fd, int how)
{
	struct wadi *wadi = ctx;
	struct sock *sock = wadi_sock(wadi, fd);

	if (!sock)
		return -EBADF;
	if (sock->kind == SOCK_LISTENS)
		return -ENOSYS;
	if (sock->kind == SOCK_FRESH || !sock->conn)
		return -ENOTCONN;
	if (how == SHUT_RD || how == SHUT_RDWR)
		sock->shut_rd = true;
	if (how == SHUT_WR || how == SHUT_RDWR) {
		sock->shut_wr = true;
		tcp_shutdown(sock->conn);
	}
	wadi_turn(wadi);
	return 0;
}

// The script is done with the socket.
static void sock_close(struct sock *sock)
{
	if (!sock->conn) {
		sock->kind = SOCK_FREE;
		return;
	}
	sock->orphan = true;
	// RFC 9293 section 3.6.1 and RFC 2525 section 2.17: the peer learns that it was not read.
	if ((sock->linger && sock->linger_s == 0) || wadi_readable(sock) > 0)
		tcp_abort(sock->conn);
	else
		tcp_shutdown(sock->conn);
}

static void listener_close(struct sock *sock)
{
	while (sock->queue) {
		struct sock *child = sock->queue;

		sock->queue = child->next;
		child->parent = NULL;
		child->orphan = true;
		if (child->conn)
			tcp_abort(child->conn);
		else
			child->kind = SOCK_FREE;
	}
	tcp_unlisten(sock->wadi->tcp, sock->listener);
	wadi_turn(sock->wadi);
	sock->kind = SOCK_FREE;
}

int wadi_close_socket(void *ctx, int fd)
{
	struct sock *sock = wadi_sock(ctx, fd);

	if (!sock)
		return -EBADF;
	if (sock->kind == SOCK_LISTENS)
		listener_close(sock);
	else
		sock_close(sock);
	wadi_turn(ctx);
	return 0;
}

// Listeners, then connections.
bool wadi_socket_at(void *ctx, unsigned i, struct target_socket *socket)
{
	struct wadi *wadi = ctx;
	struct tcp_row rows[WADI_SOCKS];
	uint32_t from = 0;

	*socket = (struct target_socket){.ipv4 = wadi->conf.iface[0].ipv4_len > 0};
	for (unsigned k = 0; k < WADI_SOCKS; k++) {
		const struct sock *sock = &wadi->sock[k];

		if (sock->kind != SOCK_LISTENS || i-- > 0)
			continue;
		socket->state = "LISTEN";
		socket->local = sock->local;
		return true;
	}
	if (i >= tcp_list(wadi->tcp, &from, UINT32_MAX, rows, WADI_SOCKS))
		return false;
	socket->state = rows[i].info.state;
	socket->local = (struct target_endpoint){rows[i].peers.local, rows[i].peers.local_port};
	socket->remote = (struct target_endpoint){rows[i].peers.remote, rows[i].peers.remote_port};
	return true;
}

void wadi_sockets_close(struct wadi *wadi)
{
	for (unsigned i = 0; i < WADI_SOCKS; i++) {
		struct sock *sock = &wadi->sock[i];

		if (sock->kind == SOCK_LISTENS)
			listener_close(sock);
		else if (sock->kind != SOCK_FREE && sock->conn)
			tcp_abort(sock->conn);
		sock->orphan = true;
	}
}
