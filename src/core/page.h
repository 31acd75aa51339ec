// page: pools of I/O pages. A page is memory that a device or another domain reads and
// writes directly. A pool belongs to one worker and has no locks. Each backend provides
// the pool that its device needs: array pools (here) over any memory, DPDK's mempools in
// backends/dpdk.
#ifndef CORE_PAGE_H
#define CORE_PAGE_H

#include "core/base.h"
#include "core/drop.h"

#define PAGE_BYTES 4096

// Headroom of a packet that the stack builds, for the headers it prepends.
#define PAGE_HEADROOM_BYTES 128

// Page colouring: without it, the same field of packets one page apart maps to the same
// cache set (docs/decisions/0002-page-colouring.md).
#define PAGE_COLOURS      16
#define PAGE_COLOUR_BYTES CACHE_LINE_BYTES

struct pkt;
struct pkt_watch;

struct page_pool {
	// A packet with one owner, empty, its data at the coloured start; NULL
	// when the pool is empty.
	struct pkt *(*alloc)(struct page_pool *pool);
	// Frees a packet whose last reference was put.
	void (*free)(struct page_pool *pool, struct pkt *pkt);
	// Free pages; exact while the worker does not run.
	uint32_t (*avail)(const struct page_pool *pool);
	uint32_t pages;
	// Set by a backend whose device sends only pages of its own pools: equal for all
	// pools of one kind, NULL elsewhere.
	const void *kind;
	// As `free`, of a packet that is dropped for this reason (pkt_drop).
	void (*dropped)(struct page_pool *pool, struct pkt *pkt, enum drop reason);
	// Set while core/host/pkt_watch.h stands in the place of `dropped`; else NULL.
	struct pkt_watch *watch;
};

// A pool over an array of pages, with the packets' metadata in a separate dense array.
// Sanitizer builds poison free pages.
struct page_array {
	CACHE_ALIGNED struct page_pool pool;
	struct pkt *meta;
	uint32_t *free_index; // a stack: the page freed last is probably still cached
	uint32_t free_len;
	void *owned; // the mapping, when page_array_open made it
	size_t owned_bytes;
};

// Maps `pages` pages, as huge pages where the kernel provides them. 0 or -ENOMEM.
int page_array_open(struct page_array *array, uint32_t pages) MUST_CHECK;

// Builds a pool over `pages` pages of PAGE_BYTES at `base`, which the caller owns and
// which must outlive the pool. 0 or -ENOMEM.
int page_array_init(struct page_array *array, void *base, uint32_t pages) MUST_CHECK;

// Moves all pages with their contents to other memory; allocated packets stay valid,
// pointers to their bytes do not. The caller may free the old memory. For pools made by
// page_array_init, while the worker does not run.
void page_array_move(struct page_array *array, void *base);

// Frees the pool. All of its packets must have been returned to it.
void page_array_close(struct page_array *array);

static inline uint16_t page_colour_bytes(uint32_t index)
{
	return (uint16_t)(index % PAGE_COLOURS * PAGE_COLOUR_BYTES);
}

#endif
