// rx_tap: reads frames from a queue of a TAP into pages. The TAP itself is tap_port's.
#ifndef BACKENDS_LINUX_RX_TAP_H
#define BACKENDS_LINUX_RX_TAP_H

#include "core/netif.h"

// Pages of the longest frame: 64 KiB of IP, of which the first page has a little less than the
// others.
#define RX_TAP_PAGES 17

// Reads up to n frames into pages of the queue's pool, as netif_ops.rx_burst does. `vnet`: a header
// of vnet.h is before each, and it may be of several segments.
unsigned rx_tap_burst(int fd, bool vnet, const struct netif *netif, unsigned queue,
                      struct pkt **pkts, unsigned n);

#endif
