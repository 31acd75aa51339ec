// vmdata: see the header.
#include "apps/boot/vmdata.h"

#include "backends/xen/store.h"
#include "backends/xen/xen.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOT        "vm-data/wadi"
#define CONFIG_NAME "vm-data.json" // written beside the image's configuration
#define PIECES_MAX  1024           // of a text: 4 MiB
#define FILES_MAX   64
#define DEPTH_MAX   8 // of a key

struct reading {
	struct vmdata *data;
	struct store *store;
	const char *folder;
	char *why;
	size_t why_size;
	int err;
	unsigned depth;
	char node[STORE_PATH_BYTES]; // of the key at hand, under ROOT/set
	char key[STORE_PATH_BYTES];  // and as --set has it
};

static int fail(struct reading *r, int err, const char *node, const char *sentence)
{
	snprintf(r->why, r->why_size, "xenstore %s: %s", node, sentence);
	r->err = err;
	return err;
}

static int fail_errno(struct reading *r, int err, const char *node)
{
	return fail(r, err, node, strerror(-err));
}

static int append(FILE *out, struct reading *r, const char *node)
{
	char value[STORE_PAYLOAD_BYTES + 1];
	int err = store_read(r->store, 0, node, value, sizeof(value));

	if (!err)
		fputs(value, out);
	return err;
}

// Writes a node's text, or its pieces 0, 1, ... one behind the other. -ENOENT when
// there are neither.
static int text_write(struct reading *r, const char *node, FILE *out)
{
	char piece[STORE_PATH_BYTES];
	int err = append(out, r, node);
	unsigned i = 0;

	// A node that has pieces below it is there, too, and empty.
	for (; i < PIECES_MAX; i++) {
		int next;

		snprintf(piece, sizeof(piece), "%s/%u", node, i);
		next = append(out, r, piece);
		if (next == -ENOENT)
			return err == -ENOENT && i > 0 ? 0 : err;
		if (next)
			return next;
	}
	return -E2BIG;
}

// Whether a name stays below the folder: relative, no "..", nothing hidden.
static bool is_safe(const char *name)
{
	if (*name == '/' || *name == '\0' || strlen(name) > 128)
		return false;
	for (const char *p = name; p; p = strchr(p, '/')) {
		p += *p == '/';
		if (*p == '.' || *p == '/' || *p == '\0')
			return false;
	}
	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("-._/@+", *p))
			return false;
	return true;
}

static void make_folders(char *path, size_t from)
{
	for (char *p = path + from; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		mkdir(path, 0755);
		*p = '/';
	}
}

// Writes the text at the node into a file of that name, whole or not at all.
static int file_write(struct reading *r, const char *node, const char *name)
{
	char path[512], fresh[520];
	FILE *out;
	int err;

	snprintf(path, sizeof(path), "%s/%s", r->folder, name);
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	make_folders(path, strlen(r->folder) + 1);
	out = fopen(fresh, "we");
	if (!out)
		return -errno;
	err = text_write(r, node, out);
	if (ferror(out) && !err)
		err = -EIO;
	if (fclose(out) && !err)
		err = -errno;
	if (!err && rename(fresh, path))
		err = -errno;
	if (err)
		unlink(fresh);
	return err;
}

static int read_config(struct reading *r)
{
	int err = file_write(r, ROOT "/config", CONFIG_NAME);

	if (err == -ENOENT)
		return 0;
	if (err)
		return fail_errno(r, err, ROOT "/config");
	snprintf(r->data->file, sizeof(r->data->file), "%s/%s", r->folder, CONFIG_NAME);
	return 0;
}

static bool read_file(void *ctx, const char *number)
{
	struct reading *r = ctx;
	char node[STORE_PATH_BYTES], name[STORE_PATH_BYTES];
	int err;

	if (r->depth++ == FILES_MAX) {
		fail(r, -E2BIG, ROOT "/files", "these are too many files");
		return false;
	}
	snprintf(node, sizeof(node), ROOT "/files/%.32s/name", number);
	err = store_read(r->store, 0, node, name, sizeof(name));
	if (err)
		return fail_errno(r, err, node) == 0;
	if (!is_safe(name)) {
		fail(r, -EINVAL, node,
		     "must be a name below the configuration's folder, such as "
		     "zones/example.org.zone");
		return false;
	}
	snprintf(node, sizeof(node), ROOT "/files/%.32s/text", number);
	err = file_write(r, node, name);
	return err ? fail_errno(r, err, node) == 0 : true;
}

