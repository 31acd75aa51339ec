// xen_fake: the functions of backends/xen/xen.h without Xen, for the guest, and those that a
// backend's domain uses. Linked in place of xen.c. What Xen or Linux refuses, such as grants beyond
// the limit, fails here, too; the use of an event channel that a resume made invalid is recorded.
#ifndef FAKE_XEN_FAKE_H
#define FAKE_XEN_FAKE_H

#include "backends/xen/xen.h"

#include "store_fake.h"

#define XEN_FAKE_GUEST   7 // domain of the guest
#define XEN_FAKE_BACKEND 0

// Starts with a limit on granted pages. The caller owns the store.
void xen_fake_open(struct store_fake *store, uint32_t grant_limit);

// Asserts that all resources have been released.
void xen_fake_close(void);

// Resumes the guest on another host: its grants and event channels become invalid.
void xen_fake_resume(void);

// Whether the guest closed an event channel that a resume had made invalid, which crashes Linux.
bool xen_fake_broke(void);

// Number of calls of xen.h since the last call of this, except xen_events_take.
unsigned xen_fake_calls(void);

// Functions for the backend, from any thread.

// Returns the page that the guest granted to the domain; NULL: none.
void *xen_fake_map(uint16_t domain, uint32_t ref);
void xen_fake_unmap(uint32_t ref);

// Joins a port that the guest has bound for the domain: a notification from the
// guest then writes to fd. False when there is no such port.
bool xen_fake_join(uint16_t domain, uint32_t port, int fd);
void xen_fake_leave(uint32_t port);
void xen_fake_notify(uint32_t port);

#endif
