// tcp_loss: what an acknowledgement, or that there is none, shows about losses, and the phases
// that follow: fast recovery, recovery after a time-out, and going back when it was a mistake
// (RFC 5682, RFC 3522, RFC 2883). Losses of peers with SACK are found in tcp_rack.c, those of
// others here (RFC 5681, RFC 6582); windows are computed in tcp_cc.c.
#include "proto/tcpip/tcp/tcp_internal.h"

#define DUPACKS 3

void tcp_loss_mark(struct tcp_conn *conn, struct tcp_seg *seg)
{
	if (seg->flags & TCP_SEG_LOST)
		return;
	seg->flags |= TCP_SEG_LOST;
	conn->snd_lost += seg->len;
}

static void unmark(struct tcp_conn *conn)
{
	for (uint32_t i = conn->send.head; i != conn->send_next; i = conn->tcp->seg[i].next)
		conn->tcp->seg[i].flags &= (uint8_t)~TCP_SEG_LOST;
	conn->snd_lost = 0;
}

// Whether the phase that lasts, or has just ended, was begun by mistake: all that was sent
// again came twice, or what came first was sent before (RFC 3522).
static bool may_undo(const struct tcp_conn *conn, const struct tcp_acked *acked)
{
	uint32_t echo_ms = acked->in->options.ts_ecr - conn->ts_offset;

	if (!(conn->loss & TCP_LOSS_UNDO))
		return false;
	return conn->undo_segs == 0 ||
	       ((conn->flags & TCP_CONN_TS) && (acked->in->options.has & TCP_OPTION_TS) &&
	        tcp_seq_lt(echo_ms, conn->resent_ms));
}

static void undo(struct tcp_conn *conn)
{
	unmark(conn);
	tcp_cc_undo(conn);
	if (conn->ca != TCP_CA_LOSS)
		conn->loss |= TCP_LOSS_REORDERS;
	conn->ca = TCP_CA_OPEN;
	conn->loss &= (uint8_t) ~(TCP_LOSS_UNDO | TCP_LOSS_FRTO | TCP_LOSS_FRTO_NEW);
}

// Lowers the window, in a way that can be taken back.
static void lower(struct tcp_conn *conn)
{
	conn->prior_cwnd = conn->cwnd;
	conn->prior_ssthresh = conn->ssthresh;
	conn->undo_segs = 0;
	conn->loss |= TCP_LOSS_UNDO;
	if (conn->ecn & TCP_ECN_ON)
		conn->ecn |= TCP_ECN_CWR;
	tcp_cc_lower(conn);
}

static void enter_recovery(struct tcp_conn *conn)
{
	if (conn->ca == TCP_CA_OPEN)
		lower(conn);
	conn->ca = TCP_CA_RECOVERY;
	tcp_note(conn, TRACE_TCP_CWND, conn->cwnd);
	conn->recover = conn->snd_nxt;
	conn->loss &= (uint8_t) ~(TCP_LOSS_TAIL | TCP_LOSS_TAIL_OLD);
	tcp_touch(conn);
}

// All that was outstanding when the phase began is acknowledged.
static void leave(struct tcp_conn *conn, const struct tcp_acked *acked)
{
	if (conn->ca >= TCP_CA_RECOVERY)
		tcp_rack_recovered(conn);
	if (!(conn->flags & TCP_CONN_SACK))
		tcp_sack_clear(conn);
	if (may_undo(conn, acked)) {
		undo(conn);
		return;
	}
	if (conn->ca != TCP_CA_LOSS)
		conn->cwnd = conn->ssthresh;
	conn->ca = TCP_CA_OPEN;
	conn->loss &= (uint8_t) ~(TCP_LOSS_FRTO | TCP_LOSS_FRTO_NEW);
	conn->phase = (union tcp_phase){0};
	// What came twice may still be reported in the round trip to come.
	if (conn->flags & TCP_CONN_SACK)
		conn->recover = conn->snd_nxt;
}

// Whether there is data that was never sent, and room for it at the peer.
static bool has_new(const struct tcp_conn *conn)
{
	return conn->send_next != TCP_NONE && conn->snd_nxt - conn->snd_una < conn->snd_wnd;
}

// RFC 5682 sections 2 and 3: after a time-out the first segment is sent again, then new data.
// When an acknowledgement covers what was sent once, before the time-out, that was a mistake.
static void probe_timeout(struct tcp_conn *conn, const struct tcp_acked *acked)
{
	bool sack = conn->flags & TCP_CONN_SACK;

	if (!(conn->loss & TCP_LOSS_FRTO))
		return;
	// Without SACK it may have come before the time-out, behind what was sent again.
	if (acked->once && (sack || !acked->again)) {
		undo(conn);
		return;
	}
	if (conn->loss & TCP_LOSS_FRTO_NEW) {
		if (acked->sacked || acked->duplicate)
			conn->loss &= (uint8_t) ~(TCP_LOSS_FRTO | TCP_LOSS_FRTO_NEW);
	} else if (acked->acked && has_new(conn)) {
		conn->loss |= TCP_LOSS_FRTO_NEW;
	} else {
		conn->loss &= (uint8_t)~TCP_LOSS_FRTO;
	}
}

