// conf_diff: which keys of a configuration that was read again differ from what runs and
// wait for a restart, since no reload takes them.
#include "core/host/conf_internal.h"

#include <string.h>

static const char *text_at(const void *member)
{
	return *(const char *const *)member;
}

static bool strings_differ(const struct conf_list *a, const struct conf_list *b)
{
	const char *const *one = a->items, *const *other = b->items;

	if (a->len != b->len)
		return true;
	for (size_t i = 0; i < a->len; i++)
		if (strcmp(one[i], other[i]) != 0)
			return true;
	return false;
}

static bool values_differ(const struct conf_key *key, const void *a, const void *b)
{
	switch (key->type) {
	case CONF_BOOL:
		return *(const bool *)a != *(const bool *)b;
	case CONF_UNSIGNED:
		return *(const uint64_t *)a != *(const uint64_t *)b;
	case CONF_ENUM:
		return *(const unsigned *)a != *(const unsigned *)b;
	case CONF_STRINGS:
		return strings_differ(a, b);
	default:
		return strcmp(text_at(a), text_at(b)) != 0;
	}
}

static void section_compare(struct conf_read *read, const struct conf_section *section,
                            const void *now, const void *running);

static void lists_compare(struct conf_read *read, const struct conf_key *key,
                          const struct conf_list *now, const struct conf_list *running)
{
	size_t size = key->section->size;

	if (now->len != running->len)
		conf_warning(read->conf, read->path,
		             "%zu section%s here and %zu in what runs: restart to take them",
		             now->len, now->len == 1 ? "" : "s", running->len);
	for (size_t i = 0; i < size_min(now->len, running->len); i++) {
		size_t cut = conf_path_add(read, NULL, i);

		section_compare(read, key->section, (const char *)now->items + i * size,
		                (const char *)running->items + i * size);
		conf_path_cut(read, cut);
	}
}

static void key_compare(struct conf_read *read, const struct conf_key *key, const void *now,
                        const void *running)
{
	if (key->type == CONF_SECTION)
		section_compare(read, key->section, *(void *const *)now, *(void *const *)running);
	else if (key->type == CONF_SECTIONS)
		lists_compare(read, key, now, running);
	else if (values_differ(key, now, running))
		conf_warning(read->conf, read->path, "differs from what runs: restart to take it");
}

static void section_compare(struct conf_read *read, const struct conf_section *section,
                            const void *now, const void *running)
{
	for (const struct conf_key *key = section->keys; key->name; key++) {
		size_t cut = conf_path_add(read, key->name, 0);

		if (!key->live)
			key_compare(read, key, (const char *)now + key->offset,
			            (const char *)running + key->offset);
		conf_path_cut(read, cut);
	}
}

void conf_compare(struct conf *conf, const void *running)
{
	struct conf_read read = {.conf = conf, .option = CONF_NO_OPTION};

	section_compare(&read, conf->root, conf->values, running);
}
