// tcp_in: the arrival of a segment, in the order of RFC 9293 section 3.10.7. What it carries
// is taken in tcp_recv.c, what it acknowledges in tcp_ack.c.
#include "proto/tcpip/tcp/tcp_internal.h"

#include "proto/tcpip/cksum.h"

#define PAWS_US (24 * 24 * 3600 * SEC_US) // a timestamp older than this is not compared

static enum drop check_sum(const struct pkt *pkt, const struct ip_flow *flow, uint32_t len)
{
	cksum_t pseudo;

	if (pkt->rx_flags & PKT_RX_L4_CKSUM_OK)
		return DROP_NONE;
	if (unlikely(pkt->rx_flags & PKT_RX_L4_CKSUM_BAD))
		return DROP_TCP_CKSUM;
	pseudo = cksum_pseudo(flow->src, flow->dst, IP_PROTOCOL_TCP, len);
	return likely(cksum_ok(cksum_add_pkt(pseudo, pkt, pkt->l4, len))) ? DROP_NONE
	                                                                  : DROP_TCP_CKSUM;
}

// Several segments that a device has joined are as long as such that come one by one may be.
static COLD enum drop check_joined(const struct pkt *pkt, const struct ip_flow *flow)
{
	uint32_t hdrs = tcp_hdr_len(tcp_hdr_of(pkt));

	return hdrs + pkt->gso_size > ip_room(flow) ? DROP_TCP_GSO : DROP_NONE;
}

// The one check of a segment.
static enum drop check(const struct pkt *pkt, const struct ip_flow *flow, struct tcp_in *in)
{
	const struct tcp_hdr *hdr = tcp_hdr_of(pkt);
	uint32_t total = pkt_l4_len(pkt);
	enum drop reason = tcp_check(hdr, (size_t)(pkt->off + pkt->len - pkt->l4), total);

	if (unlikely(reason))
		return reason;
	reason = check_sum(pkt, flow, total);
	if (unlikely(reason))
		return reason;
	if (unlikely(hdr->src_port.be == 0 || hdr->dst_port.be == 0))
		return DROP_TCP_PORT;
	if (unlikely(pkt->gso_size)) {
		reason = check_joined(pkt, flow);
		if (reason)
			return reason;
	}
	in->seq = be32_get(hdr->seq);
	in->ack = be32_get(hdr->ack);
	in->window = be16_get(hdr->window);
	in->flags = hdr->flags;
	in->reopens = false;
	in->len = total - tcp_hdr_len(hdr);
	in->data = (uint16_t)(pkt->l4 + tcp_hdr_len(hdr));
	return tcp_option_parse((const uint8_t *)(hdr + 1), tcp_hdr_len(hdr) - sizeof(*hdr),
	                        &in->options);
}

// An acknowledgement that an attacker could provoke: only now and then (RFC 5961 section 7). The
// limit is each connection's: one of the worker would show others' traffic.
static void challenge(struct tcp_conn *conn, mono_t now)
{
	uint16_t units = (uint16_t)(tcp_ms(now) / TCP_CHALLENGE_UNIT_MS);

	if (conn->challenge &&
	    (uint16_t)(units - conn->challenge) < TCP_CHALLENGE_MS / TCP_CHALLENGE_UNIT_MS)
		return;
	conn->challenge = units ? units : 1;
	conn->flags |= TCP_CONN_ACK_NOW;
	tcp_touch(conn);
}

static void ack_now(struct tcp_conn *conn)
{
	conn->flags |= TCP_CONN_ACK_NOW;
	tcp_touch(conn);
}

// RFC 7323 section 5.3: whether the segment is older than what was received.
static bool is_old(const struct tcp_conn *conn, const struct tcp_in *in, mono_t now)
{
	if (!(conn->flags & TCP_CONN_TS) || (in->flags & TCP_RST))
		return false;
	if (!(in->options.has & TCP_OPTION_TS))
		return true; // section 3.2: each segment has them
	return tcp_seq_lt(in->options.ts_val, conn->ts_recent) && tcp_idle_us(conn, now) < PAWS_US;
}

