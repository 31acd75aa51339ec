// arena: memory that is allocated piece by piece and freed all at once. For the
// configuration and the like, which core dumps leave out (secret.h); never for the data
// path.
#ifndef CORE_HOST_ARENA_H
#define CORE_HOST_ARENA_H

#include "core/base.h"

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks; // all zeros is an empty arena
};

// Zeroed memory, aligned for any type, valid until arena_fini. Without memory the
// process ends with one sentence.
void *arena_alloc(struct arena *arena, size_t bytes) MUST_CHECK;

// As arena_alloc, n items of size bytes; ends the process when the product overflows.
void *arena_array(struct arena *arena, size_t n, size_t size) MUST_CHECK;

// A copy of the text.
char *arena_text(struct arena *arena, const char *text) MUST_CHECK;

void arena_fini(struct arena *arena);

#endif
