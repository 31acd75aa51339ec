// folder: see the header.
#include "core/host/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int folder_add(struct folder_list *list, const char *name, uint8_t type)
{
	size_t bytes = strlen(name) + 1;
	struct folder_entry *entry;

	if (list->len == list->size) {
		size_t size = list->size ? list->size * 2 : 64;
		void *items = realloc(list->items, size * sizeof(list->items[0]));

		if (!items)
			return -ENOMEM;
		list->items = items;
		list->size = size;
	}
	entry = malloc(sizeof(*entry) + bytes);
	if (!entry)
		return -ENOMEM;
	entry->type = type;
	memcpy(entry->name, name, bytes);
	list->items[list->len++] = entry;
	return 0;
}

void folder_free(struct folder_list *list)
{
	for (size_t i = 0; i < list->len; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct folder_list){0};
}

static int folder_compare(const void *a, const void *b)
{
	return strcmp((*(struct folder_entry *const *)a)->name,
	              (*(struct folder_entry *const *)b)->name);
}

// Sorts the list. Of a name that occurs twice one entry is left.
static void folder_sort(struct folder_list *list)
{
	size_t len = 0;

	if (list->len)
		qsort(list->items, list->len, sizeof(list->items[0]), folder_compare);
	for (size_t i = 0; i < list->len; i++) {
		if (len && strcmp(list->items[len - 1]->name, list->items[i]->name) == 0)
			free(list->items[i]);
		else
			list->items[len++] = list->items[i];
	}
	list->len = len;
}

static bool folder_same(const struct folder_list *a, const struct folder_list *b)
{
	for (size_t i = 0; i < a->len && a->len == b->len; i++)
		if (strcmp(a->items[i]->name, b->items[i]->name) != 0)
			return false;
	return a->len == b->len;
}

// Moves the entries of a list to another one, which it leaves sorted.
static int folder_merge(struct folder_list *into, struct folder_list *from)
{
	int err = 0;

	for (size_t i = 0; i < from->len && !err; i++)
		err = folder_add(into, from->items[i]->name, from->items[i]->type);
	folder_sort(into);
	return err;
}

static void folder_drop_absent(const struct folder_source *source, struct folder_list *list)
{
	size_t len = 0;

	for (size_t i = 0; i < list->len; i++) {
		if (source->exists(source->ctx, list->items[i]->name))
			list->items[len++] = list->items[i];
		else
			free(list->items[i]);
	}
	list->len = len;
}

int folder_settle(const struct folder_source *source, struct folder_list *list)
{
	struct folder_list all = {0}; // of the passes before the last two
	bool agree = false;
	int err = source->pass(source->ctx, list);

	folder_sort(list);
	for (unsigned i = 1; i < FOLDER_PASSES_MAX && !err && !agree; i++) {
		struct folder_list next = {0};

		err = source->pass(source->ctx, &next);
		folder_sort(&next);
		agree = folder_same(list, &next);
		if (!err && !agree)
			err = folder_merge(&all, list);
		folder_free(list);
		*list = next;
	}
	if (!err && !agree) {
		err = folder_merge(list, &all);
		folder_drop_absent(source, list);
	}
	folder_free(&all);
	if (err)
		folder_free(list);
	return err;
}

// What folder_read passes to folder_settle.
struct reading {
	DIR *dir;
	folder_match_fn *match;
	const void *ctx;
};

static uint8_t folder_type(const struct stat *status)
{
	return (uint8_t)IFTODT(status->st_mode);
}

// A file that is deleted before its type is known was not there.
static int folder_add_entry(const struct reading *reading, struct folder_list *list,
                            const struct dirent *entry)
{
	const char *name = entry->d_name;
	struct stat status;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	    (reading->match && !reading->match(reading->ctx, name)))
		return 0;
	if (entry->d_type != DT_UNKNOWN)
		return folder_add(list, name, entry->d_type);
	if (fstatat(dirfd(reading->dir), name, &status, AT_SYMLINK_NOFOLLOW) == 0)
		return folder_add(list, name, folder_type(&status));
	return errno == ENOENT ? 0 : -errno;
}

static int folder_pass(void *ctx, struct folder_list *list)
{
	const struct reading *reading = ctx;
	const struct dirent *entry;
	int err = 0;

	rewinddir(reading->dir);
	for (;;) {
		errno = 0; // only errno distinguishes an error from the end
		entry = readdir(reading->dir);
		if (!entry)
			return -errno;
		err = folder_add_entry(reading, list, entry);
		if (err)
			return err;
	}
}

static bool folder_exists(void *ctx, const char *name)
{
	const struct reading *reading = ctx;
	struct stat status;

	return fstatat(dirfd(reading->dir), name, &status, AT_SYMLINK_NOFOLLOW) == 0 ||
	       errno != ENOENT;
}

int folder_read(const char *path, folder_match_fn *match, const void *ctx, struct folder_list *list)
{
	struct reading reading = {opendir(path), match, ctx};
	const struct folder_source source = {folder_pass, folder_exists, &reading};
	int err;

	if (!reading.dir)
		return -errno;
	err = folder_settle(&source, list);
	closedir(reading.dir);
	return err;
}
