// zone_head: writes the header of an image: the properties of the whole zone, which the
// records at its origin state.
#ifndef DNS_ZONE_HEAD_H
#define DNS_ZONE_HEAD_H

#include "proto/dns/load/zone_records.h"
#include "proto/dns/zone/zone_image.h"

// Offset of the salt in the data of NSEC3 and NSEC3PARAM. Both begin with algorithm, flags,
// iterations and salt (RFC 5155 sections 3.2, 4.2); only the flags may differ.
#define ZONE_NSEC3_SALT_AT 5

// Writes the origin, the kind of denial, the NSEC3 parameters and the offset of the index.
// `image` is all zeros and has room for ZONE_HEAD_BYTES_MAX bytes.
void zone_head_write(struct zone_image *image, const struct zone_records *records);

#endif
