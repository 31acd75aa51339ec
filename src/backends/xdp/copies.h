// copies: frames that the XDP program leaves to the kernel and that wadi must see as well,
// such as announcements of other hosts' addresses and multicast listener queries: rare
// ones. They come by the ring of a packet socket, which prog.bpf.c filters.
#ifndef BACKENDS_XDP_COPIES_H
#define BACKENDS_XDP_COPIES_H

#include "core/netif.h"

struct xdp_copies {
	uint8_t *map; // slots that the kernel fills in order; NULL: not open
	uint32_t next;
	int fd;
};

// Opens the socket, which receives nothing before xdp_copies_start. Needs CAP_NET_RAW. 0 or
// a negative errno.
int xdp_copies_open(struct xdp_copies *copies) MUST_CHECK;
// Goes on with the socket of another process, whose descriptor is duplicated. 0 or a negative
// errno.
int xdp_copies_take(struct xdp_copies *copies, int fd) MUST_CHECK;

// The slot that is read next, where another process has stopped; -EINVAL: there is none such.
int xdp_copies_resume(struct xdp_copies *copies, uint64_t next) MUST_CHECK;

void xdp_copies_close(struct xdp_copies *copies);

// Has frames of the interface come in. 0 or a negative errno.
int xdp_copies_start(struct xdp_copies *copies, int index) MUST_CHECK;

// Copies up to n frames into pages of the queue's pool, as netif_ops.rx_burst does.
unsigned xdp_copies_receive(struct xdp_copies *copies, const struct netif *netif, unsigned queue,
                            struct pkt **pkts, unsigned n);

#endif
