// conf_json: see the header.
#include "core/host/conf_json.h"

#include "core/host/conf_internal.h"

static json_t *strings_json(const struct conf_list *list)
{
	const char *const *texts = list->items;
	json_t *array = json_array();

	for (size_t i = 0; i < list->len; i++)
		json_array_append_new(array, json_text(texts[i]));
	return array;
}

static json_t *sections_json(const struct conf_key *key, const struct conf_list *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->len; i++)
		json_array_append_new(array,
		                      conf_json(key->section, (const char *)list->items +
		                                                      i * key->section->size));
	return array;
}

static json_t *value_json(const struct conf_key *key, const void *at)
{
	switch (key->type) {
	case CONF_BOOL:
		return json_boolean(*(const bool *)at);
	case CONF_UNSIGNED:
		return json_integer((json_int_t) * (const uint64_t *)at);
	case CONF_ENUM:
		return json_string(key->choices[*(const unsigned *)at]);
	case CONF_STRINGS:
		return strings_json(at);
	case CONF_SECTION:
		return conf_json(key->section, *(const void *const *)at);
	case CONF_SECTIONS:
		return sections_json(key, at);
	default:
		return json_text(*(const char *const *)at);
	}
}

// Lists and sections have no default but to be empty.
static bool is_default(const struct conf_key *key, const json_t *value)
{
	json_t *fallback;
	bool is;

	if (json_is_array(value))
		return json_array_size(value) == 0;
	if (json_is_object(value))
		return json_object_size(value) == 0;
	if (!key->fallback)
		return false;
	fallback = conf_value_of_text(key, key->fallback);
	is = json_equal(value, fallback);
	json_decref(fallback);
	return is;
}

json_t *conf_json(const struct conf_section *section, const void *values)
{
	json_t *object = json_object();

	for (const struct conf_key *key = section->keys; key->name; key++) {
		json_t *value = value_json(key, (const char *)values + key->offset);

		if (is_default(key, value))
			json_decref(value);
		else
			json_object_set_new(object, key->name, value);
	}
	return object;
}
