// zone_map: maps a compiled zone file into memory. The kernel loads pages on first access,
// and processes share them. Zone files in text form are read by zonefile_text.h.
#ifndef DNS_ZONE_MAP_H
#define DNS_ZONE_MAP_H

#include "proto/dns/zone/zone_file.h"

#include <signal.h>

struct zone_map {
	const uint8_t *bytes; // read-only; unmapped by zone_map_close
	size_t len;
	struct zone_stamp stamp;
	int fd; // holds the file lease; -1: there is none
};

// When another process opens a leased file for writing, or truncates it, the kernel blocks it
// until the lease is released, and sends this process this signal, which is ignored by
// default.
#define ZONE_MAP_CLAIMED SIGURG

// Maps the whole file. If another process truncated a mapped file, this process would be
// killed by SIGBUS; if it wrote to it, verified content would change. Therefore the file must
// belong to this user or root and be writable by no other user, and a lease is taken before
// mapping, where the file system, permissions (owner of the file, or CAP_LEASE) and the
// number of open files allow it. Returns 0, or -errno with, in *why, the rest of a sentence
// that begins with "it cannot be mapped: ".
int zone_map_open(struct zone_map *map, const char *path, const char **why) MUST_CHECK;

// When another process is waiting to write to the file, replaces the mapping by a copy in
// memory, at the same address and while other threads read it, and releases the lease.
// Returns 1 if it did, 0 when no process is waiting, or -errno: the lease is kept until the
// kernel breaks it (/proc/sys/fs/lease-break-time, 45 seconds).
int zone_map_keep(struct zone_map *map) MUST_CHECK;

// Unmaps the file and releases the lease; does nothing when *map is all zeros.
void zone_map_close(struct zone_map *map);

#endif
