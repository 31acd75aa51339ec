// tcp_timer: what a connection waits for, all by one timer: retransmission (RFC 6298), losses that
// time shows (RFC 8985), probes of a closed window, delayed acknowledgements, TIME-WAIT.
#include "proto/tcpip/tcp/tcp_internal.h"

void tcp_timer_rtt(struct tcp_conn *conn, uint32_t rtt_us)
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
	rto = conn->srtt_us + tcp_max(4 * conn->rttvar_us, (uint32_t)WHEEL_TICK_US);
	conn->rto_us = tcp_min(tcp_max(rto, TCP_RTO_MIN_US), TCP_RTO_MAX_US);
}

// The round trip of a handshake of which nothing was sent twice. A connection by a cookie
// does not know when its SYN was sent, but for the timestamp.
void tcp_timer_rtt_handshake(struct tcp_conn *conn, const struct tcp_in *in, mono_t now)
{
	uint32_t ms = tcp_ms(now) + conn->ts_offset - in->options.ts_ecr;
	bool alone = conn->snd_nxt == conn->iss + 1; // sent_us is that of the SYN

	if (conn->backoff == 0 && alone && conn->sent_us && conn->sent_us != (uint32_t)now.us)
		tcp_timer_rtt(conn, (uint32_t)now.us - conn->sent_us);
	else if ((conn->flags & TCP_CONN_TS) && (in->options.has & TCP_OPTION_TS) &&
	         conn->backoff == 0 && ms < TCP_RTO_MAX_US / MS_US)
		tcp_timer_rtt(conn, ms * (uint32_t)MS_US);
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
	if (conn->snd_una != conn->snd_nxt) {
		if (unlikely(conn->timer_kind == TCP_TIMER_REORDER))
			return TCP_TIMER_REORDER;
		return (conn->flags & TCP_CONN_SACK) && tcp_rack_tail_us(conn) ? TCP_TIMER_TAIL
		                                                               : TCP_TIMER_RESEND;
	}
	if (conn->send.head != TCP_NONE && tcp_state_sends((enum tcp_state)conn->state))
		return TCP_TIMER_PROBE;
	// Nothing of its own is queued whose acknowledgement would make room.
	if (conn->flags & TCP_CONN_STALLED)
		return TCP_TIMER_ROOM;
	return conn->keep_idle_s && conn->state >= TCP_ESTABLISHED ? TCP_TIMER_KEEP
	                                                           : TCP_TIMER_NONE;
}

// Until nothing was heard for long enough to ask.
static uint64_t keep_rest_us(const struct tcp_conn *conn, mono_t now)
{
	uint64_t idle_us = tcp_idle_us(conn, now), limit_us = conn->keep_idle_s * SEC_US;

	return idle_us < limit_us ? limit_us - idle_us : 0;
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
		// At random, so that no order of those that wait has some be late each time.
		conn->due = mono_add(now, TCP_RETRY_US *
		                                  (1 + rand_below(&conn->tcp->rand, TCP_RETRIES)));
	} else if (kind == TCP_TIMER_KEEP) {
		if (conn->keep_sent == TCP_KEEP_BEGINS)
			conn->heard = tcp_heard(now);
		conn->keep_sent = 0;
		conn->due = mono_add(now, keep_rest_us(conn, now));
	} else if (kind != TCP_TIMER_NONE) {
		if (conn->give_up.us == MONO_NEVER.us)
			conn->give_up = mono_add(now, conn->user_ms ? conn->user_ms * MS_US
			                                            : TCP_GIVE_UP_US);
		conn->due = mono_add(now, kind == TCP_TIMER_TAIL ? tcp_rack_tail_us(conn)
		                                                 : backed_off(conn));
		conn->due = mono_earlier(conn->due, conn->give_up);
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
	if (tcp_crowd_timed_out(conn)) {
		tcp_crowd_out(conn);
		return false;
	}
	if (conn->timer_kind == TCP_TIMER_PROBE)
		conn->flags |= TCP_CONN_PROBE;
	else if (conn->state < TCP_ESTABLISHED)
		conn->flags |= TCP_CONN_SYN_NOW;
	else
		tcp_loss_timeout(conn, now);
	if (conn->backoff < 16)
		conn->backoff++;
	tcp_note(conn, TRACE_TCP_RTO, conn->backoff);
	conn->due = mono_earlier(mono_add(now, backed_off(conn)), conn->give_up);
	tcp_touch(conn);
	return true;
}

// Whether the peer has not answered for too long.
static bool keep_failed(const struct tcp_conn *conn, mono_t now)
{
	if (conn->user_ms)
		return conn->keep_sent && tcp_idle_us(conn, now) >= conn->user_ms * MS_US;
	return conn->keep_sent >= conn->keep_probes;
}

// False: the connection has ended.
static bool keep(struct tcp_conn *conn, mono_t now)
{
	uint64_t rest_us = keep_rest_us(conn, now);

	if (rest_us) {
		conn->keep_sent = 0;
		conn->due = mono_add(now, rest_us);
		return true;
	}
	if (keep_failed(conn, now)) {
		conn->flags |= TCP_CONN_RESET;
		tcp_end(conn, TCP_END_TIMEOUT);
		return false;
	}
	if (conn->keep_sent < TCP_KEEP_BEGINS - 1)
		conn->keep_sent++;
	conn->flags |= TCP_CONN_PROBE;
	conn->due = mono_add(now, conn->keep_interval_s * SEC_US);
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
		conn->due =
		        MONO_NEVER; // tcp_flush looks again, and sees by this that it has waited
		tcp_touch(conn);
		return true;
	case TCP_TIMER_REORDER:
		conn->timer_kind = TCP_TIMER_NONE;
		tcp_loss_overtaken(conn, now);
		tcp_timer_rearm(conn, now);
		return true;
	case TCP_TIMER_TAIL:
		conn->timer_kind = TCP_TIMER_NONE; // armed for a time-out when the probe is sent
		conn->loss |= TCP_LOSS_TAIL_NOW;
		tcp_touch(conn);
		return true;
	case TCP_TIMER_KEEP:
		return keep(conn, now);
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
