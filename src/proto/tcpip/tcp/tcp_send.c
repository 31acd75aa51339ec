// tcp_send: what applications have to send: the queue of pages, and its end. What of it
// leaves, and when, is decided in tcp_out.c.
#include "proto/tcpip/tcp/tcp_internal.h"

static bool is_open(const struct tcp_conn *conn)
{
	return !(conn->flags & (TCP_CONN_FIN | TCP_CONN_ABORT)) &&
	       (conn->state == TCP_ESTABLISHED || conn->state == TCP_CLOSE_WAIT ||
	        conn->state == TCP_SYN_SENT || conn->state == TCP_SYN_RECEIVED);
}

// Half of the descriptors are for what is received. Of the others a connection may have twice as
// many as are left, so that the first leaves a third of them, ten share them all but a twentieth
// alike, and each new one finds some; and it may always have a few, or two when none are left, so
// that thousands whose peers take nothing do not use up the half of what is received, too.
static bool may_queue(const struct tcp_conn *conn)
{
	const struct tcp *tcp = conn->tcp;
	uint32_t received = tcp->segs_max / 2;
	uint32_t left = tcp->segs_free > received ? tcp->segs_free - received : 0;

	if (unlikely(!tcp_window_spare(tcp, tcp->segs_max - tcp->segs_free - tcp->sending)))
		return false;
	return conn->snd_pages < (left ? TCP_SND_PAGES_LOW : TCP_SND_PAGES_LAST) ||
	       (!tcp_window_send_full(conn) && conn->snd_pages < 2 * left);
}

uint32_t tcp_send_room(const struct tcp_conn *conn)
{
	uint32_t una = conn->state < TCP_ESTABLISHED ? conn->iss + 1 : conn->snd_una;
	uint32_t queued = conn->snd_end - una, most = tcp_window_send(conn);

	if (!is_open(conn) || queued >= most || !may_queue(conn))
		return 0;
	return most - queued;
}

// Appends a page; false when there is no descriptor for it.
static bool queue_page(struct tcp_conn *conn, struct pkt *pkt, uint16_t off, uint16_t len)
{
	struct tcp *tcp = conn->tcp;
	uint32_t index = tcp_seg_add(tcp, pkt, conn->snd_end, off, len);

	if (index == TCP_NONE)
		return false;
	tcp_queue_add(tcp, &conn->send, index);
	if (conn->send_next == TCP_NONE)
		conn->send_next = index;
	conn->snd_end += len;
	tcp_window_sends(conn, 1);
	tcp_touch(conn);
	return true;
}

bool tcp_page(struct tcp_conn *conn, struct tcp_data *data)
{
	struct pkt *pkt = pkt_alloc(conn->iface->pool);
	uint16_t off;

	if (!pkt)
		return false;
	// Behind the room for all headers. More than a segment would have to be copied.
	off = (uint16_t)(pkt->off + PAGE_HEADROOM_BYTES);
	assert(off < pkt->room);
	*data = (struct tcp_data){.bytes = pkt->page + off,
	                          .room = (uint16_t)size_min(pkt->room - off, tcp_payload(conn)),
	                          .pkt = pkt};
	return true;
}

void tcp_page_put(struct tcp_data *data)
{
	pkt_put(data->pkt);
	data->pkt = NULL;
}

// Appends to the last page of the queue, which is not sent yet, as far as a segment has room.
static uint16_t fill_last(struct tcp_conn *conn, const uint8_t *bytes, uint32_t len)
{
	struct tcp_seg *seg;
	uint16_t n, room;

	if (conn->send_next == TCP_NONE)
		return 0;
	seg = &conn->tcp->seg[conn->send.tail];
	// A page that others hold is not written to; nor one that may be theirs.
	if (seg->pkt->refs > 1 || !(seg->flags & TCP_SEG_OURS) || (seg->flags & TCP_SEG_SENT) ||
	    seg->len >= tcp_payload(conn))
		return 0;
	room = (uint16_t)size_min(tcp_payload(conn) - seg->len,
	                          seg->pkt->room - seg->off - seg->len);
	n = (uint16_t)size_min(room, len);
	memcpy(seg->pkt->page + seg->off + seg->len, bytes, n);
	seg->len = (uint16_t)(seg->len + n);
	conn->snd_end += n;
	tcp_touch(conn);
	return n;
}

