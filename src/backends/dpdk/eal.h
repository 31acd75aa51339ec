// eal: DPDK's environment abstraction layer: arguments, memory, threads, log.
#ifndef BACKENDS_DPDK_EAL_H
#define BACKENDS_DPDK_EAL_H

#include "backends/dpdk/device.h"
#include "core/why.h"

#define EAL_PCI_MAX 16

struct eal_conf {
	const char *app_name;
	uint64_t bytes;                        // memory that pools and drivers will take
	bool huge;                             // in huge pages
	const struct device *pci[EAL_PCI_MAX]; // probed with EAL
	unsigned pci_len;
};

// Starts EAL on the calling thread, which keeps its CPU affinity and signal
// mask; threads that EAL makes block all signals. 0 or a negative errno.
int eal_open(const struct eal_conf *conf, struct why *why) MUST_CHECK;

// Stops it; nothing of it stays in the file system. Its thread for interrupts sleeps
// until the process ends.
void eal_close(void);

// The first complaint of DPDK since eal_complaint_clear; "" when there
// was none. Complaints go nowhere else.
const char *eal_complaint(void);
void eal_complaint_clear(void);

#endif
