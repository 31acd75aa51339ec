// vif: one virtual interface: what the two sides offer each other, the keys that
// say so in the store, and the queues behind them. How it comes and goes is
// xenbus.c's; the data path is rx.c and tx.c; opening all vifs is netfront.c.
#ifndef BACKENDS_XEN_VIF_H
#define BACKENDS_XEN_VIF_H

#include "backends/xen/ctrl.h"
#include "backends/xen/queue.h"
#include "backends/xen/xenbus.h"
#include "core/mono.h"
#include "core/why.h"

#define VIF_GROUPS_MAX 64
#define VIF_MTU_MAX    65517 // with an Ethernet header and a tag the length is 16 bits

// What the backend takes and has; read at each connection.
struct vif_offer {
	bool rx_copy, sg, gso4, gso6, cksum6, split, ctrl, multicast, dynamic_multicast;
	uint32_t queues;
};

struct vif_conf {
	const char *device; // as configured, "xen:vif/0"
	unsigned number;    // 0
	unsigned queues;    // of the appliance: workers
	uint32_t pages;     // of each queue that is used
	uint16_t mtu;       // 0: what the toolstack says, else 1500
	bool copy, hash;
	int fault_fd;
};

// As of the last vif_status.
struct vif_metric {
	uint64_t connects, queues;
};

struct vif {
	struct netif netif;
	struct vif_metric metric;
	struct xenbus bus;
	struct vif_offer offer;
	unsigned queues_max; // that can be used
	unsigned used;       // of them, connected
	bool serving;        // workers run
	bool hash;           // Toeplitz is wanted
	bool prepared, up;   // rings are fresh; the link is up
	struct ctrl ctrl;
	uint8_t group[VIF_GROUPS_MAX][6];
	unsigned groups_len;
	bool filtering; // the backend keeps other groups away
	mono_t look;    // when to look after the backend's hold on pages,
	uint64_t done;  // responses at the last look,
	mono_t since;   // and since when there were no more
	struct queue *queue;
	char name[24]; // "vif/0"
};

// Queues that the backend offers at most, before the vif is opened. 0 when there
// is no such vif.
unsigned vif_queues_offered(struct store *store, unsigned number);

// Opens queues and pools, and watches the device. 0 or a negative errno with a
// sentence in why; then nothing is open.
int vif_open(struct vif *vif, struct store *store, const struct vif_conf *conf,
             struct why *why) MUST_CHECK;

// Reacts to what happened; returns when to be called again at the latest. `serving`
// says that workers run.
mono_t vif_serve(struct vif *vif, bool serving, mono_t now);

// No worker runs.
void vif_close(struct vif *vif);

static inline struct vif *vif_of(struct netif *netif)
{
	return CONTAINER_OF(netif, struct vif, netif);
}

#endif
