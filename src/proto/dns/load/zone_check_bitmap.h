// zone_check_bitmap: whether the type bitmap of a denial lists the types that exist at the
// name.
#ifndef DNS_ZONE_CHECK_BITMAP_H
#define DNS_ZONE_CHECK_BITMAP_H

#include "proto/dns/load/zone_records.h"

// Compares the type bitmap of an NSEC or NSEC3 record, which starts at offset `at` of its
// data, with the types of the name, and reports a difference.
void zone_check_bitmap(const struct zone_records *records, struct zone_reporter *reporter,
                       const struct load_name *name, const struct load_record *record, size_t at);

#endif
