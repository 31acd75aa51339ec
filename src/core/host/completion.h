// completion: a program's words for bash: a script that completes commands, options, what these
// take, and keys of the configuration, printed from the tables of the help (manual.h). wadi-ctl
// asks a running appliance for words, too, and so answers by itself (apps/ctl/complete.h).
#ifndef CORE_HOST_COMPLETION_H
#define CORE_HOST_COMPLETION_H

#include "core/host/manual.h"

#define COMPLETION_SYNOPSIS "bash"
#define COMPLETION_HELP                                                                            \
	"Prints a script by which bash completes the words of this program, for eval in "          \
	"~/.bashrc. Where bash-completion is there, the installed program needs none."

// Whether these arguments of `completion` name one shell that there is a script for; if not, why
// says so.
bool completion_check(char *const *args, int args_len, struct why *why) MUST_CHECK;

// Prints the script of a program. The first of the manual's commands is the one that options
// without a command belong to.
void completion_print(const struct manual *manual, FILE *out);

// Prints that of a program which prints by itself what may stand in place of the last word of
// `NAME --complete -- WORD...`, and exits with 3 when that may be the path of a file.
void completion_print_asking(const char *name, FILE *out);

#endif
