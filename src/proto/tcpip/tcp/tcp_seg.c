// tcp_seg: the pool of descriptors of a connection's pages, and queues of them. Their number
// bounds the pages that TCP holds.
#include "proto/tcpip/tcp/tcp_internal.h"

uint32_t tcp_seg_add(struct tcp *tcp, struct pkt *pkt, uint32_t seq, uint16_t off, uint16_t len)
{
	uint32_t index = tcp->free_seg;

	if (unlikely(tcp->segs_free == 0)) // others are set aside for pages that are kept
		return TCP_NONE;
	if (index != TCP_NONE)
		tcp->free_seg = tcp->seg[index].next;
	else if (tcp->segs_used < tcp->segs_max)
		index = tcp->segs_used++;
	else
		return TCP_NONE;
	tcp->segs_free--;
	tcp->seg[index] =
	        (struct tcp_seg){.pkt = pkt, .next = TCP_NONE, .seq = seq, .off = off, .len = len};
	return index;
}

void tcp_seg_del(struct tcp *tcp, uint32_t index)
{
	struct tcp_seg *seg = &tcp->seg[index];

	if (seg->pkt)
		pkt_put(seg->pkt);
	seg->next = tcp->free_seg;
	tcp->free_seg = index;
	tcp->segs_free++;
}

bool tcp_seg_split(struct tcp *tcp, struct tcp_queue *queue, uint32_t index, uint16_t len)
{
	struct tcp_seg *seg = &tcp->seg[index];
	uint32_t rest = tcp_seg_add(tcp, seg->pkt, seg->seq + len, (uint16_t)(seg->off + len),
	                            (uint16_t)(seg->len - len));

	if (rest == TCP_NONE)
		return false;
	pkt_get(seg->pkt);
	tcp->seg[rest].flags = seg->flags;
	tcp->seg[rest].sent_us = seg->sent_us;
	tcp->seg[rest].next = seg->next;
	seg->next = rest;
	seg->len = len;
	seg->flags &= (uint8_t)~TCP_SEG_RECORD;
	if (queue->tail == index)
		queue->tail = rest;
	return true;
}

void tcp_queue_add(struct tcp *tcp, struct tcp_queue *queue, uint32_t index)
{
	if (queue->head == TCP_NONE)
		queue->head = index;
	else
		tcp->seg[queue->tail].next = index;
	queue->tail = index;
}

uint32_t tcp_queue_pop(struct tcp *tcp, struct tcp_queue *queue)
{
	uint32_t index = queue->head;

	queue->head = tcp->seg[index].next;
	tcp->seg[index].next = TCP_NONE;
	return index;
}

void tcp_queue_clear(struct tcp *tcp, struct tcp_queue *queue)
{
	while (queue->head != TCP_NONE)
		tcp_seg_del(tcp, tcp_queue_pop(tcp, queue));
}
