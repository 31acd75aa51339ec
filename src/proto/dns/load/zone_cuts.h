// zone_cuts: where a zone delegates to other servers or redirects by DNAME, and what is
// therefore not served.
#ifndef DNS_ZONE_CUTS_H
#define DNS_ZONE_CUTS_H

#include "proto/dns/load/zone_records.h"
#include "proto/dns/zone/zone_stop.h"

// Notes at the names from one up to another which kinds of records they have.
void zone_cuts_mark(struct zone_records *records, uint32_t from, uint32_t to);

// Finds the cut above each name, once all names are marked.
void zone_cuts_find(struct zone_records *records, zone_stopped_fn *stopped);

// Takes records that a cut occludes off their names, and reports them.
void zone_cuts_occlude(struct zone_records *records, struct zone_reporter *reporter,
                       zone_stopped_fn *stopped);

#endif
