// tcp_out: what a connection sends now, once a turn: SYN, data, FIN, probes, acknowledgements
// (RFC 9293 sections 3.8 and 3.10). How it becomes a packet is tcp_packet.c.
#include "proto/tcpip/tcp/tcp_packet.h"

// What was just sent acknowledges all that has come.
static void acked(struct tcp_conn *conn)
{
	conn->flags &= ~(uint32_t)TCP_CONN_ACK_NOW;
	if (conn->ack_segs && conn->quick_acks)
		conn->quick_acks--;
	conn->ack_segs = 0;
	conn->dup_acks = 0;
	conn->dsack_len = 0;
	conn->ack_due = MONO_NEVER;
	conn->last_ack = conn->rcv_nxt;
}

// What our SYN says: the link's, unless less is configured.
static uint16_t mss_offered(const struct tcp_conn *conn, const struct ip_flow *flow)
{
	uint16_t room = (uint16_t)(ip_room(flow) - sizeof(struct tcp_hdr));
	uint16_t most = conn->listener ? conn->tcp->listener[conn->listener - 1].mss : 0;

	if (conn->state == TCP_SYN_SENT)
		return conn->mss;
	return most && most < room ? most : room;
}

// RFC 9293 section 3.7.1, RFC 7323 sections 2.2 and 3.2.
static bool send_syn(struct tcp_conn *conn, mono_t now)
{
	bool answers = conn->state == TCP_SYN_RECEIVED;
	uint8_t may = answers ? 0 : conn->tcp->options; // without the peer's having offered it
	struct ip_flow flow = tcp_packet_flow(conn);
	uint8_t cookie[TCP_FAST_COOKIE_BYTES];
	struct tcp_options options = {
	        .has = (uint8_t)(TCP_OPTION_MSS | may),
	        .mss = mss_offered(conn, &flow),
	        .uto = conn->uto,
	        .wscale = conn->tcp->wscale,
	        .ts_val = tcp_ms(now) + conn->ts_offset,
	        .ts_ecr = conn->ts_recent,
	        .cookie = cookie,
	        .cookie_len = sizeof(cookie),
	};
	struct tcp_packet out = {.seq = conn->iss,
	                         .flags = (uint8_t)(TCP_SYN | (answers ? TCP_ACK : 0))};

	// Some networks drop those that ask (RFC 3168 section 6.1.1.1).
	if ((conn->ecn & TCP_ECN_ASKED) && !answers && conn->backoff == 0)
		out.flags |= TCP_ECE | TCP_CWR;
	else if ((conn->ecn & TCP_ECN_ON) && answers)
		out.flags |= TCP_ECE;
	if (conn->flags & TCP_CONN_WSCALE)
		options.has |= TCP_OPTION_WSCALE;
	if (conn->flags & TCP_CONN_TS)
		options.has |= TCP_OPTION_TS;
	if (conn->flags & TCP_CONN_SACK)
		options.has |= TCP_OPTION_SACK_PERMITTED;
	if (unlikely(conn->flags & TCP_CONN_UTO))
		options.has |= TCP_OPTION_UTO;
	// One that is sent again by the timer is as without Fast Open (RFC 7413 section 4.2.2).
	if (unlikely(conn->flags & TCP_CONN_COOKIE) && conn->backoff == 0) {
		tcp_fast_offer(conn, cookie, now);
		options.has |= TCP_OPTION_FAST;
	}
	out.options_len = tcp_option_write(&options, out.options);
	if (answers)
		out.window = tcp_packet_window(conn, 0);
	else
		out.window = (uint16_t)size_min(tcp_window(conn), UINT16_MAX);
	if (!tcp_packet_empty(conn, &out, now))
		return false;
	// Of two it is not known which one is answered (RFC 6298 section 3).
	conn->sent_us = conn->snd_nxt == conn->iss ? (uint32_t)now.us : 0;
	conn->snd_nxt = tcp_seq_max(conn->snd_nxt, conn->iss + 1);
	conn->flags &= ~(uint32_t)TCP_CONN_SYN_NOW;
	acked(conn);
	tcp_timer_rearm(conn, now);
	return true;
}

