// tree: see the header.
#include "apps/boot/tree.h"

#include "core/host/folder.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_BYTES_MAX 128

// A copy that is being made; the paths grow and shrink with the folders.
struct linking {
	char from[PATH_MAX], to[PATH_MAX];
	dev_t dev; // of the tree; what is mounted in it is not copied
	unsigned files;
};

static int link_folder(struct linking *linking);

static int link_entry(struct linking *linking, uint8_t type)
{
	struct stat status;
	int err;

	if (type == DT_REG || type == DT_LNK)
		return symlink(linking->from, linking->to) == 0 ? 0 : -errno;
	if (type != DT_DIR) // sockets and devices are not copied
		return 0;
	if (mkdir(linking->to, 0755) < 0)
		return -errno;
	if (lstat(linking->from, &status) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (status.st_dev != linking->dev)
		return 0;
	err = link_folder(linking);
	return err == -ENOENT ? 0 : err; // removed meanwhile
}

static int link_name(struct linking *linking, const struct folder_entry *entry)
{
	size_t from_len = strlen(linking->from), to_len = strlen(linking->to);
	size_t size = strlen(entry->name) + 2;
	int err;

	if (++linking->files > TREE_FILES_MAX)
		return -E2BIG;
	if (from_len + size > PATH_MAX || to_len + size > PATH_MAX)
		return -ENAMETOOLONG;
	snprintf(linking->from + from_len, size, "/%s", entry->name);
	snprintf(linking->to + to_len, size, "/%s", entry->name);
	err = link_entry(linking, entry->type);
	linking->from[from_len] = linking->to[to_len] = '\0';
	return err;
}

static int link_folder(struct linking *linking)
{
	struct folder_list list = {0};
	int err = folder_read(*linking->from ? linking->from : "/", NULL, NULL, &list);

	for (size_t i = 0; i < list.len && !err; i++)
		err = link_name(linking, list.items[i]);
	folder_free(&list);
	return err;
}

int tree_link(const char *from, const char *to)
{
	struct linking linking = {.files = 1}; // the folder itself
	struct stat status;

	if (!realpath(from, linking.from) || stat(linking.from, &status) < 0)
		return -errno;
	if (strlen(to) >= PATH_MAX)
		return -ENAMETOOLONG;
	strcpy(linking.to, to);
	linking.dev = status.st_dev;
	if (strcmp(linking.from, "/") == 0)
		linking.from[0] = '\0';
	return link_folder(&linking);
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
