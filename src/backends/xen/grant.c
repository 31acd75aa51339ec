// grant: see the header.
#include "backends/xen/grant.h"

#include "backends/xen/xen.h"
#include "core/line.h"

#include <errno.h>
#include <stdlib.h>

const char grant_pool_kind;

int grant_pool_open(struct grant_pool *pool, uint16_t domain, uint32_t pages)
{
	int err = -ENOMEM;

	*pool = (struct grant_pool){.domain = domain, .ref = line_alloc(pages, sizeof(*pool->ref))};
	if (!pool->ref)
		return err;
	err = xen_grant(domain, pages, pool->ref, &pool->base);
	if (!err) {
		pool->granted = true;
		err = page_array_init(&pool->array, pool->base, pages);
	}
	if (err) {
		if (pool->granted)
			xen_ungrant(pool->base, pages);
		free(pool->ref);
		*pool = (struct grant_pool){0};
		return err;
	}
	pool->array.pool.kind = &grant_pool_kind;
	return 0;
}

// Moves the packets to ordinary memory and revokes the grants. Old pages are released before new
// ones are granted, because the driver gntalloc counts both against its limit.
static int move_out(struct grant_pool *pool, uint32_t pages)
{
	void *memory = aligned_alloc(PAGE_BYTES, (size_t)pages * PAGE_BYTES);

	if (!memory)
		return -ENOMEM;
	page_array_move(&pool->array, memory);
	xen_ungrant(pool->base, pages);
	pool->base = memory;
	pool->granted = false;
	return 0;
}

int grant_pool_renew(struct grant_pool *pool, uint16_t domain)
{
	uint32_t pages = pool->array.pool.pages;
	int err = pool->granted ? move_out(pool, pages) : 0;
	void *base;

	if (!err)
		err = xen_grant(domain, pages, pool->ref, &base);
	if (err)
		return err;
	page_array_move(&pool->array, base);
	free(pool->base);
	pool->base = base;
	pool->domain = domain;
	pool->granted = true;
	return 0;
}

void grant_pool_close(struct grant_pool *pool)
{
	uint32_t pages = pool->array.pool.pages;

	if (!pool->base)
		return;
	page_array_close(&pool->array);
	if (pool->granted)
		xen_ungrant(pool->base, pages);
	else
		free(pool->base);
	free(pool->ref);
	*pool = (struct grant_pool){0};
}
