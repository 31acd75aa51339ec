// shell: wadi-ctl where command lines are typed: the words that a shell offers for one
// (--complete), and lines one after the other at a prompt of its own. complete.h knows the words,
// prompt.h the terminal.
#ifndef CTL_SHELL_H
#define CTL_SHELL_H

#include "apps/ctl/complete.h"
#include "apps/ctl/reach.h"

struct shell {
	const struct manual_item *commands;
	const struct cmdline_option *options;
	const struct reach *reach; // the appliance of the prompt
	// Runs the words of a line, which are in argv[1] and what follows; argv[argc] is NULL.
	void (*run)(const struct shell *shell, int argc, char **argv);
};

// Prints what may stand in the last word's place, one a line. Returns whether it may be a file's
// path; those are the shell's to find.
bool shell_complete(const struct shell *shell, char *const *word, int words_len);

// Until "exit", "quit" or Ctrl-D. 0, or negative errno with a sentence in why.
int shell_run(const struct shell *shell, struct why *why) MUST_CHECK;

#endif
