// zonefile_load: the text of one zone file in memory. It reads the whole file:
// a mapping would fault when somebody shortens the file meanwhile.
#ifndef DNS_ZONEFILE_LOAD_H
#define DNS_ZONEFILE_LOAD_H

#include "core/base.h"

#include <sys/types.h>
#include <time.h>

// Which file it is, whatever its path, and which version of it.
struct zonefile_stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec modified; // its content
	struct timespec changed;  // anything of it; no program sets that back
	bool young;               // a further change may leave it the same times
};

// Whether nobody wants any more what is being loaded. Asked now and then, by any thread;
// once it is so it stays so.
typedef bool zone_stopped_fn(void);

struct zonefile_load {
	char *text; // the caller's, freed by zonefile_unload
	size_t len;
	struct zonefile_stamp stamp;
};

// 0, or -errno with a sentence's end in *why ("No such file or directory"); -ECANCELED
// when it is stopped (NULL: never).
int zonefile_load(struct zonefile_load *load, const char *path, zone_stopped_fn *stopped,
                  const char **why) MUST_CHECK;

void zonefile_unload(struct zonefile_load *load);

// The stamp that a file has now, as stat tells it, or by its path; false when that leads
// to none.
struct stat;
struct zonefile_stamp zonefile_stamp_of(const struct stat *st);
bool zonefile_stamp(const char *path, struct zonefile_stamp *stamp) MUST_CHECK;

// Whether the file at path may not be any more what had this stamp.
bool zonefile_changed(const char *path, const struct zonefile_stamp *stamp) MUST_CHECK;

#endif
