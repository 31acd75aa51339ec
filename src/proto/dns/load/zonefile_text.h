// zonefile_text: the text of one zone file in memory. It reads the whole file:
// a mapping would fault when somebody shortens the file meanwhile.
#ifndef DNS_ZONEFILE_TEXT_H
#define DNS_ZONEFILE_TEXT_H

#include "proto/dns/zone/zone_file.h"
#include "proto/dns/zone/zone_stop.h"

struct zonefile_load {
	char *text; // the caller's, freed by zonefile_unload
	size_t len;
	struct zone_stamp stamp;
};

// 0, or -errno with a sentence's end in *why ("No such file or directory"); -ECANCELED
// when it is stopped (NULL: never).
int zonefile_load(struct zonefile_load *load, const char *path, zone_stopped_fn *stopped,
                  const char **why) MUST_CHECK;

void zonefile_unload(struct zonefile_load *load);

#endif
