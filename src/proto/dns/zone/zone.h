// zone: a zone in its compiled, immutable form, with a reference count. The control thread
// builds it from a zone file (zone_load.h) or opens a compiled file (zone_stored.h); then all
// workers read it without locks or allocation. A zone is one block of memory, the image,
// that uses offsets instead of pointers, so that it can be copied and mapped.
#ifndef DNS_ZONE_H
#define DNS_ZONE_H

#include "proto/dns/wire/dns_name.h"

struct zone;

// Returns a zone for an origin whose zone file could not be read. It is served so that
// clients get SERVFAIL for its names and try another server. NULL when there is not enough
// memory.
struct zone *zone_new_unread(const uint8_t *origin, uint64_t hash_key) MUST_CHECK;

// zone_put drops a reference, and frees the zone with the last one; zone_get adds one.
// Control thread only.
void zone_put(struct zone *zone);
struct zone *zone_get(struct zone *zone);

const uint8_t *zone_origin(const struct zone *zone); // in lower case
uint32_t zone_serial(const struct zone *zone);
uint64_t zone_records(const struct zone *zone); // without duplicates and occluded records
uint64_t zone_names(const struct zone *zone);   // includes empty non-terminals
size_t zone_bytes(const struct zone *zone);     // size of the image

// Whether the zone file, or a file that it includes, may have changed since it was read.
// Always false for a zone read from text in memory.
bool zone_outdated(const struct zone *zone);

// The files it was read from; they belong to the zone. NULL for one that was read from text
// in memory.
struct zone_file;
const struct zone_file *zone_files(const struct zone *zone);

// The control thread calls this for each zone when it receives the signal ZONE_MAP_CLAIMED.
// If the zone is mapped from a file that another process is waiting to write, the mapping is
// replaced by a copy in memory at the same address, while workers go on reading. Returns 1
// if the zone was copied, 0 if it did not need to be, or -errno: the other process's write
// will then change the zone, or end this process.
int zone_keep(struct zone *zone) MUST_CHECK;

#endif
