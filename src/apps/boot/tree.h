// tree: a folder that looks like another one and can be changed without it: its
// folders are made anew, its files are links.
#ifndef BOOT_TREE_H
#define BOOT_TREE_H

#include "core/base.h"

#define TREE_FILES_MAX 4096

// Makes the folder `to`, which is there and empty, look like `from`. 0, or a
// negative errno: -E2BIG when there are more than TREE_FILES_MAX files and
// folders. What was made until then stays.
int tree_link(const char *from, const char *to) MUST_CHECK;

// Writes a file of that name into the folder, in place of a link when there is
// one; the folders in the name are made. 0, or a negative errno.
int tree_write(const char *folder, const char *name, const char *text, size_t len) MUST_CHECK;

// Whether a name stays within a folder: relative, no "..", nothing hidden.
bool tree_is_name(const char *name) PURE;

// Removes the folder and all in it; links' targets stay.
void tree_remove(const char *folder);

#endif
