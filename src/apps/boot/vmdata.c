// vmdata: see the header.
#include "apps/boot/vmdata.h"

#include "apps/boot/tree.h"
#include "backends/xen/store.h"
#include "backends/xen/xen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOT        "vm-data/wadi"
#define CONFIG_NAME "vm-data.json" // in the fresh folder
#define DEPTH_MAX   8              // of a key

// An option, and its name in messages.
struct set {
	const char *text, *place; // as in struct conf_source
};

struct reading {
	struct vmdata *data;
	const struct vmdata_conf *conf;
	struct store *store;
	struct why *why;
	int err; // what ended the walk of a list
	size_t bytes;
	unsigned files, depth, sets_len;
	struct set sets[VMDATA_SETS_MAX];
	char node[STORE_PATH_BYTES]; // of the current key, below ROOT/set
	char key[STORE_PATH_BYTES];  // and as --set spells it
};

static int fail(struct reading *r, int err, const char *node, const char *sentence)
{
	why_set(r->why, "xenstore %s: %s", node, sentence);
	r->err = err;
	return err;
}

static int fail_errno(struct reading *r, int err, const char *node)
{
	return fail(r, err, node,
	            err == -E2BIG ? "holds a zero byte, or more than a node may" : strerror(-err));
}

// Creates the folder for the toolstack's files, at first with links to the image's.
static int folder_make(struct reading *r)
{
	const char *file = r->conf->image->file, *slash = file ? strrchr(file, '/') : NULL;
	char path[256], from[256];
	int err = 0;

	if (r->data->folder)
		return 0;
	snprintf(path, sizeof(path), "%s/vm-data.XXXXXX", r->conf->run);
	if (!mkdtemp(path))
		return why_fail(r->why, -errno, "%s cannot be made: %s", path, strerror(errno));
	r->data->folder = arena_text(&r->data->arena, path);
	snprintf(from, sizeof(from), "%.*s", slash ? (int)(slash - file) : 1, slash ? file : ".");
	if (file)
		err = tree_link(slash == file ? "/" : from, path);
	if (err)
		why_set(r->why, "the files of %s cannot be linked into %s: %s", from, path,
		        err == -E2BIG ? "they are too many" : strerror(-err));
	return err;
}

static int piece_read(struct reading *r, const char *node, FILE *out)
{
	char value[STORE_PAYLOAD_BYTES + 1];
	int err = store_read(r->store, 0, node, value, sizeof(value));

	if (err == -ENOENT)
		return err;
	if (err)
		return fail_errno(r, err, node);
	r->bytes += strlen(value);
	if (r->bytes > VMDATA_BYTES_MAX)
		return fail(r, -E2BIG, node, "all texts together are too long");
	fputs(value, out);
	return 0;
}

// Writes the value of the node, or its pieces 0, 1, ... one after the other. -ENOENT,
// without a sentence, when the node does not exist.
static int pieces_read(struct reading *r, const char *node, FILE *out)
{
	char piece[STORE_PATH_BYTES + 16];
	int err = piece_read(r, node, out), next;

	for (unsigned i = 0; !err; i++) {
		snprintf(piece, sizeof(piece), "%s/%u", node, i);
		next = piece_read(r, piece, out);
		if (next == -ENOENT)
			break;
		err = next;
		if (!err && i == VMDATA_PIECES_MAX)
			err = fail(r, -E2BIG, piece, "these are too many pieces");
	}
	return err;
}

// A text and its length, to be freed.
static int text_read(struct reading *r, const char *node, char **text, size_t *len)
{
	FILE *out = open_memstream(text, len);
	int err;

	if (!out)
		return fail_errno(r, -ENOMEM, node);
	err = pieces_read(r, node, out);
	if (fclose(out) && !err)
		err = fail_errno(r, -ENOMEM, node);
	if (err) {
		free(*text);
		*text = NULL;
	}
	return err;
}

