// zone_check_sigs: whether every authoritative RRset is signed, and whether each signature
// covers an existing RRset, was made by a key of the zone and is valid now. The cryptographic
// check is left to validators.
#ifndef DNS_ZONE_CHECK_SIGS_H
#define DNS_ZONE_CHECK_SIGS_H

#include "proto/dns/load/zone_records.h"
#include "proto/dns/zone/zone_stop.h"

// Reports violations. now_s is in seconds since 1970; 0: validity periods are not checked.
void zone_check_sigs(const struct zone_records *records, struct zone_reporter *reporter,
                     int64_t now_s, zone_stopped_fn *stopped);

#endif
