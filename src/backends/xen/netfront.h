// netfront: the devices of kind xen: virtual interfaces of a Xen guest, driven by
// this process alone. This header is all that the rest of wadi sees of the
// backend's network half; boot calls it from the control thread.
//
// A device is xen:vif/N[,option=value...]:
//
//   copy=0|1                1: the backend's domain is not trusted with packets
//                           while they are worked on: each is copied out of
//                           granted memory before it is looked at, and into it
//                           after it is finished (0)
//   hash=backend|toeplitz   who spreads frames over several queues: the backend,
//                           whose hash has the ports of UDP in it, or a Toeplitz
//                           hash of ours, which has not (backend)
#ifndef BACKENDS_XEN_NETFRONT_H
#define BACKENDS_XEN_NETFRONT_H

#include "core/mono.h"
#include "core/netif.h"
#include "core/why.h"

#define NETFRONT_PORTS_MAX 16

// Pages of a queue unless the port says other: both rings full, and a burst.
#define NETFRONT_PAGES     576
#define NETFRONT_PAGES_MIN 96

struct netfront_conf {
	const char *device; // "xen:vif/0", as configured; outlives the port
	const char *words;  // "vif/0", within it
	unsigned queues;
	uint32_t pages; // of each queue; 0: NETFRONT_PAGES, or what the guest may grant
	uint16_t mtu;   // 0: what the toolstack says, else 1500
};

// Opens all vifs, in the order of confs, and waits until each is connected. 0, or
// a negative errno with a sentence in why; then none is open.
int netfront_open(const struct netfront_conf *confs, unsigned len, struct netif **netifs,
                  struct why *why) MUST_CHECK;

// Polls readable when netfront_serve has something to do; -1 when nothing is open.
int netfront_fd(void);

// While workers run: reacts to the store and to the workers. Returns when to be
// called again at the latest. Nothing to do when nothing is open.
mono_t netfront_serve(mono_t now);

// After the netifs are closed: frees what they shared. Harmless when nothing is
// open.
void netfront_close(void);

#endif
