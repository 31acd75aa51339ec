// core_conf: a configuration against a table with a key of every type. The first
// line holds options of --set between spaces, the rest is the text. What is
// accepted is within the table's limits, what is refused has its sentence.
#include "core/host/conf.h"
#include "core/host/json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define SETS_MAX 8

struct inner {
	const char *name;
	struct conf_list words;
};

struct outer {
	bool flag;
	uint64_t number;
	const char *text, *path;
	unsigned choice;
	struct inner *section;
	struct conf_list sections;
};

static bool has_no_bang(const char *text, struct why *why)
{
	why_set(why, "has a bang");
	return !strchr(text, '!');
}

static const struct conf_key inner_keys[] = {
        {"name", CONF_STRING, offsetof(struct inner, name), "n", .min = 1, .max = 8},
        {"words", CONF_STRINGS, offsetof(struct inner, words), "", .max = 3, .check = has_no_bang},
        {0},
};
static const struct conf_section inner = {sizeof(struct inner), inner_keys};

static const char *const choices[] = {"one", "other", NULL};
static const struct conf_key outer_keys[] = {
        {"flag", CONF_BOOL, offsetof(struct outer, flag), "false"},
        {"number", CONF_UNSIGNED, offsetof(struct outer, number), "5", 1, 9},
        {"text", CONF_STRING, offsetof(struct outer, text), "", .check = has_no_bang},
        {"path", CONF_PATH, offsetof(struct outer, path), "", .max = 64},
        {"choice", CONF_ENUM, offsetof(struct outer, choice), "other", .choices = choices},
        {"section", CONF_SECTION, offsetof(struct outer, section), .section = &inner},
        {"sections", CONF_SECTIONS, offsetof(struct outer, sections), .min = 1, .max = 2,
         .section = &inner, .help = "One or two."},
        {0},
};
static const struct conf_section outer = {sizeof(struct outer), outer_keys};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inner(const struct inner *values)
{
	assert(*values->name && strlen(values->name) <= 8 && values->words.len <= 3);
	for (size_t i = 0; i < values->words.len; i++)
		assert(!strchr(((const char **)values->words.items)[i], '!'));
}

// One line of UTF-8.
static void check_sentence(const char *why)
{
	json_t *string = json_string(why);

	assert(*why && string);
	for (const char *c = why; *c; c++)
		assert(!iscntrl((unsigned char)*c));
	json_decref(string);
}

static void check_outer(const struct outer *values)
{
	assert(values->number >= 1 && values->number <= 9 && values->choice <= 1);
	assert(!strchr(values->text, '!'));
	assert(!*values->path || *values->path == '/' || strncmp(values->path, "etc/", 4) == 0);
	assert(values->sections.len >= 1 && values->sections.len <= 2);
	check_inner(values->section);
	for (size_t i = 0; i < values->sections.len; i++)
		check_inner(&((const struct inner *)values->sections.items)[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *newline = size ? memchr(data, '\n', size) : NULL;
	size_t line = newline ? (size_t)(newline - (const char *)data) : 0;
	size_t skip = newline ? line + 1 : 0;
	char *options = strndup((const char *)data, line), *rest = options;
	const char *sets[SETS_MAX];
	struct conf_source source = {"etc/fuzz.json", sets, 0};
	struct why why = {""};
	struct conf conf;

	if (!options)
		abort();
	while (*options && rest && source.sets_len < SETS_MAX)
		sets[source.sets_len++] = strsep(&rest, " ");
	if (conf_open_text(&conf, &outer, &source, (const char *)data + skip, size - skip, &why) ==
	    0) {
		check_outer(conf.values);
		conf_close(&conf);
	} else {
		assert(!conf.values && !conf.arena.chunks);
		check_sentence(why.text);
	}
	free(options);
	return 0;
}