static void note_timestamp(struct tcp_conn *conn, const struct tcp_in *in, mono_t now)
{
	if (!(in->options.has & TCP_OPTION_TS) || tcp_seq_lt(conn->last_ack, in->seq))
		return;
	conn->ts_recent = in->options.ts_val;
	conn->heard = tcp_heard(now);
}

// Sequence numbers that the segment takes.
static uint32_t seq_len(const struct tcp_in *in)
{
	return in->len + !!(in->flags & TCP_SYN) + !!(in->flags & TCP_FIN);
}

// TIME-WAIT: a FIN that comes again is acknowledged again, and the wait begins again.
static void wait_again(struct tcp_conn *conn, const struct tcp_in *in, mono_t now)
{
	if (!(in->flags & TCP_FIN))
		return;
	tcp_step(conn, TCP_FIN_IN);
	conn->due = mono_add(now, 2 * TCP_MSL_US);
	ack_now(conn);
}

// Whether the segment is in the window. In a closed one, what comes next in order may
// still acknowledge or reset: it is taken without its data (section 3.10.7.4).
static enum drop check_window(struct tcp_conn *conn, struct tcp_in *in, mono_t now)
{
	uint32_t window = conn->rcv_edge - conn->rcv_nxt;

	if (unlikely(is_old(conn, in, now))) {
		if (in->options.has & TCP_OPTION_TS)
			challenge(conn, now); // without, silently (section 3.2)
		return DROP_TCP_PAWS;
	}
	if (likely(tcp_seq_acceptable(in->seq, seq_len(in), conn->rcv_nxt, window)))
		return DROP_NONE;
	if (window == 0 && in->seq == conn->rcv_nxt) {
		in->len = 0;
		in->flags &= (uint8_t)~TCP_FIN;
		ack_now(conn);
		return DROP_NONE;
	}
	if (in->flags & TCP_RST)
		return DROP_TCP_WINDOW;
	// The FIN that comes again is before the window.
	if (conn->state == TCP_TIME_WAIT && in->seq + seq_len(in) == conn->rcv_nxt)
		wait_again(conn, in, now);
	// What carries data comes again because our acknowledgement was lost.
	if (seq_len(in) && !(in->flags & TCP_SYN)) {
		// Not what reaches into a closed window: it is dropped.
		if (in->len && tcp_seq_lt(in->seq, conn->rcv_nxt))
			tcp_recv_duplicate(conn, in->seq,
			                   tcp_min(in->len, conn->rcv_nxt - in->seq));
		ack_now(conn);
	} else {
		challenge(conn, now);
	}
	return DROP_TCP_WINDOW;
}

// RFC 5961 section 3: only a reset that is exactly next is believed.
static enum drop take_rst(struct tcp_conn *conn, const struct tcp_in *in, mono_t now)
{
	if (conn->state == TCP_TIME_WAIT)
		return DROP_TCP_RST;
	if (in->seq != conn->rcv_nxt) {
		challenge(conn, now);
		return DROP_TCP_RST;
	}
	if ((conn->flags & TCP_CONN_FAST) && conn->listener)
		tcp_fast_reset(&conn->tcp->listener[conn->listener - 1], now);
	tcp_end(conn, conn->state == TCP_SYN_RECEIVED && (conn->flags & TCP_CONN_ACTIVE)
	                      ? TCP_END_REFUSED
	                      : TCP_END_RESET);
	return DROP_NONE;
}

// A SYN or its answer again, or the answer to ours that crossed the peer's SYN. True: there
// is nothing more in it.
static bool take_syn_again(struct tcp_conn *conn, struct tcp_in *in)
{
	if (!(in->flags & TCP_SYN) || in->seq != conn->irs)
		return false;
	if (in->flags & TCP_ACK) {
		in->flags &= (uint8_t)~TCP_SYN;
		in->seq++;
		in->window = (uint16_t)(in->window >> conn->snd_shift);
		conn->flags |= TCP_CONN_ACK_NOW; // our SYN and ACK may have been lost
		return false;
	}
	conn->flags |= TCP_CONN_SYN_NOW;
	tcp_touch(conn);
	return true;
}

