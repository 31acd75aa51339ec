// conf_set: the options of --set, "ports[0].device=tap:wadi0", put into the
// JSON tree before it is validated. They are checked against the table here,
// for what a text means depends on the type of its key.
#include "core/host/conf_internal.h"

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

static bool fail_shape(struct conf_read *read, const char *sentence)
{
	conf_report_add(read->conf, false, conf_option_place(read->conf, read->option), sentence);
	return false;
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
static bool take_index(struct conf_read *read, struct way *way, const char **p)
{
	bool list = way->key->type == CONF_SECTIONS || way->key->type == CONF_STRINGS;
	char *end;

	if (!list)
		return fail_shape(read, "only a list can have an index");
	way->index = strtoul(*p + 1, &end, 10);
	if (end == *p + 1 || (*p)[1] < '0' || (*p)[1] > '9' || *end != ']')
		return fail_shape(read, "an index is written [0], [1] and so on");
	way->list = list_at(way->node, way->key);
	if (!json_is_array(way->list))
		return fail_shape(read, "the configuration has no list there");
	if (way->index > json_array_size(way->list))
		return fail_shape(read, "the index is beyond the list's end");
	*p = end + 1;
	return true;
}

// Enters the section at the path so far, which is created when it is missing.
static bool descend(struct conf_read *read, struct way *way)
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
		return fail_shape(read, "there are no keys below that one");
	if (!json_is_object(inner))
		return fail_shape(read, "the configuration has no section there");
	way->section = way->key->section;
	way->node = inner;
	way->list = NULL;
	return true;
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

static bool set_one(struct conf_read *read, const char *option, json_t *tree)
{
	struct way way = {.section = read->conf->root, .node = tree};
	const char *equals = strchr(option, '=');
	const char *p = option;
	size_t len;

	if (!equals || equals == option)
		return fail_shape(read, "must be KEY=VALUE");
	if (!json_is_object(tree))
		return fail_shape(read, "the configuration has no section there");
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
		if (*p == '[' && !take_index(read, &way, &p))
			return false;
		if (p == equals)
			break;
		if (*p != '.')
			return fail_shape(read, "expected \".\" or \"=\" behind the index");
		if (!descend(read, &way))
			return false;
		p++;
	}
	put(&way, equals + 1);
	return true;
}

void conf_set_all(struct conf_read *read, json_t *tree)
{
	const struct conf_source *source = &read->conf->source;

	for (read->option = 0; read->option < source->sets_len; read->option++) {
		set_one(read, source->sets[read->option], tree);
		read->path[0] = '\0';
	}
	read->option = CONF_NO_OPTION;
}
