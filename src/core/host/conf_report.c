// conf_report: errors and warnings of a configuration, each with its place, and what
// they come to. Places within files are conf_tree.c's.
#include "core/host/conf_tree.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

// A sentence may quote any bytes of the file or of an option, and may be cut within a
// character; but it must be UTF-8 for replies of the control socket.
static void make_printable(char *text)
{
	json_t *utf8 = json_string(text);

	for (; *text; text++)
		if (iscntrl((unsigned char)*text) || (!utf8 && (unsigned char)*text >= 0x80))
			*text = '?';
	json_decref(utf8);
}

static const char *printable(struct conf *conf, const char *text)
{
	char *copy = arena_text(&conf->arena, text);

	make_printable(copy);
	return copy;
}

void conf_report_add(struct conf *conf, bool warning, const char *place, const char *text)
{
	struct conf_report *report;

	conf->errors += !warning;
	if (!warning && !conf->err)
		conf->err = -EINVAL;
	if (conf->reports_len == CONF_REPORTS_MAX)
		return;
	conf->reports_len++;
	report = arena_alloc(&conf->arena, sizeof(*report));
	*report =
	        (struct conf_report){NULL, warning, printable(conf, place), printable(conf, text)};
	if (conf->reports_last)
		conf->reports_last->next = report;
	else
		conf->reports = report;
	conf->reports_last = report;
}

const char *conf_option_place(struct conf *conf, size_t number)
{
	const struct conf_source *source = &conf->source;

	if (source->set_places && source->set_places[number])
		return source->set_places[number];
	return conf_path(conf, "--set %s", source->sets[number]);
}

// The option of --set that gave the key, the last one if there are several; or CONF_NO_OPTION.
static size_t option_of(const struct conf *conf, const char *path)
{
	for (size_t i = conf->source.sets_len; i-- > 0;) {
		const char *option = conf->source.sets[i];
		size_t len = strcspn(option, "=");

		if (len && option[len] && strncmp(path, option, len) == 0 &&
		    strchr(".[", path[len]))
			return i;
	}
	return CONF_NO_OPTION;
}

static const char *place_of(struct conf *conf, size_t option, const char *path)
{
	if (option == CONF_NO_OPTION)
		option = option_of(conf, path);
	return option == CONF_NO_OPTION ? conf_tree_place(conf, path)
	                                : conf_option_place(conf, option);
}

const char *conf_place(struct conf *conf, const char *path)
{
	return printable(conf, place_of(conf, CONF_NO_OPTION, path));
}

static PRINTF(5, 0) void report_at(struct conf *conf, bool warning, size_t option, const char *path,
                                   const char *format, va_list args)
{
	struct why text;
	int len = snprintf(text.text, sizeof(text.text), "%s%s", path, *path ? ": " : "");

	// A place in a large file takes time to find.
	if (conf->reports_len == CONF_REPORTS_MAX) {
		conf->errors += !warning;
		return;
	}
	vsnprintf(text.text + len, sizeof(text.text) - (size_t)len, format, args);
	conf_report_add(conf, warning, place_of(conf, option, path), text.text);
}

void conf_error(struct conf *conf, const char *path, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report_at(conf, false, CONF_NO_OPTION, path, format, args);
	va_end(args);
}

void conf_warning(struct conf *conf, const char *path, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report_at(conf, true, CONF_NO_OPTION, path, format, args);
	va_end(args);
}

bool conf_has_error(const struct conf *conf, const char *path)
{
	size_t len = strlen(path);

	for (const struct conf_report *report = conf->reports; report; report = report->next)
		if (!report->warning && strncmp(report->text, path, len) == 0 &&
		    strchr(":.[", report->text[len]))
			return true;
	return false;
}

bool conf_fail(struct conf_read *read, const char *format, ...)
{
	va_list args;

	if (read->quiet)
		return false;
	va_start(args, format);
	report_at(read->conf, false, read->option, read->path, format, args);
	va_end(args);
	return false;
}

const char *conf_path(struct conf *conf, const char *format, ...)
{
	char path[WHY_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(path, sizeof(path), format, args);
	va_end(args);
	return arena_text(&conf->arena, path);
}

int conf_settle(struct conf *conf, struct why *why)
{
	const struct conf_report *first = conf->reports;

	arena_fini(&conf->texts);
	conf->file = NULL;
	if (conf->errors == 0)
		return 0;
	while (first && first->warning)
		first = first->next;
	if (!first) // warnings have taken all the room
		why_set(why, "%u errors", conf->errors);
	else if (conf->errors == 1)
		why_set(why, "%s: %s", first->place, first->text);
	else
		why_set(why, "%s: %s (and %u more error%s)", first->place, first->text,
		        conf->errors - 1, conf->errors == 2 ? "" : "s");
	make_printable(why->text);
	return conf->err;
}
