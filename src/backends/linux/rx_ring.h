// rx_ring: the ring in which the kernel lays the frames of a packet socket (TPACKET_V2,
// Documentation/networking/packet_mmap.rst): one slot for each frame, handed over by its
// status word. Each frame is copied into a page. The socket is packet_socket's.
#ifndef BACKENDS_LINUX_RX_RING_H
#define BACKENDS_LINUX_RX_RING_H

#include "core/netif.h"

// Bytes of a slot in front of the frame's layer 3: the slot's header, the address and
// the Ethernet header.
#define RX_RING_HEADER_BYTES 80

// What a frame may have beside its MTU: its header and a VLAN tag.
#define RX_RING_ETH_BYTES 18

struct rx_ring {
	uint8_t *map; // slots * slot_bytes, the kernel's memory
	uint32_t slots, slot_bytes;
	uint32_t next; // the slot that the kernel fills next
};

// Bytes of a slot for frames of this MTU, a power of 2.
uint32_t rx_ring_slot_bytes(uint16_t mtu) PURE;

// Takes up to n frames into pages of the queue's pool, as netif_ops.rx_burst does. A frame
// that finds no page stays in the ring.
unsigned rx_ring_burst(struct rx_ring *ring, const struct netif *netif, unsigned queue,
                       struct pkt **pkts, unsigned n);

#endif
