// zone_file: see the header.
#include "proto/dns/zone/zone_file.h"

#include "proto/dns/zone/zone_map.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// File times advance in steps of up to 10 ms; some file systems store full seconds, or even
// ones only.
#define YOUNG_NS        20000000L
#define YOUNG_COARSE_NS 2000000000L

static bool is_young(struct timespec changed)
{
	int64_t limit_ns = changed.tv_nsec ? YOUNG_NS : YOUNG_COARSE_NS;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (now.tv_sec - changed.tv_sec) * INT64_C(1000000000) + now.tv_nsec - changed.tv_nsec <
	       limit_ns;
}

struct zone_stamp zone_file_stamp_of(const struct stat *st)
{
	return (struct zone_stamp){.dev = st->st_dev,
	                           .ino = st->st_ino,
	                           .size = st->st_size,
	                           .modified = st->st_mtim,
	                           .changed = st->st_ctim,
	                           .young = is_young(st->st_ctim)};
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool zone_file_stamp(const char *path, struct zone_stamp *stamp)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return false;
	*stamp = zone_file_stamp_of(&st);
	return true;
}

bool zone_file_same(const struct zone_stamp *a, const struct zone_stamp *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       same_time(a->modified, b->modified) && same_time(a->changed, b->changed);
}

bool zone_file_has_writer(int fd)
{
	// A writer that comes while the lease is held makes the kernel send this signal.
	if (fcntl(fd, F_SETSIG, ZONE_MAP_CLAIMED) < 0)
		return false;
	if (fcntl(fd, F_SETLEASE, F_RDLCK) < 0)
		return errno == EAGAIN;
	fcntl(fd, F_SETLEASE, F_UNLCK);
	return false;
}

// Adds all bytes of the file to the sum.
static bool file_sum_add(int fd, struct zone_sum *sum)
{
	uint8_t bytes[1 << 14];
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, bytes + len, sizeof(bytes) - len);
		if (n < 0)
			return false;
		len += (size_t)n;
		if (len == sizeof(bytes)) {
			zone_sum_add(sum, bytes, len);
			len = 0;
		}
	} while (n > 0);
	zone_sum_end(sum, bytes, len);
	return true;
}

bool zone_file_sum(const char *path, struct zone_stamp *stamp)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct zone_sum sum = {{0}};
	struct zone_stamp after;
	struct stat st;
	bool done = false;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		*stamp = zone_file_stamp_of(&st);
		done = file_sum_add(fd, &sum) && fstat(fd, &st) == 0;
		after = zone_file_stamp_of(&st);
		done = done && zone_file_same(stamp, &after);
		stamp->sum = sum;
	}
	close(fd);
	return done;
}

static bool file_changed(const char *path, const struct zone_stamp *stamp)
{
	struct zone_stamp now;

	return stamp->young || !zone_file_stamp(path, &now) || !zone_file_same(&now, stamp);
}

bool zone_file_changed(const struct zone_file *files)
{
	for (const struct zone_file *file = files; file; file = file->next)
		if (file_changed(file->path, &file->stamp))
			return true;
	return false;
}

int zone_file_add(struct zone_file **files, const char *path, const struct zone_stamp *stamp)
{
	size_t size = strlen(path) + 1;
	struct zone_file *file = malloc(sizeof(*file) + size);

	if (!file)
		return -ENOMEM;
	*file = (struct zone_file){*files, *stamp};
	memcpy(file->path, path, size);
	*files = file;
	return 0;
}

void zone_file_free(struct zone_file *files)
{
	while (files) {
		struct zone_file *next = files->next;

		free(files);
		files = next;
	}
}
