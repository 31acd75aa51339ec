// xen: what this world gives a process of a guest: pages granted to another
// domain, event channels, the store's device. Thin over libxengnttab and
// libxenevtchn, which only xen.c knows; unit tests link tests/fake/xen_fake.c in
// its place. Functions return 0 or a negative errno.
#ifndef BACKENDS_XEN_XEN_H
#define BACKENDS_XEN_XEN_H

#include "core/base.h"

// A descriptor of /dev/xen/xenbus, for store_open.
int xen_store_fd(void) MUST_CHECK;

// Pages that may be granted by this whole guest, and a request for more of them:
// gntalloc's limit. Returns the limit that then holds; -ENOENT when the module
// does not publish it.
int64_t xen_grant_limit(uint64_t wanted);

// Zeroed pages that the domain may read and write, one mapping of pages x 4 KiB;
// refs[i] is page i's grant reference. They stay granted until xen_ungrant, or,
// should the other domain still map them, until it does not.
int xen_grant(uint16_t domain, uint32_t pages, uint32_t *refs, void **base) MUST_CHECK;
void xen_ungrant(void *base, uint32_t pages);

// Event channels of one descriptor, which one thread uses at a time.
struct xen_events;
int xen_events_open(struct xen_events **events) MUST_CHECK;
void xen_events_close(struct xen_events *events); // closes all ports with it
int xen_events_fd(const struct xen_events *events);
// A new port that the domain may bind to.
int xen_events_bind(struct xen_events *events, uint16_t domain, uint32_t *port) MUST_CHECK;
void xen_events_unbind(struct xen_events *events, uint32_t port);
void xen_events_notify(struct xen_events *events, uint32_t port);
// Takes all events that came, and lets further ones come. Never waits.
void xen_events_take(struct xen_events *events);

#endif
