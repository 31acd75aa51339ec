// rx_tap: reads frames from a queue of a TAP, each into a page. The TAP itself is tap_port's.
#ifndef BACKENDS_LINUX_RX_TAP_H
#define BACKENDS_LINUX_RX_TAP_H

#include "core/netif.h"

// Reads up to n frames into pages of the queue's pool, as netif_ops.rx_burst does.
unsigned rx_tap_burst(int fd, const struct netif *netif, unsigned queue, struct pkt **pkts,
                      unsigned n);

#endif
