// tcp_crowd: what becomes of peers that take little of what is sent to them while pages run low:
// the pages in their queues are what others need to be answered. A peer that keeps its window
// closed, or takes a byte now and then, is otherwise no reason to end a connection (RFC 9293
// section 3.8.6.1).
#include "proto/tcpip/tcp/tcp_internal.h"

#define TIME_OUTS 4 // in a row, without anything new being acknowledged or a window opened
#define ROUND_US  (4 * SEC_US)
#define PART      16 // of its pages that a peer has to take in a round, and one
#define TAKEN_MAX 4  // more it needs not: one that takes a segment a second is slow, but honest
#define AT_ONCE   16 // connections looked at in a turn

bool tcp_crowd_timed_out(const struct tcp_conn *conn)
{
	return unlikely(conn->backoff >= TIME_OUTS) && conn->snd_pages &&
	       tcp_window_crowded(conn->tcp);
}

void tcp_crowd_out(struct tcp_conn *conn)
{
	counter_add(&conn->tcp->metric->tcp.crowded_out, 1);
	conn->flags |= TCP_CONN_RESET;
	tcp_end(conn, TCP_END_TIMEOUT);
}

// Whether what was marked a round ago is still in the queue. A mark that parts of segments have
// moved further back is not found, and so counts for nothing.
static bool is_behind(const struct tcp_conn *conn)
{
	const struct tcp_seg *seg = conn->tcp->seg;
	uint32_t index = conn->send.head;

	for (unsigned n = 0; n < TAKEN_MAX && index != TCP_NONE; n++, index = seg[index].next)
		if (seg[index].flags & TCP_SEG_WATCHED)
			return true;
	return false;
}

// Marks the segment that is to be gone a round from now.
static void watch(struct tcp_conn *conn)
{
	struct tcp_seg *seg = conn->tcp->seg;
	uint32_t index = conn->send.head, n = tcp_min(conn->snd_pages / PART, TAKEN_MAX - 1);

	for (; n > 0 && seg[index].next != TCP_NONE; n--)
		index = seg[index].next;
	seg[index].flags |= TCP_SEG_WATCHED;
}

static void look(struct tcp_conn *conn)
{
	if (!conn->tcp || !conn->ops || conn->state < TCP_ESTABLISHED ||
	    conn->send.head == TCP_NONE)
		return;
	if (is_behind(conn))
		tcp_crowd_out(conn);
	else
		watch(conn);
}

void tcp_crowd_look(struct tcp *tcp, mono_t now)
{
	if (!tcp_window_crowded(tcp) || !mono_due(tcp->crowd_due, now))
		return;
	for (unsigned n = 0; n < AT_ONCE && tcp->crowd_next < tcp->conns_used; n++)
		look(&tcp->conn[tcp->crowd_next++]);
	if (tcp->crowd_next < tcp->conns_used)
		return;
	// The next round begins so long after the end of this one that each has had its time.
	tcp->crowd_next = 0;
	tcp->crowd_due = mono_add(now, ROUND_US);
}
