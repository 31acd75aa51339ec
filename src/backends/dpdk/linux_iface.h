// linux_iface: what Linux says of a network interface of its own; changes nothing,
// but for group addresses, which the kernel takes back with the descriptor.
#ifndef BACKENDS_DPDK_LINUX_IFACE_H
#define BACKENDS_DPDK_LINUX_IFACE_H

#include "core/base.h"

struct linux_iface {
	int index;
	bool up;           // configured up
	bool running;      // has its link, too
	unsigned mtu;      // of layer 3
	unsigned queues;   // receive queues that XDP can take packets from
	uint32_t xdp_prog; // number of the XDP program on it; 0: none
};

// 0, or -ENODEV when there is none of this name in our network namespace.
int linux_iface_query(const char *name, struct linux_iface *iface) MUST_CHECK;

// A descriptor that makes the interface receive all group addresses for as
// long as it is open; negative errno.
int linux_iface_groups_open(int index) MUST_CHECK;

#endif
