// vif_keys: see the header.
#include "backends/xen/vif_keys.h"

#include <stdio.h>

struct vif_offer vif_keys_read(struct xenbus *bus)
{
	enum { COPY, SG, GSO4, GSO6, CKSUM6, SPLIT, CTRL, GROUPS, DYNAMIC, QUEUES, NUMBERS };
	struct xenbus_number n[NUMBERS] = {
	        [COPY] = {"feature-rx-copy", 1},
	        [SG] = {"feature-sg", 1},
	        [GSO4] = {"feature-gso-tcpv4", 1},
	        [GSO6] = {"feature-gso-tcpv6", 1},
	        [CKSUM6] = {"feature-ipv6-csum-offload", 1},
	        [SPLIT] = {"feature-split-event-channels", 1},
	        [CTRL] = {"feature-ctrl-ring", 1},
	        [GROUPS] = {"feature-multicast-control", 1},
	        [DYNAMIC] = {"feature-dynamic-multicast-control", 1},
	        [QUEUES] = {"multi-queue-max-queues", UINT16_MAX, 1},
	};

	xenbus_back_read(bus, n, NUMBERS);
	return (struct vif_offer){.rx_copy = n[COPY].value,
	                          .sg = n[SG].value,
	                          .gso4 = n[GSO4].value,
	                          .gso6 = n[GSO6].value,
	                          .cksum6 = n[CKSUM6].value,
	                          .split = n[SPLIT].value,
	                          .ctrl = n[CTRL].value,
	                          .multicast = n[GROUPS].value,
	                          .dynamic_multicast = n[DYNAMIC].value,
	                          .queues = n[QUEUES].value};
}

// Whether a key belongs to the protocol between frontend and backend; all others are the
// toolstack's.
static bool is_protocol_key(const char *name)
{
	static const char *const prefixes[] = {"queue-",        "tx-ring",   "rx-ring",
	                                       "event-channel", "ctrl-ring", "multi-queue",
	                                       "feature-",      "request-",  "xdp-headroom"};

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

struct removal {
	struct xenbus *bus;
	uint32_t tx;
	int err;
};

static bool remove_key(void *ctx, const char *name)
{
	struct removal *removal = ctx;
	char path[STORE_PATH_BYTES];

	if (!is_protocol_key(name))
		return true;
	snprintf(path, sizeof(path), "%s/%s", removal->bus->front, name);
	removal->err = store_remove(removal->bus->store, removal->tx, path);
	return !removal->err;
}

static int remove_old(struct xenbus *bus, uint32_t tx)
{
	struct removal removal = {bus, tx, 0};
	int err = store_list(bus->store, tx, bus->front, remove_key, &removal);

	return err ? err : removal.err;
}

// Writes the keys of one queue: in a folder of its own if there are several queues.
static int write_queue(const struct vif *vif, struct xenbus *bus, uint32_t tx,
                       const struct queue *queue)
{
	char folder[16] = "";
	int err;

	if (vif->used > 1)
		snprintf(folder, sizeof(folder), "queue-%u", queue->number);
	err = xenbus_write(bus, tx, folder, "tx-ring-ref", queue->shared_ref[QUEUE_TX_RING]);
	if (!err)
		err = xenbus_write(bus, tx, folder, "rx-ring-ref",
		                   queue->shared_ref[QUEUE_RX_RING]);
	if (!err && !vif->offer.split)
		return xenbus_write(bus, tx, folder, "event-channel", queue->port_tx);
	if (!err)
		err = xenbus_write(bus, tx, folder, "event-channel-tx", queue->port_tx);
	return err ? err : xenbus_write(bus, tx, folder, "event-channel-rx", queue->port_rx);
}

static int write_ctrl(const struct vif *vif, struct xenbus *bus, uint32_t tx)
{
	int err = xenbus_write(bus, tx, "", "ctrl-ring-ref", ctrl_ring_ref(&vif->ctrl));

	return err ? err : xenbus_write(bus, tx, "", "event-channel-ctrl", vif->ctrl.port);
}

int vif_keys_write(struct vif *vif, struct xenbus *bus, uint32_t tx)
{
	// Without feature-rx-notify, netback polls and does not notice that the receive ring is
	// empty.
	const struct {
		const char *name;
		bool on;
	} features[] = {
	        {"request-rx-copy", true},
	        {"feature-rx-notify", true},
	        {"feature-sg", true},
	        {"feature-gso-tcpv4", vif->gso},
	        {"feature-gso-tcpv6", vif->gso},
	        {"feature-ipv6-csum-offload", true},
	};
	int err = remove_old(bus, tx);

	for (unsigned i = 0; !err && i < vif->used; i++)
		err = write_queue(vif, bus, tx, &vif->queue[i]);
	if (!err && vif->used > 1)
		err = xenbus_write(bus, tx, "", "multi-queue-num-queues", vif->used);
	if (!err && vif->ctrl.shared)
		err = write_ctrl(vif, bus, tx);
	for (size_t i = 0; !err && i < ARRAY_LEN(features); i++)
		err = xenbus_write(bus, tx, "", features[i].name, features[i].on);
	if (!err && vif->filtering)
		err = xenbus_write(bus, tx, "", "request-multicast-control", 1);
	return err;
}