// Not for what was outstanding when the last recovery began (RFC 6582 section 3.2).
static bool is_third(const struct tcp_conn *conn)
{
	return conn->dupacks == DUPACKS && tcp_seq_lt(conn->recover, conn->snd_una);
}

// Duplicates stand for segments that have arrived, but for the first, which is missing.
static void count_duplicates(struct tcp_conn *conn, struct tcp_acked *acked)
{
	uint32_t mss = tcp_payload(conn), flight = conn->snd_nxt - conn->snd_una;
	uint32_t first = conn->send.head == TCP_NONE ? 0 : conn->tcp->seg[conn->send.head].len;

	if (acked->acked) {
		uint32_t known = acked->acked > mss ? acked->acked - mss : 0;

		conn->dupacks = 0;
		known = tcp_min(conn->snd_sacked, known);
		conn->snd_sacked -= known;
		acked->delivered -= tcp_min(acked->delivered, known);
		if (conn->ca == TCP_CA_OPEN)
			conn->snd_sacked = 0;
	} else if (acked->duplicate) {
		if (conn->dupacks < UINT8_MAX)
			conn->dupacks++;
		acked->delivered = mss;
		// RFC 3042: two segments of new data before that is a loss.
		if (conn->ca == TCP_CA_RECOVERY || conn->dupacks < DUPACKS || is_third(conn))
			conn->snd_sacked += mss;
	}
	flight -= tcp_min(flight, tcp_max(conn->snd_lost, first));
	conn->snd_sacked = tcp_min(conn->snd_sacked, flight);
}

// The first segment, which may be one of several in a page.
static void mark_first(struct tcp_conn *conn)
{
	uint32_t first = conn->send.head;

	if (unlikely(conn->tcp->seg[first].len > tcp_payload(conn)) &&
	    tcp_seg_split(conn->tcp, &conn->send, first, tcp_payload(conn)))
		tcp_window_sends(conn, 1);
	tcp_loss_mark(conn, &conn->tcp->seg[first]);
}

// RFC 6582. True: the first segment is lost.
static bool find_lost_newreno(struct tcp_conn *conn, struct tcp_acked *acked)
{
	bool lost = conn->ca == TCP_CA_RECOVERY && acked->acked;

	if (unlikely(acked->duplicate || conn->dupacks || conn->snd_sacked))
		count_duplicates(conn, acked);
	if (conn->ca == TCP_CA_OPEN)
		tcp_loss_follow(conn);
	if (conn->ca == TCP_CA_OPEN || conn->ca == TCP_CA_CWR)
		lost = acked->duplicate && is_third(conn);
	if (lost && conn->send.head != TCP_NONE)
		mark_first(conn);
	else if (lost && conn->snd_una != conn->snd_nxt)
		conn->flags |= TCP_CONN_FIN_AGAIN; // only the FIN is outstanding
	return lost;
}

// Else what is outstanding was sent after all that has arrived, or no more has arrived than when
// this was last looked at; the timer sees to what time alone shows.
static bool may_be_lost(const struct tcp_conn *conn, const struct tcp_acked *acked)
{
	return (acked->delivered || acked->acked) &&
	       (conn->sacked_segs > 0 || conn->ca >= TCP_CA_RECOVERY ||
	        conn->timer_kind == TCP_TIMER_REORDER);
}

static void take_dsack(struct tcp_conn *conn, const struct tcp_acked *acked)
{
	tcp_rack_dsack(conn);
	if (conn->undo_segs > 0)
		conn->undo_segs--;
	if (conn->ca == TCP_CA_OPEN && conn->undo_segs == 0 && may_undo(conn, acked))
		undo(conn);
}

// What an acknowledgement does in its phase.
static void take_phase(struct tcp_conn *conn, const struct tcp_acked *acked)
{
	bool over = tcp_seq_le(conn->recover, conn->snd_una);

	if (conn->ca == TCP_CA_LOSS)
		probe_timeout(conn, acked);
	if (conn->ca == TCP_CA_OPEN) {
		if (over && (conn->flags & TCP_CONN_SACK))
			conn->loss &= (uint8_t)~TCP_LOSS_UNDO;
	} else if (over) {
		leave(conn, acked);
	} else if (acked->acked && may_undo(conn, acked)) {
		undo(conn);
	}
}

// A tail loss probe was what the peer missed: the window has to react (RFC 8985 section 7.4).
static void take_tail_loss(struct tcp_conn *conn)
{
	lower(conn);
	conn->loss &= (uint8_t) ~(TCP_LOSS_UNDO | TCP_LOSS_LIMITED);
	conn->cwnd = conn->ssthresh;
}

