// port: one port of DPDK as a netif.
#ifndef BACKENDS_DPDK_PORT_H
#define BACKENDS_DPDK_PORT_H

#include "backends/dpdk/device.h"
#include "core/netif.h"
#include "core/why.h"

struct port_conf {
	const char *text; // the device as configured
	struct device device;
	unsigned index; // among the ports of DPDK
	unsigned queues;
	uint32_t pages; // of each queue
	uint16_t mtu;
};

// Bytes of a page's room that frames of this MTU need on the device, and the
// number of pages its rings hold at most.
uint32_t port_room_bytes(const struct port_conf *conf);
uint32_t port_pages(const struct port_conf *conf);

// The largest MTU of layer 3 that the kind of device serves.
uint16_t port_mtu_max(const struct device *device);

// Whether this number of queues and this MTU are possible. 0, -E2BIG or -EMSGSIZE.
int port_check(const struct port_conf *conf, struct why *why) MUST_CHECK;

// As port_check, but for the limits that the driver reports; mtu_max 0: it reports none.
int port_check_driver(const struct port_conf *conf, unsigned queues_max, unsigned mtu_max,
                      struct why *why) MUST_CHECK;

// Opens and starts the port. 0, or a negative errno with a sentence.
int port_open(const struct port_conf *conf, struct netif **netif, struct why *why) MUST_CHECK;

// Whether a driver of this build took the PCI device; for other kinds true.
bool port_has_driver(const struct device *device);

#endif
