// tcp_rack: finds losses by time (RACK-TLP, RFC 8985): a segment is lost when one that was sent
// later has arrived, and it did not within a window for reordering. At the end of what was sent
// a probe makes the peer say what it has. Of peers with SACK only; others are in tcp_loss.c.
#include "proto/tcpip/tcp/tcp_internal.h"

#define DUPACKS       3
#define REO_PERSIST   16            // recoveries that a wider window is kept
#define PEER_DELAY_US (200 * MS_US) // of the acknowledgement of a single segment
#define SPREAD_US     (2 * WHEEL_TICK_US)

// Section 6.2, RACK_sent_after.
static bool sent_after(uint32_t a_us, uint32_t a_end, uint32_t b_us, uint32_t b_end)
{
	return a_us == b_us ? tcp_seq_lt(b_end, a_end) : tcp_seq_lt(b_us, a_us);
}

// Steps 1 and 2.
void tcp_rack_delivered(struct tcp_conn *conn, const struct tcp_seg *seg,
                        const struct tcp_acked *acked)
{
	uint32_t rtt_us = (uint32_t)acked->now.us - seg->sent_us;

	if (unlikely(seg->flags & TCP_SEG_RESENT)) {
		// It may be the first copy that arrived.
		if (rtt_us < conn->min_rtt_us ||
		    ((conn->flags & TCP_CONN_TS) && tcp_ack_is_older(conn, acked, rtt_us)))
			return;
	} else if (conn->min_rtt_us == 0 || rtt_us < conn->min_rtt_us) {
		conn->min_rtt_us = rtt_us ? rtt_us : 1;
	}
	if (!sent_after(seg->sent_us, tcp_seg_end(seg), conn->rack_us, conn->rack_end))
		return;
	conn->rack_us = seg->sent_us;
	conn->rack_end = tcp_seg_end(seg);
	conn->rack_rtt_us = rtt_us;
}

// Step 4.
static uint32_t reorder_window_us(const struct tcp_conn *conn)
{
	uint64_t us = (uint64_t)conn->reo_mult * conn->min_rtt_us / 4;

	if (!(conn->loss & TCP_LOSS_REORDERS) &&
	    (conn->ca >= TCP_CA_RECOVERY || conn->sacked_segs >= DUPACKS))
		return 0;
	return (uint32_t)u64_min(us, conn->srtt_us);
}

bool tcp_rack_is_late(const struct tcp_conn *conn, const struct tcp_seg *seg, mono_t now)
{
	return (uint32_t)now.us - seg->sent_us >= conn->rack_rtt_us + reorder_window_us(conn);
}

// Step 5.
bool tcp_rack_detect(struct tcp_conn *conn, mono_t now)
{
	uint32_t allowed_us = conn->rack_rtt_us + reorder_window_us(conn), wait_us = 0;
	uint32_t lost = conn->snd_lost;

	for (uint32_t i = conn->send.head; i != conn->send_next;) {
		struct tcp_seg *seg = &conn->tcp->seg[i];
		uint32_t age_us = (uint32_t)now.us - seg->sent_us;

		i = seg->next;
		if ((seg->flags & (TCP_SEG_SACKED | TCP_SEG_LOST)) ||
		    !sent_after(conn->rack_us, conn->rack_end, seg->sent_us, tcp_seg_end(seg)))
			continue;
		if (age_us >= allowed_us)
			tcp_loss_mark(conn, seg);
		else
			wait_us = tcp_max(wait_us, allowed_us - age_us);
	}
	if (wait_us) {
		conn->timer_kind = TCP_TIMER_REORDER;
		conn->due = mono_add(now, wait_us);
		tcp_timer_set(conn);
	} else if (conn->timer_kind == TCP_TIMER_REORDER) {
		conn->timer_kind = TCP_TIMER_NONE;
	}
	return conn->snd_lost != lost;
}

// Step 4: the peer got something twice, so the window was too small; wider at most once a
// round trip.
void tcp_rack_dsack(struct tcp_conn *conn)
{
	if (conn->reo_mult > 1 && tcp_seq_lt(conn->snd_una, conn->reo_round))
		return;
	conn->reo_round = conn->snd_nxt;
	if (conn->reo_mult < UINT8_MAX)
		conn->reo_mult++;
	conn->reo_persist = REO_PERSIST;
}

void tcp_rack_recovered(struct tcp_conn *conn)
{
	if (conn->reo_persist > 0 && --conn->reo_persist == 0)
		conn->reo_mult = 1;
}

// Section 7.2.
uint64_t tcp_rack_tail_us(const struct tcp_conn *conn)
{
	const struct tcp_seg *first;
	uint64_t us;

	if (!(conn->flags & TCP_CONN_RTT) || conn->ca != TCP_CA_OPEN || conn->sacked_segs ||
	    conn->backoff || (conn->loss & (TCP_LOSS_TAIL | TCP_LOSS_TAIL_NOW)))
		return 0;
	us = 2 * (uint64_t)conn->srtt_us + SPREAD_US;
	first = conn->send.head == TCP_NONE ? NULL : &conn->tcp->seg[conn->send.head];
	if (!first || first->next == conn->send_next)
		us += PEER_DELAY_US;
	return u64_min(us, conn->rto_us);
}

// Section 7.4.2.
bool tcp_rack_tail_acked(struct tcp_conn *conn, const struct tcp_acked *acked)
{
	bool old = conn->loss & TCP_LOSS_TAIL_OLD, twice = acked->dsack;

	if (tcp_seq_lt(conn->snd_una, conn->recover))
		return false;
	if (old && !twice && conn->snd_una == conn->recover &&
	    (acked->acked || !acked->duplicate || acked->sacked))
		return false; // what comes next shows whether both copies arrived
	conn->loss &= (uint8_t) ~(TCP_LOSS_TAIL | TCP_LOSS_TAIL_OLD);
	return old && !twice && conn->snd_una != conn->recover;
}
