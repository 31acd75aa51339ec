// zone_check_sigs: whether what has to be signed is, and the signatures are of records that
// exist, by a key of the zone and of this time. Whether they are correct is left to
// validators.
#ifndef DNS_ZONE_CHECK_SIGS_H
#define DNS_ZONE_CHECK_SIGS_H

#include "proto/dns/load/zone_records.h"
#include "proto/dns/zone/zone_stop.h"

// now_s counts since 1970; 0: times are not looked at.
void zone_check_sigs(const struct zone_records *records, struct zone_reporter *reporter,
                     int64_t now_s, zone_stopped_fn *stopped);

#endif