static int file_write(struct reading *r, const char *node, const char *name, const char *text,
                      size_t len)
{
	int err = folder_make(r);

	if (err)
		return err;
	err = tree_write(r->data->folder, name, text, len);
	return err ? fail_errno(r, err, node) : 0;
}

static int read_config(struct reading *r)
{
	const char *node = ROOT "/config";
	char path[512], *text;
	size_t len;
	int err = text_read(r, node, &text, &len);

	if (err == -ENOENT)
		return 0;
	if (err)
		return err;
	err = file_write(r, node, CONFIG_NAME, text, len);
	free(text);
	if (err)
		return err;
	snprintf(path, sizeof(path), "%s/%s", r->data->folder, CONFIG_NAME);
	r->data->source.file = arena_text(&r->data->arena, path);
	r->data->source.file_place = "xenstore " ROOT "/config";
	return 0;
}

static int read_one_file(struct reading *r, const char *number)
{
	char node[STORE_PATH_BYTES], name[STORE_PAYLOAD_BYTES + 1], *text;
	size_t len;
	int err;

	snprintf(node, sizeof(node), ROOT "/files/%.64s/name", number);
	err = store_read(r->store, 0, node, name, sizeof(name));
	if (err)
		return fail_errno(r, err, node);
	if (!tree_is_name(name) || strcmp(name, CONFIG_NAME) == 0)
		return fail(r, -EINVAL, node,
		            "must be a name below the configuration's folder, such as "
		            "zones/example.org.zone");
	snprintf(node, sizeof(node), ROOT "/files/%.64s/text", number);
	err = text_read(r, node, &text, &len);
	if (err)
		return fail_errno(r, err, node);
	err = file_write(r, node, name, text, len);
	free(text);
	return err;
}

static bool read_file(void *ctx, const char *number)
{
	struct reading *r = ctx;

	if (r->files++ == VMDATA_FILES_MAX)
		r->err = fail(r, -E2BIG, ROOT "/files", "these are too many files");
	else
		r->err = read_one_file(r, number);
	return r->err == 0;
}

// Calls fn for each child of the node, if it exists.
static int walk(struct reading *r, const char *node, store_list_fn *fn)
{
	int err = store_list(r->store, 0, node, fn, r);

	if (r->err || err == -ENOENT)
		return r->err;
	return err ? fail_errno(r, err, node) : 0;
}

static void add_set(struct reading *r, const char *value)
{
	size_t size = strlen(r->key) + strlen(value) + 2;
	char place[STORE_PATH_BYTES + 16], *text;

	if (r->sets_len == VMDATA_SETS_MAX) {
		fail(r, -E2BIG, ROOT "/set", "these are too many keys");
		return;
	}
	text = arena_alloc(&r->data->arena, size);
	snprintf(text, size, "%s=%s", r->key, value);
	snprintf(place, sizeof(place), "xenstore %s", r->node);
	r->sets[r->sets_len++] = (struct set){text, arena_text(&r->data->arena, place)};
}

// Appends a component of a key's path: a number is an index, all else a name. False when
// it does not fit, so that it cannot be a key.
static bool add_component(struct reading *r, const char *name)
{
	size_t len = strlen(r->key), node_len = strlen(r->node);
	bool index = strspn(name, "0123456789") == strlen(name);

	snprintf(r->key + len, sizeof(r->key) - len, index ? "[%s]" : len ? ".%s" : "%s", name);
	return snprintf(r->node + node_len, sizeof(r->node) - node_len, "/%s", name) <
	       (int)(sizeof(r->node) - node_len);
}

static bool read_key(void *ctx, const char *name);

static void read_keys_below(struct reading *r)
{
	char value[STORE_PAYLOAD_BYTES + 1];
	int err = store_read(r->store, 0, r->node, value, sizeof(value));

	if (err)
		fail_errno(r, err, r->node);
	else if (*value)
		add_set(r, value);
	if (!r->err)
		(void)!walk(r, r->node, read_key);
}

