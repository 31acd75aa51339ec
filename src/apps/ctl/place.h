// place: which appliance wadi-ctl asks: the word that names it, or else the one whose
// socket is found. peer.h reaches it.
#ifndef CTL_PLACE_H
#define CTL_PLACE_H

#include "core/base.h"
#include "core/why.h"

#define PLACE_FOLDER "/run/wadi" // where the example configurations have their sockets
#define PLACE_BYTES  256

// Whether a word of the command line is a socket, console or xen:GUEST and no command:
// it has a slash, begins with xen:, ends in .sock, or is a file of these kinds.
bool place_is_named(const char *word);

// The place that the environment variable WADI_CTL names; when that is unset or a folder,
// the one socket that a running appliance has in the folder. 0, or negative errno with a
// sentence in why: how to start one, or the commands to type when there are several,
// which repeat `command`.
int place_find(char place[PLACE_BYTES], const char *command, struct why *why) MUST_CHECK;

// The same in a given folder, without the environment.
int place_find_in(const char *folder, char place[PLACE_BYTES], const char *command,
                  struct why *why) MUST_CHECK;

// Calls fn for each socket that place_find would choose from, in order.
void place_each(void (*fn)(void *ctx, const char *place), void *ctx);

#endif
