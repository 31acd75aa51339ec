// device: a device string taken apart, and the words DPDK wants instead. Pure
// text; whether the device exists is precheck's question.
#ifndef BACKENDS_DPDK_DEVICE_H
#define BACKENDS_DPDK_DEVICE_H

#include "core/why.h"

#define DEVICE_PATH_BYTES 256
#define DEVICE_ARGS_BYTES 1024

// A slot of af_packet's rings. The driver copies what is in it into a page
// without a look at the page's room.
#define DEVICE_AF_PACKET_FRAME_BYTES 2048

enum device_kind {
	DEVICE_TAP,
	DEVICE_AF_XDP,
	DEVICE_AF_PACKET,
	DEVICE_MEMIF,
	DEVICE_PCAP,
	DEVICE_PCI,
};

struct device {
	enum device_kind kind;
	char name[DEVICE_PATH_BYTES];     // interface, socket, input file or PCI address
	char out[DEVICE_PATH_BYTES];      // pcap: the output file
	char args[DEVICE_PATH_BYTES];     // pci: the options, for the driver to judge
	uint8_t mac[6];                   // tap, memif: all zero when not given
	uint32_t start, busy, copy;       // af_xdp
	uint32_t frames, bypass;          // af_packet
	uint32_t client, id, ring, bsize; // memif
};

// Takes "tap:wadi0,mac=..." apart; the options are those of dpdk.h. 0 or
// -EINVAL with a sentence.
int device_parse(const char *text, struct device *device, struct why *why) MUST_CHECK;

// Whether the device is an interface that Linux has already.
bool device_is_iface(const struct device *device);

// The name of the DPDK device number `index`: "net_tap0", or the PCI address.
void device_name(const struct device *device, unsigned index, char *text, size_t size);

// The arguments of the DPDK device that serves `queues` queues from queue
// `first` on.
void device_args(const struct device *device, unsigned first, unsigned queues, char *text,
                 size_t size);

// A locally administered unicast address made from the host's name and the
// device, for ports that have none of their own.
void device_mac(const struct device *device, const char *host, uint8_t mac[6]);

#endif
