// colour: whether wadi-ctl prints in colour: as --color says, or else where there is a terminal
// that knows it and whose user does not object.
#ifndef CTL_COLOUR_H
#define CTL_COLOUR_H

#include "core/base.h"

enum colour_when {
	COLOUR_AUTO,
	COLOUR_ALWAYS,
	COLOUR_NEVER,
};

// "auto", "always", "never"; NULL is auto. False: none of these.
bool colour_parse(const char *text, enum colour_when *when) MUST_CHECK;

// Whether output to the terminal, or to something else, has colour. The environment decides
// what `when` does not: NO_COLOR (no-color.org), and TERM, which is "dumb" for some editors.
bool colour_is_used(enum colour_when when, bool is_terminal);

// Whether the terminal, by its TERM, knows no sequences, such as those that move the cursor.
bool colour_term_is_dumb(void);

#endif
