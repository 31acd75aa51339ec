// backend: from the configuration's device strings, "tap:wadi0", to open ports.
// Which backend serves which kind is known here only.
#ifndef BOOT_BACKEND_H
#define BOOT_BACKEND_H

#include "backends/mem/impair.h"
#include "core/mono.h"
#include "core/netif.h"
#include "core/why.h"

enum backend_kind {
	BACKEND_DPDK,
	BACKEND_MEM,
	BACKEND_XEN,
};

struct backend_device {
	enum backend_kind backend;
	const char *text;  // "tap:wadi0", within what was parsed
	const char *words; // "wadi0": behind the kind
	bool impaired;
	struct impair_conf impair;
};

struct backend_conf {
	const char *device;
	uint32_t pages; // of each queue; 0: as many as the device needs
	uint16_t mtu;   // 0: the device's own
};

// Reads a device string, which must outlive the device. 0, or -EINVAL with half
// a sentence in why.
int backend_parse(const char *text, struct backend_device *device, struct why *why) MUST_CHECK;

// Opens all devices at once with `queues` queues each, in the order of confs.
// 0, or a negative errno with a sentence in why; then none is open.
int backend_open_all(const char *app_name, const struct backend_conf *confs, unsigned len,
                     unsigned queues, struct netif **netifs, struct why *why) MUST_CHECK;

// Closes what backend_open_all opened, and what the backends shared.
void backend_close_all(struct netif **netifs, unsigned len);

// What the backends have to do beside the workers, in the control thread: polls
// readable when there is something, -1 when there never is.
int backend_fd(void);

// Does it; returns when to be called again at the latest.
mono_t backend_serve(mono_t now);

// Where the devices' pages lie, for people; after they were opened.
const char *backend_memory_kind(const struct backend_conf *confs, unsigned len);

// Whether any of the devices is DPDK's, so that workers must enter it.
bool backend_any_dpdk(const struct backend_conf *confs, unsigned len);

#endif
