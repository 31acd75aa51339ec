// tcp_window: how much a connection may hold of what it receives and of what it sends. Limits
// follow use: that of received data what the application takes in a round trip, that of sent data
// the congestion window. All connections share the worker's pages: when these run low, windows
// shrink by not being moved on, what waits out of order is given up, and what does not fit is
// dropped and counted; what was offered before is never taken back.
#include "proto/tcpip/tcp/tcp_internal.h"

#define ROUND_SHIFT      6  // units of rcv_round are 64 bytes
#define RELIEVED_AT_ONCE 64 // connections looked at in a turn

void tcp_window_round(struct tcp_conn *conn, mono_t now)
{
	uint16_t at = (uint16_t)(now.us >> 10), elapsed = (uint16_t)(at - conn->rcv_round_ms);
	uint16_t taken = (uint16_t)((conn->rcv_nxt - conn->rcv_held) >> ROUND_SHIFT);
	uint32_t bytes = (uint32_t)(uint16_t)(taken - conn->rcv_round) << ROUND_SHIFT;

	conn->rcv_round_ms = at;
	conn->rcv_round = taken;
	if (unlikely(conn->tcp->segs_free < conn->tcp->segs_max / 4))
		conn->rcv_grown = 0;
	else if (elapsed <= 2 * ((conn->srtt_us >> 10) + 1) &&
	         bytes > (conn->tcp->rcv_bytes << conn->rcv_grown) / 2 &&
	         conn->rcv_grown < conn->tcp->rcv_grown_max)
		conn->rcv_grown++;
}

void tcp_window_limit(struct tcp *tcp, uint32_t n)
{
	tcp->rcv_bytes = n;
	tcp->rcv_low = tcp_min(n, TCP_RCV_BYTES / 8);
	tcp->rcv_grown_max = 0;
}

void tcp_window_release(struct tcp_conn *conn)
{
	tcp_recv_clear(conn, &conn->recv);
	tcp_recv_clear(conn, &conn->reasm);
	conn->rcv_pages = 0; // what is left is kept
}

static void give_up(struct tcp_conn *conn)
{
	uint32_t pages = conn->rcv_pages;

	tcp_recv_clear(conn, &conn->reasm);
	conn->dsack_len = 0;
	counter_add(&conn->tcp->metric->tcp.pages_given_up, pages - conn->rcv_pages);
}

// RFC 2018 section 8 allows it, although blocks of SACK have reported the data.
void tcp_window_relieve(struct tcp *tcp, mono_t now)
{
	for (unsigned n = 0; n < RELIEVED_AT_ONCE && n < tcp->conns_used; n++) {
		struct tcp_conn *conn;

		if (tcp->relieved >= tcp->conns_used)
			tcp->relieved = 0;
		conn = &tcp->conn[tcp->relieved++];
		if (conn->tcp && conn->ops && conn->reasm.head != TCP_NONE &&
		    (uint32_t)now.us - conn->rcv_us > conn->rto_us)
			give_up(conn);
	}
}