// What sending a segment of the queue changes.
static void sent(struct tcp_conn *conn, struct tcp_seg *seg, mono_t now)
{
	if (unlikely(tcp_seq_lt(seg->seq, conn->snd_nxt))) {
		if (seg->flags & TCP_SEG_LOST)
			conn->snd_lost -= seg->len;
		seg->flags = (uint8_t)((seg->flags & ~TCP_SEG_LOST) | TCP_SEG_RESENT);
		if ((conn->loss & TCP_LOSS_UNDO) && conn->undo_segs++ == 0)
			conn->resent_ms = tcp_ms(now);
		if (seg->flags & TCP_SEG_PROBE)
			tcp_path_probe_forget(conn);
		counter_add(&conn->tcp->metric->tcp.resent, 1);
		tcp_note(conn, TRACE_TCP_RESEND, seg->seq - conn->iss);
	}
	if (unlikely(conn->ca == TCP_CA_CWR || conn->ca == TCP_CA_RECOVERY))
		conn->phase.prr.out += seg->len;
	if (conn->rcv_nxt != conn->irs + 1 && (uint32_t)now.us - conn->rcv_us < TCP_ACK_DELAY_US)
		conn->flags |= TCP_CONN_REPLIES;
	seg->flags |= TCP_SEG_SENT;
	seg->sent_us = (uint32_t)now.us;
	conn->sent_us = (uint32_t)now.us;
	acked(conn);
}

// Makes a segment of the first len bytes of a part of the queue; false: there is no descriptor.
static bool split(struct tcp_conn *conn, uint32_t index, uint16_t len, mono_t now)
{
	struct tcp *tcp = conn->tcp;

	if (!tcp_seg_split(tcp, &conn->send, index, len))
		return tcp_packet_retry(conn, now);
	// A device may be reading the page when it is the rest's turn.
	tcp->seg[tcp->seg[index].next].flags |= TCP_SEG_SENT;
	tcp_window_sends(conn, 1);
	return true;
}

// Whether the congestion window has room for len bytes more.
static bool may_send(struct tcp_conn *conn, uint32_t len)
{
	uint32_t pipe = tcp_pipe(conn);

	if (likely(pipe + len <= conn->cwnd || pipe == 0))
		return true;
	conn->loss |= TCP_LOSS_LIMITED;
	return false;
}

// Whether a small segment is outstanding.
static bool has_small(const struct tcp_conn *conn)
{
	return tcp_seq_lt(conn->snd_una, conn->snd_small) &&
	       tcp_seq_le(conn->snd_small, conn->snd_nxt);
}

// Whether the end of what is queued waits, though it is small.
static bool small_waits(const struct tcp_conn *conn)
{
	if (conn->flags & TCP_CONN_FIN)
		return false;
	if (conn->flags & TCP_CONN_CORK)
		return !(conn->flags & TCP_CONN_PROBE);
	return !(conn->flags & TCP_CONN_NODELAY);
}

// A page of several segments goes as it is, for the device to cut: what is left of one that is sent
// in part has to be copied. A small end does not wait, for it goes with full segments.
static bool goes_whole(const struct tcp_conn *conn, const struct tcp_seg *seg)
{
	return tcp_packet_cuts(conn) && tcp_packet_is_ours(conn->iface, seg, false) &&
	       !(conn->ecn & TCP_ECN_CWR);
}

// Whether to wait until the windows have room for all of such a page: acknowledgements that make it
// are outstanding, and nothing is to be learnt from sending a part (RFC 3042, RFC 6937).
static bool room_comes(const struct tcp_conn *conn, const struct tcp_seg *seg)
{
	return conn->ca == TCP_CA_OPEN && conn->sacked_segs == 0 && conn->dupacks == 0 &&
	       conn->snd_una != conn->snd_nxt &&
	       2u * seg->len <= tcp_min(conn->cwnd, conn->snd_wnd_max);
}

