// tx_tap: writes frames to a queue of a TAP; a frame of several pages goes out as it lies.
#ifndef BACKENDS_LINUX_TX_TAP_H
#define BACKENDS_LINUX_TX_TAP_H

#include "core/netif.h"

#define TX_TAP_PIECES 64 // pages of a frame

// Writes packets in order, as netif_ops.tx_burst does, each with a header of vnet.h if `vnet`.
// Frames that the kernel refuses for good are dropped.
unsigned tx_tap_burst(int fd, bool vnet, const struct netif *netif, unsigned queue,
                      struct pkt **pkts, unsigned n);

#endif
