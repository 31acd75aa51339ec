// zone_canonical: sorts a zone's records in canonical order (RFC 4034 section 6.3) and, for
// the checks that need it, its names (section 6.1).
#ifndef DNS_ZONE_CANONICAL_H
#define DNS_ZONE_CANONICAL_H

#include "proto/dns/load/zone_records.h"
#include "proto/dns/zone/zone_stop.h"

// Sorts the records of each name in [from, to) by type, then in canonical order. Duplicates
// are merged into one record with the lowest TTL, and reported; with a quiet reporter, a name
// with duplicates is left unchanged. Returns 0 or -ENOMEM.
int zone_canonical_records(struct zone_records *records, struct zone_reporter *reporter,
                           uint32_t from, uint32_t to) MUST_CHECK;

// Returns in *order the indexes of all names (names_len - 1) in canonical order; the caller
// frees the array. Returns 0; on -ENOMEM, or -ECANCELED when the load was cancelled, *order
// is NULL.
int zone_canonical_names(uint32_t **order, const struct zone_records *records,
                         zone_stopped_fn *stopped) MUST_CHECK;

#endif
