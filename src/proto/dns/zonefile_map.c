// zonefile_map: see the header.
#include "proto/dns/zonefile_map.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *untrusted(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "it is not a regular file";
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return "it belongs to another user than root and the server's, who could change "
		       "it while it is served";
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return "others than its owner may write to it; take that away with chmod go-w";
	return st->st_size == 0 ? "it is empty" : NULL;
}

static int file_map(int fd, struct zonefile_map *map, const char **why)
{
	struct stat st;
	void *bytes;

	if (fstat(fd, &st) < 0)
		return -errno;
	*why = untrusted(&st);
	if (*why)
		return -EPERM;
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	// Fewer misses of the TLB where a file can have huge pages (tmpfs); no matter
	// where not.
	madvise(bytes, (size_t)st.st_size, MADV_HUGEPAGE);
	*map = (struct zonefile_map){bytes, (size_t)st.st_size, zonefile_stamp_of(&st)};
	return 0;
}

int zonefile_map(struct zonefile_map *map, const char *path, const char **why)
{
	// Without O_NONBLOCK a FIFO would wait for its writer.
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int err;

	*map = (struct zonefile_map){0};
	*why = NULL;
	err = fd < 0 ? -errno : file_map(fd, map, why);
	if (err && !*why)
		*why = strerror(-err);
	if (fd >= 0)
		close(fd);
	return err;
}

void zonefile_unmap(struct zonefile_map *map)
{
	if (map->bytes)
		munmap((void *)(uintptr_t)map->bytes, map->len);
	*map = (struct zonefile_map){0};
}
