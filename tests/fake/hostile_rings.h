// hostile_rings: one queue of a vif against a backend that is driven by bytes: each byte is an
// action of the other domain on the shared pages, or a turn of the worker. For a fuzzer, and for a
// test with random bytes. No access is out of bounds, and every page is returned at the end.
#ifndef FAKE_HOSTILE_RINGS_H
#define FAKE_HOSTILE_RINGS_H

#include "backends/xen/queue.h"
#include "core/span.h"
#include "xen_fake.h"

#include <stdlib.h>

#define HOSTILE_PAGES 128

struct hostile {
	struct netif netif;
	struct worker_metric metric;
	struct queue *queue;
	uint32_t rsp_rx, rsp_tx; // what the backend has published
	uint64_t frames, resets;
};

static inline struct xen_ring_shared *hostile_ring(struct hostile *h, bool tx)
{
	return tx ? h->queue->tx.shared : h->queue->rx.shared;
}

// Answers the next receive request correctly, or with four words of the input.
static inline void hostile_receive(struct hostile *h, struct span *bytes, bool honest)
{
	struct netif_rx_response response;
	uint32_t at = h->rsp_rx;

	if (honest) {
		response = (struct netif_rx_response){.id = (uint16_t)(at & 255),
		                                      .flags = span_u8(bytes) & 3,
		                                      .status = (int16_t)(span_u16(bytes) % 1500)};
	} else {
		response.id = span_u8(bytes) & 1 ? (uint16_t)(at & 255) : span_u16(bytes);
		response.offset = span_u16(bytes);
		response.flags = span_u16(bytes);
		response.status = (int16_t)span_u16(bytes);
	}
	memcpy((uint8_t *)(hostile_ring(h, false) + 1) + (at & 255) * sizeof(response), &response,
	       sizeof(response));
	h->rsp_rx++;
}

static inline void hostile_complete(struct hostile *h, struct span *bytes, bool honest)
{
	struct netif_tx_request request;
	struct netif_tx_response response;
	uint8_t *slot = (uint8_t *)(hostile_ring(h, true) + 1) + (h->rsp_tx & 255) * 12u;

	memcpy(&request, slot, sizeof(request));
	response.id = honest ? request.id : span_u16(bytes);
	response.status = honest ? NETIF_RSP_OKAY : (int16_t)span_u16(bytes);
	memcpy(slot, &response, sizeof(response));
	h->rsp_tx++;
}

// The worker: receives frames and sends them back.
static inline void hostile_work(struct hostile *h)
{
	struct pkt *pkts[32];
	unsigned n = queue_rx_burst(h->queue, pkts, 32), sent;

	for (unsigned i = 0; i < n; i++) {
		uint32_t len = 0;

		for (const struct pkt *pkt = pkts[i]; pkt; pkt = pkt->next) {
			assert(pkt->off + pkt->len <= pkt->room && pkt->len > 0);
			len += pkt->len;
		}
		assert(len == pkt_total_len(pkts[i]));
		pkts[i]->tx_flags = pkts[i]->gso_size ? PKT_TX_TCP_CKSUM : 0;
		h->frames++;
	}
	sent = queue_tx_burst(h->queue, pkts, n);
	for (; sent < n; sent++)
		pkt_put(pkts[sent]);
}

// The control thread's reaction to a fault.
static inline void hostile_reset(struct hostile *h)
{
	queue_hold(h->queue, false);
	if (queue_prepare(h->queue, XEN_FAKE_BACKEND, false))
		abort();
	h->rsp_rx = h->rsp_tx = 0;
	h->resets++;
	queue_release(h->queue);
}

static inline void hostile_act(struct hostile *h, struct span *bytes)
{
	uint8_t op = span_u8(bytes);
	bool tx = op & 0x80;

	switch (op & 7) {
	case 0:
		hostile_work(h);
		break;
	case 1:
		hostile_receive(h, bytes, true);
		break;
	case 2:
		hostile_receive(h, bytes, false);
		break;
	case 3:
		hostile_complete(h, bytes, true);
		break;
	case 4:
		hostile_complete(h, bytes, false);
		break;
	case 5:
		hostile_ring(h, tx)->rsp_prod = tx ? h->rsp_tx : h->rsp_rx;
		break;
	case 6:
		hostile_ring(h, tx)->rsp_prod += span_u8(bytes);
		break;
	default:
		hostile_ring(h, tx)->req_event = span_u32(bytes);
		hostile_ring(h, tx)->req_prod = span_u32(bytes);
		break;
	}
	if (h->queue->fault)
		hostile_reset(h);
}

static inline void hostile_open(struct hostile *h, bool copy)
{
	struct queue_conf conf = {
	        .netif = &h->netif, .pages = HOSTILE_PAGES, .copy = copy, .fault_fd = -1};

	*h = (struct hostile){.netif.mtu = 9000};
	xen_fake_open(NULL, 4096);
	h->netif.metric[0] = &h->metric;
	h->queue = aligned_alloc(CACHE_LINE_BYTES, sizeof(*h->queue));
	if (!h->queue || queue_open(h->queue, &conf) ||
	    queue_prepare(h->queue, XEN_FAKE_BACKEND, false) || queue_bind(h->queue, true))
		abort();
	queue_release(h->queue);
}

// Asserts that every page was returned and every grant revoked.
static inline void hostile_close(struct hostile *h)
{
	queue_hold(h->queue, false);
	queue_unbind(h->queue, false);
	queue_close(h->queue);
	free(h->queue);
	xen_fake_close();
}

// Runs one queue from open to close by the bytes.
static inline void hostile_run(struct hostile *h, const uint8_t *data, size_t len)
{
	struct span bytes = span_of(data, len);

	hostile_open(h, len && data[0] & 0x40);
	while (span_left(&bytes) && !bytes.bad)
		hostile_act(h, &bytes);
	hostile_work(h);
	hostile_close(h);
}

#endif
