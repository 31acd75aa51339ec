// tcp_recv: data that comes in: put in order (RFC 9293 section 3.10.7.4, seventh check), given
// to the application, and the window that follows from how much of it waits.
#include "proto/tcpip/tcp/tcp_internal.h"

// A piece of a segment, in one page; *dup, of its segment: what had come before, empty
// when nothing had.
struct piece {
	struct pkt *pkt;
	uint32_t seq;
	uint16_t off, len;
	struct tcp_sack *dup;
};

static void cut_front(struct piece *piece, uint32_t n)
{
	piece->seq += n;
	piece->off = (uint16_t)(piece->off + n);
	piece->len = (uint16_t)(piece->len - n);
}

// RFC 2883 section 4.2.3: of several parts that came twice the first is reported.
static void note_duplicate(const struct piece *piece, uint32_t seq, uint32_t len)
{
	if (piece->dup->begin == piece->dup->end)
		*piece->dup = (struct tcp_sack){seq, seq + len};
	else if (piece->dup->end == seq)
		piece->dup->end += len;
}

// Takes out of the queue behind `before` (TCP_NONE: from its head on) what the piece reaches
// beyond, and cuts the piece at the segment that it does not reach beyond. So nothing new is lost.
static void replace_covered(struct tcp_conn *conn, uint32_t before, struct piece *piece)
{
	struct tcp *tcp = conn->tcp;
	uint32_t *link = before == TCP_NONE ? &conn->reasm.head : &tcp->seg[before].next;

	while (*link != TCP_NONE) {
		uint32_t index = *link, begin = tcp->seg[index].seq;
		uint32_t end = tcp_seg_end(&tcp->seg[index]), piece_end = piece->seq + piece->len;

		if (!tcp_seq_lt(begin, piece_end))
			return;
		if (!tcp_seq_lt(end, piece_end)) {
			note_duplicate(piece, begin, piece_end - begin);
			piece->len = (uint16_t)(begin - piece->seq);
			return;
		}
		note_duplicate(piece, begin, end - begin);
		*link = tcp->seg[index].next;
		if (conn->reasm.tail == index)
			conn->reasm.tail = before;
		tcp_seg_del(tcp, index);
		conn->rcv_pages--;
	}
}

// Links what came out of order behind the queue as far as it is next now.
static void pull_reasm(struct tcp_conn *conn)
{
	struct tcp *tcp = conn->tcp;

	while (conn->reasm.head != TCP_NONE && tcp->seg[conn->reasm.head].seq == conn->rcv_nxt) {
		uint32_t index = tcp_queue_pop(tcp, &conn->reasm);

		conn->rcv_nxt = tcp_seg_end(&tcp->seg[index]);
		conn->rcv_held += tcp->seg[index].len;
		tcp_queue_add(tcp, &conn->recv, index);
	}
}

static enum drop add_in_order(struct tcp_conn *conn, struct piece *piece)
{
	struct tcp *tcp = conn->tcp;
	uint32_t index;

	if (conn->reasm.head != TCP_NONE) {
		conn->flags |= TCP_CONN_ACK_NOW; // RFC 5681 section 4.2
		replace_covered(conn, TCP_NONE, piece);
	}
	index = tcp_seg_add(tcp, piece->pkt, piece->seq, piece->off, piece->len);
	if (index == TCP_NONE)
		return DROP_TCP_NO_PAGE;
	tcp_queue_add(tcp, &conn->recv, index);
	conn->rcv_nxt += piece->len;
	conn->rcv_held += piece->len;
	conn->rcv_pages++;
	pull_reasm(conn);
	return DROP_NONE;
}

void tcp_recv_duplicate(struct tcp_conn *conn, uint32_t seq, uint32_t len)
{
	conn->flags |= TCP_CONN_ACK_NOW;
	if (!(conn->flags & TCP_CONN_SACK))
		return;
	conn->sack_at = seq;
	conn->dsack_len = (uint16_t)size_min(len, UINT16_MAX);
	conn->dup_acks = conn->dup_acks ? conn->dup_acks : 1;
}

