// zone_check: everything that a zone is checked for, in its sequence. What is wrong with
// one record alone is found when it is read; the table of checks is in zone_report.h.
#ifndef DNS_ZONE_CHECK_H
#define DNS_ZONE_CHECK_H

#include "proto/dns/load/zone_pool.h"
#include "proto/dns/load/zone_records.h"
#include "proto/dns/zone/zone_stop.h"

// Brings each name's records into order, equal ones made one, then reports what makes the
// records no zone. Afterwards delegations are known, and records that they occlude are
// gone. now_s counts since 1970; 0: signatures are not compared with it. 0; -ENOMEM; soon
// after it is stopped, anything.
int zone_check(struct zone_records *records, struct zone_reporter *reporter, int64_t now_s,
               const struct zone_pool *pool, zone_stopped_fn *stopped) MUST_CHECK;

#endif
