// zone_check_nsec: whether the NSEC records of a signed zone list the types of their owner
// names and form a chain in canonical order (RFC 4034 section 4). If the chain has a gap, or
// skips a name, validators reject records that exist as forged.
#ifndef DNS_ZONE_CHECK_NSEC_H
#define DNS_ZONE_CHECK_NSEC_H

#include "proto/dns/load/zone_records.h"
#include "proto/dns/zone/zone_stop.h"

// Reports violations. Returns 0 or -ENOMEM.
int zone_check_nsec(const struct zone_records *records, struct zone_reporter *reporter,
                    zone_stopped_fn *stopped) MUST_CHECK;

#endif