// The acknowledgement of our SYN.
static enum drop take_handshake(struct tcp_conn *conn, const struct tcp_in *in, mono_t now)
{
	if (tcp_seq_le(in->ack, conn->snd_una) || tcp_seq_lt(conn->snd_nxt, in->ack))
		return DROP_TCP_ACK;
	if (unlikely(tcp_is_unlistened(conn))) {
		conn->flags |= TCP_CONN_RESET;
		tcp_end(conn, TCP_END_ABORTED);
		return DROP_TCP_NO_LISTENER;
	}
	tcp_step(conn, TCP_SYN_ACKED);
	tcp_timer_rtt_handshake(conn, in, now);
	conn->snd_wl1 = in->seq - 1; // the window of this segment is taken
	tcp_established(conn, now);
	return DROP_NONE;
}

// What our FIN, acknowledged, changes. False: the connection has ended.
static bool take_fin_ack(struct tcp_conn *conn, mono_t now)
{
	if (!(conn->flags & TCP_CONN_FIN) || conn->snd_una != conn->snd_end + 1)
		return true;
	if (conn->state == TCP_LAST_ACK) {
		tcp_step(conn, TCP_FIN_ACKED);
		tcp_end(conn, TCP_END_DONE);
		return false;
	}
	if (conn->state == TCP_FIN_WAIT_1 || conn->state == TCP_CLOSING)
		tcp_step(conn, TCP_FIN_ACKED);
	tcp_timer_rearm(conn, now);
	return true;
}

// DROP_NONE: goes on with what the segment carries.
static enum drop take_ack(struct tcp_conn *conn, const struct tcp_in *in, mono_t now)
{
	enum drop reason;

	if (conn->state == TCP_SYN_RECEIVED) {
		reason = take_handshake(conn, in, now);
		if (reason)
			return reason;
	}
	// RFC 5961 section 5.
	if (unlikely(tcp_seq_lt(in->ack, conn->snd_una - conn->snd_wnd_max) ||
	             tcp_seq_lt(conn->snd_nxt, in->ack))) {
		challenge(conn, now);
		return DROP_TCP_ACK;
	}
	// In TIME-WAIT nothing is outstanding, and the place of `phase` is used by the list of
	// those that wait: a late report of what came twice is no news.
	if (likely(conn->state != TCP_TIME_WAIT))
		tcp_ack(conn, in, now);
	return DROP_NONE;
}

// The peer's FIN, once all before it has come.
static void take_fin(struct tcp_conn *conn, const struct tcp_in *in, mono_t now)
{
	if ((in->flags & TCP_FIN) && tcp_state_receives((enum tcp_state)conn->state)) {
		conn->fin_at = in->seq + in->len;
		conn->flags |= TCP_CONN_FIN_SEEN;
		ack_now(conn);
	}
	if (!(conn->flags & TCP_CONN_FIN_SEEN) || (conn->flags & TCP_CONN_FIN_IN) ||
	    conn->fin_at != conn->rcv_nxt)
		return;
	conn->rcv_nxt++;
	conn->rcv_edge = tcp_seq_max(conn->rcv_edge, conn->rcv_nxt);
	conn->flags |= TCP_CONN_FIN_IN | TCP_CONN_ACK_NOW;
	tcp_recv_clear(conn, &conn->reasm); // what a broken peer sent beyond its end
	tcp_step(conn, TCP_FIN_IN);
	tcp_timer_rearm(conn, now);
	tcp_touch(conn);
}

// Header prediction: the next data in order, or an acknowledgement, of an established
// connection, to which none of the checks applies.
static inline bool is_predicted(const struct tcp_conn *conn, const struct tcp_in *in)
{
	return conn->state == TCP_ESTABLISHED &&
	       (in->flags & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK | TCP_URG)) == TCP_ACK &&
	       in->seq == conn->rcv_nxt && in->len <= conn->rcv_edge - conn->rcv_nxt &&
	       in->ack - conn->snd_una <= conn->snd_nxt - conn->snd_una &&
	       (!(conn->flags & TCP_CONN_TS) || (in->options.has == TCP_OPTION_TS &&
	                                         tcp_seq_le(conn->ts_recent, in->options.ts_val)));
}

// The first to fourth check of section 3.10.7.4. *done: there is nothing more in the
// segment.
static enum drop check_arrival(struct tcp_conn *conn, struct tcp_in *in, bool *done, mono_t now)
{
	enum drop reason;

