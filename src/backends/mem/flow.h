// flow: the hash by which a wire chooses the receiver's queue, as a NIC does:
// frames of one conversation have the same. It reads Ethernet, one VLAN tag,
// IPv4, IPv6 without extension headers, UDP and TCP, and only to steer: what it
// cannot read goes to queue 0, and nothing is rejected here.
#ifndef BACKENDS_MEM_FLOW_H
#define BACKENDS_MEM_FLOW_H

#include "core/netif.h"

// 0 for a frame without addresses of layer 3. Fragments hash by addresses alone,
// so that all of a datagram stay together.
uint32_t flow_hash(const uint8_t *frame, size_t len) PURE;

// That of a flow's frames.
uint32_t flow_hash_of(const struct netif_flow *flow) PURE;

#endif
