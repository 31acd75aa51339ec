// http2_memory: an allocator that counts the bytes of one connection and refuses what goes beyond
// its limit, so that a client cannot make the library hold more.
#ifndef HTTP2_MEMORY_H
#define HTTP2_MEMORY_H

#include "core/base.h"

struct http2_memory {
	size_t used, limit; // bytes, with what each block costs beside its own
};

// As malloc, calloc, realloc and free; `memory` is a struct http2_memory, in the form of
// libnghttp2.
void *http2_memory_alloc(size_t size, void *memory);
void *http2_memory_zeroed(size_t n, size_t size, void *memory);
void *http2_memory_resize(void *block, size_t size, void *memory);
void http2_memory_free(void *block, void *memory);

#endif
