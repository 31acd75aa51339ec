// zone_nsec3: the hashed owner names of NSEC3 records (RFC 5155 section 5). Private to
// answer*.c, to the checks of an image, and to load/.
#ifndef DNS_ZONE_NSEC3_H
#define DNS_ZONE_NSEC3_H

#include "proto/dns/zone/zone_image.h"

#define ZONE_NSEC3_LABEL_BYTES    33  // a hash in base 32 as a label
#define ZONE_NSEC3_ITERATIONS_MAX 500 // unless the check nsec3-cost is lowered

// Whether a hashed owner name fits below the origin; otherwise the zone has no NSEC3 records.
static inline bool zone_nsec3_fits(const struct zone_image *image)
{
	return image->origin_len + ZONE_NSEC3_LABEL_BYTES <= DNS_NAME_MAX_BYTES;
}

static inline const uint8_t *zone_nsec3_salt(const struct zone_image *image)
{
	return image->origin + image->origin_len;
}

// Sets `hashed` to the owner name of the NSEC3 record of a name, which fits. `wire` is in lower
// case and includes the root label.
void zone_nsec3_name(const struct zone_image *image, struct zone_name *hashed, const uint8_t *wire,
                     size_t len);

#endif
