// xen_fake: Xen for a process without Xen: the functions of backends/xen/xen.h for
// the guest's side, and what a backend domain does for the other. Linked in place
// of xen.c. What a guest may not do (granting beyond the limit, using an event
// channel that a resume made void) fails or is noted as it would be there.
#ifndef FAKE_XEN_FAKE_H
#define FAKE_XEN_FAKE_H

#include "backends/xen/xen.h"

#include "store_fake.h"

#define XEN_FAKE_GUEST   7 // domain of the guest
#define XEN_FAKE_BACKEND 0

// A fresh world with so many pages to grant; the store is the caller's.
void xen_fake_open(struct store_fake *store, uint32_t grant_limit);

// Asserts that everything has been given back.
void xen_fake_close(void);

// The guest wakes up elsewhere: its grants and event channels are void.
void xen_fake_resume(void);

// Whether the guest closed an event channel that a resume had made void, which
// stops a Linux guest.
bool xen_fake_broke(void);

// Calls of xen.h since the last question, but for those that take events.
unsigned xen_fake_calls(void);

// The backend's side. Any thread.

// The page that the guest granted to the domain; NULL when there is none.
void *xen_fake_map(uint16_t domain, uint32_t ref);
void xen_fake_unmap(uint32_t ref);

// Joins a port that the guest has bound for the domain: a notification from the
// guest then writes to fd. False when there is no such port.
bool xen_fake_join(uint16_t domain, uint32_t port, int fd);
void xen_fake_leave(uint32_t port);
void xen_fake_notify(uint32_t port);

#endif
