// xen_fake: see the header.
#include "xen_fake.h"

#include "core/page.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#define GRANTS_MAX 8192
#define PORTS_MAX  256
#define REF_STRIDE 37 // references are neither consecutive nor in order

struct mapping { // of one xen_grant
	uint8_t *base;
	uint32_t pages, mapped;
	bool dropped; // by the guest; kept while the backend has pages mapped
};

struct grant {
	struct mapping *mapping;
	uint8_t *page;
	uint16_t domain;
	bool granted;
};

struct port {
	struct xen_events *owner;
	uint16_t domain;
	bool bound, is_void, pending;
	int fd; // of the backend; -1: not bound
};

struct xen_events {
	int fd;
	bool is_void;
};

static struct {
	pthread_mutex_t lock;
	struct store_fake *store;
	uint32_t limit, used, next_ref, next_port;
	struct grant grant[GRANTS_MAX];
	struct port port[PORTS_MAX];
	unsigned calls, events_open, mappings;
	struct xen_events *abandoned[PORTS_MAX]; // invalid, and never closed
	unsigned abandoned_len;
	bool broke;
} fake = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void lock(void)
{
	pthread_mutex_lock(&fake.lock);
}

static void unlock(void)
{
	pthread_mutex_unlock(&fake.lock);
}

void xen_fake_open(struct store_fake *store, uint32_t grant_limit)
{
	lock();
	fake.store = store;
	fake.limit = grant_limit;
	fake.used = fake.calls = fake.events_open = 0;
	fake.next_ref = 8;
	fake.next_port = 3;
	fake.broke = false;
	memset(fake.grant, 0, sizeof(fake.grant));
	memset(fake.port, 0, sizeof(fake.port));
	unlock();
}

void xen_fake_close(void)
{
	assert(fake.used == 0 && fake.mappings == 0 && fake.events_open == fake.abandoned_len);
	for (unsigned i = 0; i < fake.abandoned_len; i++) {
		close(fake.abandoned[i]->fd);
		free(fake.abandoned[i]);
	}
	fake.abandoned_len = 0;
}

bool xen_fake_broke(void)
{
	return fake.broke;
}

unsigned xen_fake_calls(void)
{
	unsigned calls;

	lock();
	calls = fake.calls;
	fake.calls = 0;
	unlock();
	return calls;
}

void xen_fake_resume(void)
{
	lock();
	for (unsigned i = 0; i < GRANTS_MAX; i++)
		fake.grant[i].granted = false;
	for (unsigned i = 0; i < PORTS_MAX; i++) {
		struct port *port = &fake.port[i];

		if (port->bound) {
			port->is_void = true;
			if (!port->owner->is_void)
				fake.abandoned[fake.abandoned_len++] = port->owner;
			port->owner->is_void = true;
			port->fd = -1;
		}
	}
	unlock();
}

int xen_store_fd(void)
{
	return store_fake_connect(fake.store, XEN_FAKE_GUEST);
}

int64_t xen_grant_limit(uint64_t wanted)
{
	return fake.limit;
}

static struct grant *grant_free(void)
{
	for (unsigned i = 0; i < GRANTS_MAX; i++) {
		fake.next_ref = (fake.next_ref + REF_STRIDE) % GRANTS_MAX;
		if (!fake.grant[fake.next_ref].mapping && fake.next_ref >= 8)
			return &fake.grant[fake.next_ref];
	}
	return NULL;
}

int xen_grant(uint16_t domain, uint32_t pages, uint32_t *refs, void **base)
{
	struct mapping *mapping = calloc(1, sizeof(*mapping));
	size_t bytes = (size_t)pages * PAGE_BYTES;

	assert(mapping);
	lock();
	fake.calls++;
	if (fake.used + pages > fake.limit) {
		unlock();
		free(mapping);
		return -ENOSPC;
	}
	*mapping = (struct mapping){.pages = pages};
	mapping->base =
	        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert(mapping->base != MAP_FAILED);
	for (uint32_t i = 0; i < pages; i++) {
		struct grant *grant = grant_free();

		assert(grant);
		*grant = (struct grant){mapping, mapping->base + (size_t)i * PAGE_BYTES, domain,
		                        true};
		refs[i] = (uint32_t)(grant - fake.grant);
	}
	fake.used += pages;
	fake.mappings++;
	*base = mapping->base;
	unlock();
	return 0;
}

