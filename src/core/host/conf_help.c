// conf_help: the table of keys for people: --help-config, the list items of a man page, what
// completion offers.
#include "core/host/conf_internal.h"

#include <string.h>

void conf_wrap(FILE *out, int indent, const char *text)
{
	int column = 0;

	while (*text) {
		int len = (int)strcspn(text, " \n");
		bool line_end = column && column + 1 + len > CONF_COLUMNS;

		if (line_end) {
			fputc('\n', out);
			column = 0;
		}
		column += fprintf(out, "%*s%.*s", column ? 1 : indent, "", len, text);
		text += len;
		if (*text == '\n') {
			fputc('\n', out);
			column = 0;
		}
		if (*text)
			text++;
	}
	fputc('\n', out);
}

void conf_roff(FILE *out, const char *text)
{
	for (const char *c = text; *c; c++) {
		bool line_start = c == text || c[-1] == '\n';

		if (line_start && (*c == '.' || *c == '\''))
			fputs("\\&", out);
		if (*c == '\\')
			fputs("\\e", out);
		else if (*c == '-')
			fputs("\\-", out);
		else if (*c == '\n')
			fputs("\n.PP\n", out);
		else
			fputc(*c, out);
	}
}

static void describe_limits(const struct conf_key *key, char *to, size_t size)
{
	const char *unit = key->type == CONF_STRING || key->type == CONF_PATH ? " bytes" : "";

	if (key->max && key->type != CONF_ENUM)
		snprintf(to, size, ", %ju to %ju%s", (uintmax_t)key->min, (uintmax_t)key->max,
		         unit);
}

static void describe_standard(const struct conf_key *key, char *to, size_t size)
{
	bool quoted = key->type != CONF_UNSIGNED && key->type != CONF_BOOL;

	if (key->type == CONF_SECTION)
		return;
	if (!key->fallback)
		snprintf(to, size, ", required");
	else if (*key->fallback == '\0')
		snprintf(to, size, ", default none");
	else
		snprintf(to, size, ", default %s%s%s", quoted ? "\"" : "", key->fallback,
		         quoted ? "\"" : "");
}

// "whole number, 1 to 64, default 1; restart"
static void describe(const struct conf_key *key, bool live, char *to, size_t size)
{
	static const char *const types[] = {
	        [CONF_BOOL] = "true or false",
	        [CONF_UNSIGNED] = "whole number",
	        [CONF_STRING] = "string",
	        [CONF_PATH] = "path",
	        [CONF_ENUM] = "",
	        [CONF_STRINGS] = "string or list of strings",
	        [CONF_SECTION] = "section",
	        [CONF_SECTIONS] = "list of sections",
	};
	size_t len;

	snprintf(to, size, "%s", types[key->type]);
	for (unsigned i = 0; key->type == CONF_ENUM && key->choices[i]; i++) {
		len = strlen(to);
		snprintf(to + len, size - len, "%s\"%s\"", i ? " or " : "", key->choices[i]);
	}
	len = strlen(to);
	describe_limits(key, to + len, size - len);
	len = strlen(to);
	describe_standard(key, to + len, size - len);
	len = strlen(to);
	if (!key->section)
		snprintf(to + len, size - len, "; %s", live ? "reload" : "restart");
}

typedef void item_fn(FILE *out, const char *path, const char *type, const struct conf_key *key);

static void each_key(const struct conf_section *section, const char *prefix, bool live, FILE *out,
                     item_fn *item)
{
	char path[CONF_KEY_PATH_BYTES], type[512];

	for (const struct conf_key *key = section->keys; key->name; key++) {
		snprintf(path, sizeof(path), "%s%s%s%s", prefix, *prefix ? "." : "", key->name,
		         key->type == CONF_SECTIONS ? "[]" : "");
		describe(key, live || key->live, type, sizeof(type));
		item(out, path, type, key);
		if (key->section)
			each_key(key->section, path, live || key->live, out, item);
	}
}

static void item_text(FILE *out, const char *path, const char *type, const struct conf_key *key)
{
	fprintf(out, "%s: %s\n", path, type);
	conf_wrap(out, 8, key->help);
}

static void item_man(FILE *out, const char *path, const char *type, const struct conf_key *key)
{
	fputs(".TP\n\\fB", out);
	conf_roff(out, path);
	fputs("\\fR (", out);
	conf_roff(out, type);
	fputs(")\n", out);
	conf_roff(out, key->help);
	fputc('\n', out);
}

static void item_set(FILE *out, const char *path, const char *type, const struct conf_key *key)
{
	if (key->section)
		return;
	fputc(' ', out);
	for (; *path; path++) {
		fputc(*path, out);
		if (*path == '[')
			fputc('0', out);
	}
	fputc('=', out);
}

void conf_help(const struct conf_section *root, FILE *out)
{
	each_key(root, "", false, out, item_text);
}

void conf_man(const struct conf_section *root, FILE *out)
{
	each_key(root, "", false, out, item_man);
}

void conf_keys(const struct conf_section *root, FILE *out)
{
	each_key(root, "", false, out, item_set);
}
