// tcpip_offload: a frame passed on from one port to another. Before it stand a byte
// of what the device can, one of what the frame came with and of the bytes of each of
// its pages, and two of its gso_size.
#include "core/page.h"
#include "core/span.h"
#include "proto/tcpip/offload.h"

#include <stdlib.h>

#define PAGES 128

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pkt *receive(struct page_pool *pool, struct span *frame, size_t part)
{
	struct pkt *first = NULL, **link = &first;

	for (unsigned i = 0; i == 0 || (span_left(frame) && i < 18); i++) {
		size_t n = size_min(span_left(frame), i == 17 || !part ? 2048 : part);
		struct pkt *pkt = pkt_alloc(pool);

		pkt_set_len(pkt, (uint16_t)n);
		if (n)
			memcpy(pkt_data(pkt), span_take(frame, n), n);
		*link = pkt;
		link = &pkt->next;
		if (i)
			first->more += (uint32_t)n;
	}
	return first;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct worker_metric metric;
	static struct batch out;
	struct span left = span_of(data, size);
	struct netif netif = {.mtu = 1500, .offloads = (uint32_t)span_u8(&left) << 1};
	uint8_t came = span_u8(&left);
	uint16_t gso_size = span_u16(&left);
	struct page_array pages;
	struct offload_iface iface = {&netif, &pages.pool, &out, &metric};
	struct pkt *pkt;

	if (left.bad)
		return 0;
	if (page_array_open(&pages, PAGES))
		abort();
	pkt = receive(&pages.pool, &left, (came >> 1) * 2u);
	pkt->rx_flags = came & 1 ? PKT_RX_L4_CKSUM_OK | PKT_RX_L4_CKSUM_BLANK : 0;
	pkt->gso_size = gso_size;
	offload_send(&iface, pkt);
	while (out.len) {
		pkt = out.pkt[--out.len];
		if ((pkt->rx_flags & PKT_RX_L4_CKSUM_BLANK) ||
		    (pkt->gso_size && !(netif.offloads & (NETIF_TX_TSO4 | NETIF_TX_TSO6))))
			abort();
		pkt_put(pkt);
	}
	if (pages.pool.avail(&pages.pool) != PAGES)
		abort();
	page_array_close(&pages);
	return 0;
}
