// zone_set_internal: finds the zone of a name in a set (zone_set.h). Private to zone_set.c and
// answer*.c.
#ifndef DNS_ZONE_SET_INTERNAL_H
#define DNS_ZONE_SET_INTERNAL_H

#include "proto/dns/zone/zone_image.h"
#include "proto/dns/zone/zone_set.h"

// A zone in the hash table of a set, by origin.
struct zone_origin {
	uint64_t hash;
	const struct zone_image *image; // NULL: the slot is free
	const struct acl *allow;
	uint32_t number;
	bool above; // the origin of another zone of the set is below this one's
};

// Whether the name is at or below the zone's origin and no other zone of the set can have a
// longer origin that covers it.
static inline bool zone_origin_holds(const struct zone_origin *zone, const struct zone_name *name)
{
	const struct zone_image *image = zone->image;
	unsigned at;

	if (zone->above || name->labels < image->origin_labels)
		return false;
	at = zone_name_at(name, image->origin_labels);
	return name->len - at == image->origin_len &&
	       zone_bytes_eq(image->origin, name->wire + at, image->origin_len);
}

// Whether the zone's access list permits the client to query it. source: see struct dns_request in
// answer.h.
static inline bool zone_origin_allows(const struct zone_origin *zone, const uint8_t *source)
{
	return !zone->allow || acl_match(zone->allow, source);
}

// The zone with the longest origin at or above the name, or NULL. With
// `above`, only one whose origin is above the name.
const struct zone_origin *zone_set_find(const struct zone_set *set, struct zone_name *name,
                                        bool above);

#endif
