// zone_results: what a reload did to each zone, as the reply to wadi-ctl reports it.
#ifndef APPS_DNS_ZONE_RESULTS_H
#define APPS_DNS_ZONE_RESULTS_H

#include "apps/dns/zone_table.h"
#include "core/host/json.h"

// Compares the table in use with the next one, logs a line for each zone that is new, changed,
// broken or gone, with serials, and adds to the reply: totals, how many zones
// were loaded, unchanged, removed and failed, a row for each of up to 1000 zones that are
// not unchanged, and "error" when a zone could not be read.
void zone_results_report(const struct zone_table *before, const struct zone_table *next,
                         unsigned warnings, json_t *reply);

// Logs the zones of a start that have errors; with level debug, the others, too.
void zone_results_start(const struct zone_table *zones);

#endif
