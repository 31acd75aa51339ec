// zone_check_bitmap: whether a denial has the types that its name has.
#ifndef DNS_ZONE_CHECK_BITMAP_H
#define DNS_ZONE_CHECK_BITMAP_H

#include "proto/dns/load/zone_records.h"

// Compares the bitmap that ends a NSEC or NSEC3 record, from `at` on, with the types of the
// name, and reports a difference.
void zone_check_bitmap(const struct zone_records *records, struct zone_reporter *reporter,
                       const struct load_name *name, const struct load_record *record, size_t at);

#endif
