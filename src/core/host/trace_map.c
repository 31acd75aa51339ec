// trace_map: see the header.
#include "core/host/trace_map.h"

#include "core/host/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define KEPT_SUFFIX ".last"
#define NEXT_SUFFIX ".next"

static const struct conf_key keys[] = {
        {"file", CONF_PATH, offsetof(struct trace_conf, file), "",
         .max = PATH_MAX - sizeof(NEXT_SUFFIX KEPT_SUFFIX),
         .help = "A file that holds the trace while the appliance runs, for wadi-ctl trace FILE "
                 "after a crash; best on a memory file system such as /run. A normal exit "
                 "removes it; the next start renames one that a crash left to FILE.last. Empty: "
                 "the trace is lost with the process."},
        {"records", CONF_UNSIGNED, offsetof(struct trace_conf, records), "4096", TRACE_RECORDS_MIN,
         TRACE_RECORDS_MAX,
         .help = "Records of 8 bytes that each worker keeps, at least; a power of two is used."},
        {0},
};
const struct conf_section trace_section = {sizeof(struct trace_conf), keys};

static uint32_t power_of_two(uint64_t n)
{
	uint32_t power = TRACE_RECORDS_MIN;

	while (power < n)
		power *= 2;
	return power;
}

// Renames a file that a dead process left.
static int keep_last(struct trace_map *map, struct why *why)
{
	int fd = open(map->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), err = 0;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return why_fail(why, -errno, "trace.file: %s: %s", map->path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		err = why_fail(why, -EADDRINUSE,
		               "trace.file: a running process writes %s: stop it or choose another "
		               "path",
		               map->path);
	else if (rename(map->path, map->kept) != 0)
		err = why_fail(why, -errno, "trace.file: %s cannot be renamed to %s: %s", map->path,
		               map->kept, strerror(errno));
	map->crashed = !err;
	close(fd);
	return err;
}

// Allocates the whole file before it is mapped: on a full file system, a store to a page
// without a block would kill the worker.
static int create(struct trace_map *map, struct why *why)
{
	int err;

	map->fd = open(map->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (map->fd < 0)
		return why_fail(why, -errno, "trace.file: %s: %s", map->path, strerror(errno));
	err = flock(map->fd, LOCK_EX | LOCK_NB) == 0 ? 0 : -errno;
	if (!err)
		err = -posix_fallocate(map->fd, 0, (off_t)map->size);
	if (!err)
		return 0;
	why_set(why, "trace.file: %s: %s", map->path, strerror(-err));
	unlink(map->path);
	close(map->fd);
	return err;
}

static void set_paths(struct trace_map *map, const char *path, const char *suffix)
{
	snprintf(map->path, sizeof(map->path), "%s%s", path, suffix);
	snprintf(map->kept, sizeof(map->kept), "%.*s" KEPT_SUFFIX,
	         (int)(sizeof(map->kept) - sizeof(KEPT_SUFFIX)), map->path);
}

static int open_file(struct trace_map *map, const char *path, const char *suffix, struct why *why)
{
	int err;

	set_paths(map, path, suffix);
	err = keep_last(map, why);
	return err ? err : create(map, why);
}

static uint64_t unix_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * SEC_US + (uint64_t)now.tv_nsec / 1000;
}

static int map_open(struct trace_map *map, const struct trace_conf *conf, const char *suffix,
                    const char *program, uint32_t rings_len, struct why *why)
{
	struct trace_process process = {program, (uint64_t)getpid(), unix_us(), clock_kernel()};
	uint32_t records = power_of_two(conf->records);
	int flags = *conf->file ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, err = 0;
	void *memory;

	*map = (struct trace_map){.fd = -1, .size = trace_file_size(rings_len, records)};
	if (*conf->file)
		err = open_file(map, conf->file, suffix, why);
	if (err)
		return err;
	// Populated, so that no store causes a page fault.
	memory = mmap(NULL, map->size, PROT_READ | PROT_WRITE, flags | MAP_POPULATE, map->fd, 0);
	if (memory == MAP_FAILED) {
		if (map->fd >= 0) {
			unlink(map->path);
			close(map->fd);
		}
		return why_no_memory(why, "the trace");
	}
	map->file = memory;
	trace_file_init(map->file, rings_len, records, &process);
	return 0;
}

int trace_map_open(struct trace_map *map, const struct trace_conf *conf, const char *program,
                   uint32_t rings_len, struct why *why)
{
	return map_open(map, conf, "", program, rings_len, why);
}

int trace_map_open_beside(struct trace_map *map, const struct trace_conf *conf, const char *program,
                          uint32_t rings_len, struct why *why)
{
	return map_open(map, conf, NEXT_SUFFIX, program, rings_len, why);
}

int trace_map_settle(struct trace_map *map, const struct trace_conf *conf, struct why *why)
{
	if (map->fd < 0)
		return 0;
	if (rename(map->path, conf->file) != 0)
		return why_fail(why, -errno, "trace.file: %s cannot be renamed to %s: %s",
		                map->path, conf->file, strerror(errno));
	set_paths(map, conf->file, "");
	return 0;
}

// Whether the name is that of this file still.
static bool has_name(const struct trace_map *map)
{
	struct stat own, named;

	return fstat(map->fd, &own) == 0 && stat(map->path, &named) == 0 &&
	       own.st_ino == named.st_ino && own.st_dev == named.st_dev;
}

void trace_map_close(struct trace_map *map)
{
	if (!map->file)
		return;
	munmap(map->file, map->size);
	map->file = NULL;
	if (map->fd < 0)
		return;
	if (has_name(map))
		unlink(map->path);
	close(map->fd);
}

void trace_map_attach(struct trace_map *map, uint32_t index, const char *name, struct trace *trace,
                      mono_t now)
{
	struct trace_ring *ring = trace_file_ring(map->file, index);

	snprintf(ring->name, sizeof(ring->name), "%s", name);
	trace_init(trace, ring, map->file->records, now);
}
