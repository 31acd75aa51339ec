// wadi_info: the members of Linux's struct tcp_info that wadi's TCP has, in Linux's units.
#include "wadi_internal.h"

#include "proto/tcpip/tcp/tcp_internal.h"

#include <string.h>

// Numbers of states as Linux has them, by those of tcp_state.h.
static const uint8_t info_states[TCP_STATES] = {7, 10, 2, 3, 1, 4, 5, 8, 11, 9, 6};

#define INFO_CLOSE        7
#define INFO_TIMESTAMPS   1 // TCPI_OPT_*
#define INFO_SACK         2
#define INFO_WSCALE       4
#define INFO_ECN          8
#define INFO_SYN_DATA     32
#define INFO_NO_THRESHOLD 0x7fffffff

static long double info_state(const struct tcp_conn *conn)
{
	return info_states[conn->state];
}

static long double info_segs(const struct tcp_conn *conn, uint32_t bytes)
{
	uint32_t mss = tcp_payload(conn);

	return mss ? (bytes + mss - 1) / mss : 0;
}

static long double info_options(const struct tcp_conn *conn)
{
	return (conn->flags & TCP_CONN_TS ? INFO_TIMESTAMPS : 0) |
	       (conn->flags & TCP_CONN_SACK ? INFO_SACK : 0) |
	       (conn->flags & TCP_CONN_WSCALE ? INFO_WSCALE : 0) |
	       (conn->ecn & TCP_ECN_ON ? INFO_ECN : 0);
}

// Whole segments.
static uint32_t info_whole(const struct tcp_conn *conn, uint32_t bytes)
{
	return bytes / tcp_payload(conn);
}

static long double info_cwnd(const struct tcp_conn *conn)
{
	return info_whole(conn, conn->cwnd);
}

static long double info_ssthresh(const struct tcp_conn *conn)
{
	return conn->ssthresh >= UINT32_C(1) << 30 ? INFO_NO_THRESHOLD
	                                           : info_whole(conn, conn->ssthresh);
}

static long double info_unacked(const struct tcp_conn *conn)
{
	return info_segs(conn, conn->snd_nxt - conn->snd_una);
}

// Without SACK duplicates are counted as bytes.
static long double info_sacked(const struct tcp_conn *conn)
{
	struct tcp_info info;

	tcp_info(conn, &info);
	return conn->flags & TCP_CONN_SACK ? info.sacked : info_segs(conn, conn->snd_sacked);
}

static long double info_lost(const struct tcp_conn *conn)
{
	struct tcp_info info;

	tcp_info(conn, &info);
	return info.lost;
}

static long double info_retrans(const struct tcp_conn *conn)
{
	struct tcp_info info;

	tcp_info(conn, &info);
	return info.retrans;
}

// Bytes that the engine counts as lost and as SACKed, wadi's own: not less than 0, nor more than
// are outstanding.
static long double info_marked(const struct tcp_conn *conn)
{
	return (long double)conn->snd_lost + conn->snd_sacked;
}

// Probes of a closed window that had no answer.
static long double info_probes(const struct tcp_conn *conn)
{
	return conn->timer_kind == TCP_TIMER_PROBE ? conn->backoff : 0;
}

static long double info_notsent(const struct tcp_conn *conn)
{
	return tcp_seq_lt(conn->snd_nxt, conn->snd_end) ? conn->snd_end - conn->snd_nxt : 0;
}

// Bytes only: neither our SYN nor our FIN.
static long double info_acked(const struct tcp_conn *conn)
{
	uint32_t acked = conn->snd_una - conn->iss - 1;

	if (conn->state < TCP_ESTABLISHED)
		return 0;
	return acked - (tcp_seq_lt(conn->snd_end, conn->snd_una) ? 1 : 0);
}

static long double info_received(const struct tcp_conn *conn)
{
	if (conn->state < TCP_ESTABLISHED)
		return 0;
	return conn->rcv_nxt - conn->irs - 1 - (conn->flags & TCP_CONN_FIN_IN ? 1 : 0);
}

static long double info_rto(const struct tcp_conn *conn)
{
	uint64_t us = (uint64_t)conn->rto_us << conn->backoff;

	return us < TCP_RTO_MAX_US ? us : TCP_RTO_MAX_US;
}

