// zone_file: the list of files that a zone was read from, each with a stamp of the version
// that was read, so that a later change is detected. The content of the files is read by
// zonefile_text.h and zone_map.h.
#ifndef DNS_ZONE_FILE_H
#define DNS_ZONE_FILE_H

#include "proto/dns/zone/zone_sum.h"

#include <sys/types.h>
#include <time.h>

// Identifies a file, independent of its path, and a version of it.
struct zone_stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec modified; // mtime
	struct timespec changed;  // ctime, which no program can set back
	struct zone_sum sum;      // of the bytes that were read; zeros: they have not been
	bool young;               // so recent that a further change may leave the times equal
};

// A file that a zone was read from, in a list.
struct zone_file {
	struct zone_file *next;
	struct zone_stamp stamp;
	char path[];
};

// Prepends a file to the list; the path is copied. Returns 0 or -ENOMEM.
int zone_file_add(struct zone_file **files, const char *path,
                  const struct zone_stamp *stamp) MUST_CHECK;
void zone_file_free(struct zone_file *files); // the whole list

// Whether any file in the list may have changed since its stamp was taken.
bool zone_file_changed(const struct zone_file *files) MUST_CHECK;

// The current stamp of a file, from the result of stat or by path. zone_file_stamp returns
// false when stat fails for the path.
struct stat;
struct zone_stamp zone_file_stamp_of(const struct stat *st);
bool zone_file_stamp(const char *path, struct zone_stamp *stamp) MUST_CHECK;

// Reads a file and sets the stamp of the version that was read, with its sum. False when it
// cannot be read, or was changed meanwhile.
bool zone_file_sum(const char *path, struct zone_stamp *stamp) MUST_CHECK;

// Whether another process has the file open for writing. False, too, where this process may
// not take a lease (F_SETLEASE of fcntl(2)): it is neither the owner nor privileged.
bool zone_file_has_writer(int fd);

// Whether two stamps are of one version of a file, by all that the file system says of it.
bool zone_file_same(const struct zone_stamp *a, const struct zone_stamp *b);

#endif
