// zone_file: see the header.
#include "proto/dns/zone/zone_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

// The kernel's clock of files goes in steps, of 10 ms at most; some file systems keep
// whole seconds, or every other one.
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
	return (struct zone_stamp){st->st_dev,  st->st_ino,  st->st_size,
	                           st->st_mtim, st->st_ctim, is_young(st->st_ctim)};
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

static bool file_changed(const char *path, const struct zone_stamp *stamp)
{
	struct stat st;

	if (stamp->young || stat(path, &st) < 0)
		return true;
	return st.st_dev != stamp->dev || st.st_ino != stamp->ino || st.st_size != stamp->size ||
	       !same_time(st.st_mtim, stamp->modified) || !same_time(st.st_ctim, stamp->changed);
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