// Frees the memory of a mapping that neither side uses. The lock is held.
static void mapping_drop(struct mapping *mapping)
{
	if (!mapping->dropped || mapping->mapped)
		return;
	for (unsigned i = 0; i < GRANTS_MAX; i++)
		if (fake.grant[i].mapping == mapping)
			fake.grant[i] = (struct grant){0};
	munmap(mapping->base, (size_t)mapping->pages * PAGE_BYTES);
	fake.used -= mapping->pages;
	fake.mappings--;
	free(mapping);
}

void xen_ungrant(void *base, uint32_t pages)
{
	lock();
	fake.calls++;
	for (unsigned i = 0; i < GRANTS_MAX; i++) {
		struct mapping *mapping = fake.grant[i].mapping;

		if (mapping && mapping->base == base && !mapping->dropped) {
			assert(mapping->pages == pages);
			mapping->dropped = true;
			mapping_drop(mapping);
			break;
		}
	}
	unlock();
}

void *xen_fake_map(uint16_t domain, uint32_t ref)
{
	void *page = NULL;

	lock();
	if (ref < GRANTS_MAX && fake.grant[ref].granted && fake.grant[ref].domain == domain) {
		fake.grant[ref].mapping->mapped++;
		page = fake.grant[ref].page;
	}
	unlock();
	return page;
}

void xen_fake_unmap(uint32_t ref)
{
	struct mapping *mapping;

	lock();
	mapping = fake.grant[ref].mapping;
	assert(mapping && mapping->mapped);
	mapping->mapped--;
	mapping_drop(mapping);
	unlock();
}

int xen_events_open(struct xen_events **events)
{
	struct xen_events *e = calloc(1, sizeof(*e));

	assert(e);
	e->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	lock();
	fake.calls++;
	fake.events_open++;
	unlock();
	*events = e;
	return 0;
}

static void port_close(struct port *port)
{
	fake.broke = fake.broke || port->is_void;
	*port = (struct port){.fd = -1};
}

void xen_events_close(struct xen_events *events)
{
	lock();
	for (unsigned i = 0; i < PORTS_MAX; i++)
		if (fake.port[i].bound && fake.port[i].owner == events)
			port_close(&fake.port[i]);
	fake.events_open--;
	unlock();
	close(events->fd);
	free(events);
}

int xen_events_fd(const struct xen_events *events)
{
	return events->fd;
}

int xen_events_bind(struct xen_events *events, uint16_t domain, uint32_t *port)
{
	lock();
	fake.calls++;
	for (unsigned i = 0; i < PORTS_MAX && fake.port[fake.next_port].bound; i++)
		fake.next_port = 3 + (fake.next_port + 1) % (PORTS_MAX - 3);
	*port = fake.next_port;
	assert(!fake.port[*port].bound);
	fake.port[*port] =
	        (struct port){.owner = events, .domain = domain, .bound = true, .fd = -1};
	fake.next_port = 3 + (fake.next_port + 1) % (PORTS_MAX - 3);
	unlock();
	return 0;
}

void xen_events_unbind(struct xen_events *events, uint32_t port)
{
	lock();
	fake.calls++;
	assert(fake.port[port].bound && fake.port[port].owner == events);
	port_close(&fake.port[port]);
	unlock();
}

static void ring(int fd)
{
	uint64_t one = 1;

	(void)!write(fd, &one, sizeof(one));
}

void xen_events_notify(struct xen_events *events, uint32_t port)
{
	lock();
	fake.calls++;
	if (fake.port[port].bound && !fake.port[port].is_void && fake.port[port].fd >= 0)
		ring(fake.port[port].fd);
	unlock();
}

void xen_events_take(struct xen_events *events)
{
	uint64_t count;

	(void)!read(events->fd, &count, sizeof(count));
}

bool xen_fake_join(uint16_t domain, uint32_t port, int fd)
{
	bool joined;

	lock();
	joined = port < PORTS_MAX && fake.port[port].bound && !fake.port[port].is_void &&
	         fake.port[port].domain == domain;
	if (joined)
		fake.port[port].fd = fd;
	unlock();
	return joined;
}

void xen_fake_leave(uint32_t port)
{
	lock();
	if (port < PORTS_MAX)
		fake.port[port].fd = -1;
	unlock();
}

void xen_fake_notify(uint32_t port)
{
	lock();
	if (port < PORTS_MAX && fake.port[port].bound && !fake.port[port].is_void)
		ring(fake.port[port].owner->fd);
	unlock();
}
