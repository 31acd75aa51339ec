// sockstat: what FreeBSD's command of that name says of the target's sockets, and grep behind it:
// so scripts of that system look at the state of a connection.
#ifndef SCRIPT_SOCKSTAT_H
#define SCRIPT_SOCKSTAT_H

#include "target.h"

// The words of the command, the first of which is its name. Writes a line for each socket, as much
// as fits. 0; -ENOSYS with the reason.
int sockstat_list(const struct target *target, char *const *word, unsigned len, char *text,
                  size_t size, struct why *why) MUST_CHECK;

// Leaves of the text what grep would write. *found: whether a line matches, which is grep's status.
int sockstat_grep(char *const *word, unsigned len, char *text, size_t size, bool *found,
                  struct why *why) MUST_CHECK;

#endif
