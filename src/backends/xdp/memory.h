// memory: the pages of one queue's frames, as a file of memory that another process can map, too:
// an XDP socket that goes there goes with its pages. Behind them lies a ledger by which the
// processes say whose each page is.
#ifndef BACKENDS_XDP_MEMORY_H
#define BACKENDS_XDP_MEMORY_H

#include "core/page.h"

// What the ledger says of a page; a process that hands over writes it.
enum xdp_page {
	XDP_PAGE_FREE,
	XDP_PAGE_HELD,     // by the kernel, or by connections of the process that hands over
	XDP_PAGE_RETURNED, // was held by connections: the process that took over may use it
};

struct xdp_memory {
	int fd; // of the file; -1: none
	uint8_t *ledger;
	uint8_t *given; // as xdp_memory_give last wrote it; NULL: never
};

// Makes a pool of pages, as huge pages where some are free. The pool's `owned` is where they
// begin, and goes with it; owned_bytes are those of the pages alone. 0, or a negative errno.
int xdp_memory_open(struct xdp_memory *memory, struct page_array *pages, uint32_t len) MUST_CHECK;

// The pool over the pages of another process, whose descriptor is duplicated. None is free before
// xdp_memory_take. 0; -EINVAL when the file is not as long as that; or another errno.
int xdp_memory_map(struct xdp_memory *memory, struct page_array *pages, uint32_t len,
                   int fd) MUST_CHECK;
void xdp_memory_close(struct xdp_memory *memory, struct page_array *pages);

// Writes to the ledger which pages are in use. No worker runs, or what it says is not used yet.
void xdp_memory_give(struct xdp_memory *memory, const struct page_array *pages);

// Frees all others in the pool that xdp_memory_map made. No worker runs.
void xdp_memory_take(const struct xdp_memory *memory, struct page_array *pages);

// At the end of the process that handed over: what it held itself is the other one's.
void xdp_memory_return(struct xdp_memory *memory, const struct page_array *pages);

// Whether pages were returned since; xdp_memory_reclaim, in the worker's thread, frees them.
bool xdp_memory_has_returned(const struct xdp_memory *memory, const struct page_array *pages);
COLD void xdp_memory_reclaim(struct xdp_memory *memory, struct page_array *pages);

#endif
