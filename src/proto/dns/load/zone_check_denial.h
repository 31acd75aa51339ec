// zone_check_denial: checks the NSEC or NSEC3 chain of a signed zone. The records at the
// origin decide which of the two the zone uses.
#ifndef DNS_ZONE_CHECK_DENIAL_H
#define DNS_ZONE_CHECK_DENIAL_H

#include "proto/dns/load/zone_records.h"
#include "proto/dns/zone/zone_stop.h"

// Reports violations. Returns 0 or -ENOMEM.
int zone_check_denial(const struct zone_records *records, struct zone_reporter *reporter,
                      zone_stopped_fn *stopped) MUST_CHECK;

#endif
