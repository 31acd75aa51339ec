// zone_cuts: finds the zone cuts and DNAMEs of a zone, and removes the records that they
// occlude, which are not served.
#ifndef DNS_ZONE_CUTS_H
#define DNS_ZONE_CUTS_H

#include "proto/dns/load/zone_records.h"
#include "proto/dns/zone/zone_stop.h"

// Sets the flags of the names in [from, to) that say which kinds of records they have.
void zone_cuts_mark(struct zone_records *records, uint32_t from, uint32_t to);

// Sets the topmost cut of each name; zone_cuts_mark must have run for all names.
void zone_cuts_find(struct zone_records *records, zone_stopped_fn *stopped);

// Removes occluded records from their names, and reports them.
void zone_cuts_occlude(struct zone_records *records, struct zone_reporter *reporter,
                       zone_stopped_fn *stopped);

#endif
