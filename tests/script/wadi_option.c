// wadi_option: options of sockets. One that wadi's TCP does not have is refused, unless its
// value asks for what the stack does anyway.
#include "symbols.h"
#include "wadi_internal.h"

#include <errno.h>
#include <netinet/in.h>
#define tcp_info linux_tcp_info // ours has the name, too
#include <netinet/tcp.h>
#undef tcp_info
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define OPTION_CONGESTION   "cubic"
#define OPTION_MSS_MIN      88
#define OPTION_WMEM_MAX     212992 // net.core.wmem_max as it comes
#define OPTION_SNDBUF_MIN   4608
#define OPTION_RCVBUF_MIN   1152
#define OPTION_PROBES_MAX   127
#define OPTION_SYNCNT_MAX   20 // more would be days
#define OPTION_KEEPINIT_MAX 3600

// Options that are kept and given back, and have no effect on packets here.
static const struct {
	int level, name;
} options_stored[] = {
        {SOL_SOCKET, SO_REUSEADDR},
        {SOL_SOCKET, SO_REUSEPORT},
        {SOL_SOCKET, SO_PRIORITY},
        {SOL_SOCKET, SO_MARK},
        {SOL_SOCKET, SO_DEBUG},
        {IPPROTO_IP, IP_FREEBIND},
        {IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT},
};

_Static_assert(ARRAY_LEN(options_stored) <= ARRAY_LEN(((struct sock *)NULL)->stored), "they fit");

// Options that may be set to the value that describes what the stack does.
static const struct {
	int level, name;
	int64_t value;
} options_fixed[] = {
        {IPPROTO_TCP, TCP_DEFER_ACCEPT, 0},
        {IPPROTO_IP, IP_TOS, 0},
        {IPPROTO_IPV6, IPV6_TCLASS, 0},
};

static int64_t *option_stored(struct sock *sock, int level, int name)
{
	for (unsigned i = 0; i < ARRAY_LEN(options_stored); i++)
		if (options_stored[i].level == level && options_stored[i].name == name)
			return &sock->stored[i];
	return NULL;
}

// The member that has a number of a keep-alive or time-out.
static int64_t *option_time(struct sock *sock, int level, int name)
{
	if (level != IPPROTO_TCP)
		return NULL;
	switch (name) {
	case TCP_KEEPIDLE:
		return &sock->keep_idle_s;
	case TCP_KEEPINTVL:
		return &sock->keep_interval_s;
	case TCP_KEEPCNT:
		return &sock->keep_probes;
	case TCP_USER_TIMEOUT:
		return &sock->user_timeout_ms;
	default:
		return NULL;
	}
}

void wadi_apply_options(struct sock *sock)
{
	if (!sock->conn)
		return;
	tcp_set_keepalive(sock->conn, sock->keepalive ? (uint16_t)sock->keep_idle_s : 0,
	                  (uint16_t)sock->keep_interval_s, (uint8_t)sock->keep_probes);
	tcp_set_cork(sock->conn, sock->cork);
	if (!sock->wadi->uto) // else it is what connect or listen has
		tcp_set_user_timeout(sock->conn, (uint32_t)sock->user_timeout_ms);
}

static int set_time(struct sock *sock, int name, int64_t *time, int64_t value)
{
	int64_t least = name == TCP_USER_TIMEOUT ? 0 : 1;
	int64_t most = name == TCP_USER_TIMEOUT ? INT32_MAX
	               : name == TCP_KEEPCNT    ? OPTION_PROBES_MAX
	                                        : INT16_MAX;

	if (value < least || value > most)
		return -EINVAL;
	*time = value;
	wadi_apply_options(sock);
	return 0;
}

static int set_nodelay(struct sock *sock, int64_t value)
{
	sock->nodelay = value != 0;
	if (sock->conn) {
		tcp_set_nodelay(sock->conn, sock->nodelay);
		wadi_turn(sock->wadi);
	}
	return 0;
}

static int set_cork(struct sock *sock, int64_t value)
{
	sock->cork = value != 0;
	if (sock->conn) {
		tcp_set_cork(sock->conn, sock->cork);
		wadi_turn(sock->wadi);
	}
	return 0;
}

// Of a connection that is open, segments are as long as both ends agreed on.
static int set_maxseg(struct sock *sock, int64_t value)
{
	if (value < OPTION_MSS_MIN || value > INT16_MAX)
		return -EINVAL;
	if (sock->kind != SOCK_FRESH)
		return -ENOSYS;
	sock->mss = value;
	return 0;
}

