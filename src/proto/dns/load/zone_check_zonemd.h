// zone_check_zonemd: checks the digests of the whole zone in ZONEMD records (RFC 8976). A
// digest includes glue and occluded records.
#ifndef DNS_ZONE_CHECK_ZONEMD_H
#define DNS_ZONE_CHECK_ZONEMD_H

#include "proto/dns/load/zone_records.h"
#include "proto/dns/zone/zone_stop.h"

// Reports violations. Returns 0 or -ENOMEM.
int zone_check_zonemd(const struct zone_records *records, struct zone_reporter *reporter,
                      zone_stopped_fn *stopped) MUST_CHECK;

#endif
