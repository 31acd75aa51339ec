// pool: see the header.
#include "backends/dpdk/pool.h"

#include "core/line.h"

#include <errno.h>
#include <rte_errno.h>
#include <rte_mempool.h>
#include <rte_memzone.h>
#include <stdlib.h>
#include <string.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(addr, size)   ((void)(addr), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(addr, size) ((void)(addr), (void)(size))
#endif

#define MBUF_BYTES (sizeof(struct rte_mbuf) + sizeof(struct pkt))
#define OPS_NAME   "wadi"

// Drivers take mbufs, and only these pools' packets are of one.
static const char kind;

// A stack: the page freed last is the one still cached.
struct stack {
	uint32_t len;
	void *object[];
};

static int stack_alloc(struct rte_mempool *mempool)
{
	struct stack *stack = line_alloc(1, sizeof(*stack) + mempool->size * sizeof(void *));

	if (!stack)
		return -ENOMEM;
	mempool->pool_data = stack;
	return 0;
}

static void stack_free(struct rte_mempool *mempool)
{
	free(mempool->pool_data);
}

// The data room behind the mbuf and its packet.
static void *room_of(void *object)
{
	return (char *)object + MBUF_BYTES;
}

static int stack_enqueue(struct rte_mempool *mempool, void *const *objects, unsigned n)
{
	struct stack *stack = mempool->pool_data;

	if (n > mempool->size - stack->len)
		return -ENOBUFS;
	for (unsigned i = 0; i < n; i++)
		ASAN_POISON_MEMORY_REGION(room_of(objects[i]), mempool->elt_size - MBUF_BYTES);
	memcpy(stack->object + stack->len, objects, n * sizeof(*objects));
	stack->len += n;
	return 0;
}

static int stack_dequeue(struct rte_mempool *mempool, void **objects, unsigned n)
{
	struct stack *stack = mempool->pool_data;

	if (n > stack->len)
		return -ENOENT;
	stack->len -= n;
	memcpy(objects, stack->object + stack->len, n * sizeof(*objects));
	for (unsigned i = 0; i < n; i++)
		ASAN_UNPOISON_MEMORY_REGION(room_of(objects[i]), mempool->elt_size - MBUF_BYTES);
	return 0;
}

static unsigned stack_count(const struct rte_mempool *mempool)
{
	return ((const struct stack *)mempool->pool_data)->len;
}

static const struct rte_mempool_ops stack_ops = {
        .name = OPS_NAME,
        .alloc = stack_alloc,
        .free = stack_free,
        .enqueue = stack_enqueue,
        .dequeue = stack_dequeue,
        .get_count = stack_count,
};
RTE_MEMPOOL_REGISTER_OPS(stack_ops);

static struct pkt *pool_alloc(struct page_pool *page_pool)
{
	struct pool *pool = CONTAINER_OF(page_pool, struct pool, pool);
	struct rte_mbuf *mbuf = rte_mbuf_raw_alloc(pool->mempool);
	struct pkt *pkt;

	if (!mbuf)
		return NULL;
	pkt = pool_pkt(mbuf);
	pkt_reset(pkt, PAGE_HEADROOM_BYTES);
	return pkt;
}

static void pool_free(struct page_pool *page_pool, struct pkt *pkt)
{
	// While a driver still sends the page, this takes only our reference.
	rte_pktmbuf_free_seg(pool_mbuf(pkt));
}

static void pool_dropped(struct page_pool *page_pool, struct pkt *pkt, enum drop reason)
{
	pool_free(page_pool, pkt);
}

static uint32_t pool_avail(const struct page_pool *page_pool)
{
	return rte_mempool_avail_count(CONTAINER_OF(page_pool, const struct pool, pool)->mempool);
}

static void pkt_bind(struct rte_mempool *mempool, void *ctx, void *object, unsigned index)
{
	struct pool *pool = ctx;
	struct rte_mbuf *mbuf = object;

	*pool_pkt(mbuf) = (struct pkt){
	        .page = mbuf->buf_addr,
	        .pool = &pool->pool,
	        .index = index,
	        .room = mbuf->buf_len,
	        .back = mbuf,
	};
}

uint64_t pool_bytes(uint32_t pages, uint32_t room)
{
	// DPDK adds lines until the stride shares no factor with the memory
	// channels: an odd number, which spreads pages over the cache's sets.
	// One page more for the rounding at the chunk's ends.
	return (uint64_t)pages * ROUND_UP(MBUF_BYTES + room + 512, 64) + PAGE_BYTES;
}

static int pool_populate(struct pool *pool, const char *name, bool contiguous)
{
	struct rte_mempool *mempool = pool->mempool;
	size_t bytes = (size_t)mempool->size *
	               (mempool->header_size + mempool->elt_size + mempool->trailer_size);
	int n;

	if (!contiguous) {
		n = rte_mempool_populate_default(mempool);
		return n < 0 ? n : 0;
	}
	pool->zone = rte_memzone_reserve_aligned(name, bytes, SOCKET_ID_ANY, 0, PAGE_BYTES);
	if (!pool->zone)
		return -rte_errno;
	n = rte_mempool_populate_iova(mempool, pool->zone->addr, pool->zone->iova, bytes, NULL,
	                              NULL);
	return n < 0 ? n : n == (int)mempool->size ? 0 : -ENOMEM;
}

int pool_open(struct pool *pool, const char *name, uint32_t pages, uint32_t room, bool contiguous,
              struct why *why)
{
	struct rte_pktmbuf_pool_private private = {
	        .mbuf_data_room_size = (uint16_t)room,
	        .mbuf_priv_size = sizeof(struct pkt),
	};
	// Back to back means that pages cross those of the memory below, too.
	unsigned flags = contiguous ? RTE_MEMPOOL_F_NO_IOVA_CONTIG : 0;
	int err;

	*pool = (struct pool){
	        .pool = {pool_alloc, pool_free, pool_avail, pages, &kind, pool_dropped, NULL}};
	pool->mempool = rte_mempool_create_empty(name, pages, (unsigned)MBUF_BYTES + room, 0,
	                                         sizeof(private), SOCKET_ID_ANY, flags);
	if (!pool->mempool) {
		err = -rte_errno;
		goto out;
	}
	err = rte_mempool_set_ops_byname(pool->mempool, OPS_NAME, NULL);
	if (err)
		goto out;
	rte_pktmbuf_pool_init(pool->mempool, &private);
	err = pool_populate(pool, name, contiguous);
	if (err)
		goto out;
	rte_mempool_obj_iter(pool->mempool, rte_pktmbuf_init, NULL);
	rte_mempool_obj_iter(pool->mempool, pkt_bind, pool);
out:
	if (err) {
		pool_close(pool);
		why_no_memory(why, "%u pages of %u bytes: %s", pages, room, rte_strerror(-err));
	}
	return err;
}

static void unpoison(struct rte_mempool *mempool, void *ctx, void *object, unsigned index)
{
	ASAN_UNPOISON_MEMORY_REGION(room_of(object), mempool->elt_size - MBUF_BYTES);
}

void pool_close(struct pool *pool)
{
	if (pool->mempool)
		rte_mempool_obj_iter(pool->mempool, unpoison, NULL);
	rte_mempool_free(pool->mempool);
	rte_memzone_free(pool->zone);
	pool->mempool = NULL;
	pool->zone = NULL;
}
