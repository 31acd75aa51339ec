// zone_check_denial: the chain of NSEC or NSEC3 records of a signed zone, whichever kind its
// origin says that it has.
#ifndef DNS_ZONE_CHECK_DENIAL_H
#define DNS_ZONE_CHECK_DENIAL_H

#include "proto/dns/load/zone_records.h"
#include "proto/dns/zone/zone_stop.h"

// 0, or -ENOMEM.
int zone_check_denial(const struct zone_records *records, struct zone_reporter *reporter,
                      zone_stopped_fn *stopped) MUST_CHECK;

#endif
