// memory: see the header. The ledger is a byte for each page; what another process wrote there
// is read as any other value would be.
#include "backends/xdp/memory.h"

#include "core/pkt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define HUGE_BYTES ((size_t)2 << 20)

static size_t file_bytes(uint32_t len)
{
	return ROUND_UP((size_t)len * PAGE_BYTES + len, HUGE_BYTES);
}

static int file_make(size_t bytes, unsigned flags)
{
	int fd = memfd_create("wadi-frames", MFD_CLOEXEC | flags), err;

	if (fd < 0 || ftruncate(fd, (off_t)bytes) == 0)
		return fd < 0 ? -errno : fd;
	err = -errno;
	close(fd);
	return err;
}

// Maps the file, with all of its pages, and makes the pool.
static int file_map(struct xdp_memory *memory, struct page_array *pages, uint32_t len)
{
	size_t bytes = file_bytes(len);
	void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory->fd, 0);
	int err;

	if (base == MAP_FAILED)
		return -errno;
	madvise(base, bytes, MADV_HUGEPAGE);
	err = page_array_init(pages, base, len);
	if (err) {
		munmap(base, bytes);
		return err;
	}
	pages->owned = base;
	pages->owned_bytes = (size_t)len * PAGE_BYTES;
	memory->ledger = (uint8_t *)base + (size_t)len * PAGE_BYTES;
	return 0;
}

int xdp_memory_open(struct xdp_memory *memory, struct page_array *pages, uint32_t len)
{
	int err = -ENOMEM;

	*memory = (struct xdp_memory){.fd = file_make(file_bytes(len), MFD_HUGETLB)};
	if (memory->fd >= 0) {
		err = file_map(memory, pages, len);
		if (!err)
			return 0;
		close(memory->fd);
	}
	memory->fd = file_make(file_bytes(len), 0);
	err = memory->fd < 0 ? memory->fd : file_map(memory, pages, len);
	if (err)
		xdp_memory_close(memory, pages);
	return err;
}

int xdp_memory_map(struct xdp_memory *memory, struct page_array *pages, uint32_t len, int fd)
{
	struct stat stat;
	int err;

	*memory = (struct xdp_memory){.fd = -1};
	if (fstat(fd, &stat) != 0 || (size_t)stat.st_size != file_bytes(len))
		return -EINVAL;
	memory->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	err = memory->fd < 0 ? -errno : file_map(memory, pages, len);
	if (err)
		xdp_memory_close(memory, pages);
	else
		while (pkt_alloc(&pages->pool))
			;
	return err;
}

void xdp_memory_close(struct xdp_memory *memory, struct page_array *pages)
{
	if (pages->owned)
		pages->owned_bytes = file_bytes(pages->pool.pages);
	page_array_close(pages);
	if (memory->fd >= 0)
		close(memory->fd);
	free(memory->given);
	*memory = (struct xdp_memory){.fd = -1};
}

void xdp_memory_give(struct xdp_memory *memory, const struct page_array *pages)
{
	if (!memory->given)
		memory->given = malloc(pages->pool.pages);
	for (uint32_t i = 0; i < pages->pool.pages; i++)
		if (memory->ledger[i] != XDP_PAGE_RETURNED)
			memory->ledger[i] = pages->meta[i].refs ? XDP_PAGE_HELD : XDP_PAGE_FREE;
	// Without memory what connections hold is not returned.
	if (memory->given)
		memcpy(memory->given, memory->ledger, pages->pool.pages);
}

// What was returned and not reclaimed is free, too.
void xdp_memory_take(const struct xdp_memory *memory, struct page_array *pages)
{
	for (uint32_t i = 0; i < pages->pool.pages; i++) {
		if (memory->ledger[i] == XDP_PAGE_HELD)
			continue;
		memory->ledger[i] = XDP_PAGE_FREE;
		pkt_put(&pages->meta[i]);
	}
}

// By its own copy: a third process may have the pages already, and the ledger says what it holds.
void xdp_memory_return(struct xdp_memory *memory, const struct page_array *pages)
{
	for (uint32_t i = 0; memory->given && i < pages->pool.pages; i++)
		if (memory->given[i] == XDP_PAGE_HELD && pages->meta[i].refs == 0)
			__atomic_store_n(&memory->ledger[i], XDP_PAGE_RETURNED, __ATOMIC_RELEASE);
}

bool xdp_memory_has_returned(const struct xdp_memory *memory, const struct page_array *pages)
{
	return memchr(memory->ledger, XDP_PAGE_RETURNED, pages->pool.pages) != NULL;
}

void xdp_memory_reclaim(struct xdp_memory *memory, struct page_array *pages)
{
	for (uint32_t i = 0; i < pages->pool.pages; i++) {
		if (memory->ledger[i] != XDP_PAGE_RETURNED)
			continue;
		memory->ledger[i] = XDP_PAGE_FREE;
		if (pages->meta[i].refs == 1)
			pkt_put(&pages->meta[i]);
	}
}
