// conf_value: values without keys of their own (numbers, strings, choices and
// lists of strings): checked, and stored into the C struct. Sections are
// conf.c's.
#include "core/host/conf_internal.h"

#include <stdlib.h>
#include <string.h>

const char *conf_value_kind(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
		return "a whole number";
	case JSON_REAL:
		return "a fraction";
	case JSON_TRUE:
	case JSON_FALSE:
		return "true or false";
	default:
		return "null";
	}
}

static bool store_bool(struct conf_read *read, json_t *value, void *at)
{
	*(bool *)at = json_is_true(value);
	if (!json_is_boolean(value))
		return conf_fail(read, "must be true or false, not %s", conf_value_kind(value));
	return true;
}

static bool store_unsigned(struct conf_read *read, const struct conf_key *key, json_t *value,
                           void *at)
{
	json_int_t number = json_integer_value(value);

	*(uint64_t *)at = key->min;
	if (!json_is_integer(value))
		return conf_fail(read, "must be a whole number, not %s", conf_value_kind(value));
	if (number < 0 || (uint64_t)number < key->min || (key->max && (uint64_t)number > key->max))
		return conf_fail(read, "must be from %ju to %ju, not %jd", (uintmax_t)key->min,
		                 key->max ? (uintmax_t)key->max : UINTMAX_MAX, (intmax_t)number);
	*(uint64_t *)at = (uint64_t)number;
	return true;
}

static bool store_enum(struct conf_read *read, const struct conf_key *key, json_t *value, void *at)
{
	char choices[160] = "";
	size_t len = 0;

	*(unsigned *)at = 0;
	for (unsigned i = 0; key->choices[i]; i++) {
		if (json_is_string(value) &&
		    strcmp(json_string_value(value), key->choices[i]) == 0) {
			*(unsigned *)at = i;
			return true;
		}
		len += (size_t)snprintf(choices + len, sizeof(choices) - len, "%s\"%s\"",
		                        i == 0 ? "" : (key->choices[i + 1] ? ", " : " or "),
		                        key->choices[i]);
		len = size_min(len, sizeof(choices) - 1);
	}
	if (json_is_string(value))
		return conf_fail(read, "must be %s, not \"%s\"", choices, json_string_value(value));
	return conf_fail(read, "must be %s, not %s", choices, conf_value_kind(value));
}

size_t conf_folder_len(const char *file)
{
	const char *slash = file ? strrchr(file, '/') : NULL;

	return slash ? (size_t)(slash - file) + 1 : 0;
}

static const char *keep_path(struct conf_read *read, const char *text)
{
	const char *file = read->conf->source.file;
	size_t folder = *text == '/' || *text == '\0' ? 0 : conf_folder_len(file);
	char *path = arena_alloc(&read->conf->arena, folder + strlen(text) + 1);

	snprintf(path, folder + strlen(text) + 1, "%.*s%s", (int)folder, file ? file : "", text);
	return path;
}

// One string, checked and copied; NULL when it is rejected.
static const char *keep_string(struct conf_read *read, const struct conf_key *key, json_t *value,
                               bool fallback)
{
	const char *text = json_string_value(value);
	struct why why = {""};

	if (!text) {
		conf_fail(read, "must be a string, not %s", conf_value_kind(value));
		return NULL;
	}
	if (key->type != CONF_STRINGS && !fallback &&
	    (strlen(text) < key->min || (key->max && strlen(text) > key->max))) {
		conf_fail(read, "must be %ju to %ju bytes long, not %zu", (uintmax_t)key->min,
		          (uintmax_t)key->max, strlen(text));
		return NULL;
	}
	if (key->check && !fallback && !key->check(text, &why)) {
		conf_fail(read, "\"%s\" %s", text, why.text);
		return NULL;
	}
	if (key->type == CONF_PATH)
		return keep_path(read, text);
	return arena_text(&read->conf->arena, text);
}

static bool store_string(struct conf_read *read, const struct conf_key *key, json_t *value,
                         void *at)
{
	const char *text = json_string_value(value);
	bool fallback = text && *text == '\0' && key->fallback && *key->fallback == '\0';

	text = keep_string(read, key, value, fallback);
	*(const char **)at = text ? text : "";
	return text;
}

static bool store_list(struct conf_read *read, const struct conf_key *key, json_t *list,
                       struct conf_list *to)
{
	size_t len = json_array_size(list);
	const char **items;
	bool sound = true;

	if (len < key->min || (key->max && len > key->max))
		sound = conf_fail(read, "must hold %ju to %ju strings, not %zu",
		                  (uintmax_t)key->min, (uintmax_t)key->max, len);
	if (key->max)
		len = size_min(len, key->max);
	items = arena_array(&read->conf->arena, len, sizeof(*items));
	for (size_t i = 0; i < len; i++) {
		size_t cut = conf_path_add(read, NULL, i);

		items[i] = keep_string(read, key, json_array_get(list, i), false);
		conf_path_cut(read, cut);
		sound &= items[i] != NULL;
		if (!items[i])
			items[i] = "";
	}
	*to = (struct conf_list){items, len};
	return sound;
}

static bool store_strings(struct conf_read *read, const struct conf_key *key, json_t *value,
                          void *at)
{
	struct conf_list *to = at;
	const char *text, **one;

	*to = (struct conf_list){NULL, 0};
	if (json_is_array(value))
		return store_list(read, key, value, to);
	if (!json_is_string(value))
		return conf_fail(read, "must be a string or a list of strings, not %s",
		                 conf_value_kind(value));
	text = keep_string(read, key, value, false);
	if (!text)
		return false;
	one = arena_alloc(&read->conf->arena, sizeof(*one));
	*one = text;
	*to = (struct conf_list){one, 1};
	return true;
}

static bool store(struct conf_read *read, const struct conf_key *key, json_t *value, void *at)
{
	switch (key->type) {
	case CONF_BOOL:
		return store_bool(read, value, at);
	case CONF_UNSIGNED:
		return store_unsigned(read, key, value, at);
	case CONF_ENUM:
		return store_enum(read, key, value, at);
	case CONF_STRINGS:
		return store_strings(read, key, value, at);
	default:
		return store_string(read, key, value, at);
	}
}

void conf_value_store(struct conf_read *read, const struct conf_key *key, json_t *value, void *at)
{
	json_t *fallback;

	// A list keeps the places of its items, for what is reported of them later.
	if (store(read, key, value, at) || !key->fallback || key->type == CONF_STRINGS)
		return;
	fallback = conf_value_of_text(key, key->fallback);
	read->quiet++;
	store(read, key, fallback, at);
	read->quiet--;
	json_decref(fallback);
}

json_t *conf_value_of_text(const struct conf_key *key, const char *text)
{
	bool string = key->type == CONF_STRING || key->type == CONF_PATH || key->type == CONF_ENUM;
	json_t *value = NULL;

	if (key->type == CONF_STRINGS && *text == '\0')
		value = json_array();
	else if (!string && !(key->type == CONF_STRINGS && *text != '['))
		value = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
	if (!value)
		value = json_string(text);
	return value ? value : json_null();
}
