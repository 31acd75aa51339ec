// rx: turns responses of the receive ring into packets. Responses arrive in the order of requests,
// so the index of a response determines its page; this also holds for extra information, which has
// no id. The id of other responses is only checked.
#include "backends/xen/queue.h"

#define RX_FLAGS_NOT_READ (NETRXF_gso_prefix)

_Static_assert(sizeof(struct netif_rx_request) == 8 && sizeof(struct netif_rx_response) == 8 &&
                       sizeof(struct netif_extra_info) == 8,
               "slots of the receive ring");

// Makes a packet of the page of a slot. With option copy it copies the data, and the page remains
// in its slot for the next request. NULL: the pool is empty.
static struct pkt *slot_pkt(struct queue *queue, uint32_t pos, uint16_t offset, uint16_t len)
{
	struct pkt *granted = queue->rx_slot[pos], *pkt = granted;

	if (!queue->copy) {
		queue->rx_slot[pos] = NULL;
		pkt->off = offset;
		pkt->len = len;
		return pkt;
	}
	pkt = pkt_alloc(&queue->private.pool);
	if (!pkt)
		return NULL;
	// Reduces the headroom if the data would not fit behind it.
	pkt->off = (uint16_t)size_min(pkt->off, (size_t)(pkt->room - len));
	pkt->len = len;
	memcpy(pkt_data(pkt), granted->page + offset, len);
	counter_add(&queue->metric.copies, 1);
	return pkt;
}

static void frame_add(struct rx_frame *frame, struct pkt *pkt)
{
	if (!frame->first) {
		frame->first = pkt;
	} else {
		frame->last->next = pkt;
		frame->first->more += pkt->len;
	}
	frame->last = pkt;
}

static uint8_t rx_flags_of(uint16_t flags)
{
	if (flags & NETRXF_csum_blank)
		return PKT_RX_L4_CKSUM_OK | PKT_RX_L4_CKSUM_BLANK;
	return flags & NETRXF_data_validated ? PKT_RX_L4_CKSUM_OK : 0;
}

// Takes a slot with data. After an error its page remains in the slot.
static enum fault data_take(struct queue *queue, uint32_t pos,
                            const struct netif_rx_response *response)
{
	struct rx_frame *frame = &queue->frame;
	struct pkt *pkt;

	if (unlikely(response->id != pos))
		return FAULT_RX_ID;
	if (unlikely(++frame->slots > QUEUE_FRAME_SLOTS))
		return FAULT_RX_SLOTS;
	if (unlikely(response->status > 0 && response->offset + response->status > PAGE_BYTES))
		return FAULT_RX_BOUNDS;
	if (unlikely(response->status <= 0 || (response->flags & RX_FLAGS_NOT_READ))) {
		frame->drop = DROP_RX_BAD;
	} else {
		pkt = slot_pkt(queue, pos, response->offset, (uint16_t)response->status);
		if (likely(pkt != NULL))
			frame_add(frame, pkt);
		else
			frame->drop = DROP_RX_NO_PAGE;
	}
	if (frame->slots == 1)
		frame->rx_flags = rx_flags_of(response->flags);
	frame->more = response->flags & NETRXF_more_data;
	frame->extra = response->flags & NETRXF_extra_info;
	return FAULT_NONE;
}

// Takes a slot with extra information, which is written in place of a response.
static enum fault extra_take(struct rx_frame *frame, const struct netif_extra_info *extra)
{
	if (extra->type == XEN_NETIF_EXTRA_TYPE_NONE || extra->type >= XEN_NETIF_EXTRA_TYPE_MAX ||
	    ++frame->slots > QUEUE_FRAME_SLOTS)
		return FAULT_RX_EXTRA;
	frame->extra = extra->flags & XEN_NETIF_EXTRA_FLAG_MORE;
	if (extra->type == XEN_NETIF_EXTRA_TYPE_GSO) {
		frame->gso_size = extra->u.gso.size;
		if (frame->gso_size == 0 || (extra->u.gso.type != XEN_NETIF_GSO_TYPE_TCPV4 &&
		                             extra->u.gso.type != XEN_NETIF_GSO_TYPE_TCPV6))
			frame->drop = DROP_RX_BAD;
	} else if (extra->type == XEN_NETIF_EXTRA_TYPE_HASH) {
		memcpy(&frame->hash, extra->u.hash.value, sizeof(frame->hash));
	}
	return FAULT_NONE;
}

