// zonefile_map: a file of a zone in memory without being read: pages come as they are
// touched and processes share them. For compiled zones; text is zonefile_load.h's.
#ifndef DNS_ZONEFILE_MAP_H
#define DNS_ZONEFILE_MAP_H

#include "proto/dns/zonefile_load.h"

#include <signal.h>

struct zonefile_map {
	const uint8_t *bytes; // to be read only; unmapped by zonefile_unmap
	size_t len;
	struct zonefile_stamp stamp;
	int fd; // holds the lease; -1: there is none
};

// Whoever opens for writing, or cuts short, a file under a lease waits until the lease is
// given back, and this signal, which does nothing unless it is asked for, is sent.
#define ZONEFILE_CLAIMED SIGURG

// Maps the whole file. Whoever shortens a mapped file ends the process with SIGBUS, and
// whoever writes to it changes what was checked. So the file is to belong to this user or
// root and to be written by nobody else, and a lease is taken of it before it is mapped
// where the file system, the rights (the file's owner or CAP_LEASE) and the number of
// open files allow that. 0, or -errno with the rest of a sentence that begins with "it
// cannot be mapped: " in *why.
int zonefile_map(struct zonefile_map *map, const char *path, const char **why) MUST_CHECK;

// When somebody waits to write to the file, puts a copy of it in memory in the mapping's
// place, at the same address and while others read there, and gives the lease back.
// 1 if so, 0 when nobody waits; -errno: the lease stays, until the kernel takes it away
// (/proc/sys/fs/lease-break-time, 45 seconds).
int zonefile_keep(struct zonefile_map *map) MUST_CHECK;

// Does nothing to one that is all zeros.
void zonefile_unmap(struct zonefile_map *map);

#endif
