// netfront: the backend for virtual interfaces of a Xen guest, driven by this process
// alone. This header is all that the rest of wadi sees of the backend's network half.
//
// open waits until each vif is connected. While workers run, serve reacts to xenstore and
// to faults that workers found. A vif without pages= gets NETFRONT_PAGES for each queue,
// or what the guest may grant; without mtu= what the toolstack says, else 1500.
#ifndef BACKENDS_XEN_NETFRONT_H
#define BACKENDS_XEN_NETFRONT_H

#include "core/host/backend.h"

// Pages of a queue: both rings full, and a burst.
#define NETFRONT_PAGES     576
#define NETFRONT_PAGES_MIN 96

extern const struct backend netfront_backend;

#endif