static long double info_snd_mss(const struct tcp_conn *conn)
{
	return tcp_payload(conn);
}

static uint32_t info_headers(const struct tcp_conn *conn)
{
	return (addr_is_ipv4(conn->remote) ? 20 : 40) + 20;
}

// As long as nothing says that the path is narrower, that of our interface.
static long double info_pmtu(const struct tcp_conn *conn)
{
	return conn->mss_full ? conn->mss + info_headers(conn) : conn->iface->mtu;
}

static long double info_advmss(const struct tcp_conn *conn)
{
	return conn->iface->mtu - info_headers(conn);
}

static long double info_ca_state(const struct tcp_conn *conn)
{
	struct tcp_info info;

	tcp_info(conn, &info);
	return info.ca_state;
}

#define INFO_MEMBER(name)                                                                          \
	static long double info_##name(const struct tcp_conn *conn)                                \
	{                                                                                          \
		return conn->name;                                                                 \
	}
INFO_MEMBER(snd_shift)
INFO_MEMBER(rcv_shift)
INFO_MEMBER(backoff)
INFO_MEMBER(srtt_us)
INFO_MEMBER(rttvar_us)
INFO_MEMBER(rcv_mss)
INFO_MEMBER(snd_wnd)
INFO_MEMBER(min_rtt_us)

static long double info_rcv_wnd(const struct tcp_conn *conn)
{
	return conn->rcv_edge - conn->rcv_nxt;
}

static const struct {
	const char *name;
	long double (*get)(const struct tcp_conn *conn);
} info_rows[] = {
        {"tcpi_state", info_state},
        {"tcpi_snd_cwnd", info_cwnd},
        {"tcpi_snd_ssthresh", info_ssthresh},
        {"tcpi_unacked", info_unacked},
        {"tcpi_notsent_bytes", info_notsent},
        {"tcpi_bytes_acked", info_acked},
        {"tcpi_bytes_received", info_received},
        {"tcpi_rto", info_rto},
        {"tcpi_rtt", info_srtt_us},
        {"tcpi_rttvar", info_rttvar_us},
        {"tcpi_snd_mss", info_snd_mss},
        {"tcpi_rcv_mss", info_rcv_mss},
        {"tcpi_advmss", info_advmss},
        {"tcpi_pmtu", info_pmtu},
        {"tcpi_snd_wscale", info_snd_shift},
        {"tcpi_rcv_wscale", info_rcv_shift},
        {"tcpi_backoff", info_backoff},
        {"tcpi_retransmits", info_backoff},
        {"tcpi_probes", info_probes},
        {"tcpi_ca_state", info_ca_state},
        {"tcpi_min_rtt", info_min_rtt_us},
        {"tcpi_sacked", info_sacked},
        {"tcpi_lost", info_lost},
        {"tcpi_retrans", info_retrans},
        {"wadi_marked_bytes", info_marked},
        {"tcpi_snd_wnd", info_snd_wnd},
        {"tcpi_rcv_wnd", info_rcv_wnd},
};

void wadi_info_opened(struct sock *sock)
{
	sock->syn_data = (sock->conn->flags & TCP_CONN_FAST) && wadi_readable(sock) > 0;
}

void wadi_info_closed(struct sock *sock)
{
	sock->options = info_options(sock->conn);
}

uint32_t wadi_info_acked(const struct sock *sock)
{
	return sock->conn ? (uint32_t)info_acked(sock->conn) : sock->sent;
}

bool wadi_info(void *ctx, int fd, const char *name, long double *value)
{
	const struct sock *sock = wadi_sock(ctx, fd);

	if (!sock)
		return false;
	if (strcmp(name, "tcpi_options") == 0 && (sock->conn || sock->options)) {
		*value = (sock->conn ? info_options(sock->conn) : sock->options) +
		         (sock->syn_data ? INFO_SYN_DATA : 0);
		return true;
	}
	if (!sock->conn) {
		*value = INFO_CLOSE;
		return strcmp(name, "tcpi_state") == 0;
	}
	for (unsigned i = 0; i < ARRAY_LEN(info_rows); i++) {
		if (strcmp(info_rows[i].name, name) != 0)
			continue;
		*value = info_rows[i].get(sock->conn);
		return true;
	}
	return wadi_count_info(ctx, tcp_peers(sock->conn), name, value);
}
