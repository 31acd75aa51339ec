// tx: turns packets into requests of the transmit ring, and frees them when the responses arrive. A
// backend may hold pages for any time, so the number of pages that it holds is counted and limited.
#include "backends/xen/queue.h"

_Static_assert(sizeof(struct netif_tx_request) == 12 && sizeof(struct netif_tx_response) == 4,
               "slots of the transmit ring");

static void held_write(struct queue *queue)
{
	uint64_t held = QUEUE_SLOTS - queue->tx_free_len;

	atomic_store_explicit(&queue->metric.tx_held.value, held, memory_order_relaxed);
	if (held > counter_get(&queue->metric.tx_held_max))
		atomic_store_explicit(&queue->metric.tx_held_max.value, held, memory_order_relaxed);
}

static void id_free(struct queue *queue, uint16_t id)
{
	queue->tx_free[queue->tx_free_len++] = id;
}

// Handles the response to an id; frees the packet after its last response.
static void slot_done(struct queue *queue, uint16_t id)
{
	uint16_t head_id = queue->tx_slot[id].head_id;
	struct tx_slot *first = &queue->tx_slot[head_id];

	queue->tx_slot[id].waiting = false;
	if (id != head_id)
		id_free(queue, id);
	if (--first->pending > 0)
		return;
	pkt_put(first->frame);
	first->frame = NULL;
	id_free(queue, head_id);
}

static enum fault response_take(struct queue *queue)
{
	struct netif_tx_response response;

	xen_ring_take(&queue->tx, &response, sizeof(response));
	if (unlikely(response.status == NETIF_RSP_NULL)) {
		if (queue->tx_extras == 0)
			return FAULT_TX_NULL;
		queue->tx_extras--;
		return FAULT_NONE;
	}
	if (unlikely(response.id >= QUEUE_SLOTS || !queue->tx_slot[response.id].waiting))
		return FAULT_TX_ID;
	if (unlikely(response.status != NETIF_RSP_OKAY))
		counter_add(&queue->metric.tx_errors, 1);
	slot_done(queue, response.id);
	return FAULT_NONE;
}

bool queue_tx_reap(struct queue *queue)
{
	int ready = xen_ring_responses(&queue->tx), taken = 0;
	enum fault fault = ready < 0 ? FAULT_TX_INDEX : FAULT_NONE;

	for (; taken < ready && !fault; taken++)
		fault = response_take(queue);
	if (unlikely(fault)) {
		queue_fault(queue, fault);
		return false;
	}
	if (taken) {
		counter_add(&queue->metric.tx_done, (uint64_t)taken);
		held_write(queue);
	}
	return true;
}

// What a frame needs.
struct plan {
	unsigned pages, slots;
	bool covered; // the backend can read its pages; false: it must be copied
};

static struct plan frame_plan(const struct queue *queue, const struct pkt *pkt)
{
	struct plan plan = {.slots = pkt->gso_size != 0, .covered = queue->sg || !pkt->next};

	for (const struct pkt *part = pkt; part; part = part->next) {
		plan.pages++;
		plan.covered = plan.covered && grant_covers(part, queue->domain);
	}
	if (unlikely(!plan.covered)) // a copy fills its pages
		plan.pages = (pkt_total_len(pkt) + PAGE_BYTES - 1) / PAGE_BYTES;
	plan.slots += plan.pages;
	return plan;
}

static uint16_t flags_of(const struct pkt *pkt)
{
	unsigned flags = 0;

	if (pkt->tx_flags & (PKT_TX_UDP_CKSUM | PKT_TX_TCP_CKSUM))
		flags |= NETTXF_csum_blank | NETTXF_data_validated;
	if (pkt->gso_size)
		flags |= NETTXF_extra_info;
	return (uint16_t)flags;
}