	if (conn->state == TCP_SYN_RECEIVED) {
		*done = take_syn_again(conn, in);
		if (*done)
			return DROP_NONE;
	}
	reason = check_window(conn, in, now);
	if (reason)
		return reason;
	if (in->flags & TCP_RST) {
		*done = true;
		return take_rst(conn, in, now);
	}
	if (in->flags & TCP_SYN) {
		challenge(conn, now);
		return DROP_TCP_SYN;
	}
	return in->flags & TCP_ACK ? DROP_NONE : DROP_TCP_NO_ACK;
}

// RFC 3168 section 6.1.3: what a router has marked is reported until the peer has lowered its
// window, which it says with new data.
static void take_marks(struct tcp_conn *conn, const struct tcp_in *in, const struct pkt *pkt)
{
	uint8_t tos =
	        addr_is_ipv4(conn->remote) ? ipv4_hdr_of(pkt)->tos : ipv6_class(ipv6_hdr_of(pkt));

	if ((in->flags & TCP_CWR) && in->len)
		conn->ecn &= (uint8_t)~TCP_ECN_ECHO;
	if ((tos & IP_ECN_MASK) == IP_ECN_CE)
		conn->ecn |= TCP_ECN_ECHO;
}

// After a pause the peer begins with slow start again (RFC 5681 section 4.1).
static void note_data(struct tcp_conn *conn, mono_t now)
{
	if ((uint32_t)now.us - conn->rcv_us > conn->rto_us)
		conn->quick_acks = TCP_QUICK_ACKS;
	conn->rcv_us = (uint32_t)now.us;
}

// *taken: the packet is the connection's.
static enum drop conn_input(struct tcp_conn *conn, struct tcp_in *in, struct pkt *pkt, bool *taken,
                            mono_t now)
{
	enum drop reason = DROP_NONE;
	bool done = false;

	if (unlikely(!is_predicted(conn, in))) {
		reason = check_arrival(conn, in, &done, now);
		if (reason || done)
			return reason;
	}
	if (unlikely(conn->keep_idle_s))
		conn->heard = tcp_heard(now);
	if (unlikely(conn->ecn & TCP_ECN_ON))
		take_marks(conn, in, pkt);
	reason = take_ack(conn, in, now);
	if (unlikely(reason))
		return reason;
	if (unlikely(in->options.has & TCP_OPTION_UTO))
		tcp_uto_take(conn, in->options.uto);
	// Not before: one that acknowledges what was not sent may be an attacker's, and would have
	// what the peer sends dropped as old.
	note_timestamp(conn, in, now);
	if (unlikely(!take_fin_ack(conn, now)))
		return DROP_NONE;
	if (unlikely(conn->state == TCP_TIME_WAIT)) {
		wait_again(conn, in, now);
		return DROP_NONE;
	}
	if (in->len && tcp_state_receives((enum tcp_state)conn->state)) {
		note_data(conn, now);
		reason = tcp_recv(conn, in, pkt, taken);
	}
	take_fin(conn, in, now);
	return reason;
}

// A segment for none of our connections (sections 3.10.7.1 and 3.10.7.2). Consumes the packet, or
// gives the reason to drop it.
static enum drop stray_input(struct tcp *tcp, struct tcp_listener *listener,
                             const struct ip_flow *flow, const struct tcp_peers *peers,
                             const struct tcp_in *in, struct pkt *pkt, mono_t now)
{
	if (in->flags & TCP_RST)
		return DROP_TCP_NO_CONN;
	if (unlikely(tcp->accept == TCP_REFUSES))
		listener = NULL;
	if (listener && (in->flags & (TCP_ACK | TCP_SYN)) == TCP_SYN)
		return tcp->accept == TCP_IGNORES
		               ? DROP_TCP_LEAVING
		               : tcp_syn_passive(tcp, listener, flow, peers, in, pkt, now);
	if (listener && !(in->flags & TCP_ACK))
		return DROP_TCP_FLAGS;
	tcp_reply_reset(tcp, flow, peers, in, now);
	return listener ? DROP_TCP_NO_CONN : DROP_TCP_NO_LISTENER;
}

