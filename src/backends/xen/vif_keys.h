// vif_keys: reads and writes the keys of a vif in xenstore (xen/io/netif.h, "Feature-..." and
// "Multi-queue").
#ifndef BACKENDS_XEN_VIF_KEYS_H
#define BACKENDS_XEN_VIF_KEYS_H

#include "backends/xen/vif.h"

// Reads the features that the backend offers.
struct vif_offer vif_keys_read(struct xenbus *bus);

// Removes the keys of a previous frontend, some of which netback would prefer, and writes those of
// the queues in use. Returns 0 or a negative errno.
int vif_keys_write(struct vif *vif, struct xenbus *bus, uint32_t tx) MUST_CHECK;

#endif
