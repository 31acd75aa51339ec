// tcp_loss: when data is sent again, and how much may be outstanding: the retransmission
// timer (RFC 6298), slow start, congestion avoidance and fast retransmit (RFC 5681), NewReno's
// recovery (RFC 6582) and limited transmit (RFC 3042).
#include "proto/tcpip/tcp/tcp_internal.h"

#define DUPACKS 3

static uint32_t flight(const struct tcp_conn *conn)
{
	return conn->snd_nxt - conn->snd_una;
}

static uint32_t u32_min(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t u32_max(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

void tcp_loss_init(struct tcp_conn *conn)
{
	conn->cwnd = TCP_INITIAL_WINDOW * (uint32_t)conn->mss;
	conn->ssthresh = UINT32_MAX;
}

void tcp_loss_rtt(struct tcp_conn *conn, uint32_t rtt_us)
{
	uint32_t rto;

	if (!(conn->flags & TCP_CONN_RTT)) {
		conn->flags |= TCP_CONN_RTT;
		conn->srtt_us = rtt_us;
		conn->rttvar_us = rtt_us / 2;
	} else {
		uint32_t off =
		        rtt_us > conn->srtt_us ? rtt_us - conn->srtt_us : conn->srtt_us - rtt_us;

		conn->rttvar_us = conn->rttvar_us - conn->rttvar_us / 4 + off / 4;
		conn->srtt_us = conn->srtt_us - conn->srtt_us / 8 + rtt_us / 8;
	}
	rto = conn->srtt_us + u32_max(4 * conn->rttvar_us, (uint32_t)WHEEL_TICK_US);
	conn->rto_us = u32_min(u32_max(rto, TCP_RTO_MIN_US), TCP_RTO_MAX_US);
}

// The round trip of a handshake of which nothing was sent twice.
void tcp_loss_rtt_handshake(struct tcp_conn *conn, const struct tcp_in *in, mono_t now)
{
	uint32_t ms = tcp_ms(now) + conn->ts_offset - in->options.ts_ecr;

	if ((conn->flags & TCP_CONN_TS) && (in->options.has & TCP_OPTION_TS) &&
	    conn->backoff == 0 && ms < TCP_RTO_MAX_US / MS_US)
		tcp_loss_rtt(conn, ms * (uint32_t)MS_US);
}

// RFC 5681 equation 4.
static void lower_ssthresh(struct tcp_conn *conn)
{
	conn->ssthresh = u32_max(flight(conn) / 2, 2u * conn->mss);
}

static void resend_first(struct tcp_conn *conn)
{
	if (conn->send.head != TCP_NONE)
		conn->tcp->seg[conn->send.head].flags |= TCP_SEG_LOST;
	else if (conn->flags & TCP_CONN_FIN)
		conn->snd_at = conn->snd_una; // only the FIN is outstanding
}

// RFC 6582 section 3.2, steps 3 and 4.
static void recovery_acked(struct tcp_conn *conn, uint32_t bytes)
{
	if (!tcp_seq_lt(conn->snd_una, conn->recover)) {
		conn->cwnd = u32_min(conn->ssthresh, u32_max(flight(conn), conn->mss) + conn->mss);
		conn->flags &= ~(uint32_t)TCP_CONN_RECOVERY;
		return;
	}
	resend_first(conn);
	conn->cwnd -= u32_min(conn->cwnd, bytes);
	if (bytes >= conn->mss)
		conn->cwnd += conn->mss;
	conn->cwnd = u32_max(conn->cwnd, conn->mss);
}

void tcp_loss_acked(struct tcp_conn *conn, uint32_t bytes)
{
	conn->dupacks = 0;
	// Kept near, for comparisons hold for half of the sequence space.
	if (!(conn->flags & TCP_CONN_RECOVERY) && tcp_seq_lt(conn->recover, conn->snd_una))
		conn->recover = conn->snd_una - 1;
	if (conn->flags & TCP_CONN_RECOVERY)
		recovery_acked(conn, bytes);
	else if (conn->cwnd < conn->ssthresh)
		conn->cwnd += u32_min(bytes, conn->mss);
	else
		conn->cwnd += u32_max((uint32_t)conn->mss * conn->mss / conn->cwnd, 1);
	conn->cwnd = u32_min(conn->cwnd, UINT32_C(1) << 30);
}

void tcp_loss_dupack(struct tcp_conn *conn)
{
	if (conn->dupacks < UINT8_MAX)
		conn->dupacks++;
	if (conn->flags & TCP_CONN_RECOVERY) {
		conn->cwnd = u32_min(conn->cwnd + conn->mss, UINT32_C(1) << 30);
		return;
	}
	// Not for what was outstanding when the last recovery began (RFC 6582 section 3.2).
	if (conn->dupacks != DUPACKS || !tcp_seq_lt(conn->recover, conn->snd_una))
		return;
	lower_ssthresh(conn);
	conn->recover = conn->snd_nxt;
	conn->cwnd = conn->ssthresh + DUPACKS * (uint32_t)conn->mss;
	conn->flags |= TCP_CONN_RECOVERY;
	resend_first(conn);
}

uint32_t tcp_loss_window(const struct tcp_conn *conn)
{
	uint32_t limited = conn->flags & TCP_CONN_RECOVERY ? 0 : u32_min(conn->dupacks, 2);

	return conn->cwnd + limited * conn->mss;
}

// RFC 6298 section 5 and RFC 5681 section 3.1: begins again at the first byte that is not
// acknowledged.
static void timeout(struct tcp_conn *conn)
{
	if (conn->backoff == 0)
		lower_ssthresh(conn);
	conn->cwnd = conn->mss;
	conn->dupacks = 0;
	conn->recover = conn->snd_nxt;
	conn->flags &= ~(uint32_t)TCP_CONN_RECOVERY;
	conn->snd_at = conn->snd_una;
	conn->send_next = conn->send.head;
	if (conn->send.head != TCP_NONE)
		conn->tcp->seg[conn->send.head].flags &= (uint8_t)~TCP_SEG_LOST;
}

static uint64_t backed_off(const struct tcp_conn *conn)
{
	uint64_t us = (uint64_t)conn->rto_us << conn->backoff;

	return u64_min(us, TCP_RTO_MAX_US);
}

// What is waited for now.
static enum tcp_timer wanted(const struct tcp_conn *conn)
{
	if (conn->state == TCP_CLOSED)
		return TCP_TIMER_NONE;
	if (conn->state == TCP_TIME_WAIT)
		return TCP_TIMER_TIME_WAIT;
	if (conn->snd_una != conn->snd_nxt)
		return TCP_TIMER_RESEND;
	if (conn->send.head != TCP_NONE && tcp_state_sends((enum tcp_state)conn->state))
		return TCP_TIMER_PROBE;
	// Nothing of its own is queued whose acknowledgement would make room.
	if (conn->flags & TCP_CONN_STALLED)
		return TCP_TIMER_ROOM;
	return TCP_TIMER_NONE;
}

void tcp_timer_rearm(struct tcp_conn *conn, mono_t now)
{
	enum tcp_timer kind = wanted(conn);

	if (kind == conn->timer_kind)
		return;
	conn->timer_kind = (uint8_t)kind;
	if (kind == TCP_TIMER_TIME_WAIT) {
		conn->due = mono_add(now, 2 * TCP_MSL_US);
		conn->end = TCP_END_DONE;
		conn->flags |= TCP_CONN_CLOSED;
		tcp_touch(conn);
	} else if (kind == TCP_TIMER_ROOM) {
		conn->due = mono_add(now, TCP_RETRY_US);
	} else if (kind != TCP_TIMER_NONE) {
		conn->due = mono_add(now, backed_off(conn));
		if (conn->give_up.us == MONO_NEVER.us)
			conn->give_up = mono_add(now, TCP_GIVE_UP_US);
	}
	tcp_timer_set(conn);
}

void tcp_timer_set(struct tcp_conn *conn)
{
	mono_t next = conn->timer_kind == TCP_TIMER_NONE ? conn->ack_due
	                                                 : mono_earlier(conn->due, conn->ack_due);

	// A timer that is moved later is left: it looks again when it fires.
	if (next.us == MONO_NEVER.us ||
	    (wheel_timer_armed(&conn->timer) && conn->timer.when.us <= next.us))
		return;
	wheel_add(conn->tcp->wheel, &conn->timer, next);
}

// False: the connection has ended.
static bool resend_or_probe(struct tcp_conn *conn, mono_t now)
{
	if (mono_due(conn->give_up, now)) {
		tcp_end(conn, TCP_END_TIMEOUT);
		return false;
	}
	if (conn->timer_kind == TCP_TIMER_PROBE)
		conn->flags |= TCP_CONN_PROBE;
	else if (conn->state < TCP_ESTABLISHED)
		conn->flags |= TCP_CONN_SYN_NOW;
	else
		timeout(conn);
	if (conn->backoff < 16)
		conn->backoff++;
	conn->due = mono_earlier(mono_add(now, backed_off(conn)), conn->give_up);
	tcp_touch(conn);
	return true;
}

// False: the connection has ended.
static bool wait_over(struct tcp_conn *conn)
{
	tcp_step(conn, TCP_EXPIRED);
	if (conn->flags & TCP_CONN_CLOSED)
		tcp_end(conn, TCP_END_DONE); // its application still has data to take
	else
		tcp_del(conn);
	return false;
}

static bool due(struct tcp_conn *conn, mono_t now)
{
	switch ((enum tcp_timer)conn->timer_kind) {
	case TCP_TIMER_TIME_WAIT:
		return wait_over(conn);
	case TCP_TIMER_ROOM:
		conn->timer_kind = TCP_TIMER_NONE; // tcp_output looks again
		tcp_touch(conn);
		return true;
	default:
		return resend_or_probe(conn, now);
	}
}

void tcp_timer_fired(struct wheel_timer *timer, mono_t now)
{
	struct tcp_conn *conn = CONTAINER_OF(timer, struct tcp_conn, timer);

	if (mono_due(conn->ack_due, now)) {
		conn->ack_due = MONO_NEVER;
		conn->flags &= ~(uint32_t)TCP_CONN_REPLIES;
		conn->flags |= TCP_CONN_ACK_NOW;
		tcp_touch(conn);
	}
	if (conn->timer_kind != TCP_TIMER_NONE && mono_due(conn->due, now) && !due(conn, now))
		return;
	tcp_timer_set(conn);
}
