// tcp_syn: opening connections: initial sequence numbers, what both ends agree on by
// options, the passive and the active side.
#include "proto/tcpip/tcp/tcp_internal.h"

#include <errno.h>

#define PORTS_MIN 49152 // RFC 6335 section 6
#define PORTS_LEN (65536 - PORTS_MIN)

// RFC 6528: a clock of 4 us, and an offset that only we can compute for these ends. Its other
// half is the offset of timestamps (RFC 7323 section 5.4), which then do not show our uptime.
static void choose_numbers(struct tcp_conn *conn, mono_t now)
{
	struct {
		struct addr local, remote;
		uint32_t ports, zero;
	} ends = {conn->local, conn->remote, (uint32_t)conn->local_port << 16 | conn->remote_port,
	          0};
	uint64_t offset = hash_sip(conn->tcp->isn_key, &ends, sizeof(ends));

	conn->iss = (uint32_t)(now.us / 4) + (uint32_t)offset;
	conn->ts_offset = (uint32_t)(offset >> 32);
	conn->snd_una = conn->snd_nxt = conn->iss;
	conn->snd_end = conn->iss + 1;
	conn->recover = conn->iss;
}

static struct ip_flow flow_of(const struct tcp_conn *conn)
{
	return (struct ip_flow){.iface = conn->iface, .src = conn->local, .dst = conn->remote};
}

static void open_begin(struct tcp_conn *conn, mono_t now)
{
	struct ip_flow flow = flow_of(conn);
	uint16_t room = (uint16_t)(ip_room(&flow) - sizeof(struct tcp_hdr));

	choose_numbers(conn, now);
	conn->mss = room;
	conn->rcv_mss = addr_is_ipv4(conn->remote) ? TCP_MSS_DEFAULT4 : TCP_MSS_DEFAULT6;
	conn->rto_us = TCP_RTO_INITIAL_US;
	conn->quick_acks = TCP_QUICK_ACKS;
	conn->rcv_shift = conn->tcp->options & TCP_OPTION_WSCALE ? conn->tcp->wscale : 0;
	conn->flags |= TCP_CONN_SYN_NOW;
	tcp_touch(conn);
}

// Takes over the options of the peer's SYN. For a passive open ours are offered only when the
// peer offered them.
static void negotiate(struct tcp_conn *conn, const struct tcp_in *in, mono_t now)
{
	const struct tcp_options *options = &in->options;
	uint8_t has = options->has & conn->tcp->options;
	uint16_t mss = addr_is_ipv4(conn->remote) ? TCP_MSS_DEFAULT4 : TCP_MSS_DEFAULT6;

	if (options->has & TCP_OPTION_MSS)
		mss = options->mss < TCP_MSS_MIN ? TCP_MSS_MIN : options->mss;
	if (conn->mss > mss)
		conn->mss = mss;
	if (has & TCP_OPTION_WSCALE)
		conn->snd_shift = options->wscale;
	else
		conn->rcv_shift = 0;
	if (has & TCP_OPTION_TS) {
		conn->flags |= TCP_CONN_TS;
		conn->ts_recent = options->ts_val;
		conn->ts_recent_ms = tcp_ms(now);
	}
	if (has & TCP_OPTION_SACK_PERMITTED)
		conn->flags |= TCP_CONN_SACK;
	conn->irs = in->seq;
	conn->rcv_nxt = conn->rcv_edge = conn->last_ack = in->seq + 1;
	conn->snd_wnd = conn->snd_wnd_max = in->window; // that of a SYN is not scaled
	conn->snd_wl1 = in->seq;
	tcp_cc_init(conn);
}

enum drop tcp_syn_passive(struct tcp *tcp, const struct ip_flow *flow,
                          const struct tcp_peers *peers, const struct tcp_in *in, mono_t now)
{
	struct tcp_listener *listener = tcp_listener_find(tcp, flow->dst, peers->local_port);
	struct tcp_conn *conn;

	if (in->flags & TCP_FIN)
		return DROP_TCP_FLAGS;
	if (listener->pending >= listener->backlog)
		return DROP_TCP_BACKLOG;
	conn = tcp_add(tcp, peers);
	if (!conn)
		return DROP_TCP_TABLE_FULL;
	conn->iface = flow->iface;
	conn->ops = listener->ops;
	conn->ctx = listener->ctx;
	conn->flags = listener->nodelay ? TCP_CONN_NODELAY : 0;
	conn->listener = (uint8_t)(listener - tcp->listener + 1);
	listener->pending++;
	conn->state = TCP_LISTEN;
	open_begin(conn, now);
	negotiate(conn, in, now);
	conn->give_up = mono_add(now, TCP_HANDSHAKE_US);
	tcp_step(conn, TCP_SYN_IN);
	return DROP_NONE;
}

