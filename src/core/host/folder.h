// folder: the names in a folder whose files other processes replace meanwhile. POSIX leaves
// open whether readdir returns a name that is renamed during a pass once, twice or not at all,
// so one pass shows neither that a file is absent nor that there are two. Whole trees are
// copied by apps/boot/tree.h.
#ifndef CORE_HOST_FOLDER_H
#define CORE_HOST_FOLDER_H

#include "core/base.h"

// Maximum number of passes over a folder. When no two passes in a row agree, the result is
// the union of all, without what no longer exists by name.
#define FOLDER_PASSES_MAX 10

struct folder_entry {
	uint8_t type; // DT_REG, DT_DIR, DT_LNK, ... of readdir(3); never DT_UNKNOWN
	char name[];
};

// Names in the order of strcmp, each once, without "." and "..".
struct folder_list {
	struct folder_entry **items;
	size_t len, size;
};

// Whether a name belongs into the list.
typedef bool folder_match_fn(const void *ctx, const char *name);

// Fills the list, which is zeros, with the names that match (NULL: all). 0, or negative errno,
// also when the folder ends with an error half-way; the list is then empty.
int folder_read(const char *path, folder_match_fn *match, const void *ctx,
                struct folder_list *list) MUST_CHECK;

void folder_free(struct folder_list *list);

// One pass as folder_read makes it, and the judgement over passes; apart, so that a test can
// play any order of events.
struct folder_source {
	// Adds the names of one pass with folder_add. 0 or negative errno.
	int (*pass)(void *ctx, struct folder_list *list);
	bool (*exists)(void *ctx, const char *name); // by name, not by a listing
	void *ctx;
};
int folder_settle(const struct folder_source *source, struct folder_list *list) MUST_CHECK;
int folder_add(struct folder_list *list, const char *name, uint8_t type) MUST_CHECK;

#endif
