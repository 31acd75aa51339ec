// xen: the interface to the hypervisor: pages granted to another domain, event channels, and the
// device of xenstore. A thin layer over libxengnttab and libxenevtchn; unit tests link
// tests/fake/xen_fake.c in its place. Functions return 0 or a negative errno.
#ifndef BACKENDS_XEN_XEN_H
#define BACKENDS_XEN_XEN_H

#include "core/base.h"

// Returns a descriptor of /dev/xen/xenbus, for store_open.
int xen_store_fd(void) MUST_CHECK;

// Raises the number of pages that this guest may grant, gntalloc's limit, to at least `pages` if
// the kernel permits it. Returns the limit that is then in force; -ENOENT when the module does not
// publish one.
int64_t xen_grant_limit(uint64_t pages);

// Allocates zeroed pages that the domain may read and write, as one mapping of pages x 4 KiB;
// refs[i] is the grant reference of page i. They are granted until xen_ungrant, or longer, while
// the other domain still maps them.
int xen_grant(uint16_t domain, uint32_t pages, uint32_t *refs, void **base) MUST_CHECK;
void xen_ungrant(void *base, uint32_t pages);

// A set of event channels with one descriptor. Only one thread at a time uses it.
struct xen_events;
int xen_events_open(struct xen_events **events) MUST_CHECK;
void xen_events_close(struct xen_events *events); // closes all ports with it
int xen_events_fd(const struct xen_events *events);
// Allocates a port that the domain may bind to.
int xen_events_bind(struct xen_events *events, uint16_t domain, uint32_t *port) MUST_CHECK;
void xen_events_unbind(struct xen_events *events, uint32_t port);
void xen_events_notify(struct xen_events *events, uint32_t port);
// Clears all pending events and unmasks their ports. Never blocks.
void xen_events_take(struct xen_events *events);

#endif
