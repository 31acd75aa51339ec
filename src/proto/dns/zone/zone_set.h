// zone_set: the zones that a server serves, and how it serves each. The control thread builds
// a set and replaces it as a whole; workers find the zone of a name in it
// (zone_set_internal.h).
#ifndef DNS_ZONE_SET_H
#define DNS_ZONE_SET_H

#include "core/acl.h"
#include "proto/dns/zone/zone.h"

#define ZONE_NUMBER_NONE UINT32_MAX

// A zone and how it is served.
struct zone_served {
	struct zone *zone;
	// Index of the zone in per-zone counters; below ZONE_NUMBER_NONE.
	uint32_t number;
	const struct acl *allow; // clients that may query; NULL: all; outlives the set
};

// An immutable set of the zones served, replaced as a whole at a reload.
struct zone_set;

// Builds a set of `len` zones with different origins, and takes a reference of each. A query
// belongs to the zone with the longest origin that is a suffix of the qname. `hash_key` is
// the random key of the hash table of origins; it need not be that of the zones. NULL when
// there is not enough memory.
struct zone_set *zone_set_new(const struct zone_served *zones, size_t len,
                              uint64_t hash_key) MUST_CHECK;
void zone_set_free(struct zone_set *set);

// Bytes of the origin of the zone to which a name belongs, with which the name ends; 0: the set has
// none. The name is valid, in lower case, `len` bytes with its root label.
size_t zone_set_origin_bytes(const struct zone_set *set, const uint8_t *name, size_t len) PURE;

#endif
