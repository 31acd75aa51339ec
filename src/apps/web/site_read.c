// site_read: a directory of the file system as a struct site.
#include "apps/web/site_internal.h"

#include "apps/boot/boot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define INDEX_NAME "index.html"
#define PAGE_ALIGN 4096

struct reading {
	struct site *site;
	const struct site *before; // or NULL
	const struct site_limits *limits;
	const char *root;
	struct why *why;
	char path[SITE_PATH_MAX_BYTES + 1]; // below the root, with "/" in front
	size_t path_len;
};

static int fail_at(const struct reading *reading, int err, const char *what)
{
	char path[SITE_PATH_MAX_BYTES + 256];

	snprintf(path, sizeof(path), "%s%s", reading->root, reading->path);
	why_set(reading->why, "%s: %s", path, what ? what : strerror(-err));
	sandbox_remedy(path, reading->why);
	return err;
}

static int64_t ns_of(struct timespec time)
{
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static struct site_stamp stamp_of(const struct stat *st)
{
	return (struct site_stamp){.inode = st->st_ino,
	                           .bytes = (uint64_t)st->st_size,
	                           .changed_ns = ns_of(st->st_ctim),
	                           .modified_ns = ns_of(st->st_mtim)};
}

static bool stamp_eq(const struct site_stamp *a, const struct site_stamp *b)
{
	return a->inode == b->inode && a->bytes == b->bytes && a->changed_ns == b->changed_ns &&
	       a->modified_ns == b->modified_ns;
}

// Grows an array by one item of `size` bytes; NULL without memory.
static void *grow(void *items, size_t len, size_t *items_size, size_t size)
{
	size_t next = *items_size ? 2 * *items_size : 64;
	void *grown;

	if (len < *items_size)
		return items;
	grown = reallocarray(items, next, size);
	if (grown)
		*items_size = next;
	return grown;
}

static struct site_entry *entry_add(struct reading *reading, size_t path_len)
{
	struct site *site = reading->site;
	void *grown = grow(site->entries, site->entries_len, &site->entries_size,
	                   sizeof(site->entries[0]));
	char *path = grown ? strndup(reading->path, path_len) : NULL;

	if (grown)
		site->entries = grown;
	if (!path)
		return NULL;
	site->entries[site->entries_len] =
	        (struct site_entry){.path = path, .path_len = (uint32_t)path_len};
	return &site->entries[site->entries_len++];
}

static int directory_add(struct reading *reading)
{
	struct site *site = reading->site;
	void *grown = grow(site->directories, site->directories_len, &site->directories_size,
	                   sizeof(site->directories[0]));
	char *path = NULL;

	if (grown)
		site->directories = grown;
	if (!grown || asprintf(&path, "%s%s", reading->root, reading->path) < 0)
		return -ENOMEM;
	site->directories[site->directories_len++] = path;
	return 0;
}

// Fills the form, and sees that the file did not change meanwhile: a file that is written just now
// would be served torn.
static int bytes_read(int fd, struct site_form *form)
{
	struct site_stamp now;
	struct stat st;
	uint64_t done = 0;

	while (done < form->len) {
		ssize_t n = read(fd, form->bytes + done, form->len - done);

		if (n < 0)
			return -errno;
		if (n == 0)
			return -EAGAIN;
		done += (uint64_t)n;
	}
	if (fstat(fd, &st) != 0)
		return -errno;
	now = stamp_of(&st);
	return stamp_eq(&now, &form->stamp) ? 0 : -EAGAIN;
}

static struct site_form *form_read(int fd, const struct stat *st, int *err)
{
	struct site_form *form = calloc(1, sizeof(*form));

	*err = -ENOMEM;
	if (!form)
		return NULL;
	*form = (struct site_form){.len = (uint64_t)st->st_size, .stamp = stamp_of(st), .refs = 1};
	snprintf(form->etag, sizeof(form->etag), "\"%jx-%jx\"", (uintmax_t)form->stamp.modified_ns,
	         (uintmax_t)form->len);
	form->bytes = aligned_alloc(PAGE_ALIGN, ROUND_UP(form->len + 1, PAGE_ALIGN));
	if (form->bytes)
		*err = bytes_read(fd, form);
	if (*err == 0)
		return form;
	site_form_put(form);
	return NULL;
}

// The form that the site before has of the path, if the file has not changed.
static struct site_form *form_before(const struct reading *reading, const struct stat *st)
{
	struct site_stamp stamp = stamp_of(st);
	const struct site_entry *entry;
	struct site_form *form;

	if (!reading->before)
		return NULL;
	entry = site_find(reading->before, span_of(reading->path, reading->path_len));
	if (!entry || !entry->file)
		return NULL;
	form = entry->file->form[HTTP_CODING_IDENTITY];
	if (!stamp_eq(&form->stamp, &stamp))
		return NULL;
	form->refs++;
	return form;
}

static int file_add(struct reading *reading, struct site_form *form, const char *name)
{
	struct site_entry *entry = entry_add(reading, reading->path_len);
	struct site_file *file = entry ? calloc(1, sizeof(*file)) : NULL;
	struct site_entry *index;
	const char *slash = strrchr(reading->path, '/');

	if (!file) {
		site_form_put(form);
		return -ENOMEM;
	}
	entry->file = file;
	file->form[HTTP_CODING_IDENTITY] = form;
	file->stored = 1 << HTTP_CODING_IDENTITY;
	file->type = site_type(name);
	file->modified_s =
	        (uint64_t)(form->stamp.modified_ns < 0 ? 0 : form->stamp.modified_ns) / 1000000000;
	http_date_text(file->modified_s, file->modified);
	if (strcmp(reading->path, "/404.html") == 0)
		reading->site->missing = file;
	if (strcmp(name, INDEX_NAME) != 0)
		return 0;
	index = entry_add(reading, (size_t)(slash + 1 - reading->path));
	if (!index)
		return -ENOMEM;
	index->file = file;
	index->is_alias = true;
	if (slash == reading->path)
		return 0;
	index = entry_add(reading, (size_t)(slash - reading->path));
	if (index)
		index->is_directory = index->is_alias = true;
	return index ? 0 : -ENOMEM;
}

static int file_read(struct reading *reading, int fd, const char *name, const struct stat *st)
{
	struct site *site = reading->site;
	struct site_form *form = form_before(reading, st);
	int err = 0;

	site->files++;
	site->bytes += (uint64_t)st->st_size;
	if (site->files > reading->limits->files || site->bytes > reading->limits->bytes) {
		site_form_put(form);
		return fail_at(reading, -EFBIG,
		               "with it the site has more than web.max_files or web.max_bytes");
	}
	if (!form)
		form = form_read(fd, st, &err);
	if (!form)
		return fail_at(reading, err, err == -EAGAIN ? "it changes while it is read" : NULL);
	return file_add(reading, form, name) ? fail_at(reading, -ENOMEM, NULL) : 0;
}

static int directory_read(struct reading *reading, int fd, unsigned depth);

// Consumes fd.
static int entry_read(struct reading *reading, int fd, const char *name, unsigned depth)
{
	struct stat st;
	int err = 0;

	if (fstat(fd, &st) != 0)
		err = fail_at(reading, -errno, NULL);
	else if (S_ISDIR(st.st_mode) && depth < SITE_DEPTH_MAX)
		return directory_read(reading, fd, depth + 1);
	else if (S_ISDIR(st.st_mode))
		err = fail_at(reading, -ELOOP, "directories are too deep");
	else if (S_ISREG(st.st_mode))
		err = file_read(reading, fd, name, &st);
	close(fd);
	return err;
}

static int name_read(struct reading *reading, int directory, const char *name, unsigned depth)
{
	size_t before = reading->path_len, len = strlen(name);
	int fd, err;

	if (before + 1 + len > SITE_PATH_MAX_BYTES)
		return fail_at(reading, -ENAMETOOLONG, "a path in it is too long");
	reading->path[before] = '/';
	memcpy(reading->path + before + 1, name, len + 1);
	reading->path_len = before + 1 + len;
	fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd >= 0)
		err = entry_read(reading, fd, name, depth);
	else if (errno == ELOOP || errno == ENOENT ||
	         errno == ENXIO) // a link; gone since; a socket
		err = 0;
	else
		err = fail_at(reading, -errno, NULL);
	reading->path_len = before;
	reading->path[before] = '\0';
	return err;
}

