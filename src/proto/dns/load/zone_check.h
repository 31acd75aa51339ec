// zone_check: runs all checks of a zone, in order. Errors within a single record are found
// earlier, by the zone file reader; the table of checks is in zone_report.h.
#ifndef DNS_ZONE_CHECK_H
#define DNS_ZONE_CHECK_H

#include "proto/dns/load/zone_pool.h"
#include "proto/dns/load/zone_records.h"
#include "proto/dns/zone/zone_stop.h"

// Sorts each name's records, merges duplicates, finds the zone cuts, removes occluded records
// and reports every violation. now_s is in seconds since 1970; 0: validity periods of
// signatures are not checked. Returns 0 or -ENOMEM. After `stopped` becomes true it returns
// soon, and neither result nor records are meaningful.
int zone_check(struct zone_records *records, struct zone_reporter *reporter, int64_t now_s,
               const struct zone_pool *pool, zone_stopped_fn *stopped) MUST_CHECK;

#endif
