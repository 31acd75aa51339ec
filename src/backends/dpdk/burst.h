// burst: the data path of a port: mbufs to packets and back. Opening and
// closing is port's.
#ifndef BACKENDS_DPDK_BURST_H
#define BACKENDS_DPDK_BURST_H

#include "backends/dpdk/device.h"
#include "backends/dpdk/pool.h"
#include "core/netif.h"

#include <rte_ethdev.h>

struct queue {
	CACHE_ALIGNED uint16_t dev; // DPDK's port,
	uint16_t number;            // and its queue
	uint16_t segs_max;          // pages of a frame that the driver takes,
	uint16_t tso_segs_max;      // and of one that the device cuts into segments
	int fd;                     // wakes the worker, or -1
	counter_t tx_copied;        // the worker's
	_Atomic bool inside;        // likewise: it is within the driver (memif.h)
	struct pool pool;
};

struct port {
	struct netif netif;
	struct device device;
	_Atomic bool shut; // workers stay out of the driver (memif.h)
	unsigned tries;    // of a client to make its link again
	bool joins, apart; // the device joins segments; it is not to
	bool made;         // DPDK has its device,
	uint16_t dev;      // of this number
	struct queue queue[NETIF_QUEUES_MAX];
};

static inline struct port *port_of(struct netif *netif)
{
	return CONTAINER_OF(netif, struct port, netif);
}

unsigned burst_rx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n);
unsigned burst_tx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n);

#endif
