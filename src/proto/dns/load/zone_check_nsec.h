// zone_check_nsec: whether the NSEC records of a signed zone say which types its names have
// and which names are next to each other (RFC 4034 section 4). A gap, or too wide a step,
// makes validators take records that exist for forged.
#ifndef DNS_ZONE_CHECK_NSEC_H
#define DNS_ZONE_CHECK_NSEC_H

#include "proto/dns/load/zone_records.h"
#include "proto/dns/zone/zone_stop.h"

// 0, or -ENOMEM.
int zone_check_nsec(const struct zone_records *records, struct zone_reporter *reporter,
                    zone_stopped_fn *stopped) MUST_CHECK;

#endif