// The last segment of the reassembly queue that begins before seq; TCP_NONE: none. Bounded by
// tcp_window_pages; segments mostly come at the end.
static uint32_t find_before(const struct tcp_conn *conn, uint32_t seq)
{
	const struct tcp_seg *seg = conn->tcp->seg;
	uint32_t before = TCP_NONE;

	if (conn->reasm.head != TCP_NONE && tcp_seq_lt(seg[conn->reasm.tail].seq, seq))
		return conn->reasm.tail;
	for (uint32_t i = conn->reasm.head; i != TCP_NONE && tcp_seq_lt(seg[i].seq, seq);
	     i = seg[i].next)
		before = i;
	return before;
}

// What the queue has already is kept, but for what the piece reaches beyond.
static enum drop add_out_of_order(struct tcp_conn *conn, struct piece *piece)
{
	struct tcp *tcp = conn->tcp;
	uint32_t before = find_before(conn, piece->seq), index, *link;

	conn->flags |= TCP_CONN_ACK_NOW;
	conn->sack_at = piece->seq;
	conn->dsack_len = 0;
	if (conn->dup_acks < UINT8_MAX)
		conn->dup_acks++;
	if (before != TCP_NONE && tcp_seq_lt(piece->seq, tcp_seg_end(&tcp->seg[before]))) {
		uint32_t overlap = tcp_seg_end(&tcp->seg[before]) - piece->seq;

		note_duplicate(piece, piece->seq, tcp_min(overlap, piece->len));
		if (overlap >= piece->len)
			return DROP_TCP_DUPLICATE;
		cut_front(piece, overlap);
	}
	// The last pages are for what comes in order.
	if (conn->rcv_pages >= tcp_window_pages(conn) || tcp->segs_free <= tcp->segs_max / 4)
		return DROP_TCP_REASSEMBLY;
	replace_covered(conn, before, piece);
	if (piece->len == 0)
		return DROP_TCP_DUPLICATE;
	index = tcp_seg_add(tcp, piece->pkt, piece->seq, piece->off, piece->len);
	link = before == TCP_NONE ? &conn->reasm.head : &tcp->seg[before].next;
	conn->rcv_pages++;
	tcp->seg[index].next = *link;
	tcp->seg[index].sent_us = ++tcp->arrivals;
	if (*link == TCP_NONE)
		conn->reasm.tail = index;
	*link = index;
	return DROP_NONE;
}

// Takes the piece, but for what is outside the window.
static enum drop add(struct tcp_conn *conn, struct piece piece)
{
	uint32_t room;

	if (tcp_seq_lt(piece.seq, conn->rcv_nxt)) {
		uint32_t before = conn->rcv_nxt - piece.seq;

		conn->flags |= TCP_CONN_ACK_NOW;
		note_duplicate(&piece, piece.seq, tcp_min(before, piece.len));
		if (before >= piece.len)
			return DROP_TCP_DUPLICATE;
		cut_front(&piece, before);
	}
	if (!tcp_seq_lt(piece.seq, conn->rcv_edge))
		return DROP_TCP_WINDOW;
	room = conn->rcv_edge - piece.seq;
	piece.len = (uint16_t)size_min(piece.len, room);
	if (conn->rcv_pages >= 2 * tcp_window_pages(conn) || tcp_window_hogs(conn) ||
	    unlikely(!tcp_window_spare(conn->tcp, conn->tcp->sending)))
		return DROP_TCP_NO_PAGE;
	return likely(piece.seq == conn->rcv_nxt) ? add_in_order(conn, &piece)
	                                          : add_out_of_order(conn, &piece);
}

// Each page of a chain by itself: they are read and freed one by one.
static void add_chain(struct tcp_conn *conn, const struct tcp_in *in, struct pkt *pkt,
                      struct tcp_sack *dup)
{
	uint32_t seq = in->seq, left = in->len;
	uint16_t off = in->data;

	while (pkt) {
		struct pkt *next = pkt->next;
		struct piece piece = {pkt, seq, off,
		                      (uint16_t)size_min(left, (size_t)(pkt->off + pkt->len - off)),
		                      dup};
		enum drop reason = DROP_TCP_DUPLICATE;

		pkt->next = NULL;
		pkt->more = 0;
		seq += piece.len;
		left -= piece.len;
		if (piece.len)
			reason = add(conn, piece);
		if (reason)
			pkt_put(pkt); // the peer sends it again
		pkt = next;
		off = pkt ? pkt->off : 0;
	}
}

