// tcp_path: how long segments may be that go all the way: what routers report (RFC 1191,
// RFC 8201), what is concluded when long segments vanish without a report (RFC 4821), and
// when the length that both ends agreed on is tried again.
#include "proto/tcpip/tcp/tcp_internal.h"

#define TRY_AGAIN_S 600 // RFC 8201 section 4
#define TIME_OUTS   3   // in a row: Linux's tcp_retries1

static uint16_t seconds(mono_t now)
{
	return (uint16_t)(now.us / SEC_US);
}

static void lower(struct tcp_conn *conn, uint16_t mss, mono_t now)
{
	if (!conn->mss_full)
		conn->mss_full = conn->mss;
	conn->mss = mss;
	conn->mss_s = seconds(now);
	tcp_loss_too_long(conn);
	tcp_touch(conn);
}

void tcp_path_error(struct tcp_conn *conn, const struct ip_error *error, mono_t now)
{
	uint16_t hdrs = (uint16_t)(ip_hdr_len(&error->flow) + sizeof(struct tcp_hdr));

	if (error->mtu < hdrs + TCP_MSS_MIN || error->mtu - hdrs >= conn->mss)
		return;
	lower(conn, (uint16_t)(error->mtu - hdrs), now);
	tcp_timer_rearm(conn, now);
}

// The next length to try: what Linux begins with, then what every path takes.
static uint16_t shorter(const struct tcp_conn *conn)
{
	if (!addr_is_ipv4(conn->remote))
		return TCP_MSS_DEFAULT6;
	return conn->mss > TCP_MSS_BASE4 ? TCP_MSS_BASE4 : TCP_MSS_DEFAULT4;
}

void tcp_path_timeout(struct tcp_conn *conn, mono_t now)
{
	uint16_t mss = shorter(conn);

	if (conn->backoff + 1 < TIME_OUTS || conn->send.head == TCP_NONE ||
	    tcp_min(conn->tcp->seg[conn->send.head].len, tcp_payload(conn)) <= mss)
		return;
	lower(conn, mss, now);
}

void tcp_path_begin(struct tcp_conn *conn, mono_t now)
{
	if ((uint16_t)(seconds(now) - conn->mss_s) < TRY_AGAIN_S)
		return;
	conn->mss = conn->mss_full;
	conn->mss_full = 0;
	conn->cwnd = tcp_max(conn->cwnd, tcp_payload(conn));
}
