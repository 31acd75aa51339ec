// prompt: command lines typed one after the other on a terminal, with editing, completion and a
// history that outlasts the session (history_file.h). What the lines do is the caller's. It is the
// one user of libedit.
#ifndef CTL_PROMPT_H
#define CTL_PROMPT_H

#include "core/host/json.h"
#include "core/why.h"

struct prompt_conf {
	const char *name; // of the prompt: "NAME> "
	// Runs a line of at least one word, split as a shell does; argv[argc] is NULL. False ends
	// the session.
	bool (*run)(void *ctx, int argc, const char **argv);
	// The words that may stand at the end of the words, in the last one's place; the caller
	// frees the list.
	json_t *(*complete)(void *ctx, const char *const *word, unsigned words_len,
	                    const char *last);
	void *ctx;
};

// Reads lines from standard input until its end, Ctrl-D, or a line that ends the session. Ctrl-C
// empties the line, and interrupts one that runs. 0, or negative errno with a sentence in why.
int prompt_run(const struct prompt_conf *conf, struct why *why) MUST_CHECK;

#endif
