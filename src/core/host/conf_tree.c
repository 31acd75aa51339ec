// conf_tree: see the header. A file that is included is a child of the one that names it;
// it knows the section that it became part of, and for each list that was joined, where
// its own items begin.
#include "core/host/conf_tree.h"

#include "core/host/conf_text.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX   8
#define FILES_MAX   4096
#define LISTING_MAX 16 // readings of a folder that changes meanwhile

// A list of the parent that the file's own list was appended to.
struct conf_part {
	struct conf_part *next;
	const char *path; // of the list, in the file
	size_t begin;     // the first of the file's items
};

struct conf_file {
	struct conf_file *parent, *next; // its parent's next child
	struct conf_file *children;
	struct conf_part *parts;
	const char *name;   // for messages
	const char *path;   // to open it
	const char *folder; // of a path in it, relative to the first file's folder; "": that one
	const char *prefix; // the section of the parent that it is part of
	char *text;
	size_t len;
	dev_t dev;
	ino_t ino;
	unsigned depth;
};

// One reading of a tree.
struct tree {
	struct conf *conf;
	unsigned files;
	size_t bytes;
};

// A walk over the object of one file.
struct walk {
	struct tree *tree;
	struct conf_file *file;
	struct conf_read at; // its path
};

// Formats a text into the arena of the configuration's texts, which conf_close frees.
static PRINTF(2, 3) const char *tree_text(struct tree *tree, const char *format, ...)
{
	char text[PATH_MAX + WHY_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return arena_text(&tree->conf->texts, text);
}

static PRINTF(4, 5) void report_line(struct tree *tree, const struct conf_file *file, unsigned line,
                                     const char *format, ...)
{
	struct why text;
	va_list args;

	va_start(args, format);
	vsnprintf(text.text, sizeof(text.text), format, args);
	va_end(args);
	conf_report_add(tree->conf, false, tree_text(tree, "%s:%u", file->name, line), text.text);
}

static unsigned line_in(const struct conf_file *file, const char *path)
{
	size_t matched;

	return conf_place_line(file->text, file->len, path, &matched);
}

struct duplicates {
	struct tree *tree;
	const struct conf_file *file;
};

static void report_duplicate(void *ctx, const char *path, unsigned line)
{
	const struct duplicates *of = ctx;

	report_line(of->tree, of->file, line, "%s: this key stands here a second time", path);
}

// Whether there is nothing to read, comments being blank already.
static bool is_blank(const struct conf_file *file)
{
	size_t at = 0;

	while (at < file->len && strchr(" \t\r\n", file->text[at]))
		at++;
	return at == file->len;
}

// The file's text as JSON; of keys that stand there twice the last one counts after the
// report.
static json_t *parse(struct tree *tree, const struct conf_file *file)
{
	struct duplicates of = {tree, file};
	json_error_t error;
	json_t *value =
	        json_loadb(file->text, file->len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);

	if (!value && json_error_code(&error) == json_error_duplicate_key) {
		value = json_loadb(file->text, file->len, JSON_DECODE_ANY, &error);
		if (value)
			(void)!conf_place_duplicates(file->text, file->len, report_duplicate, &of);
	}
	if (!value)
		report_line(tree, file, (unsigned)error.line, "this is not JSON: %s", error.text);
	return value;
}

// Text in an included file is relative to that file.
static void move_path(const struct walk *walk, json_t *value)
{
	const char *text = json_string_value(value), *folder = walk->file->folder;
	char *moved;

	if (!text || !*text || *text == '/' || !*folder)
		return;
	if (asprintf(&moved, "%s%s", folder, text) < 0)
		return;
	json_string_set(value, moved);
	free(moved);
}

static void include_all(struct walk *walk, const struct conf_section *section, json_t *object);

// What the sections within the object include, and the paths in them.
static void take_key(struct walk *walk, const struct conf_key *key, json_t *value)
{
	size_t cut = conf_path_add(&walk->at, key->name, 0), i;
	json_t *item;

	if (key->type == CONF_PATH)
		move_path(walk, value);
	else if (key->type == CONF_SECTION && json_is_object(value))
		include_all(walk, key->section, value);
	else if (key->type == CONF_SECTIONS)
		json_array_foreach (value, i, item) {
			size_t list = conf_path_add(&walk->at, NULL, i);

			if (json_is_object(item))
				include_all(walk, key->section, item);
			conf_path_cut(&walk->at, list);
		}
	conf_path_cut(&walk->at, cut);
}

// The part of the file whose list has this path, NULL: its items begin at 0.
static const struct conf_part *part_find(const struct conf_file *file, const char *path, size_t len)
{
	for (const struct conf_part *part = file->parts; part; part = part->next)
		if (strlen(part->path) == len && memcmp(part->path, path, len) == 0)
			return part;
	return NULL;
}

static void join_lists(struct walk *walk, json_t *to, json_t *from)
{
	struct conf_part *part = arena_alloc(&walk->tree->conf->texts, sizeof(*part));

	*part = (struct conf_part){walk->file->parts, tree_text(walk->tree, "%s", walk->at.path),
	                           json_array_size(to)};
	walk->file->parts = part;
	json_array_extend(to, from);
}

// Moves what the walk's file holds, `from`, into `to`.
static void merge(struct walk *walk, json_t *to, json_t *from)
{
	const char *name;
	json_t *value;

	json_object_foreach (from, name, value) {
		json_t *there = json_object_get(to, name);
		size_t cut = conf_path_add(&walk->at, name, 0);

		if (!there)
			json_object_set(to, name, value);
		else if (json_is_object(there) && json_is_object(value))
			merge(walk, there, value);
		else if (json_is_array(there) && json_is_array(value))
			join_lists(walk, there, value);
		else
			report_line(walk->tree, walk->file, line_in(walk->file, walk->at.path),
			            "%s: this key stands in %s, or in a file that it includes, too",
			            walk->at.path, walk->file->parent->name);
		conf_path_cut(&walk->at, cut);
	}
}

static bool includes_itself(const struct conf_file *file)
{
	for (const struct conf_file *above = file->parent; above; above = above->parent)
		if (above->dev == file->dev && above->ino == file->ino && above->ino)
			return true;
	return false;
}

static void name_add(struct conf *conf, const char *text)
{
	struct conf_name *name = arena_alloc(&conf->arena, sizeof(*name));

	*name = (struct conf_name){conf->names, arena_text(&conf->arena, text)};
	conf->names = name;
}

// Reads the text of the file. 0 or negative errno.
static int read_text(struct tree *tree, struct conf_file *file)
{
	size_t max = CONF_TEXT_MAX_BYTES - tree->bytes;
	struct stat stat_of;

	name_add(tree->conf, file->path);
	if (stat(file->path, &stat_of) == 0) {
		file->dev = stat_of.st_dev;
		file->ino = stat_of.st_ino;
	}
	file->text = conf_text_read(&tree->conf->texts, file->path, max, file->parent, &file->len);
	if (!file->text)
		return -errno;
	tree->bytes += file->len;
	return 0;
}

// The object of the file, with what it includes.
static json_t *load(struct tree *tree, struct conf_file *file, const struct conf_section *section)
{
	struct walk walk = {tree, file, {.conf = tree->conf}};
	json_t *value;
	struct why why;
	unsigned line = conf_text_clean(file->text, file->len, &why);

	if (line) {
		report_line(tree, file, line, "%s", why.text);
		return NULL;
	}
	if (is_blank(file)) {
		report_line(tree, file, 1,
		            "this file is empty; a configuration is a section {...}");
		return NULL;
	}
	value = parse(tree, file);
	if (json_is_object(value))
		include_all(&walk, section, value);
	return value;
}

// The section of the key's file to which the child adds.
struct include {
	struct conf_file *file;
	const struct conf_section *section;
	const char *path; // of the section
	json_t *object;
	unsigned line; // of the key
};

static void include_file(struct tree *tree, const struct include *at, const char *path)
{
	struct conf *conf = tree->conf;
	size_t base = conf_folder_len(conf->source.file);
	struct conf_file *child = arena_alloc(&conf->texts, sizeof(*child));
	struct conf_file **end = &at->file->children;
	struct walk walk = {tree, child, {.conf = conf}};
	json_t *value;
	int err;

	*child = (struct conf_file){.parent = at->file, .depth = at->file->depth + 1};
	child->name = child->path = tree_text(tree, "%s", path);
	if (strncmp(path, conf->source.file ? conf->source.file : "", base) == 0)
		path += base;
	child->folder = tree_text(tree, "%.*s", (int)conf_folder_len(path), path);
	child->prefix = at->path;
	while (*end)
		end = &(*end)->next;
	*end = child;
	err = read_text(tree, child);
	if (err) {
		report_line(tree, at->file, at->line, CONF_INCLUDE ": %s cannot be read: %s",
		            child->name,
		            err == -EINVAL ? "it is not a regular file" : strerror(-err));
		return;
	}
	if (includes_itself(child)) {
		report_line(tree, at->file, at->line, CONF_INCLUDE ": %s includes itself",
		            child->name);
		return;
	}
	value = load(tree, child, at->section);
	if (json_is_object(value))
		merge(&walk, at->object, value);
	else if (value)
		report_line(tree, child, 1, "an included file holds a section {...}, not %s",
		            conf_value_kind(value));
	json_decref(value);
}

static bool same_listing(const glob_t *a, const glob_t *b)
{
	if (a->gl_pathc != b->gl_pathc)
		return false;
	for (size_t i = 0; i < a->gl_pathc; i++)
		if (strcmp(a->gl_pathv[i], b->gl_pathv[i]) != 0)
			return false;
	return true;
}

// Lists the files of the pattern until two readings agree: one that is renamed meanwhile
// may be missing from a single one. 0, or a GLOB_ number; the list is the caller's.
static int list_files(const char *pattern, glob_t *files)
{
	int err = glob(pattern, GLOB_ERR, NULL, files);

	for (unsigned i = 0; i < LISTING_MAX && (!err || err == GLOB_NOMATCH); i++) {
		glob_t again = {0};
		bool same;

		err = glob(pattern, GLOB_ERR, NULL, &again);
		same = same_listing(files, &again);
		globfree(files);
		*files = again;
		if (same)
			break;
	}
	return err;
}

static void include_pattern(struct tree *tree, const struct include *at, const char *pattern)
{
	glob_t files = {0};
	int err = list_files(pattern, &files);

	// The folder may have files at the next reading.
	name_add(tree->conf, tree_text(tree, "%.*s", (int)conf_folder_len(pattern), pattern));

	if (err == GLOB_NOMATCH)
		conf_report_add(tree->conf, true,
		                tree_text(tree, "%s:%u", at->file->name, at->line),
		                tree_text(tree, CONF_INCLUDE ": there is no file %s", pattern));
	else if (err)
		report_line(tree, at->file, at->line, CONF_INCLUDE ": %s cannot be read: %s",
		            pattern, err == GLOB_NOSPACE ? "not enough memory" : strerror(errno));
	for (size_t i = 0; !err && i < files.gl_pathc; i++) {
		// Names that a listing holds twice are neighbours.
		if (i && strcmp(files.gl_pathv[i], files.gl_pathv[i - 1]) == 0)
			continue;
		if (++tree->files > FILES_MAX) {
			report_line(tree, at->file, at->line,
			            CONF_INCLUDE ": there are more than %d files", FILES_MAX);
			break;
		}
		include_file(tree, at, files.gl_pathv[i]);
	}
	globfree(&files);
}

// One path of the key; a folder means its *.json.
static void include_one(struct tree *tree, const struct include *at, const json_t *value)
{
	const char *text = json_string_value(value), *file = at->file->path;
	struct stat stat_of;
	const char *path;

	if (!text || !*text) {
		report_line(tree, at->file, at->line,
		            CONF_INCLUDE ": must be a path or a list of paths, not %s",
		            text ? "empty" : conf_value_kind(value));
		return;
	}
	if (at->file->depth == DEPTH_MAX) {
		report_line(tree, at->file, at->line,
		            CONF_INCLUDE ": files include each other more than %d deep", DEPTH_MAX);
		return;
	}
	path = *text == '/' ? text
	                    : tree_text(tree, "%.*s%s", (int)conf_folder_len(file),
	                                file ? file : "", text);
	if (stat(path, &stat_of) == 0 && S_ISDIR(stat_of.st_mode))
		include_pattern(tree, at,
		                tree_text(tree, "%s%s*.json", path,
		                          path[strlen(path) - 1] == '/' ? "" : "/"));
	else if (strpbrk(text, "*?["))
		include_pattern(tree, at, path);
	else if (++tree->files > FILES_MAX)
		report_line(tree, at->file, at->line, CONF_INCLUDE ": there are more than %d files",
		            FILES_MAX);
	else
		include_file(tree, at, path);
}

static void include_all(struct walk *walk, const struct conf_section *section, json_t *object)
{
	json_t *names = json_incref(json_object_get(object, CONF_INCLUDE)), *name;
	struct include at = {walk->file, section, NULL, object, 0};
	size_t cut, i;

	json_object_del(object, CONF_INCLUDE);
	for (const struct conf_key *key = section->keys; key->name; key++) {
		json_t *value = json_object_get(object, key->name);

		if (value)
			take_key(walk, key, value);
	}
	if (!names)
		return;
	at.path = tree_text(walk->tree, "%s", walk->at.path);
	cut = conf_path_add(&walk->at, CONF_INCLUDE, 0);
	at.line = line_in(walk->file, walk->at.path);
	conf_path_cut(&walk->at, cut);
	if (json_is_array(names))
		json_array_foreach (names, i, name)
			include_one(walk->tree, &at, name);
	else
		include_one(walk->tree, &at, names);
	json_decref(names);
}

json_t *conf_tree_read(struct conf *conf, const char *text, size_t len)
{
	struct tree tree = {.conf = conf};
	struct conf_file *file;

	if (!text && !conf->source.file)
		return json_object();
	file = arena_alloc(&conf->texts, sizeof(*file));
	*file = (struct conf_file){.folder = "", .prefix = "", .path = conf->source.file};
	file->name = conf_file_place(&conf->source);
	if (!file->name)
		file->name = "configuration";
	conf->file = file;
	if (text) {
		file->text = memcpy(arena_alloc(&conf->texts, len + 1), text, len);
		file->len = len;
	} else {
		conf->err = read_text(&tree, file);
	}
	if (conf->err) {
		conf_report_add(conf, false, file->name,
		                tree_text(&tree, "the configuration cannot be read: %s",
		                          strerror(-conf->err)));
		return NULL;
	}
	return load(&tree, file, conf->root);
}

// The place that was found so far: how much of the path is left unmatched.
struct finding {
	const struct conf_file *file;
	unsigned line;
	size_t left;
};

// The path within the child of what has this path in its parent; false when the child
// cannot hold it.
static bool path_in(const struct conf_file *child, const char *path,
                    char inner[CONF_KEY_PATH_BYTES])
{
	size_t skip = strlen(child->prefix), at = 0, len;

	if (strncmp(path, child->prefix, skip) != 0 || (skip && !strchr(".[", path[skip])))
		return false;
	path += skip + (path[skip] == '.');
	snprintf(inner, CONF_KEY_PATH_BYTES, "%s", path);
	// Each list that was joined begins at another index here.
	while (path[at += strcspn(path + at, "[")]) {
		size_t list = strlen(inner) - (strlen(path) - at), index;
		const struct conf_part *part = part_find(child, inner, list);
		char *end;

		index = strtoul(path + at + 1, &end, 10);
		if (part && index < part->begin)
			return false;
		len = (size_t)(end - path);
		snprintf(inner + list, CONF_KEY_PATH_BYTES - list, "[%zu%s",
		         index - (part ? part->begin : 0), path + len);
		at = len;
	}
	return true;
}

static void find_in(const struct conf_file *file, const char *path, struct finding *found)
{
	char inner[CONF_KEY_PATH_BYTES];
	size_t matched, left;
	unsigned line;

	if (!file->text)
		return;
	line = conf_place_line(file->text, file->len, path, &matched);
	left = strlen(path + matched) - (path[matched] == '.');
	if (left < found->left) {
		found->file = file;
		found->line = line;
		found->left = left;
	}
	for (const struct conf_file *child = file->children; child; child = child->next)
		if (path_in(child, path, inner))
			find_in(child, inner, found);
}

const char *conf_tree_place(struct conf *conf, const char *path)
{
	struct finding found = {conf->file, 1, SIZE_MAX};

	if (!conf->file || !conf->file->text)
		return "configuration";
	find_in(conf->file, path, &found);
	if (strcmp(found.file->name, "configuration") == 0)
		return found.file->name;
	return conf_path(conf, "%s:%u", found.file->name, found.line);
}
