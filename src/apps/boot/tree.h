// tree: a copy of a folder that can be changed without the original: its folders are
// created, its files are links.
#ifndef BOOT_TREE_H
#define BOOT_TREE_H

#include "core/base.h"

#define TREE_FILES_MAX 4096

// Fills `to`, an empty folder, with what is in `from`. 0, or a negative errno: -E2BIG
// when there are more than TREE_FILES_MAX files and folders; `to` is then filled in part.
int tree_link(const char *from, const char *to) MUST_CHECK;

// Writes a file of that name into the folder; replaces a link of that name, and creates
// the folders in the name. 0, or a negative errno.
int tree_write(const char *folder, const char *name, const char *text, size_t len) MUST_CHECK;

// Whether a name stays within a folder: relative, no "..", nothing hidden.
bool tree_is_name(const char *name) PURE;

// Removes the folder and all in it, but not what its links point to.
void tree_remove(const char *folder);

#endif