static int read_files(struct reading *r)
{
	int err = store_list(r->store, 0, ROOT "/files", read_file, r);

	return r->err ? r->err : err == -ENOENT ? 0 : err;
}

static void add_set(struct reading *r, const char *value)
{
	struct vmdata *data = r->data;
	char *set;

	if (data->sets_len == ARRAY_LEN(data->sets)) {
		fail(r, -E2BIG, ROOT "/set", "these are too many keys");
		return;
	}
	set = arena_alloc(&data->arena, strlen(r->key) + strlen(value) + 2);
	sprintf(set, "%s=%s", r->key, value);
	data->sets[data->sets_len++] = set;
}

// A component of a key's path: a number is an index, all else a name.
static void add_component(struct reading *r, const char *name)
{
	size_t len = strlen(r->key), node_len = strlen(r->node);
	bool index = strspn(name, "0123456789") == strlen(name);

	snprintf(r->key + len, sizeof(r->key) - len, "%s%s%s",
	         index ? "["
	         : len ? "."
	               : "",
	         name, index ? "]" : "");
	snprintf(r->node + node_len, sizeof(r->node) - node_len, "/%s", name);
}

// Takes one node below set, and all below it.
static bool read_key(void *ctx, const char *name)
{
	struct reading *r = ctx;
	size_t key_len = strlen(r->key), node_len = strlen(r->node);
	char value[STORE_PAYLOAD_BYTES + 1];
	int err;

	add_component(r, name);
	err = store_read(r->store, 0, r->node, value, sizeof(value));
	if (err)
		fail_errno(r, err, r->node);
	else if (*value)
		add_set(r, value);
	if (!r->err && ++r->depth > DEPTH_MAX)
		fail(r, -E2BIG, r->node, "is deeper than any key");
	if (!r->err) {
		err = store_list(r->store, 0, r->node, read_key, r);
		r->depth--;
		if (err && !r->err)
			fail_errno(r, err, r->node);
	}
	r->key[key_len] = r->node[node_len] = '\0';
	return r->err == 0;
}

static int read_sets(struct reading *r)
{
	int err;

	r->depth = 0;
	r->key[0] = '\0';
	snprintf(r->node, sizeof(r->node), ROOT "/set");
	err = store_list(r->store, 0, r->node, read_key, r);
	return r->err ? r->err : err == -ENOENT ? 0 : err;
}

// NULL where there is no store.
static struct store *connect_store(void)
{
	int fd = xen_store_fd();

	return fd < 0 ? NULL : store_open(fd);
}

int vmdata_open(struct vmdata *data, const char *folder, const char *file, const char *const *sets,
                size_t sets_len, char *why, size_t why_size)
{
	struct reading r = {.data = data,
	                    .store = connect_store(),
	                    .folder = folder,
	                    .why = why,
	                    .why_size = why_size};
	int err = 0;

	*data = (struct vmdata){.sets_len = size_min(sets_len, ARRAY_LEN(data->sets))};
	memcpy(data->sets, sets, data->sets_len * sizeof(*sets));
	snprintf(data->file, sizeof(data->file), "%s", file);
	if (!r.store)
		return 0;
	snprintf(why, why_size, "xenstore %s cannot be read", ROOT);
	err = read_config(&r);
	if (!err)
		err = read_files(&r);
	if (!err)
		err = read_sets(&r);
	store_close(r.store);
	if (err)
		vmdata_close(data);
	return err;
}

void vmdata_name(char *name, size_t size)
{
	struct store *store = connect_store();

	if (!store || store_read(store, 0, "name", name, size))
		*name = '\0';
	store_close(store);
}

void vmdata_close(struct vmdata *data)
{
	arena_fini(&data->arena);
	data->sets_len = 0;
}
