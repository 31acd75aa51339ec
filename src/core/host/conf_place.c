// conf_place: a walk over JSON text that keeps the path and line of where it
// is. It does not judge syntax: Jansson has accepted what it walks over.
#include "core/host/conf_place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Deeper nesting than any table has is walked over without keeping its path.
#define DEPTH_MAX 32

struct walk {
	const char *p, *end;
	unsigned line, depth;
	bool pending; // a key or a list item comes next
	struct {
		bool list;
		size_t index, path_len;
	} level[DEPTH_MAX];
	size_t path_len;
	char path[CONF_KEY_PATH_BYTES];
};

// Appends as much as there is room for.
static void path_add(struct walk *walk, const char *before, const char *text, size_t len,
                     const char *after)
{
	int n = snprintf(walk->path + walk->path_len, sizeof(walk->path) - walk->path_len,
	                 "%s%.*s%s", before, (int)size_min(len, sizeof(walk->path)), text, after);

	walk->path_len = size_min(walk->path_len + (size_t)n, sizeof(walk->path) - 1);
}

static void path_cut(struct walk *walk, size_t len)
{
	walk->path_len = len;
	walk->path[len] = '\0';
}

// Past a string whose opening quote is at p; returns its inner length.
static size_t skip_string(struct walk *walk)
{
	const char *start = ++walk->p;
	size_t len;

	while (walk->p < walk->end && *walk->p != '"')
		walk->p += *walk->p == '\\' && walk->end - walk->p > 1 ? 2 : 1;
	len = (size_t)(walk->p - start);
	if (walk->p < walk->end)
		walk->p++;
	return len;
}

static void enter(struct walk *walk, bool list)
{
	if (walk->depth < DEPTH_MAX) {
		walk->level[walk->depth].list = list;
		walk->level[walk->depth].index = 0;
		walk->level[walk->depth].path_len = walk->path_len;
		walk->pending = true;
	}
	walk->depth++;
}

static void leave(struct walk *walk)
{
	walk->pending = false;
	if (walk->depth > 0 && --walk->depth < DEPTH_MAX)
		path_cut(walk, walk->level[walk->depth].path_len);
}

static void next_member(struct walk *walk)
{
	if (walk->depth == 0 || walk->depth > DEPTH_MAX)
		return;
	walk->level[walk->depth - 1].index++;
	walk->pending = true;
}

// Takes the name or index of the member that begins at p into the path.
static void name_member(struct walk *walk)
{
	size_t container_len = walk->level[walk->depth - 1].path_len;
	char index[24];
	const char *name;

	walk->pending = false;
	path_cut(walk, container_len);
	if (walk->level[walk->depth - 1].list) {
		int len = snprintf(index, sizeof(index), "%zu", walk->level[walk->depth - 1].index);

		path_add(walk, "[", index, (size_t)len, "]");
		return;
	}
	name = walk->p + 1;
	path_add(walk, container_len ? "." : "", name, skip_string(walk), "");
}

// Goes on to the next key or list item; false at the text's end.
static bool walk_next(struct walk *walk)
{
	while (walk->p < walk->end) {
		char c = *walk->p;

		if (walk->pending && !strchr(" \t\r\n]}", c)) {
			name_member(walk);
			return true;
		}
		if (c == '"') {
			skip_string(walk);
			continue;
		}
		walk->p++;
		if (c == '\n')
			walk->line++;
		else if (c == '{' || c == '[')
			enter(walk, c == '[');
		else if (c == '}' || c == ']')
			leave(walk);
		else if (c == ',')
			next_member(walk);
	}
	return false;
}

// Whether path is `inner` or a place around it.
static bool around(const char *path, size_t path_len, const char *inner)
{
	return strncmp(path, inner, path_len) == 0 && strchr(".[", inner[path_len]);
}

unsigned conf_place_line(const char *text, size_t len, const char *path, size_t *matched)
{
	struct walk walk = {.p = text, .end = text + len, .line = 1};
	unsigned line = 1;

	*matched = 0;
	// Of a key that stands there twice the last one counts.
	while (walk_next(&walk)) {
		if (walk.path_len >= *matched && around(walk.path, walk.path_len, path)) {
			*matched = walk.path_len;
			line = walk.line;
		}
	}
	return line;
}

struct met {
	char *path;
	unsigned line;
};

static int met_compare(const void *a, const void *b)
{
	const struct met *one = a, *other = b;
	int order = strcmp(one->path, other->path);

	return order ? order : (one->line > other->line) - (one->line < other->line);
}

// All keys of the text; paths that may have been cut are left out. NULL without memory.
static struct met *met_all(const char *text, size_t size, size_t *len)
{
	struct walk walk = {.p = text, .end = text + size, .line = 1};
	size_t room = 256;
	struct met *all = malloc(room * sizeof(*all)), *larger;

	*len = 0;
	while (all && walk_next(&walk)) {
		if (walk.depth > DEPTH_MAX || walk.path_len == sizeof(walk.path) - 1)
			continue;
		if (*len == room) {
			room *= 2;
			larger = realloc(all, room * sizeof(*all));
			if (!larger)
				break;
			all = larger;
		}
		all[*len] = (struct met){strdup(walk.path), walk.line};
		if (!all[*len].path)
			break;
		++*len;
	}
	return all;
}

int conf_place_duplicates(const char *text, size_t len, conf_place_fn *fn, void *ctx)
{
	size_t n;
	struct met *all = met_all(text, len, &n);

	if (!all)
		return -ENOMEM;
	qsort(all, n, sizeof(*all), met_compare);
	for (size_t i = 1; i < n; i++)
		if (strcmp(all[i].path, all[i - 1].path) == 0)
			fn(ctx, all[i].path, all[i].line);
	for (size_t i = 0; i < n; i++)
		free(all[i].path);
	free(all);
	return 0;
}
