// devices: what becomes of the ports' devices while the appliance runs: the control thread
// logs a link that goes down or up, and a device that is lost; takes one up again that is
// back, or ends the appliance (ports[].on_device_loss). What is on the link is not its
// concern; how a device is lost and taken up again is its backend's (core/netif.h).
#ifndef BOOT_DEVICES_H
#define BOOT_DEVICES_H

#include "core/host/control_loop.h"
#include "core/netif.h"
#include "core/why.h"

enum device_loss { DEVICE_LOSS_WAIT, DEVICE_LOSS_EXIT };
enum device_state { DEVICE_STARTS, DEVICE_UP, DEVICE_DOWN, DEVICE_LOST };

struct device_watch {
	const char *port;
	struct netif *netif;
	unsigned on_loss; // enum device_loss
	uint8_t mac[6];   // that the log knows
	enum device_state state;
	bool complained; // of what keeps it from being taken up again
};

struct devices {
	unsigned len;
	struct device_watch device[NETIF_QUEUES_MAX];
	struct control_loop *loop;
	struct control_watch events; // interfaces of Linux that changed
	struct wheel_timer timer;
	// Packets that all workers dropped for a wrong UDP checksum: the first ones are worth
	// a line. Wakes all workers. Both are set before devices_watch.
	uint64_t (*bad_checksums)(void *ctx);
	void (*wake)(void *ctx);
	void *ctx;
	bool hinted;
	struct why fatal; // why the appliance ends; empty: it need not
};

// "up", "down" or "lost", as the status says.
const char *devices_state_name(const struct netif_status *status);

// Adds a device, before devices_watch; port and netif are borrowed.
void devices_add(struct devices *devices, const char *port, struct netif *netif, unsigned on_loss);

// Looks at each device in the loop's first turn, then whenever an interface of Linux
// changes, and once a second. Stops the loop, with devices->fatal set, when a device is lost whose
// port says so.
void devices_watch(struct devices *devices, struct control_loop *loop, mono_t now);

// Also when it was not watched.
void devices_unwatch(struct devices *devices);

#endif
