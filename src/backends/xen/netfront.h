// netfront: the backend (core/host/backend.h) for virtual interfaces of a Xen guest. wadi itself is
// the driver; the kernel's netfront is not used. The rest of wadi includes only this header.
//
// `open` waits until each vif is connected. While workers run, `serve` reacts to xenstore and to
// faults that workers found. The default of pages= is NETFRONT_PAGES for each queue, or fewer if
// the guest cannot grant as many; that of mtu= is the toolstack's, or 1500.
#ifndef BACKENDS_XEN_NETFRONT_H
#define BACKENDS_XEN_NETFRONT_H

#include "core/host/backend.h"

// Default and minimum number of pages of a queue; the default fills both rings and holds a burst.
#define NETFRONT_PAGES     576
#define NETFRONT_PAGES_MIN 96

extern const struct backend netfront_backend;

#endif
