// ifinfo: what Linux reports of a network interface of its own, and the descriptor that
// reports that one of them changed. Changes nothing. A device that wadi opens is a netif.
#ifndef CORE_HOST_IFINFO_H
#define CORE_HOST_IFINFO_H

#include "core/addr.h"

struct ifinfo {
	int index;      // never given to another interface until the machine restarts
	bool up;        // configured up
	bool running;   // and has its link
	bool ethernet;  // frames have Ethernet headers; so have those of the loopback
	unsigned mtu;   // of layer 3
	uint8_t mac[6]; // of Ethernet interfaces
};

// Asks the kernel by any socket of the process. 0, or -ENODEV when the network namespace
// of the socket has no interface of this name, or of this index.
int ifinfo_by_name(int sock, const char *name, struct ifinfo *info) MUST_CHECK;
int ifinfo_by_index(int sock, int index, struct ifinfo *info) MUST_CHECK;

// Finds an address that the kernel has on the interface: `wanted`, or with NULL the first
// that is not link-local. False when there is none.
bool ifinfo_find_addr(const char *name, const struct addr *wanted, struct addr *found);

// A socket of rtnetlink that polls readable after interfaces came, went or changed; the
// caller closes it. Negative errno when there is none.
int ifinfo_events_open(void) MUST_CHECK;

// Reads all events that are there. Which interface changed, and how, the caller asks
// again, so that events that overflowed are not missed.
void ifinfo_events_drain(int fd);

#endif