// A page of its own, which may be queued, for up to one segment of the bytes; 0 when there is none.
static uint16_t fill_page(struct tcp_conn *conn, const uint8_t *bytes, uint32_t len)
{
	struct tcp_data page;
	uint16_t n;

	if (!tcp_page(conn, &page))
		return 0;
	n = (uint16_t)size_min(len, page.room);
	memcpy(page.bytes, bytes, n);
	if (!queue_page(conn, page.pkt, (uint16_t)(page.bytes - page.pkt->page), n)) {
		pkt_put(page.pkt);
		return 0;
	}
	conn->tcp->seg[conn->send.tail].flags = TCP_SEG_OURS;
	return n;
}

uint32_t tcp_send(struct tcp_conn *conn, const void *bytes, uint32_t len)
{
	const uint8_t *from = bytes;
	uint32_t room = tcp_send_room(conn), taken = 0;

	room = (uint32_t)size_min(room, len);
	if (room > 0)
		taken = fill_last(conn, from, room);
	while (taken < room) {
		uint16_t n = fill_page(conn, from + taken, room - taken);

		taken += n;
		if (n == 0 || (taken < room && !may_queue(conn)))
			break;
	}
	counter_add(&conn->tcp->metric->tcp.copied_bytes, taken);
	if (taken < len && is_open(conn))
		conn->flags |= TCP_CONN_STALLED;
	return taken;
}

unsigned tcp_send_pages(struct tcp_conn *conn, struct tcp_data *data, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct pkt *pkt = data[i].pkt;

		assert(pkt && pkt->refs == 1);
		if (data[i].len == 0) {
			pkt_put(pkt);
		} else if (tcp_send_room(conn) < data[i].len ||
		           !queue_page(conn, pkt, (uint16_t)(data[i].bytes - pkt->page),
		                       data[i].len)) {
			if (is_open(conn))
				conn->flags |= TCP_CONN_STALLED;
			return i;
		}
		data[i].pkt = NULL;
	}
	return n;
}

// What is queued is added to pages by fill_last only, which leaves those that are not ours alone.
void tcp_end_record(struct tcp_conn *conn)
{
	struct tcp_seg *last;

	if (conn->send_next == TCP_NONE)
		return;
	last = &conn->tcp->seg[conn->send.tail];
	last->flags = (uint8_t)((last->flags & ~TCP_SEG_OURS) | TCP_SEG_RECORD);
}

void tcp_set_nodelay(struct tcp_conn *conn, bool nodelay)
{
	if (nodelay)
		conn->flags |= TCP_CONN_NODELAY;
	else
		conn->flags &= ~(uint32_t)TCP_CONN_NODELAY;
	tcp_touch(conn);
}

void tcp_set_cork(struct tcp_conn *conn, bool cork)
{
	if (cork)
		conn->flags |= TCP_CONN_CORK;
	else
		conn->flags &= ~(uint32_t)TCP_CONN_CORK;
	tcp_touch(conn);
}

void tcp_shutdown(struct tcp_conn *conn)
{
	if (!is_open(conn))
		return;
	conn->flags |= TCP_CONN_FIN;
	if (conn->state == TCP_SYN_SENT)
		tcp_end(conn, TCP_END_ABORTED);
	else
		tcp_step(conn, TCP_SHUTDOWN);
	tcp_touch(conn);
}

void tcp_abort(struct tcp_conn *conn)
{
	conn->flags |= TCP_CONN_ABORT;
	tcp_touch(conn);
}
