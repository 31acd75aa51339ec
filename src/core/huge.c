// huge: see the header.
#include "core/huge.h"

#include <stdlib.h>
#include <sys/mman.h>

#define HUGE_PAGE_BYTES ((size_t)2 << 20)
#define BYTES_MIN       (2 * HUGE_PAGE_BYTES) // holds one aligned huge page wherever it begins
#define ALIGNED_BYTES   ((size_t)1 << 20)

void *huge_pages(void *memory, size_t bytes)
{
	uintptr_t page = 4096, from = ((uintptr_t)memory + page - 1) & ~(page - 1);
	uintptr_t to = ((uintptr_t)memory + bytes) & ~(page - 1);

	// A kernel without huge pages leaves the memory as it is.
	if (memory && bytes >= BYTES_MIN)
		(void)madvise((void *)from, to - from, MADV_HUGEPAGE);
	return memory;
}

void *huge_alloc(size_t bytes)
{
	size_t alignment = bytes < BYTES_MIN ? CACHE_LINE_BYTES : HUGE_PAGE_BYTES;

	if (bytes < ALIGNED_BYTES)
		return malloc(bytes);
	return huge_pages(aligned_alloc(alignment, ROUND_UP(bytes, alignment)), bytes);
}
