// vif_keys: the keys of a vif in xenstore, read and written
// (xen/io/netif.h, "Feature-..." and "Multi-queue").
#ifndef BACKENDS_XEN_VIF_KEYS_H
#define BACKENDS_XEN_VIF_KEYS_H

#include "backends/xen/vif.h"

// Reads what the backend offers.
struct vif_offer vif_offer_read(struct xenbus *bus);

// Removes every key that a former owner may have left, since netback prefers some
// of them to ours, and writes those of the queues in use. 0 or a negative errno.
int vif_keys_write(struct vif *vif, struct xenbus *bus, uint32_t tx) MUST_CHECK;

#endif
