// completion: see the header. What stands between single quotes comes from tables of the program,
// which have no quotation marks in names.
#include "core/host/completion.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

// What bash hands over: the words of the line in COMP_WORDS, the last one as "$2". "--name=word"
// comes as three words.
static const char begin[] =
        "\tlocal word=$2 before=${COMP_WORDS[COMP_CWORD - 1]} words='' files=''\n"
        "\tCOMPREPLY=()\n"
        "\t[ \"$word\" != = ] || word=''\n"
        "\t[ \"$before\" != = ] || before=${COMP_WORDS[COMP_CWORD - 2]}\n";

static const char end[] = "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
                          "\t[ -n \"$files\" ] || return 0\n"
                          "\tcompopt -o filenames 2>/dev/null\n"
                          "\tmapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n";

static const char asking[] =
        "\tlocal status\n"
        "\tmapfile -t COMPREPLY < <(\"$1\" --complete -- \"${COMP_WORDS[@]:1:COMP_CWORD}\" "
        "2>/dev/null; echo $?)\n"
        "\tstatus=${COMPREPLY[-1]}\n"
        "\tunset 'COMPREPLY[-1]'\n"
        "\t[ \"$status\" -eq 3 ] || return 0\n"
        "\tcompopt -o filenames 2>/dev/null\n"
        "\tmapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen -f -- \"$2\")\n";

bool completion_check(char *const *args, int args_len, struct why *why)
{
	if (args_len == 1 && strcmp(args[0], "bash") == 0)
		return true;
	if (args_len == 0 || (args_len == 1 && *args[0] == '\0'))
		why_set(why, "completion needs the name of the shell: bash");
	else if (args_len > 1)
		why_set(why, "completion takes one argument, the name of the shell");
	else
		why_set(why, "there is no completion for %s, only for bash", args[0]);
	return false;
}

// The name of the function: _wadi_dns.
static void print_function(const char *name, FILE *out)
{
	fputc('_', out);
	for (; *name; name++)
		fputc(isalnum((unsigned char)*name) ? *name : '_', out);
}

static void print_head(const char *name, FILE *out)
{
	fprintf(out, "# Completion of %s in bash: %s completion bash prints this.\n", name, name);
	print_function(name, out);
	fputs("() {\n", out);
}

static void print_tail(const char *name, FILE *out)
{
	fputs("}\ncomplete -F ", out);
	print_function(name, out);
	fprintf(out, " %s\n", name);
}

static void print_options(const struct cmdline_option *option, FILE *out)
{
	for (; option->name; option++)
		fprintf(out, " --%s", option->name);
}

// Which options there are. Those of the first command also follow the program's name.
static void print_option_lists(const struct manual *manual, FILE *out)
{
	fputs("\tlocal options='", out);
	for (const struct manual_options *list = manual->options; list->title; list++)
		if (!list->command)
			print_options(list->options, out);
	fputs("'\n\tcase ${COMP_WORDS[1]} in\n", out);
	for (const struct manual_options *list = manual->options; list->title; list++) {
		if (!list->command)
			continue;
		fprintf(out, "\t%s%s) options+='", list->command,
		        strcmp(list->command, manual->commands[0].term) == 0 ? " | -*" : "");
		print_options(list->options, out);
		fputs("' ;;\n", out);
	}
	fputs("\tesac\n", out);
}

// What an option takes: one of some words, a key of the configuration, a number, or else maybe a
// file. A flag takes nothing.
static void print_value(const struct manual *manual, const char *command,
                        const struct cmdline_option *option, FILE *out)
{
	const bool words = option->arg && islower((unsigned char)*option->arg);

	if (option->type == CMDLINE_FLAG)
		return;
	fputc('\t', out);
	if (option->letter)
		fprintf(out, "%s\" -%c\" | ", command ? command : "*", option->letter);
	fprintf(out, "%s\" --%s\") ", command ? command : "*", option->name);
	if (words) {
		fputs("words='", out);
		for (const char *c = option->arg; *c; c++)
			fputc(*c == '|' ? ' ' : *c, out);
		fputs("' ;;\n", out);
	} else if (manual->conf && option->arg && strcmp(option->arg, "KEY=VALUE") == 0) {
		fputs("compopt -o nospace 2>/dev/null; words='", out);
		conf_keys(manual->conf, out);
		fputs("' ;;\n", out);
	} else {
		fputs(option->type == CMDLINE_NUMBER ? ";;\n" : "files=yes ;;\n", out);
	}
}

static void print_values(const struct manual *manual, FILE *out)
{
	for (const struct manual_options *list = manual->options; list->title; list++)
		for (const struct cmdline_option *option = list->options; option->name; option++)
			print_value(manual, list->command, option, out);
}

// Words that are no option's value.
static void print_words(const struct manual *manual, FILE *out)
{
	fputs("\t\"completion completion\") words=bash ;;\n"
	      "\t*)\n"
	      "\t\tif [[ $word == -* ]]; then\n"
	      "\t\t\twords=$options\n"
	      "\t\telif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	      "\t\t\twords='",
	      out);
	for (const struct manual_item *item = manual->commands; item->term; item++)
		fprintf(out, "%s%.*s", item == manual->commands ? "" : " ",
		        (int)strcspn(item->term, " "), item->term);
	fputs("'\n"
	      "\t\telse\n"
	      "\t\t\tfiles=yes\n"
	      "\t\tfi\n"
	      "\t\t;;\n",
	      out);
}

void completion_print(const struct manual *manual, FILE *out)
{
	print_head(manual->name, out);
	fputs(begin, out);
	print_option_lists(manual, out);
	fputs("\tcase \"${COMP_WORDS[1]} $before\" in\n", out);
	print_values(manual, out);
	print_words(manual, out);
	fputs("\tesac\n", out);
	fputs(end, out);
	print_tail(manual->name, out);
}

void completion_print_asking(const char *name, FILE *out)
{
	print_head(name, out);
	fputs(asking, out);
	print_tail(name, out);
}