// A port at which no connection to the remote end is, from a random one on.
static bool choose_port(struct tcp *tcp, struct tcp_peers *peers)
{
	uint32_t start = (uint32_t)rand_below(&tcp->rand, PORTS_LEN);

	for (uint32_t i = 0; i < PORTS_LEN; i++) {
		peers->local_port = (uint16_t)(PORTS_MIN + (start + i) % PORTS_LEN);
		if (!tcp_find(tcp, peers))
			return true;
	}
	return false;
}

int tcp_connect(struct tcp *tcp, const struct tcp_connect_conf *conf, struct tcp_conn **conn,
                mono_t now)
{
	struct ip_flow flow = {.src = conf->local, .dst = conf->remote};
	struct tcp_peers peers = {.local_port = conf->local_port, .remote_port = conf->remote_port};
	struct tcp_conn *added;

	assert(conf->remote_port && conf->ops);
	if (!ip_route(tcp->ifaces, &flow))
		return -ENETUNREACH;
	peers.local = flow.src;
	peers.remote = flow.dst;
	if (conf->local_port ? tcp_find(tcp, &peers) != NULL : !choose_port(tcp, &peers))
		return -EADDRINUSE;
	added = tcp_add(tcp, &peers);
	if (!added)
		return -ENOSPC;
	added->iface = flow.iface;
	added->ops = conf->ops;
	added->ctx = conf->ctx;
	added->flags = TCP_CONN_CALLED | TCP_CONN_ACTIVE | (conf->nodelay ? TCP_CONN_NODELAY : 0);
	open_begin(added, now);
	added->give_up = mono_add(now, conf->timeout_us ? conf->timeout_us : TCP_SYN_GIVE_UP_US);
	tcp_step(added, TCP_OPEN_ACTIVE);
	if (conn)
		*conn = added;
	return 0;
}

void tcp_established(struct tcp_conn *conn, mono_t now)
{
	tcp_handshake_done(conn);
	conn->snd_una = tcp_seq_max(conn->snd_una, conn->iss + 1);
	conn->flags &= ~(uint32_t)TCP_CONN_SYN_NOW;
	conn->flags |= TCP_CONN_OPENED;
	conn->give_up = MONO_NEVER;
	conn->timer_kind = TCP_TIMER_NONE;
	// A SYN that was lost says that the path loses segments (RFC 6928 section 2).
	if (conn->backoff)
		conn->cwnd = tcp_payload(conn);
	conn->backoff = 0;
	// tcp_shutdown was called before.
	if (conn->flags & TCP_CONN_FIN)
		tcp_step(conn, TCP_SHUTDOWN);
	tcp_timer_rearm(conn, now);
	tcp_touch(conn);
}

// RFC 9293 section 3.10.7.3, with the rules of RFC 5961 for resets.
enum drop tcp_syn_sent(struct tcp_conn *conn, const struct tcp_in *in, mono_t now)
{
	bool acks = in->flags & TCP_ACK;

	if (acks && (tcp_seq_le(in->ack, conn->iss) || tcp_seq_lt(conn->snd_nxt, in->ack)))
		return DROP_TCP_ACK;
	if (in->flags & TCP_RST) {
		if (!acks)
			return DROP_TCP_RST;
		tcp_end(conn, TCP_END_REFUSED);
		return DROP_NONE;
	}
	if (!(in->flags & TCP_SYN))
		return DROP_TCP_FLAGS;
	negotiate(conn, in, now);
	conn->rcv_edge = conn->rcv_nxt + (uint32_t)size_min(tcp_recv_window(conn), UINT16_MAX);
	if (acks) {
		conn->snd_una = in->ack;
		tcp_step(conn, TCP_SYN_ACK_IN);
		tcp_timer_rtt_handshake(conn, in, now);
		conn->flags |= TCP_CONN_ACK_NOW;
		tcp_established(conn, now);
	} else {
		tcp_step(conn, TCP_SYN_IN);
		conn->flags |= TCP_CONN_SYN_NOW;
		tcp_touch(conn);
	}
	return DROP_NONE;
}
