// zone_check_zonemd: digests of the whole zone (RFC 8976). Glue and what is not served are
// part of a digest.
#ifndef DNS_ZONE_CHECK_ZONEMD_H
#define DNS_ZONE_CHECK_ZONEMD_H

#include "proto/dns/load/zone_records.h"
#include "proto/dns/zone/zone_stop.h"

// 0, or -ENOMEM.
int zone_check_zonemd(const struct zone_records *records, struct zone_reporter *reporter,
                      zone_stopped_fn *stopped) MUST_CHECK;

#endif
