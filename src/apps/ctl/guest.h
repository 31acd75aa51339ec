// guest: from a guest's name or number to the terminal that xenconsoled made of its
// console, as dom0's xenstore has it.
#ifndef CTL_GUEST_H
#define CTL_GUEST_H

#include "core/base.h"
#include "core/why.h"

#define GUEST_TTY_BYTES 64

struct store;

// Finds the terminal's path. 0, or a negative errno with a sentence in why. A word
// of digits is a domain's number.
int guest_find(struct store *store, const char *guest, char tty[GUEST_TTY_BYTES],
               struct why *why) MUST_CHECK;

// The same by the store of the dom0 that this runs in.
int guest_console(const char *guest, char tty[GUEST_TTY_BYTES], struct why *why) MUST_CHECK;

#endif
