// manual: --help as aligned text, and a man page of section 8; see the header.
#include "core/host/manual.h"

#include <ctype.h>

static void help_items(FILE *out, const char *title, const struct manual_item *items)
{
	if (!items)
		return;
	fprintf(out, "\n%s:\n", title);
	for (; items->term; items++) {
		fprintf(out, "  %s\n", items->term);
		conf_wrap(out, 6, items->help);
	}
}

void manual_help(const struct manual *manual, FILE *out)
{
	fprintf(out, "%s: %s\n\nUsage:\n", manual->name, manual->summary);
	for (const char *const *line = manual->synopsis; *line; line++)
		fprintf(out, "  %s %s\n", manual->name, *line);
	fputc('\n', out);
	conf_wrap(out, 0, manual->text);
	help_items(out, "Commands", manual->commands);
	help_items(out, "Options", manual->options);
	help_items(out, "Devices", manual->devices);
	help_items(out, "While it runs, by wadi-ctl SOCKET", manual->control);
	help_items(out, "Examples", manual->examples);
	fputs("\nExit status: 0 done, 1 failed, 2 wrong usage.\n", out);
}

static void man_items(FILE *out, const char *title, const struct manual_item *items)
{
	if (!items)
		return;
	fprintf(out, ".SH %s\n", title);
	for (; items->term; items++) {
		fputs(".TP\n\\fB", out);
		conf_roff(out, items->term);
		fputs("\\fR\n", out);
		conf_roff(out, items->help);
		fputc('\n', out);
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
	man_items(out, "OPTIONS", manual->options);
	man_items(out, "DEVICES", manual->devices);
	man_items(out, "CONTROL", manual->control);
	if (manual->conf) {
		fputs(".SH CONFIGURATION\nA JSON object with these keys. Paths are relative to "
		      "the folder of the file.\n",
		      out);
		conf_man(manual->conf, out);
	}
	man_items(out, "EXAMPLES", manual->examples);
	fputs(".SH EXIT STATUS\n0 when done, 1 when something failed, 2 when the command line is "
	      "wrong.\n",
	      out);
}