// How many bytes of what was never sent may be sent now, at most one segment or a page that goes
// whole; 0 also when the congestion window is full, unless it is not to be regarded.
static uint16_t sendable(struct tcp_conn *conn, bool regardless)
{
	const struct tcp_seg *seg;
	uint32_t used = conn->snd_nxt - conn->snd_una, whole, len;

	if (conn->send_next == TCP_NONE || used >= conn->snd_wnd)
		return 0;
	seg = &conn->tcp->seg[conn->send_next];
	if (unlikely(seg->len > tcp_payload(conn)) && !regardless && goes_whole(conn, seg)) {
		if (seg->len <= conn->snd_wnd - used && may_send(conn, seg->len))
			return seg->len;
		if (room_comes(conn, seg))
			return 0;
	}
	whole = tcp_min(seg->len, tcp_payload(conn));
	len = tcp_min(whole, conn->snd_wnd - used);
	// Silly windows (RFC 9293 section 3.8.6.2.1): half of the largest, or the probe's time.
	if (len < whole && 2 * len < conn->snd_wnd_max && !(conn->flags & TCP_CONN_PROBE))
		return 0;
	// Nagle's algorithm (section 3.7.4), as Minshall changed it: a small segment waits only for
	// another small one, not for full ones before it. The last one does not wait.
	if (len < tcp_payload(conn) && unlikely(has_small(conn) || (conn->flags & TCP_CONN_CORK)) &&
	    conn->snd_end - conn->snd_nxt < tcp_payload(conn) && small_waits(conn))
		return 0;
	return regardless || may_send(conn, len) ? (uint16_t)len : 0;
}

// A FIN goes with the last data.
static uint8_t flags_until(const struct tcp_conn *conn, uint32_t end)
{
	uint8_t flags = TCP_ACK;

	if (end == conn->snd_end)
		flags |= (uint8_t)(TCP_PSH | (conn->flags & TCP_CONN_FIN ? TCP_FIN : 0));
	return flags;
}

// RFC 9293 section 3.9.1: the end of a record is pushed.
static uint8_t pushed(const struct tcp_seg *seg)
{
	return seg->flags & TCP_SEG_RECORD ? TCP_PSH : 0;
}

// The segment at snd_nxt is in a packet.
static void advance(struct tcp_conn *conn, struct tcp_seg *seg, mono_t now)
{
	sent(conn, seg, now);
	conn->send_next = seg->next;
	// What is short because its page is, with more behind it, is not small.
	if (seg->len < tcp_payload(conn) && tcp_seg_end(seg) == conn->snd_end)
		conn->snd_small = conn->snd_end;
	conn->snd_nxt = tcp_seg_end(seg);
}

// Adds to a full segment what may be sent behind it, each segment as it would be sent alone: the
// device cuts them off again.
static void add_segments(struct tcp_conn *conn, const struct ip_flow *flow, struct pkt *pkt,
                         struct tcp_packet *out, mono_t now)
{
	struct pkt *last = pkt->next ? pkt->next : pkt;
	uint32_t max = tcp_packet_max(conn, flow, out);
	uint16_t mss = tcp_payload(conn), len = out->len;

	for (unsigned n = pkt->next ? 2 : 1; n < flow->iface->tso_pages && len >= mss; n++) {
		struct tcp_seg *seg;
		bool divided;

		len = sendable(conn, false);
		if (len == 0 || out->len + (uint32_t)len > max)
			break;
		seg = &conn->tcp->seg[conn->send_next];
		divided = len < seg->len;
		if ((divided && !split(conn, conn->send_next, len, now)) ||
		    !tcp_packet_append(flow, seg, divided, &last))
			break;
		out->flags |= pushed(seg);
		pkt->more += len;
		out->len = (uint16_t)(out->len + len);
		advance(conn, seg, now);
	}
	if (out->len <= mss)
		return;
	out->cut = mss;
	if (out->len % mss && conn->snd_nxt == conn->snd_end)
		conn->snd_small = conn->snd_end;
	counter_add(&conn->tcp->metric->tcp.large_sent, 1);
}

// Sends the segment at snd_nxt and those that may go in the same packet.
static bool send_several(struct tcp_conn *conn, struct tcp_seg *seg, struct tcp_packet *out,
                         mono_t now)
{
	struct ip_flow flow;
	struct pkt *pkt = tcp_packet_begin(conn, seg, &flow, out, now);

	if (!pkt)
		return false;
	out->flags |= pushed(seg);
	advance(conn, seg, now);
	add_segments(conn, &flow, pkt, out, now);
	out->flags |= flags_until(conn, conn->snd_nxt);
	tcp_packet_send(&flow, pkt, out, conn->rcv_nxt, now);
	return true;
}

static bool send_alone(struct tcp_conn *conn, struct tcp_seg *seg, struct tcp_packet *out,
                       mono_t now)
{
	out->flags = (uint8_t)(flags_until(conn, tcp_seg_end(seg)) | pushed(seg));
	if (!tcp_packet_seg(conn, seg, out, now))
		return false;
	advance(conn, seg, now);
	return true;
}

