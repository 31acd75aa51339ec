// zone_check_names: each name by itself: which types stand together and where, and what
// its RRsets are like.
#ifndef DNS_ZONE_CHECK_NAMES_H
#define DNS_ZONE_CHECK_NAMES_H

#include "proto/dns/load/zone_records.h"

// The origin's SOA and NS.
void zone_check_apex(const struct zone_records *records, struct zone_reporter *reporter);

// The names from one up to another.
void zone_check_names(const struct zone_records *records, struct zone_reporter *reporter,
                      uint32_t from, uint32_t to);

#endif
