// device: the kinds of devices that DPDK serves, and the arguments that DPDK's drivers
// take for each. Pure text; whether the device exists is precheck's question.
#ifndef BACKENDS_DPDK_DEVICE_H
#define BACKENDS_DPDK_DEVICE_H

#include "core/host/backend.h"

#define DEVICE_ARGS_BYTES (2 * BACKEND_ARGUMENT_BYTES + 256)

// In the order of device_kinds.
enum device_kind {
	DEVICE_MEMIF,
	DEVICE_PCAP,
	DEVICE_PCI,
	DEVICE_VDEV,
};

extern const struct backend_kind device_kinds[];

enum device_role { DEVICE_SERVER, DEVICE_CLIENT };

// The options of all kinds; those of other kinds are zero.
struct device_options {
	uint8_t mac[6]; // memif: all zero when not given
	unsigned role;  // memif: enum device_role
	uint64_t id, ring, bsize;
};

struct device {
	enum device_kind kind;
	char name[BACKEND_ARGUMENT_BYTES]; // socket, input file, PCI address or DPDK's name
	char out[BACKEND_ARGUMENT_BYTES];  // pcap: the output file
	const char *driver_options;        // pci, vdev: borrowed from the configuration
	struct device_options options;
};

// Whether the device is the driver's alone to know: its options, abilities and address.
static inline bool device_is_drivers(const struct device *device)
{
	return device->kind == DEVICE_PCI || device->kind == DEVICE_VDEV;
}

// The device of a configuration that was read by device_kinds.
void device_init(struct device *device, const struct backend_conf *conf);

// The name of the DPDK device number `index`: "net_memif0", the PCI address, or the argument.
void device_name(const struct device *device, unsigned index, char *text, size_t size);

// The arguments of the DPDK device.
void device_args(const struct device *device, char *text, size_t size);

// A locally administered unicast address made from the host's name and the device, for
// ports that have none of their own.
void device_mac(const struct device *device, const char *host, uint8_t mac[6]);

#endif
