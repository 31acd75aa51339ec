// tree: see the header.
#include "apps/boot/tree.h"

#include <ctype.h>
#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_BYTES_MAX 128

static int link_one(const FTSENT *entry, size_t from_len, const char *to)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s%s", to, entry->fts_path + from_len) >= PATH_MAX)
		return -ENAMETOOLONG;
	switch (entry->fts_info) {
	case FTS_D:
		return entry->fts_level == 0 || mkdir(path, 0755) == 0 ? 0 : -errno;
	case FTS_F:
	case FTS_SL:
	case FTS_SLNONE:
		return symlink(entry->fts_path, path) == 0 ? 0 : -errno;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		return -entry->fts_errno;
	default: // folders after their contents; sockets and devices are not copied
		return 0;
	}
}

int tree_link(const char *from, const char *to)
{
	char root[PATH_MAX]; // absolute, for the links
	char *const roots[] = {root, NULL};
	unsigned files = 0;
	FTSENT *entry;
	int err = 0;
	FTS *fts;

	if (!realpath(from, root))
		return -errno;
	fts = fts_open(roots, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);
	if (!fts)
		return -errno;
	while (!err && (entry = fts_read(fts)) != NULL)
		err = ++files > TREE_FILES_MAX ? -E2BIG : link_one(entry, strlen(root), to);
	fts_close(fts);
	return err;
}

static int make_folders(char *path, size_t from)
{
	for (char *p = path + from; (p = strchr(p, '/')) != NULL; p++) {
		int err;

		*p = '\0';
		err = mkdir(path, 0755) == 0 || errno == EEXIST ? 0 : -errno;
		*p = '/';
		if (err)
			return err;
	}
	return 0;
}

int tree_write(const char *folder, const char *name, const char *text, size_t len)
{
	char path[PATH_MAX];
	FILE *out;
	int err;

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= PATH_MAX)
		return -ENAMETOOLONG;
	err = make_folders(path, strlen(folder) + 1);
	if (err)
		return err;
	unlink(path); // or the target of a link would be overwritten
	out = fopen(path, "wxe");
	if (!out)
		return -errno;
	if (fwrite(text, 1, len, out) < len)
		err = -EIO;
	if (fclose(out) && !err)
		err = -errno;
	return err;
}

bool tree_is_name(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > NAME_BYTES_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool begins = i == 0 || name[i - 1] == '/';

		if (begins && (name[i] == '.' || name[i] == '/'))
			return false;
		if (!isalnum((unsigned char)name[i]) && !strchr("-._/@+", name[i]))
			return false;
	}
	return name[len - 1] != '/';
}

void tree_remove(const char *folder)
{
	char *const roots[] = {(char *)(uintptr_t)folder, NULL};
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);
	const FTSENT *entry;

	while (fts && (entry = fts_read(fts)) != NULL)
		if (entry->fts_info != FTS_D)
			remove(entry->fts_path);
	if (fts)
		fts_close(fts);
}
