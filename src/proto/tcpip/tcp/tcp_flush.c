// tcp_flush: the end of a turn. Each connection that something happened to calls its
// application once for all of it, and then sends what is due.
#include "proto/tcpip/tcp/tcp_internal.h"

#define STARVED_US (2 * TCP_RETRIES * TCP_RETRY_US) // in which each that waits has tried again

// Whether the application is to be asked for more. While some get no page, one whose peer has just
// acknowledged something must not take what that made free, each time: it waits until its queue is
// empty, and then for the timer, as they do.
static bool takes_turn(struct tcp_conn *conn, mono_t now)
{
	struct tcp *tcp = conn->tcp;
	bool waited = conn->timer_kind == TCP_TIMER_ROOM && conn->due.us == MONO_NEVER.us;
	bool room = tcp_send_room(conn) >= TCP_SND_BYTES / 4;

	if (!waited)
		return room && (!tcp_window_tight(tcp) || mono_due(tcp->starved, now));
	conn->timer_kind = TCP_TIMER_NONE;
	if (!room)
		tcp->starved = mono_add(now, STARVED_US);
	return room;
}

static void call_application(struct tcp_conn *conn, mono_t now)
{
	if (unlikely(conn->flags & TCP_CONN_OPENED)) {
		conn->flags &= ~(uint32_t)TCP_CONN_OPENED;
		conn->flags |= TCP_CONN_CALLED;
		counter_add(&conn->tcp->metric->tcp.opened, 1);
		if (conn->ops->opened)
			conn->ops->opened(conn->ctx, conn, now);
	}
	if (!(conn->flags & TCP_CONN_CALLED))
		return;
	if (unlikely(conn->flags & TCP_CONN_STALLED) && takes_turn(conn, now)) {
		conn->flags &= ~(uint32_t)TCP_CONN_STALLED;
		if (conn->ops->writable)
			conn->ops->writable(conn->ctx, conn, now);
		else
			tcp_resume(conn);
	}
	tcp_recv_deliver(conn, now);
}

static void abort_now(struct tcp_conn *conn)
{
	conn->flags &= ~(uint32_t)TCP_CONN_ABORT;
	if (conn->state == TCP_CLOSED)
		return;
	if (conn->state >= TCP_SYN_RECEIVED && conn->state != TCP_TIME_WAIT)
		conn->flags |= TCP_CONN_RESET;
	tcp_end(conn, TCP_END_ABORTED);
}

// The last call, when the application has taken what came before the end.
static void close_application(struct tcp_conn *conn, mono_t now)
{
	if (conn->end == TCP_END_DONE && conn->recv.head != TCP_NONE)
		return;
	conn->flags &= ~(uint32_t)TCP_CONN_CLOSED;
	if (conn->flags & TCP_CONN_CALLED) {
		counter_add(&conn->tcp->metric->tcp.closed, 1);
		if (conn->ops->closed)
			conn->ops->closed(conn->ctx, conn, (enum tcp_end)conn->end, now);
		conn->flags &= ~(uint32_t)TCP_CONN_CALLED;
	}
	tcp_window_release(conn);
	if (conn->state == TCP_TIME_WAIT)
		tcp_wait(conn);
	else
		tcp_del(conn);
}

// False: it has more to send than there is room.
static bool flush_conn(struct tcp_conn *conn, mono_t now)
{
	call_application(conn, now);
	if (unlikely(conn->flags & TCP_CONN_ABORT))
		abort_now(conn);
	if (!tcp_output(conn, now))
		return false;
	if (unlikely(conn->flags & TCP_CONN_CLOSED))
		close_application(conn, now);
	return true;
}

static uint32_t touched_pop(struct tcp *tcp)
{
	uint32_t number = tcp->touched.head;

	tcp->touched.head = tcp->conn[number].touched_next;
	tcp->conn[number].flags &= ~(uint32_t)TCP_CONN_TOUCHED;
	return number;
}

bool tcp_flush(struct tcp *tcp, mono_t now)
{
	uint32_t last;

	if (unlikely(tcp->unlisten_left))
		tcp_unlisten_some(tcp);
	if (likely(tcp->touched.head == TCP_NONE))
		return tcp->unlisten_left > 0;
	last = tcp->touched.tail;
	// What is touched meanwhile waits for the next turn.
	for (uint32_t number = TCP_NONE; number != last && tcp->touched.head != TCP_NONE;) {
		struct tcp_conn *conn;

		number = touched_pop(tcp);
		conn = &tcp->conn[number];
		if (!conn->ops)
			tcp_del(conn); // it was ended while it was in the list
		else if (!flush_conn(conn, now))
			tcp_touch(conn);
	}
	if (unlikely(tcp->segs_free < tcp->segs_max / 8)) {
		tcp_window_relieve(tcp, now);
		tcp_crowd_look(tcp, now);
	}
	return tcp->touched.head != TCP_NONE || tcp->unlisten_left;
}
