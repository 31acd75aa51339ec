// tcp_ack: what an acknowledgement changes (RFC 9293 section 3.10.7.4, fifth check): pages are
// freed, the round trip is measured, the window moves. What was lost follows in tcp_loss.c.
#include "proto/tcpip/tcp/tcp_internal.h"

bool tcp_ack_is_older(const struct tcp_conn *conn, const struct tcp_acked *acked, uint32_t rtt_us)
{
	uint32_t echo_ms = tcp_ms(acked->now) + conn->ts_offset - acked->in->options.ts_ecr;

	return echo_ms > rtt_us / MS_US + 1;
}

// The segment is acknowledged, but for one with a block of SACK this is no news.
static void segment_acked(struct tcp_conn *conn, const struct tcp_seg *seg, struct tcp_acked *acked)
{
	bool again = seg->flags & TCP_SEG_RESENT;

	if (unlikely(seg->flags & TCP_SEG_LOST))
		conn->snd_lost -= seg->len;
	if (unlikely(seg->flags & TCP_SEG_SACKED)) {
		conn->snd_sacked -= seg->len;
		conn->sacked_segs--;
		return;
	}
	if (again || !acked->again)
		acked->sent_us = seg->sent_us;
	acked->again |= again;
	acked->any = true;
	acked->delivered += seg->len;
	acked->once |= !again && tcp_seq_le(tcp_seg_end(seg), conn->recover);
	// Others have overtaken it, which blocks of SACK reported before.
	if (unlikely(conn->sacked_segs > 0) && !again)
		conn->loss |= TCP_LOSS_REORDERS;
	if (conn->flags & TCP_CONN_SACK)
		tcp_rack_delivered(conn, seg, acked);
}

// A part of the first segment is acknowledged.
static void trim(struct tcp_conn *conn, struct tcp_seg *seg, uint32_t part, struct tcp_acked *acked)
{
	if (seg->flags & TCP_SEG_LOST)
		conn->snd_lost -= part;
	if (seg->flags & TCP_SEG_SACKED)
		conn->snd_sacked -= part;
	else
		acked->delivered += part;
	seg->seq += part;
	seg->off = (uint16_t)(seg->off + part);
	seg->len = (uint16_t)(seg->len - part);
}

// Frees what is acknowledged.
static void release(struct tcp_conn *conn, struct tcp_acked *acked)
{
	struct tcp *tcp = conn->tcp;
	uint32_t ack = acked->in->ack;

	while (conn->send.head != TCP_NONE) {
		struct tcp_seg *seg = &tcp->seg[conn->send.head];

		if (tcp_seq_lt(ack, tcp_seg_end(seg))) {
			if (tcp_seq_lt(seg->seq, ack))
				trim(conn, seg, ack - seg->seq, acked);
			break;
		}
		segment_acked(conn, seg, acked);
		tcp_seg_del(tcp, tcp_queue_pop(tcp, &conn->send));
		tcp_window_sends(conn, -1);
	}
}

// Karn's algorithm (RFC 6298 section 3): what was sent more than once, and what waited behind it,
// gives a sample only if the timestamp shows that the last copy arrived (RFC 7323 section 4).
static void take_sample(struct tcp_conn *conn, struct tcp_acked *acked)
{
	uint32_t rtt_us = (uint32_t)acked->now.us - acked->sent_us;

	if (!acked->any)
		return;
	if (acked->again && (!(conn->flags & TCP_CONN_TS) || tcp_ack_is_older(conn, acked, rtt_us)))
		return;
	acked->rtt_us = rtt_us;
	tcp_timer_rtt(conn, rtt_us);
}

static void take_new(struct tcp_conn *conn, struct tcp_acked *acked)
{
	acked->acked = acked->in->ack - conn->snd_una;
	release(conn, acked);
	take_sample(conn, acked);
	conn->snd_una = acked->in->ack;
	if (unlikely(conn->backoff >= TCP_PATH_TIME_OUTS))
		tcp_path_acked(conn, acked->now);
	conn->backoff = 0;
	conn->give_up = MONO_NEVER;
	conn->timer_kind = TCP_TIMER_NONE; // RFC 6298 (5.3): begins again
	tcp_touch(conn);
}

// RFC 9293 section 3.10.7.4: only what is newer than the last update moves the window. What was
// acknowledged then is SND.UNA now.
static void take_window(struct tcp_conn *conn, const struct tcp_in *in)
{
	uint32_t window = (uint32_t)in->window << conn->snd_shift;

	if (tcp_seq_lt(in->seq, conn->snd_wl1) || tcp_seq_lt(in->ack, conn->snd_una))
		return;
	conn->snd_wl1 = in->seq;
	if (window == conn->snd_wnd)
		return;
	conn->snd_wnd = window;
	if (window > conn->snd_wnd_max)
		conn->snd_wnd_max = window;
	if (conn->timer_kind == TCP_TIMER_PROBE) {
		conn->timer_kind = TCP_TIMER_NONE;
		conn->backoff = 0;
	}
	tcp_touch(conn);
}

// RFC 5681 section 2.
static bool is_duplicate(const struct tcp_conn *conn, const struct tcp_in *in)
{
	return in->ack == conn->snd_una && conn->snd_una != conn->snd_nxt && in->len == 0 &&
	       !(in->flags & TCP_FIN) && (uint32_t)in->window << conn->snd_shift == conn->snd_wnd;
}

// New data is acknowledged, nothing was reported or is suspected, and the congestion window was not
// full: tcp_loss_acked would find nothing to do.
static bool is_plain(const struct tcp_conn *conn, const struct tcp_acked *acked)
{
	return acked->acked && !acked->in->options.sacks && conn->ca == TCP_CA_OPEN &&
	       conn->loss == 0 && conn->snd_sacked == 0 && conn->dupacks == 0;
}

// A connection whose window is closed is kept as long as the peer answers (MUST-37), also when it
// closed over what is outstanding (SHLD-17).
static bool is_held_off(const struct tcp_conn *conn)
{
	return !conn->user_ms && (conn->timer_kind == TCP_TIMER_PROBE ||
	                          (conn->snd_wnd == 0 && conn->send.head != TCP_NONE));
}

void tcp_ack(struct tcp_conn *conn, const struct tcp_in *in, mono_t now)
{
	struct tcp_acked acked = {.in = in, .now = now, .duplicate = is_duplicate(conn, in)};

	if (unlikely(conn->flags & TCP_CONN_PATH_PROBE))
		tcp_path_probe_acked(conn, in, now);
	if (tcp_seq_lt(conn->snd_una, in->ack)) {
		take_new(conn, &acked);
	} else {
		if (acked.duplicate)
			tcp_touch(conn);
		if (unlikely(is_held_off(conn)))
			conn->give_up = mono_add(now, TCP_GIVE_UP_US);
	}
	if (unlikely(in->options.sacks) && (conn->flags & TCP_CONN_SACK))
		tcp_sack_take(conn, &acked);
	if (unlikely(in->flags & TCP_ECE) && (conn->ecn & TCP_ECN_ON) &&
	    conn->snd_una != conn->snd_nxt)
		tcp_loss_marked(conn);
	if (likely(is_plain(conn, &acked)))
		tcp_loss_follow(conn);
	else if (acked.acked || acked.duplicate || acked.sacked || acked.dsack)
		tcp_loss_acked(conn, &acked);
	take_window(conn, in);
	// In a connection that was touched tcp_output does so, once for all that came.
	if (!(conn->flags & TCP_CONN_TOUCHED) || conn->state != TCP_ESTABLISHED)
		tcp_timer_rearm(conn, now);
}
