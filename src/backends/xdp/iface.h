// iface: what Linux reports of the interface that a device is to take frames from; changes
// nothing, but for group addresses, which the kernel takes back with the descriptor.
#ifndef BACKENDS_XDP_IFACE_H
#define BACKENDS_XDP_IFACE_H

#include "core/host/ifinfo.h"

struct xdp_iface {
	struct ifinfo info;
	unsigned queues;   // receive queues that XDP can take packets from
	uint32_t xdp_prog; // number of the XDP program on it; 0: none
};

// 0, or a negative errno; -ENODEV when there is none of this name in our network namespace.
int xdp_iface_query(const char *name, struct xdp_iface *iface) MUST_CHECK;

// Why the kernel needs frames that arrive on the interface: "192.0.2.1 is its address", or
// "eth0.5 lies above it"; false when it does not.
bool xdp_iface_used(const char *name, char *text, size_t size);

// A descriptor that makes the interface receive all group addresses for as long as it is
// open; negative errno.
int xdp_iface_groups_open(int index) MUST_CHECK;

#endif
