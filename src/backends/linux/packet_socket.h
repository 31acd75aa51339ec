// packet_socket: a packet socket with its receive ring, as packet(7) and
// Documentation/networking/packet_mmap.rst describe them. What is in the ring is
// rx_ring's.
#ifndef BACKENDS_LINUX_PACKET_SOCKET_H
#define BACKENDS_LINUX_PACKET_SOCKET_H

#include "backends/linux/rx_ring.h"

#define PACKET_SOCKET_ALONE (-1) // not a member of a fanout group

// A socket without a ring, which receives nothing yet; negative errno. It alone needs
// CAP_NET_RAW: all that follows may be done without.
int packet_socket_open(void) MUST_CHECK;

// Gives the socket a ring of at least `frames` slots for this MTU. `bypass`: what it sends
// goes around the queueing discipline. 0 or a negative errno; -ENOMEM when the kernel has no
// memory for the ring.
int packet_socket_ring(int sock, uint32_t frames, uint16_t mtu, bool bypass,
                       struct rx_ring *ring) MUST_CHECK;
void packet_socket_unmap(struct rx_ring *ring);

// Maps the ring that the socket has already, of ring->slots and slot_bytes. 0 or a negative
// errno.
int packet_socket_map(int sock, struct rx_ring *ring) MUST_CHECK;

// Makes the socket one that sends only, frames with virtio's header before them (vnet.h), through
// the queueing discipline. It is bound by packet_socket_send_by. 0 or a negative errno.
int packet_socket_gso(int sock) MUST_CHECK;

// Binds a socket that sends only, which may be bound already, to the interface. 0 or a negative
// errno.
int packet_socket_send_by(int sock, int index) MUST_CHECK;

// Binds the socket, which may be bound already, to the interface; all groups are received.
// Frames come in from packet_socket_receive on. 0 or a negative errno.
int packet_socket_bind(int sock, int index) MUST_CHECK;

// The interface that the socket is bound to; -1 when that has left the network namespace,
// for which it may have come back since.
int packet_socket_index(int sock) MUST_CHECK;

// Joins the fanout group, which spreads flows over its sockets, or with PACKET_SOCKET_ALONE
// makes one. The kernel does not reassemble fragments for it. The number of the group, or a
// negative errno.
int packet_socket_join(int sock, int group) MUST_CHECK;

// From now on the ring fills, with all frames but those that this host sends.
int packet_socket_receive(int sock) MUST_CHECK;

// Frames that found no free slot since the last call.
uint32_t packet_socket_lost(int sock);

// Reads the error that stands, such as that of a link that was down: it would end every
// wait at once.
void packet_socket_clear(int sock);

#endif
