// cmdline: see the header. The C library's getopt_long knows the forms: -cFILE, -c FILE,
// --config=FILE, --config FILE, --conf FILE.
#include "core/host/cmdline.h"

#include "core/host/nearest.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX 64
#define FIRST       256 // what getopt returns for the first option; below are letters

// The options of all parts in the form of getopt.
struct cmdline {
	const struct cmdline_option *option[OPTIONS_MAX];
	void *values[OPTIONS_MAX];
	struct option longs[OPTIONS_MAX + 1];
	char shorts[2 * OPTIONS_MAX + 2];
	size_t len;
};

static void cmdline_add(struct cmdline *line, const struct cmdline_part *part)
{
	for (const struct cmdline_option *option = part->options; option->name; option++) {
		size_t i = line->len++, at = strlen(line->shorts);
		bool takes = option->type != CMDLINE_FLAG;

		assert(i < OPTIONS_MAX && takes == (option->arg != NULL));
		line->option[i] = option;
		line->values[i] = part->values;
		line->longs[i] = (struct option){option->name, takes, NULL, FIRST + (int)i};
		if (option->letter)
			snprintf(line->shorts + at, sizeof(line->shorts) - at, "%c%s",
			         option->letter, takes ? ":" : "");
	}
}

// The index of what getopt returned; line->len when it is none of the options.
static size_t cmdline_index(const struct cmdline *line, int value)
{
	if (value >= FIRST)
		return (size_t)(value - FIRST);
	for (size_t i = 0; i < line->len; i++)
		if (value && line->option[i]->letter == value)
			return i;
	return line->len;
}

// An option as it is written: "--set", or "-x" for a letter that is none of them.
static const char *cmdline_written(const struct cmdline *line, int value, char text[64])
{
	size_t i = cmdline_index(line, value);

	if (i < line->len)
		snprintf(text, 64, "--%s", line->option[i]->name);
	else
		snprintf(text, 64, "-%c", isprint(value) ? value : '?');
	return text;
}

// What getopt calls '?' and ':'; `word` is the argument that it read last.
static int cmdline_refuse(const struct cmdline *line, int sign, const char *word, struct why *why)
{
	int name_len = (int)strcspn(word, "=");
	struct nearest nearest;
	char written[64], name[64];

	if (sign == ':')
		return why_fail(why, -EINVAL, "a value is missing after %s", word);
	if (optopt >= FIRST)
		return why_fail(why, -EINVAL, "%s takes no value",
		                cmdline_written(line, optopt, written));
	if (optopt)
		return why_fail(why, -EINVAL, "there is no option %s",
		                cmdline_written(line, optopt, written));
	snprintf(name, sizeof(name), "%.*s", name_len, word);
	nearest = nearest_to(name + 2);
	for (size_t i = 0; i < line->len; i++)
		nearest_try(&nearest, line->option[i]->name);
	if (nearest.name)
		return why_fail(why, -EINVAL, "there is no option %s; did you mean --%s?", name,
		                nearest.name);
	return why_fail(why, -EINVAL, "there is no option %s", name);
}

static int cmdline_store_number(const struct cmdline_option *option, const char *text,
                                struct cmdline_number *to, struct why *why)
{
	char *end;

	errno = 0;
	*to = (struct cmdline_number){true, strtoull(text, &end, 10)};
	if (isdigit((unsigned char)*text) && *end == '\0' && errno == 0 &&
	    to->value >= option->min && to->value <= option->max)
		return 0;
	return why_fail(why, -EINVAL, "--%s takes a number from %ju to %ju, not %s", option->name,
	                (uintmax_t)option->min, (uintmax_t)option->max, text);
}

static int cmdline_store(const struct cmdline_option *option, char *text, void *values,
                         struct why *why)
{
	void *at = (char *)values + option->offset;
	struct cmdline_list *list = at;

	switch (option->type) {
	case CMDLINE_FLAG:
		*(bool *)at = true;
		return 0;
	case CMDLINE_TEXT:
		*(const char **)at = text;
		return 0;
	case CMDLINE_LIST:
		if (list->len == CMDLINE_LIST_MAX)
			return why_fail(why, -EINVAL, "--%s is given more than %d times",
			                option->name, CMDLINE_LIST_MAX);
		list->items[list->len++] = text;
		return 0;
	case CMDLINE_NUMBER:
		return cmdline_store_number(option, text, at, why);
	}
	return -EINVAL;
}

int cmdline_parse(const struct cmdline_part *parts, unsigned parts_len, int argc, char **argv,
                  char ***args, struct why *why)
{
	struct cmdline line = {.shorts = ":"}; // has a missing value reported as such
	int sign, err = 0;

	for (unsigned i = 0; i < parts_len; i++)
		cmdline_add(&line, &parts[i]);
	opterr = 0;
	optind = 0; // glibc: begins again
	while (!err && (sign = getopt_long(argc, argv, line.shorts, line.longs, NULL)) != -1) {
		size_t i = cmdline_index(&line, sign);

		if (sign == '?' || sign == ':' || !line.option[i])
			err = cmdline_refuse(&line, sign, argv[optind - 1], why);
		else
			err = cmdline_store(line.option[i], optarg, line.values[i], why);
	}
	*args = argv + optind;
	return err ? err : argc - optind;
}

void cmdline_term(const struct cmdline_option *option, char *text, size_t size)
{
	char letter[8] = "";

	if (option->letter)
		snprintf(letter, sizeof(letter), "-%c, ", option->letter);
	snprintf(text, size, "%s--%s%s%s", letter, option->name, option->arg ? " " : "",
	         option->arg ? option->arg : "");
}
