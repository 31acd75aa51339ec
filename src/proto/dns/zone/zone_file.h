// zone_file: the files that a zone was read from, each with the version that was read, so
// that a change is noticed. Their content is zonefile_text.h's and zone_map.h's.
#ifndef DNS_ZONE_FILE_H
#define DNS_ZONE_FILE_H

#include "core/base.h"

#include <sys/types.h>
#include <time.h>

// Which file it is, whatever its path, and which version of it.
struct zone_stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec modified; // its content
	struct timespec changed;  // anything of it; no program sets that back
	bool young;               // a further change may leave it the same times
};

// A file that a zone was read from, in a list.
struct zone_file {
	struct zone_file *next;
	struct zone_stamp stamp;
	char path[];
};

// Puts a copy of the path in front of the list. 0, or -ENOMEM.
int zone_file_add(struct zone_file **files, const char *path,
                  const struct zone_stamp *stamp) MUST_CHECK;
void zone_file_free(struct zone_file *files); // the whole list

// Whether any file of the list may have changed since its stamp was taken.
bool zone_file_changed(const struct zone_file *files) MUST_CHECK;

// The stamp that a file has now: as stat returned it, or by its path; false when the path
// leads to no file.
struct stat;
struct zone_stamp zone_file_stamp_of(const struct stat *st);
bool zone_file_stamp(const char *path, struct zone_stamp *stamp) MUST_CHECK;

#endif
