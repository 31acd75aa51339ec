// vnet: the header that virtio puts before a frame (struct virtio_net_hdr), by which the kernel and
// we leave checksums, and the cutting of TCP's bytes into segments, to the other side. Frames come
// and go in rx_tap.c and tx_tap.c.
#ifndef BACKENDS_LINUX_VNET_H
#define BACKENDS_LINUX_VNET_H

#include "core/pkt.h"

#include <linux/virtio_net.h>

// Takes over what the header says about the packet, whose bytes are in place. DROP_RX_BAD when it
// says what cannot be, DROP_RX_TOO_LONG when the packet is longer than max and not to be cut.
enum drop vnet_read(const struct virtio_net_hdr *hdr, uint32_t max, struct pkt *pkt) MUST_CHECK;

// The header of a packet that is to be sent; its layers are set as tx_flags and gso_size need them.
struct virtio_net_hdr vnet_write(const struct pkt *pkt);

#endif
