// grant: page pools that the backend's domain can read and write. The pages are granted once,
// when the pool is opened, and are used both to receive and to send, so that an answer can be
// sent in the page in which its query arrived.
//
// The backend can access every page completely as long as the pool exists. Therefore a pool
// belongs to one domain, is zeroed at first, and holds only packets received from or sent to
// that domain. The struct pkt of each is in memory that is not granted.
#ifndef BACKENDS_XEN_GRANT_H
#define BACKENDS_XEN_GRANT_H

#include "core/pkt.h"

struct grant_pool {
	struct page_array array;
	uint16_t domain;
	uint32_t *ref; // grant reference of each page
	void *base;
	bool granted; // false: the pages are in ordinary memory, after a failed renewal
};

// Opens a pool of `pages` pages, granted to the domain. Returns 0 or a negative errno; -ENOSPC when
// the limit of the driver gntalloc is reached.
int grant_pool_open(struct grant_pool *pool, uint16_t domain, uint32_t pages) MUST_CHECK;

// Grants all pages again, to the domain, and keeps their contents: after a resume the old grants
// are invalid, and after the backend moved to another domain they belong to the previous one. The
// worker is paused and the backend has unmapped the old pages. Returns 0 or a negative errno; then
// packets are still valid, none may be given to the device, and the call may be repeated.
int grant_pool_renew(struct grant_pool *pool, uint16_t domain) MUST_CHECK;

// Closes the pool. All packets have been returned to it.
void grant_pool_close(struct grant_pool *pool);

extern const char grant_pool_kind;

// Whether the domain can reach the packet's page.
static inline bool grant_covers(const struct pkt *pkt, uint16_t domain)
{
	const struct page_pool *pool = pkt->pool;

	return pool->kind == &grant_pool_kind &&
	       CONTAINER_OF(pool, const struct grant_pool, array.pool)->domain == domain;
}

// The reference of a page that the domain can reach.
static inline uint32_t grant_ref(const struct pkt *pkt)
{
	return CONTAINER_OF(pkt->pool, const struct grant_pool, array.pool)->ref[pkt->index];
}

#endif