// Whether a SYN may take the place of a connection in TIME-WAIT (RFC 6191 section 2): it is
// certainly newer than all that the old one sent.
static bool is_newer(const struct tcp_conn *conn, const struct tcp_in *in)
{
	if (conn->state != TCP_TIME_WAIT ||
	    (in->flags & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN ||
	    (conn->flags & TCP_CONN_CLOSED))
		return false;
	if ((conn->flags & TCP_CONN_TS) && (in->options.has & TCP_OPTION_TS) &&
	    in->options.ts_val != conn->ts_recent)
		return tcp_seq_lt(conn->ts_recent, in->options.ts_val);
	return tcp_seq_lt(conn->rcv_nxt, in->seq);
}

// Gives up a connection in TIME-WAIT for a SYN, if there is a listener that remembers it. Returns
// the connection that the segment is for, NULL: there is none any more.
static COLD struct tcp_conn *reopen(struct tcp_conn *conn, struct tcp_in *in)
{
	const struct tcp_listener *listener =
	        tcp_listener_find(conn->tcp, conn->local, conn->local_port);

	if (!listener || listener->pending >= listener->backlog)
		return conn;
	in->reopens = true;
	in->reopens_iss = conn->snd_nxt + 1;
	tcp_del(conn);
	return NULL;
}

enum drop tcp_input(struct tcp *tcp, const struct ip_flow *flow, struct pkt *pkt, mono_t now)
{
	struct tcp_peers peers = {.local = flow->dst, .remote = flow->src};
	struct tcp_conn *conn;
	struct tcp_in in;
	enum drop reason = check(pkt, flow, &in);
	bool taken = false;

	if (unlikely(reason))
		return reason;
	peers.local_port = be16_get(tcp_hdr_of(pkt)->dst_port);
	peers.remote_port = be16_get(tcp_hdr_of(pkt)->src_port);
	conn = tcp_find(tcp, &peers);
	if (conn && unlikely(is_newer(conn, &in)))
		conn = reopen(conn, &in);
	if (unlikely(!conn)) {
		struct tcp_listener *listener = tcp_listener_find(tcp, flow->dst, peers.local_port);
		struct steer_worker *owner = NULL;

		if (!listener && tcp->steer)
			owner = steer_owner(tcp->steer, peers.local_port);
		if (owner)
			return steer_pass(tcp->steer, owner, pkt);
		if (listener)
			reason = tcp_syn_cookie(tcp, listener, flow, &peers, &in, &conn, now);
		if (!reason && !conn)
			return stray_input(tcp, listener, flow, &peers, &in, pkt, now);
		if (!conn)
			return reason;
	}
	if (unlikely(conn->state == TCP_SYN_SENT)) {
		reason = tcp_syn_sent(conn, &in, now);
		if (reason == DROP_TCP_ACK)
			tcp_reply_reset(tcp, flow, &peers, &in, now);
	} else {
		bool opening = conn->state == TCP_SYN_RECEIVED;

		reason = conn_input(conn, &in, pkt, &taken, now);
		if (unlikely(opening && reason == DROP_TCP_ACK))
			tcp_reply_reset(tcp, flow, &peers, &in, now);
	}
	if (!reason && !taken)
		pkt_put(pkt);
	return reason;
}

// RFC 5927: only an error about a segment that is outstanding is looked at, and none ends an
// established connection.
bool tcp_error(struct tcp *tcp, const struct ip_error *error, mono_t now)
{
	const struct tcp_hdr *hdr = (const struct tcp_hdr *)error->quoted;
	struct tcp_peers peers = {.local = error->flow.src,
	                          .remote = error->flow.dst,
	                          .local_port = be16_get(hdr->src_port),
	                          .remote_port = be16_get(hdr->dst_port)};
	struct tcp_conn *conn = tcp_find(tcp, &peers);
	uint32_t seq = be32_get(hdr->seq);

	if (!conn || !tcp_seq_in(seq, conn->snd_una, conn->snd_nxt - conn->snd_una))
		return false;
	if (error->kind == IP_ERROR_TOO_BIG && tcp_state_synchronized((enum tcp_state)conn->state))
		tcp_path_error(conn, error, now);
	else if (conn->state == TCP_SYN_SENT &&
	         (error->kind == IP_ERROR_UNREACHABLE || error->kind == IP_ERROR_PORT))
		tcp_end(conn, TCP_END_UNREACHABLE);
	return true;
}
