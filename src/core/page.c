// page: pools over an array of pages. DPDK's pools are in backends/dpdk.
#include "core/page.h"

#include "core/line.h"
#include "core/pkt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(addr, size)   ((void)(addr))
#define ASAN_UNPOISON_MEMORY_REGION(addr, size) ((void)(addr))
#endif

static struct page_array *array_of(struct page_pool *pool)
{
	return CONTAINER_OF(pool, struct page_array, pool);
}

static struct pkt *array_alloc(struct page_pool *pool)
{
	struct page_array *array = array_of(pool);
	struct pkt *pkt;

	if (array->free_len == 0)
		return NULL;
	pkt = &array->meta[array->free_index[--array->free_len]];
	ASAN_UNPOISON_MEMORY_REGION(pkt->page, PAGE_BYTES);
	pkt_reset(pkt, (uint16_t)(PAGE_HEADROOM_BYTES + page_colour_bytes(pkt->index)));
	return pkt;
}

static void array_free(struct page_pool *pool, struct pkt *pkt)
{
	struct page_array *array = array_of(pool);

	assert(pkt->refs == 0 && array->free_len < pool->pages);
	ASAN_POISON_MEMORY_REGION(pkt->page, PAGE_BYTES);
	array->free_index[array->free_len++] = pkt->index;
}

static void array_dropped(struct page_pool *pool, struct pkt *pkt, enum drop reason)
{
	array_free(pool, pkt);
}

static uint32_t array_avail(const struct page_pool *pool)
{
	// The control thread may ask while the worker runs.
	return __atomic_load_n(&CONTAINER_OF(pool, const struct page_array, pool)->free_len,
	                       __ATOMIC_RELAXED);
}

int page_array_init(struct page_array *array, void *base, uint32_t pages)
{
	*array = (struct page_array){
	        .pool = {array_alloc, array_free, array_avail, pages, NULL, array_dropped, NULL},
	        .meta = aligned_alloc(CACHE_LINE_BYTES, pages * sizeof(struct pkt)),
	        .free_index = line_alloc(pages, sizeof(uint32_t)),
	};
	if (!array->meta || !array->free_index) {
		page_array_close(array);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < pages; i++) {
		array->meta[i] = (struct pkt){
		        .page = (uint8_t *)base + (size_t)i * PAGE_BYTES,
		        .pool = &array->pool,
		        .index = i,
		        .room = PAGE_BYTES,
		};
		array_free(&array->pool, &array->meta[i]);
	}
	return 0;
}

int page_array_open(struct page_array *array, uint32_t pages)
{
	size_t bytes = (size_t)pages * PAGE_BYTES;
	void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int err;

	if (base == MAP_FAILED)
		return -ENOMEM;
	madvise(base, bytes, MADV_HUGEPAGE);
	err = page_array_init(array, base, pages);
	if (err) {
		munmap(base, bytes);
		return err;
	}
	array->owned = base;
	array->owned_bytes = bytes;
	return 0;
}

// The sanitizer's mark of free pages moves along.
void page_array_move(struct page_array *array, void *base)
{
	uint32_t pages = array->pool.pages;

	assert(!array->owned);
	for (uint32_t i = 0; i < array->free_len; i++)
		ASAN_UNPOISON_MEMORY_REGION(array->meta[array->free_index[i]].page, PAGE_BYTES);
	for (uint32_t i = 0; i < pages; i++) {
		uint8_t *page = (uint8_t *)base + (size_t)i * PAGE_BYTES;

		memcpy(page, array->meta[i].page, PAGE_BYTES);
		array->meta[i].page = page;
	}
	for (uint32_t i = 0; i < array->free_len; i++)
		ASAN_POISON_MEMORY_REGION(array->meta[array->free_index[i]].page, PAGE_BYTES);
}

void page_array_close(struct page_array *array)
{
	assert(!array->meta || !array->free_index || array->free_len == array->pool.pages);
	for (uint32_t i = 0; array->meta && array->free_index && i < array->free_len; i++)
		ASAN_UNPOISON_MEMORY_REGION(array->meta[array->free_index[i]].page, PAGE_BYTES);
	if (array->owned)
		munmap(array->owned, array->owned_bytes);
	free(array->meta);
	free(array->free_index);
	*array = (struct page_array){0};
}
