// reach: from the word that names an appliance, or from none, to the path by which peer.h opens it.
#ifndef CTL_REACH_H
#define CTL_REACH_H

#include "apps/ctl/place.h"

struct reach {
	char name[PLACE_BYTES]; // as the user knows it, for messages
	char path[PLACE_BYTES]; // of the socket, or of the console's terminal
};

// `where` is a socket, a console or xen:GUEST; NULL: the only appliance that runs, or the one in
// the environment (place_find). 0, or negative errno with a sentence in why, which may repeat the
// command.
int reach_find(struct reach *reach, const char *where, const char *command,
               struct why *why) MUST_CHECK;

#endif
