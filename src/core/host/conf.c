// conf: fills in the C structs from the tree by the tables: sections and lists. Single
// values are conf_value.c's, files conf_tree.c's, errors conf_report.c's.
#include "core/host/conf_tree.h"
#include "core/host/nearest.h"
#include "core/host/secret.h"

#include <stdlib.h>
#include <string.h>

static void fill_section(struct conf_read *read, const struct conf_section *section, json_t *object,
                         void *to);

size_t conf_path_add(struct conf_read *read, const char *name, size_t index)
{
	size_t len = strlen(read->path);

	if (name)
		snprintf(read->path + len, sizeof(read->path) - len, "%s%s", len ? "." : "", name);
	else
		snprintf(read->path + len, sizeof(read->path) - len, "[%zu]", index);
	return len;
}

void conf_path_cut(struct conf_read *read, size_t len)
{
	read->path[len] = '\0';
}

const struct conf_key *conf_key_find(const struct conf_section *section, const char *name,
                                     size_t len)
{
	for (const struct conf_key *key = section->keys; key->name; key++)
		if (strlen(key->name) == len && memcmp(key->name, name, len) == 0)
			return key;
	return NULL;
}

bool conf_fail_unknown(struct conf_read *read, const struct conf_section *section, const char *name)
{
	struct nearest nearest = nearest_to(name);
	char known[WHY_BYTES] = "";
	size_t len = 0;

	for (const struct conf_key *key = section->keys; key->name; key++) {
		nearest_try(&nearest, key->name);
		len += (size_t)snprintf(known + len, sizeof(known) - len, "%s%s", len ? ", " : "",
		                        key->name);
		len = size_min(len, sizeof(known) - 1);
	}
	if (nearest.name)
		return conf_fail(read, "is not a known key; did you mean \"%s\"?", nearest.name);
	return conf_fail(read, "is not a known key; known here: %s", known);
}

static void fill_sections(struct conf_read *read, const struct conf_key *key, json_t *list,
                          struct conf_list *to)
{
	size_t len = json_array_size(list), size = key->section->size;

	if (!json_is_array(list))
		conf_fail(read, "must be a list [...] of sections, not %s", conf_value_kind(list));
	else if (len < key->min || (key->max && len > key->max))
		conf_fail(read, "must hold %ju to %ju sections, not %zu", (uintmax_t)key->min,
		          (uintmax_t)key->max, len);
	if (key->max)
		len = size_min(len, key->max);
	*to = (struct conf_list){arena_array(&read->conf->arena, len, size), len};
	for (size_t i = 0; i < len; i++) {
		size_t cut = conf_path_add(read, NULL, i);

		fill_section(read, key->section, json_array_get(list, i),
		             (char *)to->items + i * size);
		conf_path_cut(read, cut);
	}
}

// The value of an absent key; a new reference, NULL when the key is required.
static json_t *standard_of(const struct conf_key *key)
{
	if (key->type == CONF_SECTION)
		return json_object();
	if (!key->fallback)
		return NULL;
	if (key->type == CONF_SECTIONS)
		return json_array();
	return conf_value_of_text(key, key->fallback);
}

static void fill_key(struct conf_read *read, const struct conf_key *key, json_t *object, void *to)
{
	json_t *given = json_object_get(object, key->name);
	json_t *value = given ? json_incref(given) : standard_of(key);
	size_t cut = conf_path_add(read, key->name, 0);
	bool missing = !value;
	void *at = (char *)to + key->offset, *inner;

	if (missing) {
		conf_fail(read, "this key is required: %s", key->help);
		value = key->type == CONF_SECTIONS ? json_array() : json_string("");
	}
	read->quiet += missing;
	if (key->type == CONF_SECTION) {
		inner = arena_alloc(&read->conf->arena, key->section->size);
		*(void **)at = inner;
		fill_section(read, key->section, value, inner);
	} else if (key->type == CONF_SECTIONS) {
		fill_sections(read, key, value, at);
	} else {
		conf_value_store(read, key, value, at);
	}
	read->quiet -= missing;
	json_decref(value);
	conf_path_cut(read, cut);
}

// What is no section is reported and filled in as an empty one.
static void fill_section(struct conf_read *read, const struct conf_section *section, json_t *object,
                         void *to)
{
	bool sound = json_is_object(object);
	const char *name;
	json_t *value;

	if (!sound)
		conf_fail(read, "must be a section {...}, not %s", conf_value_kind(object));
	json_object_foreach (object, name, value) {
		size_t cut = conf_path_add(read, name, 0);

		if (!conf_key_find(section, name, strlen(name)))
			conf_fail_unknown(read, section, name);
		conf_path_cut(read, cut);
	}
	read->quiet += !sound;
	for (const struct conf_key *key = section->keys; key->name; key++)
		fill_key(read, key, object, to);
	read->quiet -= !sound;
}

void conf_read_text(struct conf *conf, const struct conf_section *root,
                    const struct conf_source *source, const char *text, size_t len)
{
	struct conf_read read = {.conf = conf, .option = CONF_NO_OPTION};
	json_t *tree;

	secret_json();
	*conf = (struct conf){.root = root, .source = *source};
	tree = conf_tree_read(conf, text, len);
	if (!tree)
		return;
	conf->values = arena_alloc(&conf->arena, root->size);
	conf_set_all(&read, tree);
	fill_section(&read, root, tree, conf->values);
	json_decref(tree);
}

void conf_read(struct conf *conf, const struct conf_section *root, const struct conf_source *source)
{
	conf_read_text(conf, root, source, NULL, 0);
}

int conf_open_text(struct conf *conf, const struct conf_section *root,
                   const struct conf_source *source, const char *text, size_t len, struct why *why)
{
	int err;

	conf_read_text(conf, root, source, text, len);
	err = conf_settle(conf, why);
	if (err)
		conf_close(conf);
	return err;
}

int conf_open(struct conf *conf, const struct conf_section *root, const struct conf_source *source,
              struct why *why)
{
	return conf_open_text(conf, root, source, NULL, 0, why);
}

void conf_close(struct conf *conf)
{
	arena_fini(&conf->arena);
	arena_fini(&conf->texts);
	*conf = (struct conf){.values = NULL};
}
