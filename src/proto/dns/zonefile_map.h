// zonefile_map: a file of a zone in memory without being read: pages come as they are
// touched and processes share them. For compiled zones; text is zonefile_load.h's.
#ifndef DNS_ZONEFILE_MAP_H
#define DNS_ZONEFILE_MAP_H

#include "proto/dns/zonefile_load.h"

struct zonefile_map {
	const uint8_t *bytes; // to be read only; unmapped by zonefile_unmap
	size_t len;
	struct zonefile_stamp stamp;
};

// Maps the whole file. Whoever shortens it afterwards ends the process with SIGBUS, and
// whoever writes to it changes what was checked: it is to belong to this user or root
// and to be written by nobody else. 0, or -errno with the rest of a sentence that
// begins with "it cannot be mapped: " in *why.
int zonefile_map(struct zonefile_map *map, const char *path, const char **why) MUST_CHECK;

// Does nothing to one that is all zeros.
void zonefile_unmap(struct zonefile_map *map);

#endif
