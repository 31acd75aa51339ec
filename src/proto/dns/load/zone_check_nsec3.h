// zone_check_nsec3: whether the NSEC3 records of a signed zone match the hashes of its names
// and form a chain (RFC 5155 section 7.1).
#ifndef DNS_ZONE_CHECK_NSEC3_H
#define DNS_ZONE_CHECK_NSEC3_H

#include "proto/dns/load/zone_records.h"
#include "proto/dns/zone/zone_image.h"
#include "proto/dns/zone/zone_stop.h"

// Reports violations. `image` is a header with the parameters of the chain
// (zone_head_write). Returns 0 or -ENOMEM.
int zone_check_nsec3(const struct zone_records *records, struct zone_reporter *reporter,
                     const struct zone_image *image, zone_stopped_fn *stopped) MUST_CHECK;

#endif
