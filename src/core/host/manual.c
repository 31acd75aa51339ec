// manual: --help as aligned text, and a man page of section 8; see the header.
#include "core/host/manual.h"

#include <ctype.h>
#include <string.h>

#define MANUAL_TERM_BYTES 128
#define MANUAL_INDENT     10 // of what follows a command's first line

// Up to the next blank before an option: an option is not parted from its argument.
static size_t command_part(const char *text)
{
	size_t len = 0;

	while (text[len] && (text[len] != ' ' || !strchr("-[", text[len + 1])))
		len++;
	return len;
}

// A command line behind the `column` columns that are printed, one blank before each part; a line
// that another one follows ends in `more`.
static void help_command(FILE *out, int column, const char *text, const char *more)
{
	while (*text) {
		int len = (int)command_part(text);
		int needed = 1 + len + (text[len] ? (int)strlen(more) : 0);

		if (column + needed > CONF_COLUMNS && column > MANUAL_INDENT)
			column = fprintf(out, "%s\n%*s", more, MANUAL_INDENT - 1, "") -
			         (int)strlen(more) - 1;
		column += fprintf(out, " %.*s", len, text);
		text += len;
		text += *text == ' ';
	}
	fputc('\n', out);
}

static void help_items(FILE *out, const char *title, const struct manual_item *items)
{
	if (!items)
		return;
	fprintf(out, "\n%s:\n", title);
	for (; items->term; items++) {
		help_command(out, fprintf(out, " "), items->term, " \\");
		conf_wrap(out, 6, items->help);
	}
}

static void help_options(FILE *out, const struct manual_options *list)
{
	char term[MANUAL_TERM_BYTES];

	for (; list->title; list++) {
		fprintf(out, "\n%s:\n", list->title);
		for (const struct cmdline_option *option = list->options; option->name; option++) {
			cmdline_term(option, term, sizeof(term));
			fprintf(out, "  %s\n", term);
			conf_wrap(out, 6, option->help);
		}
	}
}

void manual_help(const struct manual *manual, FILE *out)
{
	if (manual->summary)
		fprintf(out, "%s: %s\n\n", manual->name, manual->summary);
	fputs("Usage:\n", out);
	for (const char *const *line = manual->synopsis; *line; line++)
		help_command(out, fprintf(out, "  %s", manual->name), *line, "");
	fputc('\n', out);
	conf_wrap(out, 0, manual->text);
	help_items(out, "Commands", manual->commands);
	help_options(out, manual->options);
	help_items(out, "Devices", manual->devices);
	help_items(out, "While it runs, by wadi-ctl SOCKET", manual->control);
	help_items(out, "Examples", manual->examples);
	help_items(out, "Environment", manual->environment);
	help_items(out, "Files", manual->files);
	fputs("\nExit status: 0 done, 1 failed, 2 wrong usage.\n", out);
}

static void man_item(FILE *out, const char *term, const char *help)
{
	fputs(".TP\n\\fB", out);
	conf_roff(out, term);
	fputs("\\fR\n", out);
	conf_roff(out, help);
	fputc('\n', out);
}

static void man_items(FILE *out, const char *title, const struct manual_item *items)
{
	if (!items)
		return;
	fprintf(out, ".SH %s\n", title);
	for (; items->term; items++)
		man_item(out, items->term, items->help);
}

// The first list has the section's own title.
static void man_options(FILE *out, const struct manual_options *list)
{
	char term[MANUAL_TERM_BYTES];

	fputs(".SH OPTIONS\n", out);
	for (const struct manual_options *first = list; list->title; list++) {
		if (list != first)
			fprintf(out, ".SS %s\n", list->title);
		for (const struct cmdline_option *option = list->options; option->name; option++) {
			cmdline_term(option, term, sizeof(term));
			man_item(out, term, option->help);
		}
	}
}

void manual_man(const struct manual *manual, FILE *out)
{
	fputs(".TH ", out);
	for (const char *c = manual->name; *c; c++)
		fputc(toupper((unsigned char)*c), out);
	fprintf(out, " 8 \"\" \"wadi %s\"\n.SH NAME\n", WADI_VERSION);
	conf_roff(out, manual->name);
	fputs(" \\- ", out);
	conf_roff(out, manual->summary);
	fputs("\n.SH SYNOPSIS\n.nf\n", out);
	for (const char *const *line = manual->synopsis; *line; line++) {
		fputs("\\fB", out);
		conf_roff(out, manual->name);
		fputs("\\fR ", out);
		conf_roff(out, *line);
		fputc('\n', out);
	}
	fputs(".fi\n.SH DESCRIPTION\n", out);
	conf_roff(out, manual->text);
	fputc('\n', out);
	man_items(out, "COMMANDS", manual->commands);
	man_options(out, manual->options);
	man_items(out, "DEVICES", manual->devices);
	man_items(out, "CONTROL", manual->control);
	if (manual->conf) {
		fputs(".SH CONFIGURATION\nA JSON object with these keys. Paths are relative to "
		      "the folder of the file.\n",
		      out);
		conf_man(manual->conf, out);
	}
	man_items(out, "EXAMPLES", manual->examples);
	man_items(out, "ENVIRONMENT", manual->environment);
	man_items(out, "FILES", manual->files);
	man_items(out, "SIGNALS", manual->signals);
	fputs(".SH EXIT STATUS\n0 when done, 1 when something failed, 2 when the command line is "
	      "wrong.\n",
	      out);
	if (!manual->see_also)
		return;
	fputs(".SH SEE ALSO\n", out);
	conf_roff(out, manual->see_also);
	fputc('\n', out);
}