// Consumes fd.
static int directory_read(struct reading *reading, int fd, unsigned depth)
{
	DIR *directory = fdopendir(fd);
	const struct dirent *entry;
	int err;

	if (!directory) {
		err = fail_at(reading, -errno, NULL);
		close(fd);
		return err;
	}
	err = directory_add(reading);
	while (!err && (entry = readdir(directory)) != NULL)
		if (entry->d_name[0] != '.')
			err = name_read(reading, dirfd(directory), entry->d_name, depth);
	closedir(directory);
	return err;
}

static int entry_order(const void *a, const void *b)
{
	const struct site_entry *x = a, *y = b;

	return site_path_order(x->path, x->path_len, y->path, y->path_len);
}

// Gives each file the forms that lie beside it: style.css.br of style.css.
static void forms_join(struct site *site)
{
	for (size_t i = 0; i < site->entries_len; i++) {
		const struct site_entry *entry = &site->entries[i];

		if (!entry->file || entry->is_alias)
			continue;
		for (enum http_coding coding = 0; coding < HTTP_CODING_IDENTITY; coding++) {
			char path[SITE_PATH_MAX_BYTES + 8];
			const struct site_entry *other;
			int len = snprintf(path, sizeof(path), "%s%s", entry->path,
			                   http_coding_suffix(coding));

			other = site_find(site, span_of(path, (size_t)len));
			if (!other || !other->file)
				continue;
			entry->file->form[coding] = other->file->form[HTTP_CODING_IDENTITY];
			entry->file->form[coding]->refs++;
			entry->file->stored |= 1u << coding;
		}
	}
}

struct site *site_read(const char *directory, const struct site *before,
                       const struct site_limits *limits, struct why *why)
{
	struct reading reading = {.site = calloc(1, sizeof(struct site)),
	                          .before = before,
	                          .limits = limits,
	                          .root = directory,
	                          .why = why};
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = -ENOMEM;

	if (fd < 0)
		err = fail_at(&reading, -errno, NULL);
	else if (reading.site)
		err = directory_read(&reading, fd, 0);
	if (!err) {
		qsort(reading.site->entries, reading.site->entries_len,
		      sizeof(reading.site->entries[0]), entry_order);
		forms_join(reading.site);
		return reading.site;
	}
	site_free(reading.site);
	return NULL;
}
