// queue: the data path of one queue of a device: from the rings of its socket to packets
// and back. A page is the kernel's from the fill ring to the receive ring, and from the
// transmit ring to the completion ring; nothing is copied here.
#ifndef BACKENDS_XDP_QUEUE_H
#define BACKENDS_XDP_QUEUE_H

#include "backends/xdp/copies.h"
#include "backends/xdp/memory.h"
#include "backends/xdp/socket.h"
#include "core/netif.h"

struct xdp_queue {
	CACHE_ALIGNED struct xdp_socket sock;
	uint32_t owed;             // pages that the fill ring lacks
	uint32_t kept;             // free pages that it leaves to what is sent
	uint32_t colours;          // places where a frame may begin in its page
	bool polls;                // preferred busy polling
	bool unsent;               // the kernel could not take all that the transmit ring holds
	_Atomic bool returned;     // pages that connections of another process held are ours
	struct xdp_copies *copies; // what the kernel gets and we see as well; NULL: nothing
	counter_t tx_copied;
	struct page_array pages;
	struct xdp_memory memory; // where they lie
};

// Gives the socket `held` pages for frames that arrive, all at once.
void xdp_queue_fill(struct xdp_queue *q, uint32_t held);

// Takes back all pages that the closed socket had.
void xdp_queue_drain(struct xdp_queue *q);

// netif_ops.rx_burst and tx_burst.
unsigned xdp_queue_receive(struct xdp_queue *q, const struct netif *netif, unsigned queue,
                           struct pkt **pkts, unsigned n);
unsigned xdp_queue_send(struct xdp_queue *q, struct worker_metric *metric, struct pkt **pkts,
                        unsigned n);

#endif
