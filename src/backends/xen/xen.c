// xen: see the header. The only file that uses libxengnttab and libxenevtchn.
#include "backends/xen/xen.h"

#include "core/page.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xenevtchn.h>
#include <xengnttab.h>

#define STORE_DEVICE "/dev/xen/xenbus"
#define LIMIT_FILE   "/sys/module/xen_gntalloc/parameters/limit"

struct xen_events {
	xenevtchn_handle *handle;
};

// One handle is used for all grants: gntalloc keeps pages granted as long as they are mapped.
static xengntshr_handle *grants;

int xen_store_fd(void)
{
	int fd = open(STORE_DEVICE, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int64_t limit_read(void)
{
	FILE *file = fopen(LIMIT_FILE, "re");
	long long limit = -1;

	if (!file)
		return -ENOENT;
	if (fscanf(file, "%lld", &limit) != 1)
		limit = -ENOENT;
	fclose(file);
	return limit;
}

int64_t xen_grant_limit(uint64_t pages)
{
	int64_t limit = limit_read();
	FILE *file;

	if (limit < 0 || (uint64_t)limit >= pages)
		return limit;
	file = fopen(LIMIT_FILE, "we");
	if (!file)
		return limit;
	fprintf(file, "%ju", (uintmax_t)pages);
	fclose(file); // if the kernel refused the value, the old limit is read below
	return limit_read();
}

int xen_grant(uint16_t domain, uint32_t pages, uint32_t *refs, void **base)
{
	if (!grants)
		grants = xengntshr_open(NULL, 0);
	if (!grants)
		return -errno;
	*base = xengntshr_share_pages(grants, domain, (int)pages, refs, 1);
	if (!*base)
		return -errno;
	memset(*base, 0, (size_t)pages * PAGE_BYTES);
	return 0;
}

void xen_ungrant(void *base, uint32_t pages)
{
	xengntshr_unshare(grants, base, pages);
}

int xen_events_open(struct xen_events **events)
{
	struct xen_events *e = calloc(1, sizeof(*e));
	int fd;

	if (!e)
		return -ENOMEM;
	e->handle = xenevtchn_open(NULL, 0);
	if (!e->handle) {
		free(e);
		return -errno;
	}
	fd = xenevtchn_fd(e->handle);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	*events = e;
	return 0;
}

void xen_events_close(struct xen_events *events)
{
	xenevtchn_close(events->handle);
	free(events);
}

int xen_events_fd(const struct xen_events *events)
{
	return xenevtchn_fd(events->handle);
}

int xen_events_bind(struct xen_events *events, uint16_t domain, uint32_t *port)
{
	xenevtchn_port_or_error_t bound = xenevtchn_bind_unbound_port(events->handle, domain);

	if (bound < 0)
		return -errno;
	*port = (uint32_t)bound;
	return 0;
}

void xen_events_unbind(struct xen_events *events, uint32_t port)
{
	xenevtchn_unbind(events->handle, port);
}

void xen_events_notify(struct xen_events *events, uint32_t port)
{
	xenevtchn_notify(events->handle, port);
}

void xen_events_take(struct xen_events *events)
{
	struct pollfd fd = {.fd = xenevtchn_fd(events->handle), .events = POLLIN};

	// Polls first, because the kernel's read may block although the descriptor is non-blocking.
	while (poll(&fd, 1, 0) > 0 && (fd.revents & POLLIN)) {
		xenevtchn_port_or_error_t port = xenevtchn_pending(events->handle);

		if (port < 0)
			return;
		xenevtchn_unmask(events->handle, (evtchn_port_t)port);
	}
}
