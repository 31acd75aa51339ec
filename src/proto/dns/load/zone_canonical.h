// zone_canonical: the canonical order of a zone's records (RFC 4034 section 6.3), and, for
// the checks that want it, of its names (section 6.1).
#ifndef DNS_ZONE_CANONICAL_H
#define DNS_ZONE_CANONICAL_H

#include "proto/dns/load/zone_records.h"
#include "proto/dns/zone/zone_stop.h"

// Brings the records of the names from one up to another into canonical order, by type
// first. Equal ones become one with the lowest TTL, which is reported; with a quiet reporter
// such a name stays as it was. 0, or -ENOMEM.
int zone_canonical_records(struct zone_records *records, struct zone_reporter *reporter,
                           uint32_t from, uint32_t to) MUST_CHECK;

// Puts the indexes of all names in canonical order, names_len - 1 of them, into *order; the
// caller frees. 0; -ENOMEM or, when it is stopped, -ECANCELED with *order NULL.
int zone_canonical_names(uint32_t **order, const struct zone_records *records,
                         zone_stopped_fn *stopped) MUST_CHECK;

#endif