// Returns the frame after its last slot was taken; NULL when it was dropped.
static struct pkt *frame_finish(struct queue *queue)
{
	struct rx_frame frame = queue->frame;
	struct pkt *pkt = frame.first;

	queue->frame = (struct rx_frame){0};
	if (unlikely(frame.drop)) {
		counter_add(&queue_worker_metric(queue)->drop[frame.drop], 1);
		if (pkt)
			pkt_put(pkt);
		return NULL;
	}
	if (unlikely(pkt_total_len(pkt) > queue->segment && frame.gso_size == 0)) {
		pkt_drop(queue_worker_metric(queue), pkt, DROP_RX_TOO_LONG);
		return NULL;
	}
	pkt->iface = (uint8_t)queue->netif->iface;
	pkt->rx_flags = frame.rx_flags;
	pkt->hash = frame.hash;
	pkt->gso_size = frame.gso_size;
	if (unlikely(pkt->next != NULL))
		counter_add(&queue->metric.rx_chains, 1);
	if (unlikely(frame.gso_size))
		counter_add(&queue->metric.rx_gso, 1);
	if (frame.rx_flags & PKT_RX_L4_CKSUM_BLANK)
		counter_add(&queue->metric.rx_blank, 1);
	return pkt;
}

// Takes one response; true when it completes a frame.
static bool slot_take(struct queue *queue, enum fault *fault)
{
	uint32_t pos = queue->rx.rsp_cons & queue->rx.mask;
	union {
		struct netif_rx_response data;
		struct netif_extra_info extra;
	} response;

	xen_ring_take(&queue->rx, &response, sizeof(response));
	if (unlikely(queue->frame.extra))
		*fault = extra_take(&queue->frame, &response.extra);
	else
		*fault = data_take(queue, pos, &response.data);
	return !queue->frame.more && !queue->frame.extra;
}

void queue_rx_fill(struct queue *queue)
{
	struct xen_ring *ring = &queue->rx;

	while (xen_ring_outstanding(ring) < queue->rx_limit) {
		uint32_t pos = ring->req_prod & ring->mask;
		struct netif_rx_request request = {.id = (uint16_t)pos};

		if (!queue->rx_slot[pos])
			queue->rx_slot[pos] = pkt_alloc(&queue->granted.array.pool);
		if (unlikely(!queue->rx_slot[pos]))
			break;
		request.gref = grant_ref(queue->rx_slot[pos]);
		xen_ring_put(ring, &request, sizeof(request));
	}
}

unsigned queue_rx_burst(struct queue *queue, struct pkt **pkts, unsigned n)
{
	enum fault fault = FAULT_NONE;
	unsigned got = 0;
	int ready, taken = 0;

	if (unlikely(!queue_enter(queue) || !queue_tx_reap(queue)))
		return 0;
	ready = xen_ring_responses(&queue->rx);
	if (unlikely(ready < 0))
		fault = FAULT_RX_INDEX;
	for (; taken < ready && got < n && !fault; taken++) {
		struct pkt *pkt;

		if (!slot_take(queue, &fault) || fault)
			continue;
		pkt = frame_finish(queue);
		if (likely(pkt != NULL))
			pkts[got++] = pkt;
	}
	if (unlikely(fault)) {
		queue_fault(queue, fault);
		return got;
	}
	if (taken) {
		counter_add(&queue->metric.rx_slots, (uint64_t)taken);
		queue_rx_fill(queue);
		if (xen_ring_push(&queue->rx))
			queue_notify(queue, queue->port_rx);
	}
	return got;
}
