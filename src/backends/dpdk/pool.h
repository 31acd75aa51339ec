// pool: a page_pool over a mempool of DPDK. A page is an mbuf's data room; the
// packet lies in the mbuf's private area. The free pages are a stack without
// locks, because a pool belongs to one worker: the driver's queue, the stack
// and the application of that worker take from it and give back to it.
#ifndef BACKENDS_DPDK_POOL_H
#define BACKENDS_DPDK_POOL_H

#include "core/pkt.h"
#include "core/why.h"

#include <rte_mbuf.h>

struct pool {
	struct page_pool pool;
	struct rte_mempool *mempool;
	const struct rte_memzone *zone;
};

// Where the packet of an mbuf lies, and the mbuf of a packet.
static inline struct pkt *pool_pkt(struct rte_mbuf *mbuf)
{
	return (struct pkt *)(void *)(mbuf + 1);
}

static inline struct rte_mbuf *pool_mbuf(const struct pkt *pkt)
{
	return (struct rte_mbuf *)pkt->back;
}

// Bytes of memory that a pool of `pages` pages takes, each with room for `room` bytes.
uint64_t pool_bytes(uint32_t pages, uint32_t room) MUST_CHECK;

// `contiguous`: the pages lie back to back in one chunk, at places that spread over the
// cache; else DPDK lays them so that none crosses a page of the IOMMU.
// 0 or a negative errno.
int pool_open(struct pool *pool, const char *name, uint32_t pages, uint32_t room, bool contiguous,
              struct why *why) MUST_CHECK;
void pool_close(struct pool *pool);

#endif
