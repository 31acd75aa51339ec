// grant: pools whose pages the backend's domain may read and write. They are
// granted once, when the pool is opened, and serve to receive and to send alike,
// so that an answer leaves in the page in which its query came.
//
// The backend sees each page whole, for as long as the pool lives. So a pool
// belongs to one domain, begins zeroed, and holds nothing but packets that came
// from that domain or go to it; what describes a packet lies elsewhere.
#ifndef BACKENDS_XEN_GRANT_H
#define BACKENDS_XEN_GRANT_H

#include "core/pkt.h"

struct grant_pool {
	struct page_array array;
	uint16_t domain;
	uint32_t *ref; // of each page
	void *base;
	bool granted; // false: the pages lie in memory that is not granted
};

// A pool of `pages` pages granted to the domain. 0 or a negative errno, -ENOSPC when
// gntalloc's limit is reached.
int grant_pool_open(struct grant_pool *pool, uint16_t domain, uint32_t pages) MUST_CHECK;

// Grants all pages again to the domain, keeping their contents: after a resume the old
// grants are void, after a change of the backend's domain they are another domain's. The
// worker is paused and the backend has unmapped the old pages. When it fails packets stay
// valid, none may be given to the device, and it may be called again.
int grant_pool_renew(struct grant_pool *pool, uint16_t domain) MUST_CHECK;

// All packets are back in the pool.
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