static int set_linger(struct sock *sock, const struct target_option *value)
{
	// Waiting in close is not supported, and not waiting is what close does.
	if (value->number && value->more)
		return -ENOSYS;
	sock->linger = value->number != 0;
	sock->linger_s = (int)value->more;
	return 0;
}

// Linux doubles the value, for what it needs itself beside the bytes (socket(7)).
static int set_sndbuf(struct sock *sock, int64_t value)
{
	int64_t bytes = 2 * (value < OPTION_WMEM_MAX ? value : OPTION_WMEM_MAX);

	sock->sndbuf = bytes > OPTION_SNDBUF_MIN ? bytes : OPTION_SNDBUF_MIN;
	return 0;
}

static int set_fast_open(struct sock *sock, int64_t value)
{
	if (value < 0 || value > INT32_MAX)
		return -EINVAL;
	if (sock->kind != SOCK_FRESH && sock->kind != SOCK_LISTENS)
		return -EINVAL;
	wadi_fast_open(sock, (uint32_t)value);
	return 0;
}

// What a segment has at most; without a connection what any host takes (RFC 9293 section 3.7.1).
static int64_t option_mss(const struct sock *sock)
{
	long double mss;

	if (!sock->conn && sock->mss)
		return sock->mss;
	if (!wadi_info(sock->wadi, (int)(sock - sock->wadi->sock), "tcpi_snd_mss", &mss))
		return addr_is_ipv4(sock->local.addr) ? 536 : 1220;
	return (int64_t)mss;
}

// Of Linux's buffer, which is twice the value, half is for bytes.
static int set_rcvbuf(struct sock *sock, int64_t value)
{
	if (value < OPTION_RCVBUF_MIN)
		value = OPTION_RCVBUF_MIN;
	sock->rcvbuf = sock->wadi->bsd ? value : 2 * value;
	wadi_receive_bytes(sock->wadi, value);
	return 0;
}

// A buffer as FreeBSD has it: whole segments once these are known.
static int get_rcvbuf(struct sock *sock, struct target_option *value)
{
	int64_t mss = sock->kind == SOCK_CONN ? option_mss(sock) : 1;

	value->number = sock->rcvbuf;
	if (sock->wadi->bsd && !sock->rcvbuf)
		value->number = (sock->wadi->bsd_recvspace + mss - 1) / mss * mss;
	return value->number ? 0 : -ENOSYS;
}

// The local port of connect, from the low half to the high one: of one port only.
static int set_port_range(struct sock *sock, int64_t value)
{
	uint16_t low = (uint16_t)value, high = (uint16_t)(value >> 16);

	if (low != high || sock->bound)
		return -ENOSYS;
	sock->local.port = low;
	return 0;
}

// Not IP_PMTUDISC_PROBE, by which reports of routers are not taken.
static int set_mtu_discover(struct sock *sock, int64_t value)
{
	if (value < IP_PMTUDISC_DONT || value > IP_PMTUDISC_DO)
		return -ENOSYS;
	sock->mtu_discover = value;
	return 0;
}

static bool is_mtu_discover(int level, int name)
{
	return (level == IPPROTO_IP && name == IP_MTU_DISCOVER) ||
	       (level == IPPROTO_IPV6 && name == IPV6_MTU_DISCOVER);
}

// So often a SYN is sent again before connect ends.
static int set_syncnt(struct sock *sock, int64_t value)
{
	if (value < 1 || value > OPTION_SYNCNT_MAX)
		return -EINVAL;
	sock->connect_us = wadi_syn_timeout_us((unsigned)value);
	return 0;
}

static int set_keepinit(struct sock *sock, int64_t value)
{
	if (value < 1 || value > OPTION_KEEPINIT_MAX)
		return -EINVAL;
	sock->connect_us = (uint64_t)value * SEC_US;
	return 0;
}

static int set_tcp(struct sock *sock, int name, const struct target_option *value)
{
	switch (name) {
	case TCP_NODELAY:
		return set_nodelay(sock, value->number);
	case TCP_CONGESTION:
		return strcmp(value->text, OPTION_CONGESTION) == 0 ? 0 : -ENOSYS;
	case TCP_FASTOPEN:
		return set_fast_open(sock, value->number);
	case TCP_CORK:
		return set_cork(sock, value->number);
	case TCP_MAXSEG:
		return set_maxseg(sock, value->number);
	case TCP_QUICKACK:
		wadi_quick_ack(sock, value->number != 0);
		return 0;
	case TCP_NOTSENT_LOWAT:
		sock->notsent_lowat = (uint32_t)value->number == UINT32_MAX ? 0 : value->number;
		return 0;
	case TCP_SYNCNT:
		return set_syncnt(sock, value->number);
	case SYMBOLS_TCP_KEEPINIT:
		return set_keepinit(sock, value->number);
	default:
		return -ENOSYS;
	}
}

