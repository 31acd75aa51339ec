// tcp_syn: opening connections: initial sequence numbers, what both ends agree on by
// options, the passive and the active side.
#include "proto/tcpip/tcp/tcp_cookie.h"
#include "proto/tcpip/tcp/tcp_internal.h"

#include <errno.h>

// What only we can compute for these ends: the offset of sequence numbers (RFC 6528), and in
// its other half that of timestamps (RFC 7323 section 5.4), which then do not show our uptime.
static uint64_t offset_of(const struct tcp *tcp, const struct tcp_peers *peers)
{
	struct {
		struct addr local, remote;
		uint32_t ports, zero;
	} ends = {peers->local, peers->remote,
	          (uint32_t)peers->local_port << 16 | peers->remote_port, 0};

	return hash_sip(tcp->isn_key, &ends, sizeof(ends));
}

static void number(struct tcp_conn *conn, uint32_t iss)
{
	conn->iss = iss;
	conn->snd_una = conn->snd_nxt = conn->snd_small = iss;
	conn->snd_end = iss + 1;
	conn->recover = iss;
}

// RFC 6528: a clock of 4 us.
static uint32_t number_at(uint64_t offset, mono_t now)
{
	return (uint32_t)(now.us / 4) + (uint32_t)offset;
}

uint32_t tcp_syn_number(const struct tcp *tcp, const struct tcp_peers *peers, mono_t now)
{
	return number_at(offset_of(tcp, peers), now);
}

static void choose_numbers(struct tcp_conn *conn, mono_t now)
{
	struct tcp_peers peers = tcp_peers(conn);
	uint64_t offset = offset_of(conn->tcp, &peers);

	conn->ts_offset = (uint32_t)(offset >> 32);
	number(conn, number_at(offset, now));
}

static struct ip_flow flow_of(const struct tcp_conn *conn)
{
	return (struct ip_flow){.iface = conn->iface, .src = conn->local, .dst = conn->remote};
}

// mss: most of it; 0: what the link takes.
static void open_begin(struct tcp_conn *conn, uint16_t mss, mono_t now)
{
	struct ip_flow flow = flow_of(conn);
	uint16_t room = (uint16_t)(ip_room(&flow) - sizeof(struct tcp_hdr));

	choose_numbers(conn, now);
	conn->mss = mss && mss < room ? (uint16_t)tcp_max(mss, TCP_MSS_MIN) : room;
	conn->rcv_mss = addr_is_ipv4(conn->remote) ? TCP_MSS_DEFAULT4 : TCP_MSS_DEFAULT6;
	conn->rto_us = TCP_RTO_INITIAL_US;
	conn->quick_acks = TCP_QUICK_ACKS;
	conn->rcv_shift = conn->tcp->options & TCP_OPTION_WSCALE ? conn->tcp->wscale : 0;
	conn->flags |= TCP_CONN_SYN_NOW;
	tcp_touch(conn);
}

// RFC 3168 section 6.1.1: a SYN asks with both flags, its answer agrees with one.
static void negotiate_ecn(struct tcp_conn *conn, const struct tcp_in *in)
{
	uint8_t flags = in->flags & (TCP_ECE | TCP_CWR);

	if (in->flags & TCP_ACK ? (conn->ecn & TCP_ECN_ASKED) && flags == TCP_ECE
	                        : conn->state == TCP_LISTEN && flags == (TCP_ECE | TCP_CWR) &&
	                                  conn->tcp->ecn != TCP_ECN_NEVER)
		conn->ecn = TCP_ECN_ON;
	else
		conn->ecn = 0;
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
	if (has & TCP_OPTION_WSCALE) {
		conn->flags |= TCP_CONN_WSCALE;
		conn->snd_shift = options->wscale;
	} else {
		conn->rcv_shift = 0;
	}
	if (has & TCP_OPTION_TS) {
		conn->flags |= TCP_CONN_TS;
		conn->ts_recent = options->ts_val;
		conn->heard = tcp_heard(now);
	}
	if (has & TCP_OPTION_SACK_PERMITTED)
		conn->flags |= TCP_CONN_SACK;
	if (unlikely(options->has & TCP_OPTION_UTO))
		tcp_uto_take(conn, options->uto);
	negotiate_ecn(conn, in);
	conn->irs = in->seq;
	conn->rcv_nxt = conn->rcv_edge = conn->last_ack = in->seq + 1;
	conn->snd_wnd = conn->snd_wnd_max = in->window; // that of a SYN is not scaled
	conn->snd_wl1 = in->seq;
	tcp_path_open(conn, now);
	tcp_cc_init(conn);
}

