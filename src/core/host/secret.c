// secret: see the header. In front of the memory stands how much was mapped.
#include "core/host/secret.h"

#include "core/host/json.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct mapping {
	size_t size;
	CACHE_ALIGNED uint8_t bytes[];
};

void *secret_alloc(size_t bytes)
{
	struct mapping *mapping;
	size_t size;

	if (__builtin_add_overflow(bytes, sizeof(*mapping), &size))
		return NULL;
	mapping = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mapping == MAP_FAILED)
		return NULL;
	if (madvise(mapping, size, MADV_DONTDUMP)) {
		munmap(mapping, size);
		return NULL;
	}
	mapping->size = size;
	return mapping->bytes;
}

void secret_free(void *secret)
{
	struct mapping *mapping;
	size_t size;

	if (!secret)
		return;
	mapping = CONTAINER_OF(secret, struct mapping, bytes);
	size = mapping->size;
	explicit_bzero(mapping, size);
	munmap(mapping, size);
}

static void wipe_and_free(void *memory)
{
	if (memory)
		explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

void secret_json(void)
{
	static bool done;

	if (!done)
		json_set_alloc_funcs(malloc, wipe_and_free);
	done = true;
}