int wadi_set_option(void *ctx, int fd, int level, int name, const struct target_option *value)
{
	struct sock *sock = wadi_sock(ctx, fd);
	int64_t *stored;

	if (!sock)
		return -EBADF;
	stored = option_stored(sock, level, name);
	if (stored) {
		*stored = value->number;
		return 0;
	}
	for (unsigned i = 0; i < ARRAY_LEN(options_fixed); i++)
		if (options_fixed[i].level == level && options_fixed[i].name == name)
			return options_fixed[i].value == value->number ? 0 : -ENOSYS;
	stored = option_time(sock, level, name);
	if (stored)
		return set_time(sock, name, stored, value->number);
	if (level == SOL_SOCKET && name == SO_KEEPALIVE) {
		sock->keepalive = value->number != 0;
		wadi_apply_options(sock);
		return 0;
	}
	if (level == SOL_SOCKET && name == SO_ZEROCOPY) {
		if (value->number < 0 || value->number > 1)
			return -EINVAL;
		sock->zerocopy = value->number != 0;
		return 0;
	}
	if (is_mtu_discover(level, name))
		return set_mtu_discover(sock, value->number);
	if (level == SOL_SOCKET && name == SO_SNDBUF)
		return set_sndbuf(sock, value->number);
	if (level == IPPROTO_IP && name == SYMBOLS_IP_LOCAL_PORT_RANGE)
		return set_port_range(sock, value->number);
	if (level == SOL_SOCKET && name == SO_LINGER)
		return set_linger(sock, value);
	if (level == SOL_SOCKET && name == SO_RCVBUF)
		return set_rcvbuf(sock, value->number);
	return level == IPPROTO_TCP ? set_tcp(sock, name, value) : -ENOSYS;
}

static int get_socket(struct sock *sock, int name, struct target_option *value)
{
	switch (name) {
	case SO_ERROR:
		value->number = wadi_take_error(sock);
		return 0;
	case SO_TYPE:
		value->number = SOCK_STREAM;
		return 0;
	case SO_SNDBUF:
		value->number = sock->sndbuf;
		return sock->sndbuf ? 0 : -ENOSYS;
	case SO_RCVBUF:
		return get_rcvbuf(sock, value);
	case SO_ACCEPTCONN:
		value->number = sock->kind == SOCK_LISTENS;
		return 0;
	case SO_KEEPALIVE:
		value->number = sock->keepalive;
		return 0;
	case SO_ZEROCOPY:
		value->number = sock->zerocopy;
		return 0;
	case SO_LINGER:
		value->number = sock->linger;
		value->more = sock->linger_s;
		return 0;
	default:
		return -ENOSYS;
	}
}

static int get_tcp(struct sock *sock, int name, struct target_option *value)
{
	switch (name) {
	case TCP_NODELAY:
		value->number = sock->nodelay;
		return 0;
	case TCP_CORK:
		value->number = sock->cork;
		return 0;
	case TCP_MAXSEG:
		value->number = option_mss(sock);
		return 0;
	case TCP_CONGESTION:
		snprintf(value->text, sizeof(value->text), "%s", OPTION_CONGESTION);
		return 0;
	default:
		return -ENOSYS;
	}
}

int wadi_get_option(void *ctx, int fd, int level, int name, struct target_option *value)
{
	struct sock *sock = wadi_sock(ctx, fd);
	const int64_t *stored;

	if (!sock)
		return -EBADF;
	stored = option_stored(sock, level, name);
	if (!stored)
		stored = option_time(sock, level, name);
	if (stored) {
		value->number = *stored;
		return 0;
	}
	for (unsigned i = 0; i < ARRAY_LEN(options_fixed); i++)
		if (options_fixed[i].level == level && options_fixed[i].name == name) {
			value->number = options_fixed[i].value;
			return 0;
		}
	if (is_mtu_discover(level, name)) {
		value->number = sock->mtu_discover;
		return 0;
	}
	if (level == SOL_SOCKET)
		return get_socket(sock, name, value);
	return level == IPPROTO_TCP ? get_tcp(sock, name, value) : -ENOSYS;
}