// Takes one node below set, and all of its children.
static bool read_key(void *ctx, const char *name)
{
	struct reading *r = ctx;
	size_t key_len = strlen(r->key), node_len = strlen(r->node);

	if (!add_component(r, name) || ++r->depth > DEPTH_MAX)
		fail(r, -E2BIG, r->node, "is deeper than any key");
	else
		read_keys_below(r);
	r->depth--;
	r->key[key_len] = r->node[node_len] = '\0';
	return r->err == 0;
}

// Sorts indexes by number, so that lists grow from the front, and keys before the keys
// within them.
static int compare_sets(const void *a, const void *b)
{
	return strverscmp(((const struct set *)a)->text, ((const struct set *)b)->text);
}

static int read_sets(struct reading *r)
{
	const struct conf_source *image = r->conf->image;
	const char **sets, **places;
	unsigned own;
	int err;

	if (image->sets_len > VMDATA_SETS_MAX)
		return fail(r, -E2BIG, ROOT "/set", "these are too many keys");
	for (size_t i = 0; i < image->sets_len; i++)
		r->sets[i] = (struct set){image->sets[i],
		                          image->set_places ? image->set_places[i] : NULL};
	r->sets_len = own = (unsigned)image->sets_len;
	snprintf(r->node, sizeof(r->node), ROOT "/set");
	err = walk(r, r->node, read_key);
	if (err)
		return err;
	qsort(r->sets + own, r->sets_len - own, sizeof(r->sets[0]), compare_sets);
	sets = arena_array(&r->data->arena, r->sets_len, sizeof(*sets));
	places = arena_array(&r->data->arena, r->sets_len, sizeof(*places));
	for (unsigned i = 0; i < r->sets_len; i++) {
		sets[i] = r->sets[i].text;
		places[i] = r->sets[i].place;
	}
	r->data->source.sets = sets;
	r->data->source.sets_len = r->sets_len;
	r->data->source.set_places = places;
	return 0;
}

// Paths in the image's configuration then find the toolstack's files, too.
static void follow_folder(struct reading *r)
{
	const char *file = r->conf->image->file, *slash = file ? strrchr(file, '/') : NULL;
	char path[512];

	if (!file || !r->data->folder || r->data->source.file != file)
		return;
	snprintf(path, sizeof(path), "%s/%s", r->data->folder, slash ? slash + 1 : file);
	r->data->source.file = arena_text(&r->data->arena, path);
	r->data->source.file_place = file;
}

static int read_all(struct reading *r)
{
	int err = read_config(r);

	if (!err)
		err = walk(r, ROOT "/files", read_file);
	if (!err)
		err = read_sets(r);
	if (!err)
		follow_folder(r);
	return err;
}

// *store is NULL, and the result 0, without Xen when it is not required.
static int connect_store(struct store **store, bool required)
{
	int fd = xen_store_fd();
	bool absent = fd == -ENOENT || fd == -ENODEV || fd == -ENXIO;

	*store = NULL;
	if (fd < 0)
		return absent && !required ? 0 : fd;
	*store = store_open(fd);
	return *store ? 0 : -ENOMEM;
}

int vmdata_open(struct vmdata *data, const struct vmdata_conf *conf, struct why *why)
{
	struct reading *r;
	int err;

	*data = (struct vmdata){.source = *conf->image};
	r = arena_alloc(&data->arena, sizeof(*r));
	*r = (struct reading){.data = data, .conf = conf, .why = why};
	err = connect_store(&r->store, conf->required);
	if (err)
		why_set(why, "/dev/xen/xenbus cannot be opened: %s", strerror(-err));
	else if (r->store)
		err = read_all(r);
	store_close(r->store);
	if (err)
		vmdata_close(data);
	return err;
}

void vmdata_name(char *name, size_t size)
{
	struct store *store;

	if (connect_store(&store, false) || !store || store_read(store, 0, "name", name, size))
		*name = '\0';
	store_close(store);
}

void vmdata_close(struct vmdata *data)
{
	if (data->folder)
		tree_remove(data->folder);
	data->folder = NULL;
	arena_fini(&data->arena);
}
