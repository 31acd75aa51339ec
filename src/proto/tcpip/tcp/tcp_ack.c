// tcp_ack: what an acknowledgement changes (RFC 9293 section 3.10.7.4, fifth check): pages are
// freed, the round trip is measured, the window moves. Congestion control is in tcp_loss.c.
#include "proto/tcpip/tcp/tcp_internal.h"

// What an acknowledgement says about the round trip.
struct sample {
	bool any, again;  // segments were acknowledged, one of them was sent more than once
	uint32_t sent_us; // of the last; of the last that was sent more than once
};

// Frees what is acknowledged.
static struct sample release(struct tcp_conn *conn, uint32_t ack)
{
	struct tcp *tcp = conn->tcp;
	struct sample sample = {0};

	while (conn->send.head != TCP_NONE) {
		struct tcp_seg *seg = &tcp->seg[conn->send.head];
		bool again = seg->flags & TCP_SEG_RESENT;

		if (tcp_seq_lt(ack, seg->seq + seg->len))
			break;
		if (again || !sample.again)
			sample.sent_us = seg->sent_us;
		sample.any = true;
		sample.again |= again;
		if (conn->send_next == conn->send.head)
			conn->send_next = seg->next;
		tcp_seg_del(tcp, tcp_queue_pop(tcp, &conn->send));
		conn->snd_pages--;
	}
	if (conn->send.head != TCP_NONE) {
		struct tcp_seg *seg = &tcp->seg[conn->send.head];
		uint32_t part = ack - seg->seq;

		if (tcp_seq_lt(seg->seq, ack)) {
			seg->seq = ack;
			seg->off = (uint16_t)(seg->off + part);
			seg->len = (uint16_t)(seg->len - part);
		}
	}
	return sample;
}

// Karn's algorithm (RFC 6298 section 3): what was sent more than once, and what waited behind it,
// gives a sample only if the timestamp shows that the last copy arrived (RFC 7323 section 4).
static void take_sample(struct tcp_conn *conn, const struct tcp_in *in, struct sample sample,
                        mono_t now)
{
	uint32_t rtt_us = (uint32_t)now.us - sample.sent_us;
	uint32_t echo_ms = tcp_ms(now) + conn->ts_offset - in->options.ts_ecr;

	if (!sample.any)
		return;
	if (sample.again && (!(conn->flags & TCP_CONN_TS) || echo_ms > rtt_us / MS_US + 1))
		return;
	tcp_loss_rtt(conn, rtt_us);
}

static void take_new(struct tcp_conn *conn, const struct tcp_in *in, mono_t now)
{
	uint32_t ack = in->ack, acked = ack - conn->snd_una;

	take_sample(conn, in, release(conn, ack), now);
	conn->snd_una = ack;
	if (tcp_seq_lt(conn->snd_at, ack)) {
		conn->snd_at = ack;
		conn->send_next = conn->send.head;
	}
	conn->backoff = 0;
	conn->give_up = MONO_NEVER;
	conn->timer_kind = TCP_TIMER_NONE; // RFC 6298 (5.3): begins again
	tcp_loss_acked(conn, acked);
	tcp_touch(conn);
}

// RFC 9293 section 3.10.7.4: only what is newer than the last update moves the window.
static void take_window(struct tcp_conn *conn, const struct tcp_in *in)
{
	uint32_t window = (uint32_t)in->window << conn->snd_shift;

	if (!tcp_seq_lt(conn->snd_wl1, in->seq) &&
	    (conn->snd_wl1 != in->seq || tcp_seq_lt(in->ack, conn->snd_wl2)))
		return;
	conn->snd_wl1 = in->seq;
	conn->snd_wl2 = in->ack;
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

void tcp_ack(struct tcp_conn *conn, const struct tcp_in *in, mono_t now)
{
	if (tcp_seq_lt(conn->snd_una, in->ack)) {
		take_new(conn, in, now);
	} else if (is_duplicate(conn, in)) {
		tcp_loss_dupack(conn);
		tcp_touch(conn);
	} else if (conn->timer_kind == TCP_TIMER_PROBE) {
		// A closed window is kept open as long as the peer answers (MUST-37).
		conn->give_up = mono_add(now, TCP_GIVE_UP_US);
	}
	take_window(conn, in);
	tcp_timer_rearm(conn, now);
}