// Sends what is at snd_nxt: len bytes, and more behind them unless they are to go alone. The timer
// is set by the caller.
static bool send_next(struct tcp_conn *conn, uint16_t len, bool alone, mono_t now)
{
	struct tcp_seg *seg = &conn->tcp->seg[conn->send_next];
	struct tcp_packet out = {.split = len < seg->len};

	if (unlikely(out.split) && !split(conn, conn->send_next, len, now))
		return false;
	alone = alone || conn->iface->tso_pages < 2 ||
	        (seg->next == TCP_NONE && seg->len <= tcp_payload(conn));
	if (!(alone ? send_alone(conn, seg, &out, now) : send_several(conn, seg, &out, now)))
		return false;
	conn->snd_nxt += !!(out.flags & TCP_FIN);
	if (conn->timer_kind == TCP_TIMER_TAIL)
		conn->timer_kind = TCP_TIMER_NONE; // counts from the last segment
	return true;
}

// Parts the queue so that segments end len bytes behind snd_nxt; false: there is no descriptor.
static bool part_queue(struct tcp_conn *conn, uint16_t len, mono_t now)
{
	struct tcp_seg *seg = conn->tcp->seg;
	uint32_t i = conn->send_next;

	for (; seg[i].len < len; i = seg[i].next)
		len = (uint16_t)(len - seg[i].len);
	return seg[i].len == len || split(conn, i, len, now);
}

// Sends len bytes of what was never sent as one segment, longer than others (RFC 4821). They stay
// parts of the queue of the usual length, so that they can be sent again by themselves. False:
// there is no page or descriptor.
static bool send_path_probe(struct tcp_conn *conn, uint16_t len, mono_t now)
{
	struct tcp_seg *segs = conn->tcp->seg;
	struct tcp_packet out = {.flags = TCP_ACK};

	if (!part_queue(conn, len, now) || !tcp_packet_long(conn, conn->send_next, len, &out, now))
		return false;
	for (uint16_t sent = 0; sent < len;) {
		struct tcp_seg *seg = &segs[conn->send_next];

		sent = (uint16_t)(sent + seg->len);
		advance(conn, seg, now);
		seg->flags |= TCP_SEG_PROBE;
	}
	conn->flags |= TCP_CONN_PATH_PROBE;
	counter_add(&conn->tcp->metric->tcp.path_probes, 1);
	tcp_timer_rearm(conn, now);
	return true;
}

static bool send_fin(struct tcp_conn *conn, mono_t now)
{
	struct tcp_packet out = {.seq = conn->snd_end, .flags = TCP_FIN | TCP_ACK};

	if (!tcp_packet_empty(conn, &out, now))
		return false;
	conn->flags &= ~(uint32_t)TCP_CONN_FIN_AGAIN;
	conn->snd_nxt = conn->snd_end + 1;
	acked(conn);
	tcp_timer_rearm(conn, now);
	return true;
}

// The packets that leave by the connection's interface in this turn.
static bool has_room(const struct tcp_conn *conn)
{
	return batch_room(conn->iface->exit.out) > 0;
}

// Sends one that was sent before, or its begin when the path has become narrower.
static bool resend(struct tcp_conn *conn, uint32_t index, mono_t now)
{
	struct tcp_seg *seg = &conn->tcp->seg[index];
	struct tcp_packet out = {0};

	if (seg->len > tcp_payload(conn) && !split(conn, index, tcp_payload(conn), now))
		return false;
	out.flags = (uint8_t)(flags_until(conn, tcp_seg_end(seg)) | pushed(seg));
	if (conn->snd_nxt == conn->snd_end)
		out.flags &= (uint8_t)~TCP_FIN; // it was not sent yet
	if (!tcp_packet_seg(conn, seg, &out, now))
		return false;
	sent(conn, seg, now);
	return true;
}

enum progress {
	GOES_ON,
	WAITS, // for the window or pages
	FULL,  // the batch is full
};

static enum progress resend_lost(struct tcp_conn *conn, mono_t now)
{
	for (uint32_t i = conn->send.head; i != conn->send_next && conn->snd_lost;
	     i = conn->tcp->seg[i].next) {
		const struct tcp_seg *seg = &conn->tcp->seg[i];

		if (!(seg->flags & TCP_SEG_LOST))
			continue;
		if (!may_send(conn, tcp_min(seg->len, tcp_payload(conn))))
			return WAITS;
		if (!has_room(conn))
			return FULL;
		if (!resend(conn, i, now))
			return WAITS;
	}
	return GOES_ON;
}

