// zone: a zone in its compiled, immutable form, counted by reference. The control thread
// makes it from a zone file (zone_load.h) or from a compiled one (zone_stored.h); then all
// workers read it without locks or allocation. A zone lies in one block, addressed by
// offsets: it can be copied and mapped.
#ifndef DNS_ZONE_H
#define DNS_ZONE_H

#include "core/acl.h"
#include "proto/dns/wire/dns_name.h"

struct zone;

// A zone of which nothing could be read, to be served all the same: its names get
// SERVFAIL, as other servers should be asked. NULL when memory is short.
struct zone *zone_new_unread(const uint8_t *origin, uint64_t hash_key) MUST_CHECK;

// One reference fewer; freed with the last. Control thread only.
void zone_put(struct zone *zone);
struct zone *zone_get(struct zone *zone);

const uint8_t *zone_origin(const struct zone *zone); // in lower case
uint32_t zone_serial(const struct zone *zone);
uint64_t zone_records(const struct zone *zone); // duplicates and occluded ones left out
uint64_t zone_names(const struct zone *zone);   // with empty non-terminals
size_t zone_bytes(const struct zone *zone);     // of the compiled block

// Whether a file that it was read from, or that one included, may have changed since;
// never for text in memory.
bool zone_outdated(const struct zone *zone);

// To be called for each zone on ZONE_MAP_CLAIMED: when the zone is mapped and somebody
// waits to write to its file, it gets memory of its own, while workers read it. 1 if so, 0
// when there is nothing to be done, or -errno: writing will change the zone or end the
// process.
int zone_keep(struct zone *zone) MUST_CHECK;

#define ZONE_NUMBER_NONE UINT32_MAX

// A zone as a set serves it.
struct zone_served {
	struct zone *zone;
	// Whoever counts by zone tells zones apart by it; below ZONE_NUMBER_NONE.
	uint32_t number;
	const struct acl *allow; // who may ask; NULL: everybody; outlives the set
};

// An immutable set of zones, replaced whole at a reload.
struct zone_set;

// Takes a reference of each zone; origins differ. A query belongs to the zone
// with the longest origin that covers it. `hash_key` places the origins, as that of
// zone_options does names, and has nothing to do with the zones' own. NULL when memory
// is short.
struct zone_set *zone_set_new(const struct zone_served *zones, size_t len,
                              uint64_t hash_key) MUST_CHECK;
void zone_set_free(struct zone_set *set);

#endif
