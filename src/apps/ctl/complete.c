// complete: see the header.
#include "apps/ctl/complete.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

// Where the values come from that a usage names.
static const struct {
	const char *name;
	const char *command, *column; // of the list of the command's name
} sources[] = {
        {"ORIGIN", "zones", "origin"},
        {"WHAT", "zones", "origin"},
        {"DATAPATH", "switches", "datapath"},
        {"ID", "tcp", "id"},
};

#define DEPTH_MAX 4 // of brackets; usages come from the other side

static void usage_append(struct complete_usage *usage, const char *token, size_t len)
{
	for (unsigned i = 0; i < usage->forms; i++) {
		unsigned *tokens = &usage->tokens[i];

		if (*tokens < COMPLETE_TOKENS)
			snprintf(usage->token[i][(*tokens)++], COMPLETE_NAME_MAX, "%.*s", (int)len,
			         token);
	}
}

// Adds the forms of another, as far as there is room.
static void usage_join(struct complete_usage *usage, const struct complete_usage *other)
{
	for (unsigned i = 0; i < other->forms && usage->forms < COMPLETE_FORMS; i++) {
		unsigned to = usage->forms++;

		memcpy(usage->token[to], other->token[i], sizeof(usage->token[to]));
		usage->tokens[to] = other->tokens[i];
	}
}

// Continues the forms by each of the alternatives up to the end or a closing bracket, at which the
// text then is.
static void usage_continue(struct complete_usage *usage, const char **text, unsigned depth)
{
	const struct complete_usage begin = *usage;
	struct complete_usage now = begin;

	usage->forms = 0;
	while (**text && **text != ']') {
		size_t len = strcspn(*text, " []|");

		if (**text == '[' && depth < DEPTH_MAX) {
			struct complete_usage option = now;

			++*text;
			usage_continue(&option, text, depth + 1);
			usage_join(&now, &option);
		} else if (**text == '|') {
			usage_join(usage, &now);
			now = begin;
		} else if (len) {
			usage_append(&now, *text, len);
		}
		*text += len ? len : **text != '\0';
	}
	usage_join(usage, &now);
}

void complete_usage_parse(struct complete_usage *usage, const char *text)
{
	*usage = (struct complete_usage){.forms = 1};
	for (;;) {
		usage_continue(usage, &text, 0);
		if (*text == '\0')
			return;
		text++; // a bracket that closes nothing
	}
}

// A value's name; others are words to be typed.
static bool is_value(const char *token)
{
	return isupper((unsigned char)*token);
}

// The token that may follow the words, of one form; NULL when they do not fit it.
static const char *usage_next(const struct complete_usage *usage, unsigned form,
                              const char *const *word, unsigned words_len)
{
	if (words_len >= usage->tokens[form])
		return NULL;
	for (unsigned i = 0; i < words_len; i++) {
		const char *token = usage->token[form][i];

		if (!is_value(token) && strcmp(token, word[i]) != 0)
			return NULL;
	}
	return usage->token[form][words_len];
}

// The list under construction.
struct found {
	const struct complete *complete;
	const char *word[COMPLETE_TOKENS]; // the command and its arguments, without options
	unsigned words_len;
	const struct cmdline_option *option; // whose value is the last word; NULL: none
	json_t *words;                       // an object, so that none is there twice
	bool files;
};

static void found_add(struct found *found, const char *word)
{
	const char *last = found->complete->last;

	if (strncmp(word, last, strlen(last)) == 0 &&
	    json_object_size(found->words) < COMPLETE_WORDS_MAX)
		json_object_set_new(found->words, word, json_true());
}

static json_t *ask(const struct complete *complete, const char *command)
{
	return complete->ask ? complete->ask(complete->ctx, command) : NULL;
}

