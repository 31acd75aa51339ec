// tcp_sack: which segments the peer has behind a gap (RFC 2018, RFC 6675), kept as marks of the
// queue's descriptors, and what it got twice (RFC 2883). What follows from it is decided in
// tcp_rack.c and tcp_loss.c. Blocks are hostile: what is impossible is ignored.
#include "proto/tcpip/tcp/tcp_internal.h"

struct blocks {
	unsigned n;
	struct tcp_sack sack[TCP_OPTION_SACKS_MAX]; // in order, none touches another
};

// RFC 2883 section 4: the first block is before the acknowledgement, or within the second.
static bool is_dsack(const struct tcp_conn *conn, const struct tcp_in *in)
{
	const struct tcp_sack *sack = in->options.sack;

	if (!tcp_seq_lt(sack[0].begin, sack[0].end) || tcp_seq_lt(conn->snd_nxt, sack[0].end))
		return false;
	if (tcp_seq_le(sack[0].end, in->ack))
		return in->ack - sack[0].begin <= conn->snd_wnd_max;
	return in->options.sacks > 1 && tcp_seq_le(sack[1].begin, sack[0].begin) &&
	       tcp_seq_le(sack[0].end, sack[1].end);
}

// Puts a block in its place, united with those that it touches.
static void insert(struct blocks *blocks, struct tcp_sack sack)
{
	unsigned to = 0;

	for (unsigned i = 0; i < blocks->n; i++) {
		struct tcp_sack other = blocks->sack[i];

		if (tcp_seq_lt(other.end, sack.begin) || tcp_seq_lt(sack.end, other.begin)) {
			blocks->sack[to++] = other;
			continue;
		}
		sack.begin = tcp_seq_lt(other.begin, sack.begin) ? other.begin : sack.begin;
		sack.end = tcp_seq_max(other.end, sack.end);
	}
	blocks->n = to + 1;
	for (; to > 0 && tcp_seq_lt(sack.begin, blocks->sack[to - 1].begin); to--)
		blocks->sack[to] = blocks->sack[to - 1];
	blocks->sack[to] = sack;
}

// Those that may be true: of what is outstanding.
static struct blocks check(const struct tcp_conn *conn, const struct tcp_in *in)
{
	struct blocks blocks = {0};

	for (unsigned i = 0; i < in->options.sacks; i++) {
		struct tcp_sack sack = in->options.sack[i];

		// The first byte outstanding is not behind a gap.
		if (tcp_seq_lt(conn->snd_una, sack.begin) && tcp_seq_lt(sack.begin, sack.end) &&
		    tcp_seq_le(sack.end, conn->snd_nxt))
			insert(&blocks, sack);
	}
	return blocks;
}

static void mark(struct tcp_conn *conn, struct tcp_seg *seg, struct tcp_acked *acked)
{
	if (seg->flags & TCP_SEG_LOST)
		conn->snd_lost -= seg->len;
	seg->flags = (uint8_t)((seg->flags & ~TCP_SEG_LOST) | TCP_SEG_SACKED);
	conn->snd_sacked += seg->len;
	conn->sacked_segs++;
	acked->sacked = true;
	acked->once |=
	        !(seg->flags & TCP_SEG_RESENT) && tcp_seq_le(tcp_seg_end(seg), conn->recover);
	acked->delivered += seg->len;
	tcp_rack_delivered(conn, seg, acked);
}

// A page of several segments, of which a block covers some, becomes two parts at the block's edge.
// They are as many as pages may be sent at most: a peer that reports single bytes gets no more.
static COLD void part(struct tcp_conn *conn, uint32_t index, const struct tcp_sack *sack)
{
	const struct tcp_seg *seg = &conn->tcp->seg[index];
	uint32_t at = tcp_seq_lt(seg->seq, sack->begin) ? sack->begin : sack->end;

	if (conn->snd_pages < TCP_SND_PAGES && tcp_seq_lt(seg->seq, at) &&
	    tcp_seq_lt(at, tcp_seg_end(seg)) &&
	    tcp_seg_split(conn->tcp, &conn->send, index, (uint16_t)(at - seg->seq)))
		tcp_window_sends(conn, 1);
}

void tcp_sack_take(struct tcp_conn *conn, struct tcp_acked *acked)
{
	struct blocks blocks = check(conn, acked->in);
	unsigned before = conn->sacked_segs, passed = 0, at = 0;
	struct tcp_seg *segs = conn->tcp->seg;
	uint16_t mss = tcp_payload(conn);

	acked->dsack = is_dsack(conn, acked->in);
	for (uint32_t i = conn->send.head; i != conn->send_next && at < blocks.n;) {
		struct tcp_seg *seg = &segs[i];

		if (tcp_seq_le(blocks.sack[at].end, seg->seq)) {
			at++;
			continue;
		}
		if (seg->flags & TCP_SEG_SACKED) {
			passed++;
			i = seg->next;
			continue;
		}
		if (unlikely(seg->len > mss))
			part(conn, i, &blocks.sack[at]);
		if (tcp_seq_le(blocks.sack[at].begin, seg->seq) &&
		    tcp_seq_le(tcp_seg_end(seg), blocks.sack[at].end)) {
			mark(conn, seg, acked);
			// Segments that were sent later had come before.
			if (passed < before && !(seg->flags & TCP_SEG_RESENT))
				conn->loss |= TCP_LOSS_REORDERS;
		}
		i = seg->next;
	}
	if (acked->sacked || acked->dsack)
		tcp_touch(conn);
}

void tcp_sack_clear(struct tcp_conn *conn)
{
	if (conn->flags & TCP_CONN_SACK)
		for (uint32_t i = conn->send.head; i != conn->send_next; i = conn->tcp->seg[i].next)
			conn->tcp->seg[i].flags &= (uint8_t)~TCP_SEG_SACKED;
	conn->snd_sacked = 0;
	conn->sacked_segs = 0;
}