// The last segment of those sent, parted from a page that holds several; TCP_NONE: there is no
// descriptor.
static uint32_t last_segment(struct tcp_conn *conn, mono_t now)
{
	uint32_t last = conn->send.head, mss = tcp_payload(conn), len;

	while (conn->tcp->seg[last].next != conn->send_next)
		last = conn->tcp->seg[last].next;
	len = conn->tcp->seg[last].len;
	if (likely(len <= mss))
		return last;
	return split(conn, last, (uint16_t)(len - mss), now) ? conn->tcp->seg[last].next : TCP_NONE;
}

// A tail loss probe (RFC 8985 section 7.3): new data, else the last segment again.
static void send_tail(struct tcp_conn *conn, mono_t now)
{
	uint16_t len = sendable(conn, true);
	uint32_t last = conn->send.head;
	bool sent;

	conn->loss &= (uint8_t)~TCP_LOSS_TAIL_NOW;
	if (conn->snd_una == conn->snd_nxt || conn->ca != TCP_CA_OPEN)
		return;
	if (len > 0) {
		sent = send_next(conn, len, true, now);
	} else if (last == TCP_NONE) {
		sent = send_fin(conn, now);
	} else {
		last = last_segment(conn, now);
		sent = last != TCP_NONE && resend(conn, last, now);
	}
	if (!sent)
		return;
	conn->loss |= (uint8_t)(TCP_LOSS_TAIL | (len > 0 ? 0 : TCP_LOSS_TAIL_OLD));
	conn->recover = conn->snd_nxt;
	tcp_timer_rearm(conn, now);
}

// False: the batch is full.
static bool send_new(struct tcp_conn *conn, mono_t now)
{
	uint16_t len;

	if (unlikely(conn->mss_full) && (len = tcp_path_probe_len(conn, now)) > 0) {
		if (!has_room(conn))
			return false;
		if (!send_path_probe(conn, len, now))
			return true;
	}
	while ((len = sendable(conn, false)) > 0) {
		if (!has_room(conn))
			return false;
		if (!send_next(conn, len, false, now))
			return true;
	}
	if ((conn->flags & TCP_CONN_FIN) && conn->send_next == TCP_NONE &&
	    (conn->snd_nxt == conn->snd_end || (conn->flags & TCP_CONN_FIN_AGAIN))) {
		if (!has_room(conn))
			return false;
		(void)send_fin(conn, now);
	}
	return true;
}

// In slow start a window of which more than half was used may grow, by all that is acknowledged of
// that: of a flight that an application ends, too (RFC 7661 section 4.1, as Linux has it).
static void watch_use(struct tcp_conn *conn)
{
	uint32_t pipe = tcp_pipe(conn), half = conn->cwnd / 2;

	if (likely(conn->ssthresh == UINT32_MAX)) {
		bool over = tcp_seq_le(conn->used_end, conn->snd_una);

		if (pipe > half && (over || pipe > conn->used)) {
			conn->used = pipe;
			conn->used_end = conn->snd_nxt;
		} else if (!over) {
			pipe = conn->used;
		}
	}
	if (pipe > half)
		conn->loss |= TCP_LOSS_LIMITED;
}

// False: the batch is full.
static bool send_data(struct tcp_conn *conn, mono_t now)
{
	uint8_t limited = conn->loss & TCP_LOSS_LIMITED;
	enum progress lost = GOES_ON;

	if (conn->snd_una == conn->snd_nxt && conn->send_next != TCP_NONE) {
		uint32_t idle_us = (uint32_t)now.us - conn->sent_us;

		tcp_rack_begin(conn, now);
		if (unlikely(idle_us > conn->rto_us) && conn->ca == TCP_CA_OPEN)
			tcp_cc_restart(conn, idle_us);
		conn->sent_us = (uint32_t)now.us;
		if (unlikely(conn->mss_full))
			tcp_path_begin(conn, now);
	}
	if (unlikely(conn->loss & TCP_LOSS_TAIL_NOW)) {
		if (!has_room(conn))
			return false;
		send_tail(conn, now);
	}
	if (unlikely(conn->snd_lost) && !(conn->loss & TCP_LOSS_FRTO_NEW))
		lost = resend_lost(conn, now);
	if (lost != GOES_ON)
		return lost != FULL;
	conn->loss &= (uint8_t)~TCP_LOSS_LIMITED;
	if (!send_new(conn, now)) {
		conn->loss |= limited;
		return false;
	}
	if (conn->cwnd < conn->ssthresh)
		watch_use(conn);
	return true;
}