// The values that the appliance has at the moment.
static void found_add_values(struct found *found, const char *name)
{
	found->files |= strcmp(name, "FILE") == 0;
	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		json_t *reply, *row;
		size_t k;

		if (strcmp(sources[i].name, name) != 0)
			continue;
		reply = ask(found->complete, sources[i].command);
		json_array_foreach (json_object_get(reply, sources[i].command), k, row) {
			const char *value =
			        json_string_value(json_object_get(row, sources[i].column));

			if (value)
				found_add(found, value);
		}
		json_decref(reply);
	}
}

// What may follow the command, whose words are the line's. `usage` begins with its name.
static void found_add_arguments(struct found *found, const char *usage)
{
	struct complete_usage parsed;

	complete_usage_parse(&parsed, usage);
	for (unsigned i = 0; i < parsed.forms; i++) {
		const char *token = usage_next(&parsed, i, found->word, found->words_len);

		if (token && is_value(token))
			found_add_values(found, token);
		else if (token)
			found_add(found, token);
	}
}

// The command itself when none is typed, or what may follow it; false when it is another.
static bool found_add_command(struct found *found, const char *usage)
{
	char name[64];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(usage, " "), usage);
	if (found->words_len == 0)
		found_add(found, name);
	else if (strcmp(found->word[0], name) != 0)
		return false;
	else
		found_add_arguments(found, usage);
	return true;
}

// The appliance is asked for commands of its own when none of the known ones is typed.
static void found_add_commands(struct found *found)
{
	bool typed = false;
	json_t *reply, *row;
	size_t i;

	for (const struct manual_item *item = found->complete->commands; item->term; item++)
		typed |= found_add_command(found, item->term) && found->words_len;
	if (typed)
		return;
	reply = ask(found->complete, "help");
	json_array_foreach (json_object_get(reply, "commands"), i, row) {
		const char *usage = json_string_value(json_object_get(row, "command"));

		if (usage)
			found_add_command(found, usage);
	}
	json_decref(reply);
}

// Of an option such as "--color always|never|auto".
static void found_add_option_values(struct found *found)
{
	const char *text = found->option->arg;
	char word[64];

	while (*text && !is_value(text)) {
		size_t len = strcspn(text, "|");

		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		found_add(found, word);
		text += len;
		text += *text == '|';
	}
}

static void found_add_options(struct found *found)
{
	char name[64];

	for (const struct cmdline_option *option = found->complete->options; option->name;
	     option++) {
		snprintf(name, sizeof(name), "--%s", option->name);
		found_add(found, name);
	}
}

// The option that a word is, if it takes the next one as its value.
static const struct cmdline_option *option_of(const struct complete *complete, const char *word)
{
	for (const struct cmdline_option *option = complete->options; option->name; option++)
		if (strncmp(word, "--", 2) == 0 && strcmp(word + 2, option->name) == 0 &&
		    option->type != CMDLINE_FLAG)
			return option;
	return NULL;
}

// Takes options and their values out of the line.
static void take_words(struct found *found)
{
	const struct complete *complete = found->complete;

	for (unsigned i = 0; i < complete->words_len; i++) {
		const char *word = complete->word[i];

		if (found->option)
			found->option = NULL;
		else if (*word == '-')
			found->option = option_of(complete, word);
		else if (found->words_len < ARRAY_LEN(found->word))
			found->word[found->words_len++] = word;
	}
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// The names of the object.
static json_t *sorted(const json_t *words)
{
	static const char *names[COMPLETE_WORDS_MAX];
	json_t *list = json_array(), *value;
	const char *key;
	size_t len = 0;

	json_object_foreach ((json_t *)(uintptr_t)words, key, value)
		names[len++] = key;
	qsort(names, len, sizeof(*names), compare);
	for (size_t i = 0; i < len; i++)
		json_array_append_new(list, json_string(names[i]));
	return list;
}

json_t *complete_words(const struct complete *complete, bool *files)
{
	struct found found = {.complete = complete, .words = json_object()};
	json_t *list;

	take_words(&found);
	if (found.option)
		found_add_option_values(&found);
	else if (*complete->last == '-')
		found_add_options(&found);
	else
		found_add_commands(&found);
	list = sorted(found.words);
	json_decref(found.words);
	*files = found.files;
	return list;
}