static void gso_put(struct queue *queue, const struct pkt *pkt)
{
	struct netif_extra_info extra = {.type = XEN_NETIF_EXTRA_TYPE_GSO,
	                                 .u.gso = {.size = pkt->gso_size,
	                                           .type = pkt->tx_flags & PKT_TX_IPV6
	                                                           ? XEN_NETIF_GSO_TYPE_TCPV6
	                                                           : XEN_NETIF_GSO_TYPE_TCPV4}};

	xen_ring_put(&queue->tx, &extra, sizeof(extra));
	queue->tx_extras++;
	counter_add(&queue->metric.tx_gso, 1);
}

// Puts the requests of a frame, for which there is room; the frame is freed when their responses
// have arrived. The size in the first request is that of the whole frame.
static void frame_put(struct queue *queue, struct pkt *head, unsigned pages)
{
	uint16_t head_id = queue->tx_free[queue->tx_free_len - 1];
	uint32_t size = pkt_total_len(head);

	for (struct pkt *pkt = head; pkt; pkt = pkt->next) {
		uint16_t id = queue->tx_free[--queue->tx_free_len];
		struct netif_tx_request request = {.gref = grant_ref(pkt),
		                                   .offset = pkt->off,
		                                   .id = id,
		                                   .size = (uint16_t)size};

		request.flags = pkt == head ? flags_of(head) : 0;
		if (pkt->next) {
			request.flags |= NETTXF_more_data;
			size = pkt->next->len;
		}
		queue->tx_slot[id] = (struct tx_slot){.head_id = head_id, .waiting = true};
		xen_ring_put(&queue->tx, &request, sizeof(request));
		if (pkt == head && unlikely(head->gso_size))
			gso_put(queue, head);
	}
	queue->tx_slot[head_id].frame = head;
	queue->tx_slot[head_id].pending = (uint16_t)pages;
}

// Sends or drops the packet and returns true; false when there is no room for it yet, and the
// caller keeps it.
static bool frame_send(struct queue *queue, struct pkt *pkt)
{
	struct plan plan = frame_plan(queue, pkt);
	uint32_t held = QUEUE_SLOTS - queue->tx_free_len;

	if (unlikely(plan.slots > (queue->sg ? XEN_NETIF_NR_SLOTS_MIN : 1) ||
	             pkt_total_len(pkt) > XEN_NETIF_MAX_TX_SIZE ||
	             (pkt_total_len(pkt) > queue->segment && !pkt->gso_size))) {
		pkt_drop(queue_worker_metric(queue), pkt, DROP_TX_TOO_LONG);
		return true;
	}
	if (unlikely(held + plan.pages > queue->tx_limit ||
	             xen_ring_room(&queue->tx) < plan.slots)) {
		counter_add(&queue->metric.tx_full, 1);
		return false;
	}
	if (unlikely(!plan.covered)) {
		struct pkt *copy = pkt_copy(&queue->granted.array.pool, pkt);

		if (!copy) {
			pkt_drop(queue_worker_metric(queue), pkt, DROP_TX_NO_PAGE);
			return true;
		}
		counter_add(&queue->metric.copies, plan.pages);
		pkt_put(pkt);
		pkt = copy;
	}
	counter_add(&queue->metric.tx_slots, plan.slots);
	frame_put(queue, pkt, plan.pages);
	return true;
}

static COLD unsigned frames_drop(struct queue *queue, struct pkt **pkts, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		pkt_drop(queue_worker_metric(queue), pkts[i], DROP_TX_LINK_DOWN);
	return n;
}

unsigned queue_tx_burst(struct queue *queue, struct pkt **pkts, unsigned n)
{
	unsigned sent = 0;

	if (unlikely(!queue_enter(queue) || !queue_tx_reap(queue)))
		return frames_drop(queue, pkts, n);
	while (sent < n && frame_send(queue, pkts[sent]))
		sent++;
	held_write(queue);
	if (xen_ring_push(&queue->tx))
		queue_notify(queue, queue->port_tx);
	return sent;
}