// A connection by a SYN to the listener; NULL when the table is full.
static struct tcp_conn *add_passive(struct tcp *tcp, const struct tcp_listener *listener,
                                    const struct ip_flow *flow, const struct tcp_peers *peers,
                                    const struct tcp_in *syn, mono_t now)
{
	struct tcp_conn *conn = tcp_add(tcp, peers);

	if (!conn)
		return NULL;
	conn->iface = flow->iface;
	conn->ops = listener->ops;
	conn->ctx = listener->ctx;
	conn->flags = listener->nodelay ? TCP_CONN_NODELAY : 0;
	conn->keep_idle_s = listener->keepalive_s;
	conn->keep_interval_s = TCP_KEEPALIVE_S;
	conn->keep_probes = TCP_KEEPALIVES;
	conn->keep_sent = TCP_KEEP_BEGINS;
	tcp_uto_open(conn, listener->user_timeout_option, listener->user_timeout_ms);
	conn->state = TCP_LISTEN;
	open_begin(conn, listener->mss, now);
	// RFC 9293 section 3.6.1, MAY-2 (1).
	if (unlikely(syn->reopens) && tcp_seq_lt(conn->iss, syn->reopens_iss))
		number(conn, syn->reopens_iss);
	negotiate(conn, syn, now);
	conn->give_up = mono_add(now, TCP_HANDSHAKE_US);
	tcp_step(conn, TCP_SYN_IN);
	return conn;
}

// Answers without keeping anything of the SYN: what is to be known comes back with the
// acknowledgement.
static enum drop answer_by_cookie(struct tcp *tcp, struct tcp_listener *listener,
                                  const struct ip_flow *flow, const struct tcp_peers *peers,
                                  const struct tcp_in *in, mono_t now)
{
	struct tcp_cookie_answer answer = {
	        .mss = (uint16_t)(ip_room(flow) - sizeof(struct tcp_hdr)),
	        .ts_offset = (uint32_t)(offset_of(tcp, peers) >> 32),
	};
	uint16_t mss = addr_is_ipv4(peers->remote) ? TCP_MSS_DEFAULT4 : TCP_MSS_DEFAULT6;

	if (in->options.has & TCP_OPTION_MSS)
		mss = in->options.mss;
	if (listener->mss && listener->mss < answer.mss)
		answer.mss = listener->mss;
	answer.iss = tcp_cookie_make(tcp->isn_key, peers, in->seq, mss, now);
	if (!tcp_reply_cookie(tcp, flow, peers, in, &answer, now))
		return DROP_TCP_BACKLOG;
	counter_add(&tcp->metric->tcp.cookies_sent, 1);
	listener->cookies_until = mono_add(now, 2 * TCP_COOKIE_TICK_US);
	return DROP_NONE;
}

// What the SYN carries is in order behind it, and limited as what follows is by the window that our
// answer has, which is not scaled.
static enum drop take_data(struct tcp_conn *conn, const struct tcp_in *in, struct pkt *pkt,
                           bool *taken)
{
	struct tcp_in data = *in;

	data.seq++;
	conn->rcv_edge = conn->rcv_nxt + (uint32_t)size_min(tcp_window(conn), UINT16_MAX);
	return tcp_recv(conn, &data, pkt, taken);
}

enum drop tcp_syn_passive(struct tcp *tcp, struct tcp_listener *listener,
                          const struct ip_flow *flow, const struct tcp_peers *peers,
                          const struct tcp_in *in, struct pkt *pkt, mono_t now)
{
	enum drop reason = DROP_NONE;
	struct tcp_conn *conn;
	bool taken = false;

	if (in->flags & TCP_FIN)
		return DROP_TCP_FLAGS;
	if (listener->pending >= listener->backlog) {
		reason = answer_by_cookie(tcp, listener, flow, peers, in, now);
	} else {
		conn = add_passive(tcp, listener, flow, peers, in, now);
		if (!conn)
			return DROP_TCP_TABLE_FULL;
		conn->listener = (uint8_t)(listener - tcp->listener + 1);
		listener->pending++;
		tcp_fast_syn(conn, listener, in, now);
		if (unlikely(conn->flags & TCP_CONN_FAST) && in->len)
			reason = take_data(conn, in, pkt, &taken);
	}
	if (!reason && !taken)
		pkt_put(pkt);
	return reason;
}

