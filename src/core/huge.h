// huge: large memory in huge pages, where the kernel gives them on request
// (/sys/kernel/mm/transparent_hugepage/enabled says "madvise" or "always"): a fault for
// two megabytes instead of one for four kilobytes, and fewer misses of the TLB.
#ifndef CORE_HUGE_H
#define CORE_HUGE_H

#include "core/base.h"

// Requests huge pages when the memory is large enough to gain by them. Returns the
// memory, otherwise unchanged; NULL for NULL.
void *huge_pages(void *memory, size_t bytes) MUST_CHECK;

// Memory as malloc gives it, to be freed by free; a large one begins with a huge page and
// has none of its own touched yet. From 1 MB on it is aligned to a cache line.
void *huge_alloc(size_t bytes) MUST_CHECK;

#endif
