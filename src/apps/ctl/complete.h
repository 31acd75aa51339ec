// complete: what may stand at the end of a command line that is not finished, for the shell
// (core/host/completion.h) and for the prompt. All comes from the tables that the help is
// printed from, wadi-ctl's and the appliance's, and from the appliance's replies.
#ifndef CTL_COMPLETE_H
#define CTL_COMPLETE_H

#include "core/host/cmdline.h"
#include "core/host/json.h"
#include "core/host/manual.h"

#define COMPLETE_TOKENS    6  // of one form of a command's arguments
#define COMPLETE_FORMS     32 // of one command
#define COMPLETE_NAME_MAX  24
#define COMPLETE_WORDS_MAX 2000

// The forms that a usage such as "ORIGIN [image] FILE [temporary]" stands for, each a list of words
// to be typed as they are, in lower case, or names of values, in upper case. What is in brackets is
// optional; a bar separates alternatives. What there is no room for is left out.
struct complete_usage {
	char token[COMPLETE_FORMS][COMPLETE_TOKENS][COMPLETE_NAME_MAX];
	unsigned tokens[COMPLETE_FORMS];
	unsigned forms;
};

void complete_usage_parse(struct complete_usage *usage, const char *text);

// What is known of the command line.
struct complete {
	const struct manual_item *commands;   // of every appliance, and of wadi-ctl
	const struct cmdline_option *options; // of wadi-ctl
	// Asks the appliance that the command line names, or the only one; NULL when there is none.
	// The reply is the caller's.
	json_t *(*ask)(void *ctx, const char *command);
	void *ctx;
	const char *const *word; // those before the one that is not finished; no place among them
	unsigned words_len;
	const char *last; // what is there of it, maybe nothing
};

// The words that may stand in the last one's place, sorted, in a list for the caller to free;
// *files says that it may be the path of a file.
json_t *complete_words(const struct complete *complete, bool *files);

#endif