void tcp_loss_acked(struct tcp_conn *conn, struct tcp_acked *acked)
{
	uint8_t ca = conn->ca;
	bool lost;

	if (unlikely(conn->loss & TCP_LOSS_TAIL) && tcp_rack_tail_acked(conn, acked))
		take_tail_loss(conn);
	if (unlikely(acked->dsack))
		take_dsack(conn, acked);
	if (unlikely(ca != TCP_CA_OPEN || (conn->loss & TCP_LOSS_UNDO)))
		take_phase(conn, acked);
	if (conn->flags & TCP_CONN_SACK)
		lost = may_be_lost(conn, acked) && tcp_rack_detect(conn, acked->now);
	else
		lost = find_lost_newreno(conn, acked);
	if (unlikely(conn->flags & TCP_CONN_PATH_PROBE) && lost)
		lost = !tcp_path_probe_lost(conn, acked->now);
	if (unlikely(lost) && conn->ca < TCP_CA_RECOVERY)
		enter_recovery(conn);
	// A window that is not used does not grow (RFC 7661, RFC 9438 section 5.8).
	if (conn->ca != TCP_CA_OPEN ||
	    ((conn->loss & TCP_LOSS_LIMITED) && (ca == TCP_CA_OPEN || ca == TCP_CA_LOSS)))
		tcp_cc_acked(conn, acked, lost);
}

void tcp_loss_overtaken(struct tcp_conn *conn, mono_t now)
{
	if (!tcp_rack_detect(conn, now))
		return;
	if ((conn->flags & TCP_CONN_PATH_PROBE) && tcp_path_probe_lost(conn, now))
		return;
	if (conn->ca < TCP_CA_RECOVERY)
		enter_recovery(conn);
	tcp_touch(conn);
}

void tcp_loss_marked(struct tcp_conn *conn)
{
	if (conn->ca != TCP_CA_OPEN)
		return; // once a round trip
	lower(conn);
	conn->loss &= (uint8_t) ~(TCP_LOSS_UNDO | TCP_LOSS_TAIL | TCP_LOSS_TAIL_OLD);
	conn->ca = TCP_CA_CWR;
	conn->recover = conn->snd_nxt;
	tcp_touch(conn);
}

// Section 6.3 of RFC 8985: what was sent only just now may still arrive.
static void mark_outstanding(struct tcp_conn *conn, mono_t now)
{
	struct tcp_seg *seg = conn->tcp->seg;
	bool all = !(conn->flags & TCP_CONN_SACK);

	for (uint32_t i = conn->send.head; i != conn->send_next; i = seg[i].next)
		if (!(seg[i].flags & TCP_SEG_SACKED) &&
		    (all || i == conn->send.head || tcp_rack_is_late(conn, &seg[i], now)))
			tcp_loss_mark(conn, &seg[i]);
}

// RFC 6298 section 5 and RFC 5681 section 3.1.
void tcp_loss_timeout(struct tcp_conn *conn, mono_t now)
{
	bool first = conn->backoff == 0;

	// The peer may have dropped what it reported (RFC 2018 section 8): it has when it
	// reports the first segment, or when that was sent again in vain.
	if (!first || !(conn->flags & TCP_CONN_SACK) ||
	    (conn->send.head != TCP_NONE &&
	     (conn->tcp->seg[conn->send.head].flags & TCP_SEG_SACKED)))
		tcp_sack_clear(conn);
	tcp_path_timeout(conn, now);
	mark_outstanding(conn, now);
	conn->loss &= (uint8_t) ~(TCP_LOSS_FRTO | TCP_LOSS_FRTO_NEW | TCP_LOSS_TAIL |
	                          TCP_LOSS_TAIL_OLD | TCP_LOSS_TAIL_NOW);
	if (first) {
		if (conn->ca != TCP_CA_LOSS)
			conn->loss |= TCP_LOSS_FRTO;
		if (conn->ca != TCP_CA_RECOVERY)
			lower(conn);
	}
	conn->phase = (union tcp_phase){0};
	conn->ca = TCP_CA_LOSS;
	conn->cwnd = tcp_pipe(conn) + tcp_payload(conn);
	conn->loss |= TCP_LOSS_LIMITED;
	conn->dupacks = 0;
	conn->recover = conn->snd_nxt;
	conn->min_rtt_us = 0; // of a path that may have changed
	if (conn->send.head == TCP_NONE)
		conn->flags |= TCP_CONN_FIN_AGAIN;
}

void tcp_loss_all(struct tcp_conn *conn)
{
	for (uint32_t i = conn->send.head; i != conn->send_next; i = conn->tcp->seg[i].next)
		tcp_loss_mark(conn, &conn->tcp->seg[i]);
}

void tcp_loss_too_long(struct tcp_conn *conn)
{
	if (!(conn->flags & TCP_CONN_SACK))
		tcp_sack_clear(conn);
	for (uint32_t i = conn->send.head; i != conn->send_next; i = conn->tcp->seg[i].next) {
		struct tcp_seg *seg = &conn->tcp->seg[i];

		if (!(seg->flags & TCP_SEG_SACKED) && seg->len > tcp_payload(conn))
			tcp_loss_mark(conn, seg);
	}
}
