// zone_map: a file of a zone in memory without being read: pages come as they are
// touched and processes share them. For compiled zones; zone files in text are read by
// zonefile_text.h.
#ifndef DNS_ZONE_MAP_H
#define DNS_ZONE_MAP_H

#include "proto/dns/zone/zone_file.h"

#include <signal.h>

struct zone_map {
	const uint8_t *bytes; // to be read only; unmapped by zone_map_close
	size_t len;
	struct zone_stamp stamp;
	int fd; // holds the lease; -1: there is none
};

// Whoever opens for writing, or cuts short, a file under a lease waits until the lease is
// given back, and this signal, which does nothing unless it is asked for, is sent.
#define ZONE_MAP_CLAIMED SIGURG

// Maps the whole file. Whoever shortens a mapped file ends the process with SIGBUS, and
// whoever writes to it changes what was checked. So the file is to belong to this user or
// root and to be written by nobody else, and a lease is taken of it before it is mapped
// where the file system, the rights (the file's owner or CAP_LEASE) and the number of
// open files allow that. 0, or -errno with the rest of a sentence that begins with "it
// cannot be mapped: " in *why.
int zone_map_open(struct zone_map *map, const char *path, const char **why) MUST_CHECK;

// When somebody waits to write to the file, puts a copy of it in memory in the mapping's
// place, at the same address and while others read there, and gives the lease back.
// 1 if so, 0 when nobody waits; -errno: the lease stays, until the kernel takes it away
// (/proc/sys/fs/lease-break-time, 45 seconds).
int zone_map_keep(struct zone_map *map) MUST_CHECK;

// Does nothing to one that is all zeros.
void zone_map_close(struct zone_map *map);

#endif
