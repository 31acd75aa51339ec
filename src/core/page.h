// page: pools of I/O pages. A page is memory that a device or another domain
// reads and writes directly. A pool belongs to one worker; nothing in it is
// locked. Each backend brings the pool its device needs: array pools (here)
// over any memory, mempools of DPDK in backends/dpdk.
#ifndef CORE_PAGE_H
#define CORE_PAGE_H

#include "core/base.h"

#define PAGE_BYTES 4096

// Room in front of a packet of our own, for headers that are pushed.
#define PAGE_HEADROOM_BYTES 128

// Page colouring: without it, the same field of packets that are a page apart
// falls into the same cache set (docs/decisions/0002-page-colouring.md).
#define PAGE_COLOURS      16
#define PAGE_COLOUR_BYTES CACHE_LINE_BYTES

struct pkt;

struct page_pool {
	// A packet with one owner, empty, its data at the coloured start; NULL
	// when the pool is empty.
	struct pkt *(*alloc)(struct page_pool *pool);
	// Takes back a packet whose last reference is gone.
	void (*free)(struct page_pool *pool, struct pkt *pkt);
	// Pages that alloc can still give, exact when the worker is at rest.
	uint32_t (*avail)(const struct page_pool *pool);
	uint32_t pages;
	// Set by a backend whose device sends only pages of its own pools: equal for all
	// pools of one kind, NULL elsewhere.
	const void *kind;
};

// A pool over an array of pages, with the packets' metadata in a dense array
// beside it. In sanitizer builds a free page is poisoned.
struct page_array {
	CACHE_ALIGNED struct page_pool pool;
	struct pkt *meta;
	uint32_t *free_index; // a stack: the page freed last is the one still cached
	uint32_t free_len;
	void *owned; // the mapping, when page_array_open made it
	size_t owned_bytes;
};

// Maps `pages` pages, huge where the kernel gives them. 0 or -ENOMEM.
int page_array_open(struct page_array *array, uint32_t pages) MUST_CHECK;

// Builds a pool over memory of the caller's: `pages` pages of PAGE_BYTES from
// `base`, which stay the caller's and must outlive the pool. 0 or -ENOMEM.
int page_array_init(struct page_array *array, void *base, uint32_t pages) MUST_CHECK;

// Moves all pages to memory elsewhere, their contents with them; packets that are
// out stay valid, views of their bytes do not. The memory before is the
// caller's again. For pools made by page_array_init, the worker being at rest.
void page_array_move(struct page_array *array, void *base);

// Frees the pool. All of its packets must have been returned to it.
void page_array_close(struct page_array *array);

static inline uint16_t page_colour_bytes(uint32_t index)
{
	return (uint16_t)(index % PAGE_COLOURS * PAGE_COLOUR_BYTES);
}

#endif
