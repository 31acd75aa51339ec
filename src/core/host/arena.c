// arena: a list of chunks, each filled from its front; see the header.
#include "core/host/arena.h"

#include "core/host/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES 65536
#define ALIGN_BYTES 16

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, size;
	_Alignas(ALIGN_BYTES) uint8_t bytes[];
};

static COLD void no_memory(void)
{
	fputs("not enough memory to start: give the machine more, or configure less\n", stderr);
	exit(1);
}

static struct arena_chunk *chunk_new(struct arena *arena, size_t bytes)
{
	size_t size = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
	struct arena_chunk *chunk = secret_alloc(sizeof(*chunk) + size);

	if (!chunk)
		no_memory();
	*chunk = (struct arena_chunk){.next = arena->chunks, .size = size};
	arena->chunks = chunk;
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
	struct arena_chunk *chunk = arena->chunks;
	void *memory;

	if (bytes > SIZE_MAX / 2)
		no_memory();
	bytes = ROUND_UP(bytes, (size_t)ALIGN_BYTES);
	if (!chunk || chunk->size - chunk->used < bytes)
		chunk = chunk_new(arena, bytes);
	memory = chunk->bytes + chunk->used;
	chunk->used += bytes;
	return memory;
}

void *arena_array(struct arena *arena, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		no_memory();
	return arena_alloc(arena, bytes);
}

char *arena_text(struct arena *arena, const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(arena_alloc(arena, size), text, size);
}

void arena_fini(struct arena *arena)
{
	struct arena_chunk *next;

	for (struct arena_chunk *chunk = arena->chunks; chunk; chunk = next) {
		next = chunk->next;
		secret_free(chunk);
	}
	arena->chunks = NULL;
}
