// vif: one virtual interface: the features of both ends, its queues, and the netif that the worker
// sees. xenbus.c connects and disconnects it, vif_keys.c reads and writes its keys in xenstore,
// rx.c and tx.c are the data path, and netfront.c opens all vifs.
#ifndef BACKENDS_XEN_VIF_H
#define BACKENDS_XEN_VIF_H

#include "backends/xen/ctrl.h"
#include "backends/xen/queue.h"
#include "backends/xen/xenbus.h"
#include "core/mono.h"
#include "core/why.h"

#define VIF_GROUPS_MAX 64
#define VIF_MTU_MAX    65517 // with an Ethernet header and a tag, 16 bits hold the length

// The features that the backend offers; read at each connection.
struct vif_offer {
	bool rx_copy, sg, gso4, gso6, cksum6, split, ctrl, multicast, dynamic_multicast;
	uint32_t queues;
};

struct vif_conf {
	const char *device;   // as configured, "xen:vif/0"
	unsigned number;      // of the vif, 0 for vif/0
	unsigned queues;      // one for each worker
	uint32_t pages;       // of each queue that is used
	uint16_t mtu;         // 0: the toolstack's, or 1500
	bool copy, hash, gso; // options of the device (netfront.c)
	int fault_fd;
};

// Values at the last vif_status.
struct vif_metric {
	uint64_t connects, queues;
};

struct vif {
	struct netif netif;
	struct vif_metric metric;
	struct xenbus bus;
	struct vif_offer offer;
	unsigned queues_max; // number of queues that both ends support
	unsigned used;       // number of queues of the current connection
	bool serving;        // workers run
	bool hash;           // use the Toeplitz hash
	bool gso;            // frames of several segments pass
	bool prepared, up;   // the rings are prepared; the link is up
	struct ctrl ctrl;
	uint8_t group[VIF_GROUPS_MAX][6];
	unsigned groups_len;
	bool filtering; // the backend forwards only these groups
	mono_t check;   // time of the next check that the backend returns pages
	uint64_t done;  // number of transmit responses at the last check
	mono_t since;   // time since which the backend has held all pages
	struct queue *queue;
	char name[24]; // "vif/0"
};

// Returns the maximum number of queues that the backend offers, before the vif is opened; 0 when
// the guest has no such vif.
unsigned vif_queues_offered(struct store *store, unsigned number);

// Opens queues and pools, and watches the device in xenstore. Returns 0, or a negative errno with a
// sentence in why, and then nothing is open.
int vif_open(struct vif *vif, struct store *store, const struct vif_conf *conf,
             struct why *why) MUST_CHECK;

// Reacts to changes in xenstore and to faults; returns the time of the next call at the latest.
// `serving`: workers run.
mono_t vif_serve(struct vif *vif, bool serving, mono_t now);

// Disconnects and closes the vif. No worker runs.
void vif_close(struct vif *vif);

static inline struct vif *vif_of(struct netif *netif)
{
	return CONTAINER_OF(netif, struct vif, netif);
}

#endif
