// zone_read: reads the zones of a table from their files, with several threads.
#ifndef APPS_DNS_ZONE_READ_H
#define APPS_DNS_ZONE_READ_H

#include "apps/dns/zone_table.h"
#include "proto/dns/load/zone_load.h"

// How zones are read, and what that came to.
struct dns_loading {
	struct zone_options options;
	unsigned threads;          // zones that are read at a time
	bool yields;               // by threads that give way to all others of the machine
	zone_report_fn *on_report; // NULL: nobody asks
	void *ctx;
	unsigned errors, warnings;
};

// Threads for loading while no worker runs: one for each core that this one may use.
unsigned zone_read_threads(void);

// Reads the zones that have not been, both tables being sorted. A zone that was in
// `before` with the same file stays what it was unless that changed or `all` is set;
// it does so, too, with an error of its own, when its file has one. Reports come from
// this thread and zone by zone, however many are read at a time. 0 or -ENOMEM, or
// -ECANCELED, soon, when the options say that it is stopped: then no zone has an error
// for that.
int zone_read_table(struct zone_table *zones, const struct zone_table *before, bool all,
                    struct dns_loading *loading) MUST_CHECK;

#endif
