// huge: see the header.
#include "core/huge.h"

#include <sys/mman.h>

#define BYTES_MIN (4u << 20) // two huge pages, of which one is whole wherever it lies

void *huge_pages(void *memory, size_t bytes)
{
	uintptr_t page = 4096, from = ((uintptr_t)memory + page - 1) & ~(page - 1);
	uintptr_t to = ((uintptr_t)memory + bytes) & ~(page - 1);

	// Where there are none it is as good without.
	if (memory && bytes >= BYTES_MIN)
		(void)madvise((void *)from, to - from, MADV_HUGEPAGE);
	return memory;
}
