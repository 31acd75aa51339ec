// precheck: what must be true before anything is changed. Each function looks,
// changes nothing, and says in one sentence what is wrong and what to do.
#ifndef BACKENDS_DPDK_PRECHECK_H
#define BACKENDS_DPDK_PRECHECK_H

#include "backends/dpdk/device.h"
#include "core/why.h"

// Checks one device for a port of `queues` queues and this MTU (0: any).
// Sets *mtu to the one that holds. 0 or a negative errno.
int precheck_device(const struct device *device, unsigned queues, uint16_t *mtu,
                    struct why *why) MUST_CHECK;

// Whether `bytes` can be had: in free huge pages of 2 MiB (*huge), or in plain
// memory, which a PCI device cannot use. 0 or -ENOMEM.
int precheck_memory(uint64_t bytes, bool pci, bool *huge, struct why *why) MUST_CHECK;

#endif
