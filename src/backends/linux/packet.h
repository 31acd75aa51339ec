// packet: a Linux interface as a netif, by packet sockets: one for each worker, which the
// kernel spreads flows over. The kernel sees the same frames as ever, so an interface may
// be shared with it.
#ifndef BACKENDS_LINUX_PACKET_H
#define BACKENDS_LINUX_PACKET_H

#include "core/host/backend.h"

// Frames that each worker's ring holds: what a worker may be behind.
#define PACKET_FRAMES     8192
#define PACKET_FRAMES_MIN 64
#define PACKET_FRAMES_MAX 65536

// The largest MTU of layer 3: a frame is copied into one page.
#define PACKET_MTU_MAX 2900

struct packet_options {
	uint64_t frames;
	bool bypass, gso;
};

extern const struct option_table packet_options;

// Opens the device; struct packet_options is conf's. 0, or a negative errno with a
// sentence that names it.
int packet_open(const struct backend_conf *conf, struct netif **netif, struct why *why) MUST_CHECK;

#endif
