// conf_set: the options of --set, "ports[0].device=tap:wadi0", put into the
// JSON tree before it is validated. They are checked against the table here,
// for what a text means depends on the type of its key.
#include "core/host/conf_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// How far a path has been followed.
struct way {
	const struct conf_section *section;
	const struct conf_key *key;
	json_t *node; // the object that holds key
	json_t *list; // of the current index, when there is one
	size_t index;
};

static int fail_shape(struct conf_read *read, size_t number, const char *sentence)
{
	conf_option_place(read, number);
	return why_fail(read->why, -EINVAL, "%s%s", read->why->text, sentence);
}

// The list under key, made when it is missing; one string becomes a list.
static json_t *list_at(json_t *node, const struct conf_key *key)
{
	json_t *list = json_object_get(node, key->name);

	if (!list) {
		json_object_set_new(node, key->name, json_array());
	} else if (json_is_string(list)) {
		json_object_set_new(node, key->name, json_pack("[O]", list));
	}
	return json_object_get(node, key->name);
}

// Reads "[N]" at *p.
static int take_index(struct conf_read *read, struct way *way, size_t number, const char **p)
{
	bool list = way->key->type == CONF_SECTIONS || way->key->type == CONF_STRINGS;
	char *end;

	if (!list)
		return fail_shape(read, number, "only a list can have an index");
	way->index = strtoul(*p + 1, &end, 10);
	if (end == *p + 1 || (*p)[1] < '0' || (*p)[1] > '9' || *end != ']')
		return fail_shape(read, number, "an index is written [0], [1] and so on");
	way->list = list_at(way->node, way->key);
	if (!json_is_array(way->list))
		return fail_shape(read, number, "the configuration has no list there");
	if (way->index > json_array_size(way->list))
		return fail_shape(read, number, "the index is beyond the list's end");
	*p = end + 1;
	return 0;
}

// Enters the section at the path so far, which is created when it is missing.
static int descend(struct conf_read *read, struct way *way, size_t number)
{
	json_t *inner;

	if (way->key->type == CONF_SECTION && !json_object_get(way->node, way->key->name))
		json_object_set_new(way->node, way->key->name, json_object());
	if (way->list && way->index == json_array_size(way->list))
		json_array_append_new(way->list, json_object());
	if (way->list)
		inner = json_array_get(way->list, way->index);
	else
		inner = json_object_get(way->node, way->key->name);
	if (!way->key->section || (way->key->type == CONF_SECTIONS && !way->list))
		return fail_shape(read, number, "there are no keys below that one");
	if (!json_is_object(inner))
		return fail_shape(read, number, "the configuration has no section there");
	way->section = way->key->section;
	way->node = inner;
	way->list = NULL;
	return 0;
}

static void put(struct way *way, const char *text)
{
	static const struct conf_key item = {.type = CONF_STRING};
	json_t *value = conf_value_of_text(
	        way->list && way->key->type == CONF_STRINGS ? &item : way->key, text);

	if (!way->list)
		json_object_set_new(way->node, way->key->name, value);
	else if (way->index == json_array_size(way->list))
		json_array_append_new(way->list, value);
	else
		json_array_set_new(way->list, way->index, value);
}

static int set_one(struct conf_read *read, size_t number, json_t *tree)
{
	const char *option = read->source->sets[number];
	struct way way = {.section = read->root, .node = tree};
	const char *equals = strchr(option, '=');
	const char *p = option;
	size_t len;
	int err;

	if (!equals || equals == option)
		return fail_shape(read, number, "must be KEY=VALUE");
	for (;;) {
		len = strcspn(p, ".[=");
		way.key = conf_key_find(way.section, p, len);
		if (!way.key) {
			snprintf(read->path, sizeof(read->path), "%.*s",
			         (int)size_min((size_t)(p - option) + len, sizeof(read->path)),
			         option);
			return conf_fail_unknown(read, way.section, strndupa(p, len));
		}
		p += len;
		if (*p == '[' && (err = take_index(read, &way, number, &p)))
			return err;
		if (p == equals)
			break;
		if (*p != '.')
			return fail_shape(read, number, "expected \".\" or \"=\" behind the index");
		if ((err = descend(read, &way, number)))
			return err;
		p++;
	}
	put(&way, equals + 1);
	return 0;
}

int conf_set_all(struct conf_read *read, json_t *tree)
{
	for (size_t i = 0; i < read->source->sets_len; i++) {
		int err = set_one(read, i, tree);

		if (err)
			return err;
		read->path[0] = '\0';
	}
	return 0;
}
