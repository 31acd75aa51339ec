// zone_check_names: checks each name separately: which types may coexist, which are allowed
// at that name, and the TTLs and size of each RRset.
#ifndef DNS_ZONE_CHECK_NAMES_H
#define DNS_ZONE_CHECK_NAMES_H

#include "proto/dns/load/zone_records.h"

// Checks the SOA and NS records at the origin.
void zone_check_names_apex(const struct zone_records *records, struct zone_reporter *reporter);

// Checks the names in [from, to).
void zone_check_names(const struct zone_records *records, struct zone_reporter *reporter,
                      uint32_t from, uint32_t to);

#endif
