// memif: what only a memif has: its Unix socket, and as a client, which loses its link when
// the server ends, the connection to the next one. Ports in general are port.h's.
#ifndef BACKENDS_DPDK_MEMIF_H
#define BACKENDS_DPDK_MEMIF_H

#include "backends/dpdk/device.h"
#include "core/netif.h"
#include "core/why.h"

struct port;

// Whether a process listens on the socket, which it does not notice: 0; -ENOENT or
// -ECONNREFUSED when none does, or another negative errno.
int memif_probe(const char *path);

// Whether the device is a client's: its bursts are then the functions below.
bool memif_is_client(const struct device *device);

// The bursts of a client: nothing arrives and nothing is sent while the control thread
// connects it again.
unsigned memif_client_rx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n);
unsigned memif_client_tx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n);

// After rte_eth_dev_start, which has connected: waits for the link, but not for ever. Without
// one the device counts as lost.
void memif_client_started(struct port *port);

// See struct netif_ops.
int memif_client_reopen(struct netif *netif, struct why *why);

#endif