enum drop tcp_syn_cookie(struct tcp *tcp, const struct tcp_listener *listener,
                         const struct ip_flow *flow, const struct tcp_peers *peers,
                         const struct tcp_in *in, struct tcp_conn **conn, mono_t now)
{
	struct tcp_in syn = {.seq = in->seq - 1, .window = in->window};

	*conn = NULL;
	// An attacker may guess cookies only while there are some.
	if ((in->flags & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_ACK ||
	    mono_due(listener->cookies_until, now))
		return DROP_NONE;
	syn.options.mss = tcp_cookie_check(tcp->isn_key, peers, syn.seq, in->ack - 1, now);
	if (!syn.options.mss)
		return DROP_NONE;
	syn.options.has = TCP_OPTION_MSS | (in->options.has & TCP_OPTION_TS);
	syn.options.ts_val = in->options.ts_val;
	if (in->options.has & TCP_OPTION_TS)
		tcp_cookie_options(in->options.ts_ecr - (uint32_t)(offset_of(tcp, peers) >> 32),
		                   &syn.options);
	*conn = add_passive(tcp, listener, flow, peers, &syn, now);
	if (!*conn)
		return DROP_TCP_TABLE_FULL;
	number(*conn, in->ack - 1);
	(*conn)->snd_nxt = in->ack;
	(*conn)->rcv_edge = in->seq + TCP_COOKIE_WINDOW;
	(*conn)->flags &= ~(uint32_t)TCP_CONN_SYN_NOW;
	counter_add(&tcp->metric->tcp.cookies_taken, 1);
	return DROP_NONE;
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
	if (conf->local_port ? !tcp_port_free(tcp, &peers, now)
	                     : !tcp_port_choose(tcp, &flow, &peers, now))
		return -EADDRINUSE;
	added = tcp_add(tcp, &peers);
	if (!added)
		return -ENOSPC;
	added->iface = flow.iface;
	added->ops = conf->ops;
	added->ctx = conf->ctx;
	added->ecn = conf->ecn || tcp->ecn == TCP_ECN_ASK ? TCP_ECN_ASKED : 0;
	steer_begun_add(tcp->steer, 1);
	added->flags = TCP_CONN_CALLED | TCP_CONN_ACTIVE | (conf->nodelay ? TCP_CONN_NODELAY : 0);
	tcp_uto_open(added, conf->user_timeout_option, conf->user_timeout_ms);
	open_begin(added, conf->mss, now);
	added->give_up = mono_add(now, conf->timeout_us ? conf->timeout_us : TCP_SYN_GIVE_UP_US);
	tcp_step(added, TCP_OPEN_ACTIVE);
	if (conn)
		*conn = added;
	return 0;
}

void tcp_established(struct tcp_conn *conn, mono_t now)
{
	tcp_handshake_done(conn);
	conn->flags &= ~(uint32_t)TCP_CONN_SYN_NOW;
	if (likely(!(conn->flags & TCP_CONN_FAST))) {
		conn->snd_una = tcp_seq_max(conn->snd_una, conn->iss + 1);
		conn->flags |= TCP_CONN_OPENED;
	} else if (conn->backoff) {
		tcp_loss_all(conn); // without our SYN the peer could not take what followed it
	}
	conn->give_up = MONO_NEVER;
	conn->timer_kind = TCP_TIMER_NONE;
	// A cookie or a middlebox may have lost the one of the SYN.
	if (unlikely(conn->flags & TCP_CONN_UTO))
		conn->flags |= TCP_CONN_UTO_NOW;
	// A SYN that was lost says that the path loses segments (RFC 6928 section 2).
	if (conn->backoff)
		conn->cwnd = tcp_payload(conn);
	conn->backoff = 0;
	// tcp_shutdown was called before.
	if (conn->flags & TCP_CONN_FIN)
		tcp_step(conn, TCP_SHUTDOWN);
	if (conn->flags & TCP_CONN_RTT)
		tcp_note(conn, TRACE_TCP_RTT, conn->srtt_us);
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
	conn->rcv_edge = conn->rcv_nxt + (uint32_t)size_min(tcp_window(conn), UINT16_MAX);
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
