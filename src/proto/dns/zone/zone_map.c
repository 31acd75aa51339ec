// zone_map: see the header.
#include "proto/dns/zone/zone_map.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *file_untrusted(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "it is not a regular file";
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return "it belongs to a user other than root and the server's, who could change "
		       "it while it is served";
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return "users other than its owner may write to it; prevent that with chmod go-w";
	return st->st_size == 0 ? "it is empty" : NULL;
}

// Maximum number of files kept open; further files are mapped without a lease. So are those for
// which only half of the descriptors that the process may have is left: devices, sockets and the
// next zone file need theirs more.
#define FD_KEPT_MAX 512

static bool may_keep(int fd)
{
	struct rlimit limit;

	return fd <= FD_KEPT_MAX &&
	       (getrlimit(RLIMIT_NOFILE, &limit) != 0 || (rlim_t)fd < limit.rlim_cur / 2);
}

// Takes a lease. Returns 1 if it did, 0 if it was not possible or may not be kept, -EBUSY when a
// process has the file open for writing.
static int lease_take(int fd)
{
	if (fcntl(fd, F_SETSIG, ZONE_MAP_CLAIMED) < 0)
		return 0;
	if (fcntl(fd, F_SETLEASE, F_RDLCK) < 0)
		return errno == EAGAIN ? -EBUSY : 0;
	if (may_keep(fd))
		return 1;
	fcntl(fd, F_SETLEASE, F_UNLCK);
	return 0;
}

static int file_map(int fd, struct zone_map *map, const char **why)
{
	struct stat st;
	void *bytes;
	int leased = lease_take(fd);

	if (leased < 0) {
		*why = "a process has it open for writing; wait until it is written, or write "
		       "a new file and rename it";
		return leased;
	}
	if (fstat(fd, &st) < 0)
		return -errno;
	*why = file_untrusted(&st);
	if (*why)
		return -EPERM;
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED && errno == ENOMEM)
		*why = "the kernel has no memory to map it, or allows no more mappings "
		       "(vm.max_map_count)";
	if (bytes == MAP_FAILED)
		return -errno;
	// Reduces TLB misses on file systems with huge pages (tmpfs); no effect on others.
	madvise(bytes, (size_t)st.st_size, MADV_HUGEPAGE);
	*map = (struct zone_map){bytes, (size_t)st.st_size, zone_file_stamp_of(&st),
	                         leased ? fd : -1};
	return 0;
}

int zone_map_open(struct zone_map *map, const char *path, const char **why)
{
	// Without O_NONBLOCK, open would wait for the writer of a FIFO.
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int err;

	*map = (struct zone_map){0};
	*why = NULL;
	err = fd < 0 ? -errno : file_map(fd, map, why);
	if (err && !*why)
		*why = strerror(-err);
	if (fd >= 0 && (err || map->fd < 0))
		close(fd);
	return err;
}

static void lease_release(struct zone_map *map)
{
	if (map->fd >= 0)
		close(map->fd);
	map->fd = -1;
}

int zone_map_keep(struct zone_map *map)
{
	void *place = (void *)(uintptr_t)map->bytes, *copy;

	if (!place || map->fd < 0 || fcntl(map->fd, F_GETLEASE) == F_RDLCK)
		return 0;
	copy = mmap(NULL, map->len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (copy == MAP_FAILED)
		return -errno;
	madvise(copy, map->len, MADV_HUGEPAGE);
	memcpy(copy, place, map->len);
	// A worker that reads during mremap waits for the kernel's lock of mappings, then reads the
	// copy.
	if (mprotect(copy, map->len, PROT_READ) < 0 ||
	    mremap(copy, map->len, map->len, MREMAP_MAYMOVE | MREMAP_FIXED, place) == MAP_FAILED) {
		int err = -errno;

		munmap(copy, map->len);
		return err;
	}
	lease_release(map);
	return 1;
}

void zone_map_close(struct zone_map *map)
{
	if (map->bytes) {
		munmap((void *)(uintptr_t)map->bytes, map->len);
		lease_release(map);
	}
	*map = (struct zone_map){0};
}
