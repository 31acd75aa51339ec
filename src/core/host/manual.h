// manual: what a program says of itself, declared once: --help and the man page
// are printed from it. The keys of a configuration come from their own table
// (conf.h).
#ifndef CORE_HOST_MANUAL_H
#define CORE_HOST_MANUAL_H

#include "core/host/conf.h"

struct manual_item {
	const char *term; // NULL closes a list
	const char *help;
};

struct manual {
	const char *name;                   // "wadi-dns"
	const char *summary;                // half a sentence: "an authoritative DNS server"
	const char *const *synopsis;        // lines without the name, closed by NULL
	const char *text;                   // paragraphs, "\n" between them
	const struct manual_item *commands; // NULL: none
	const struct manual_item *options;
	const struct manual_item *devices;  // kinds that it can open; NULL: none
	const struct manual_item *control;  // what it can be asked while it runs; NULL: nothing
	const struct manual_item *examples; // the command and what it does; NULL: none
	const struct conf_section *conf;    // NULL: the program reads no configuration
};

void manual_help(const struct manual *manual, FILE *out);
void manual_man(const struct manual *manual, FILE *out);

#endif
