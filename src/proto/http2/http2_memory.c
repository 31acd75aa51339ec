// http2_memory: see the header. Each block has its size in front.
#include "proto/http2/http2_memory.h"

#include <stdlib.h>
#include <string.h>

struct block {
	size_t size;
	_Alignas(16) uint8_t bytes[]; // as malloc's
};

static struct block *block_of(void *bytes)
{
	return CONTAINER_OF(bytes, struct block, bytes);
}

void *http2_memory_alloc(size_t size, void *memory)
{
	struct http2_memory *of = memory;
	struct block *block;

	if (size > of->limit || of->used + size + sizeof(*block) > of->limit)
		return NULL;
	block = malloc(sizeof(*block) + size);
	if (!block)
		return NULL;
	block->size = size;
	of->used += size + sizeof(*block);
	return block->bytes;
}

void *http2_memory_zeroed(size_t n, size_t size, void *memory)
{
	void *bytes =
	        size == 0 || n <= SIZE_MAX / size ? http2_memory_alloc(n * size, memory) : NULL;

	if (bytes)
		memset(bytes, 0, n * size);
	return bytes;
}

void *http2_memory_resize(void *block, size_t size, void *memory)
{
	void *bytes = http2_memory_alloc(size, memory);

	if (!bytes || !block)
		return bytes;
	memcpy(bytes, block, size < block_of(block)->size ? size : block_of(block)->size);
	http2_memory_free(block, memory);
	return bytes;
}

void http2_memory_free(void *block, void *memory)
{
	struct http2_memory *of = memory;

	if (!block)
		return;
	of->used -= block_of(block)->size + sizeof(struct block);
	free(block_of(block));
}
