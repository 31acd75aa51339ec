// zone_head: what a zone's origin says of the whole zone, as the head of its image.
#ifndef DNS_ZONE_HEAD_H
#define DNS_ZONE_HEAD_H

#include "proto/dns/load/zone_records.h"
#include "proto/dns/zone/zone_image.h"

// The data of NSEC3 and NSEC3PARAM up to the salt's end is the same but for the flags:
// algorithm, flags, iterations, salt (RFC 5155 sections 3.2, 4.2).
#define ZONE_NSEC3_SALT_AT 5

// Writes the origin, how the zone denies as its origin says, NSEC3's parameters, and where
// the index is, into a head of zeros that has room for any.
void zone_head_write(struct zone_image *image, const struct zone_records *records);

#endif