// RFC 5681 section 4.2 counts full-sized segments, of which a device may have joined several.
static COLD void count_joined(struct tcp_conn *conn, uint32_t len, uint16_t size)
{
	uint32_t segs = (len + size - 1) / size;

	if (size > conn->rcv_mss)
		conn->rcv_mss = size;
	conn->ack_segs = (uint16_t)tcp_min(conn->ack_segs + segs, UINT16_MAX);
	counter_add(&conn->tcp->metric->tcp.large_received, 1);
}

static inline void count_segments(struct tcp_conn *conn, uint32_t len, const struct pkt *pkt)
{
	if (unlikely(pkt->gso_size && pkt->gso_size < len)) {
		count_joined(conn, len, pkt->gso_size);
		return;
	}
	if (len > conn->rcv_mss && len <= UINT16_MAX && !pkt->next)
		conn->rcv_mss = (uint16_t)len;
	conn->ack_segs++;
}

enum drop tcp_recv(struct tcp_conn *conn, const struct tcp_in *in, struct pkt *pkt, bool *taken)
{
	enum drop reason = DROP_NONE;
	struct tcp_sack dup = {0, 0};

	tcp_touch(conn);
	count_segments(conn, in->len, pkt);
	if (unlikely(pkt->next != NULL)) {
		conn->flags |= TCP_CONN_ACK_NOW;
		add_chain(conn, in, pkt, &dup);
		*taken = true;
	} else {
		reason = add(conn, (struct piece){pkt, in->seq, in->data, (uint16_t)in->len, &dup});
		*taken = !reason;
	}
	if (unlikely(dup.begin != dup.end))
		tcp_recv_duplicate(conn, dup.begin, dup.end - dup.begin);
	return reason;
}

// Contiguous segments from *index on, which is moved behind them; *arrival: when the last of
// them came.
static struct tcp_sack block_at(const struct tcp_conn *conn, uint32_t *index, uint32_t *arrival)
{
	const struct tcp_seg *seg = conn->tcp->seg;
	struct tcp_sack block = {seg[*index].seq, seg[*index].seq};

	*arrival = seg[*index].sent_us;
	for (; *index != TCP_NONE && seg[*index].seq == block.end; *index = seg[*index].next) {
		block.end = tcp_seg_end(&seg[*index]);
		*arrival = tcp_seq_max(*arrival, seg[*index].sent_us);
	}
	// A segment that came twice is not there again.
	if (tcp_seq_in(conn->sack_at, block.begin, block.end - block.begin))
		*arrival = conn->tcp->arrivals;
	return block;
}

// RFC 2018 section 4: the block with the segment that came last, then the others, the most
// recent first, so that each is reported several times; before all what came twice (RFC 2883).
uint8_t tcp_recv_sacks(const struct tcp_conn *conn, struct tcp_sack sack[TCP_OPTION_SACKS_MAX])
{
	uint32_t arrivals[TCP_OPTION_SACKS_MAX], arrival;
	uint8_t n = 0, first, at;

	if (conn->dsack_len)
		sack[n++] = (struct tcp_sack){conn->sack_at, conn->sack_at + conn->dsack_len};
	first = n;
	for (uint32_t i = conn->reasm.head; i != TCP_NONE;) {
		struct tcp_sack block = block_at(conn, &i, &arrival);

		for (at = n; at > first && tcp_seq_lt(arrivals[at - 1], arrival); at--)
			if (at < TCP_OPTION_SACKS_MAX) {
				sack[at] = sack[at - 1];
				arrivals[at] = arrivals[at - 1];
			}
		if (at == TCP_OPTION_SACKS_MAX)
			continue;
		sack[at] = block;
		arrivals[at] = arrival;
		n = (uint8_t)size_min(n + 1u, TCP_OPTION_SACKS_MAX);
	}
	return n;
}

