// cmdline: a command line in GNU form, read through declared tables of options into C
// structs, as conf.h reads keys. The help and the man page (manual.h) are printed from
// the same tables, and so are the words that a shell completes (completion.h). Text only;
// nothing is opened here.
#ifndef CORE_HOST_CMDLINE_H
#define CORE_HOST_CMDLINE_H

#include "core/why.h"

// What an option takes, and what its member of the C struct is.
enum cmdline_type {
	CMDLINE_FLAG,   // bool; takes nothing
	CMDLINE_TEXT,   // const char *; the last one counts
	CMDLINE_LIST,   // struct cmdline_list; may be given more than once
	CMDLINE_NUMBER, // struct cmdline_number, from min to max
};

#define CMDLINE_LIST_MAX 256

struct cmdline_list {
	const char *items[CMDLINE_LIST_MAX];
	size_t len;
};

struct cmdline_number {
	bool given;
	uint64_t value;
};

struct cmdline_option {
	const char *name; // "set": is written --set; NULL closes the table
	char letter;      // 'c': is also written -c; 0: none
	enum cmdline_type type;
	size_t offset;     // of the member in the C struct
	const char *arg;   // what it takes, as help names it: "FILE"; NULL: nothing
	uint64_t min, max; // of a number
	const char *help;  // a sentence or two
};

struct cmdline_table {
	size_t size; // of the C struct
	const struct cmdline_option *options;
};

// A table and the struct that its options set.
struct cmdline_part {
	const struct cmdline_option *options;
	void *values;
};

#define CMDLINE_PARTS_MAX 4

// Reads argv[1] and what follows. Options may stand between arguments; after "--" all
// are arguments. Only the values of options that are given change; they point into argv.
// *args are the arguments that are no options, in order: argv itself is sorted for it.
// Returns how many, or -EINVAL with a sentence in why. One thread at a time.
int cmdline_parse(const struct cmdline_part *parts, unsigned parts_len, int argc, char **argv,
                  char ***args, struct why *why) MUST_CHECK;

// How the option is written, for help: "-c, --config FILE".
void cmdline_term(const struct cmdline_option *option, char *text, size_t size);

#endif
