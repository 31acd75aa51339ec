// manual: the help of a program, declared once: --help and the man page are printed
// from it. Configuration keys come from their own table (conf.h).
#ifndef CORE_HOST_MANUAL_H
#define CORE_HOST_MANUAL_H

#include "core/host/cmdline.h"
#include "core/host/conf.h"

struct manual_item {
	const char *term; // NULL closes a list
	const char *help;
};

struct manual_options {
	const char *title; // "Options of check"; NULL closes a list
	const struct cmdline_option *options;
	const char *command; // the only one that they follow, "check"; NULL: any
};

struct manual {
	const char *name;                   // "wadi-dns", "wadi-dns check"
	const char *summary;                // half a sentence: "an authoritative DNS server"
	const char *const *synopsis;        // lines without the name, closed by NULL
	const char *text;                   // paragraphs, "\n" between them
	const struct manual_item *commands; // NULL: none
	const struct manual_options *options;
	const struct manual_item *devices;     // kinds of devices; NULL: none
	const struct manual_item *control;     // commands for the running program; NULL: none
	const struct manual_item *examples;    // the command and what it does; NULL: none
	const struct manual_item *environment; // variables; NULL: none
	const struct manual_item *files;       // paths; NULL: none
	const struct manual_item *signals;     // NULL: none; not in the help
	const char *see_also;                  // "wadi-ctl(8)"; NULL: nothing; not in the help
	const struct conf_section *conf;       // NULL: the program reads no configuration
};

void manual_help(const struct manual *manual, FILE *out);
void manual_man(const struct manual *manual, FILE *out);

#endif