// Parts from the head of the queue on; returns how many.
static unsigned parts_of(const struct tcp_conn *conn, struct tcp_data parts[TCP_DATA_MAX])
{
	const struct tcp_seg *seg = conn->tcp->seg;
	unsigned n = 0;

	for (uint32_t i = conn->recv.head; i != TCP_NONE && n < TCP_DATA_MAX; i = seg[i].next)
		parts[n++] = (struct tcp_data){.bytes = seg[i].pkt->page + seg[i].off,
		                               .len = seg[i].len,
		                               .room = seg[i].len,
		                               .held = seg[i].len,
		                               .pkt = seg[i].pkt};
	return n;
}

// Takes n parts off the queue; pages that the application has not passed on are freed. For one that
// it keeps a descriptor is set aside.
static void parts_done(struct tcp_conn *conn, const struct tcp_data *parts, unsigned n)
{
	struct tcp *tcp = conn->tcp;

	for (unsigned i = 0; i < n; i++) {
		uint32_t index = tcp_queue_pop(tcp, &conn->recv);

		tcp->seg[index].pkt = parts[i].pkt;
		tcp_seg_del(tcp, index);
		tcp->segs_free -= parts[i].held == 0;
		conn->rcv_held -= parts[i].held;
		conn->rcv_pages--;
	}
}

static void deliver_data(struct tcp_conn *conn, mono_t now)
{
	struct tcp_data parts[TCP_DATA_MAX];

	while (conn->recv.head != TCP_NONE &&
	       !(conn->flags & (TCP_CONN_REFUSED | TCP_CONN_ABORT))) {
		unsigned n = parts_of(conn, parts), done = n;

		if (conn->ops->data)
			done = conn->ops->data(conn->ctx, conn, parts, n, now);
		assert(done <= n);
		if (done < n)
			conn->flags |= TCP_CONN_REFUSED;
		parts_done(conn, parts, done);
	}
}

void tcp_recv_deliver(struct tcp_conn *conn, mono_t now)
{
	if (conn->recv.head != TCP_NONE) {
		deliver_data(conn, now);
		tcp_window_taken(conn, now);
	}
	if (conn->state != TCP_CLOSED)
		tcp_window_update(conn);
	if ((conn->flags & (TCP_CONN_FIN_IN | TCP_CONN_ENDED | TCP_CONN_ABORT)) !=
	            TCP_CONN_FIN_IN ||
	    conn->recv.head != TCP_NONE)
		return;
	conn->flags |= TCP_CONN_ENDED;
	if (conn->ops->ended)
		conn->ops->ended(conn->ctx, conn, now);
	else
		tcp_shutdown(conn);
}

void tcp_recv_clear(struct tcp_conn *conn, struct tcp_queue *queue)
{
	struct tcp *tcp = conn->tcp;

	while (queue->head != TCP_NONE) {
		uint32_t index = tcp_queue_pop(tcp, queue);

		if (queue == &conn->recv)
			conn->rcv_held -= tcp->seg[index].len;
		conn->rcv_pages--;
		tcp_seg_del(tcp, index);
	}
}

void tcp_resume(struct tcp_conn *conn)
{
	conn->flags &= ~(uint32_t)TCP_CONN_REFUSED;
	tcp_touch(conn);
}

bool tcp_data_may_keep(const struct tcp_conn *conn)
{
	return conn->tcp->kept < conn->tcp->segs_max / 2;
}

uint32_t tcp_pages_max(const struct tcp *tcp)
{
	return tcp->segs_max;
}

struct tcp_data tcp_data_keep(struct tcp_conn *conn, struct tcp_data *data)
{
	struct tcp_data kept = *data;

	// parts_done counts no bytes for it.
	data->pkt = NULL;
	data->held = 0;
	conn->rcv_pages++;
	conn->tcp->kept++;
	return kept;
}

void tcp_data_done(struct tcp *tcp, struct tcp_conn *conn, struct tcp_data *data)
{
	if (data->pkt)
		pkt_put(data->pkt);
	data->pkt = NULL;
	if (!data->held)
		return;
	assert(tcp->kept > 0);
	tcp->kept--;
	tcp->segs_free++;
	if (conn) {
		assert(conn->rcv_held >= data->held && conn->rcv_pages > 0);
		conn->rcv_held -= data->held;
		conn->rcv_pages--;
		tcp_touch(conn);
	}
	data->held = 0;
}
