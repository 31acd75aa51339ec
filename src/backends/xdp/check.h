// check: what must be true of an interface before anything is changed. Looks, changes
// nothing, and says in one sentence what is wrong and what to do.
#ifndef BACKENDS_XDP_CHECK_H
#define BACKENDS_XDP_CHECK_H

#include "backends/xdp/iface.h"
#include "core/host/backend.h"

// Checks the device for conf->queues queues from queue `start` on, an MTU (0: any) up to
// mtu_max, and `bytes` of pages in all. 0 with *iface, or a negative errno.
int xdp_check_device(const struct backend_conf *conf, unsigned start, unsigned mtu_max,
                     uint64_t bytes, struct xdp_iface *iface, struct why *why) MUST_CHECK;

#endif
