// line: allocates memory that one worker writes to in whole cache lines, so that it never
// shares a line with the data of another worker.
#ifndef CORE_LINE_H
#define CORE_LINE_H

#include "core/base.h"

#include <stdlib.h>
#include <string.h>

// Zeroed lines, to be freed by free(); NULL when there is not enough memory.
MUST_CHECK static inline void *line_alloc(size_t len, size_t size)
{
	size_t bytes;
	void *lines;

	if (__builtin_mul_overflow(len, size, &bytes) || bytes > SIZE_MAX - CACHE_LINE_BYTES)
		return NULL;
	bytes = ROUND_UP(bytes, CACHE_LINE_BYTES);
	lines = aligned_alloc(CACHE_LINE_BYTES, bytes);
	return lines ? memset(lines, 0, bytes) : NULL;
}

#endif
