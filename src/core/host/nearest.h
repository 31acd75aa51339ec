// nearest: of known names, the one that a mistyped word most likely means: for "did you
// mean" in messages about keys, options and commands.
#ifndef CORE_HOST_NEAREST_H
#define CORE_HOST_NEAREST_H

#include "core/base.h"

struct nearest {
	const char *word; // borrowed, as are the names
	const char *name; // NULL: no name is near
	unsigned edits;   // of name; nearer names replace it
};

// No name yet. Long words have no near names.
struct nearest nearest_to(const char *word);

// Takes the name when it is nearer than those before it.
void nearest_try(struct nearest *nearest, const char *name);

#endif