static bool send_ack(struct tcp_conn *conn, uint32_t seq, mono_t now)
{
	struct tcp_packet out = {.seq = seq, .flags = TCP_ACK};

	return tcp_packet_empty(conn, &out, now);
}

// The number of a segment without data. Where the peer has taken back a part of its window, what
// was sent behind that is not acceptable to it, nor is an acknowledgement with such a number.
static uint32_t acceptable(const struct tcp_conn *conn)
{
	uint32_t edge = conn->snd_una + conn->snd_wnd;

	// A window that is scaled loses up to a unit, without having been taken back.
	if (likely(tcp_seq_lt(conn->snd_nxt, edge + (UINT32_C(1) << conn->snd_shift))))
		return conn->snd_nxt;
	return edge - (conn->snd_wnd > 0);
}

// Duplicates are without data, and as many as segments came out of order: the peer may
// count them (RFC 5681 section 4.2).
static bool send_acks(struct tcp_conn *conn, mono_t now)
{
	do {
		if (!has_room(conn))
			return false;
		if (!send_ack(conn, acceptable(conn), now))
			return true;
		if (conn->dup_acks > 0)
			conn->dup_acks--;
	} while (conn->dup_acks > 0);
	acked(conn);
	return true;
}

// RFC 5681 section 4.2 lets acknowledgements wait, which is of use when data of ours can carry
// them; a peer in slow start sends the faster the more there are (section 3.1).
static bool acks_at_once(const struct tcp_conn *conn)
{
	return conn->ack_segs && conn->quick_acks && !(conn->flags & TCP_CONN_REPLIES);
}

static bool send_rst(struct tcp_conn *conn, mono_t now)
{
	struct tcp_packet out = {.seq = conn->snd_nxt, .flags = TCP_RST | TCP_ACK};

	if (!has_room(conn))
		return false;
	// Sent once: without a page the peer finds out by its next segment.
	(void)tcp_packet_empty(conn, &out, now);
	conn->ack_due = MONO_NEVER;
	wheel_del(conn->tcp->wheel, &conn->timer);
	conn->flags &= ~(uint32_t)TCP_CONN_RESET;
	return true;
}

// The peer answers what is before its window with the window (section 3.8.6.1).
static bool send_probe(struct tcp_conn *conn, mono_t now)
{
	if (!has_room(conn))
		return false;
	conn->flags &= ~(uint32_t)TCP_CONN_PROBE;
	(void)send_ack(conn, conn->snd_una - 1, now);
	return true;
}

bool tcp_output(struct tcp_conn *conn, mono_t now)
{
	if (unlikely(conn->flags & TCP_CONN_RESET))
		return send_rst(conn, now);
	if (conn->state == TCP_CLOSED)
		return true;
	if (unlikely(conn->flags & TCP_CONN_SYN_NOW)) {
		if (!has_room(conn))
			return false;
		if (!send_syn(conn, now))
			return true;
	}
	// Before, only what is not acceptable is acknowledged.
	if (unlikely(conn->state < TCP_ESTABLISHED) && !(conn->flags & TCP_CONN_FAST))
		return !(conn->flags & TCP_CONN_ACK_NOW) || send_acks(conn, now);
	if (unlikely(conn->dup_acks > 0) && !send_acks(conn, now))
		return false;
	if ((conn->state <= TCP_ESTABLISHED || tcp_state_sends((enum tcp_state)conn->state)) &&
	    !send_data(conn, now)) {
		tcp_timer_rearm(conn, now);
		return false;
	}
	if (unlikely(conn->flags & TCP_CONN_PROBE)) {
		if (conn->snd_una == conn->snd_nxt)
			return send_probe(conn, now);
		conn->flags &= ~(uint32_t)TCP_CONN_PROBE;
	}
	tcp_timer_rearm(conn, now);
	if ((conn->flags & TCP_CONN_ACK_NOW) || conn->ack_segs >= 2 || acks_at_once(conn))
		return send_acks(conn, now);
	if (conn->ack_segs && conn->ack_due.us == MONO_NEVER.us)
		conn->ack_due = mono_add(now, TCP_ACK_DELAY_US);
	tcp_timer_set(conn);
	return true;
}
