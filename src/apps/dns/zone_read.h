// zone_read: reads the zones of a table from their files, with several threads.
#ifndef APPS_DNS_ZONE_READ_H
#define APPS_DNS_ZONE_READ_H

#include "apps/dns/zone_table.h"
#include "proto/dns/load/zone_load.h"

// How to read zones, and the number of errors and warnings that were found.
struct dns_loading {
	struct zone_options options;
	unsigned threads;          // number of zones read at the same time
	bool yields;               // read in threads of low priority (nice 10)
	zone_report_fn *on_report; // NULL: reports are only counted
	void *ctx;
	unsigned errors, warnings;
};

// The number of threads to read zones with while no worker runs: one for each core that the
// calling thread may use.
unsigned zone_read_threads(void);

// Reads the unread zones of `zones`; both tables must be sorted. A zone of `before` with the
// same file is kept unless the file has changed or `all` is set. When a file has errors, its
// zone keeps the version of `before`, if any, and gets the first error as text. Reports are
// passed on from the calling thread, zone by zone in the order of the table, however many
// threads read. 0, -ENOMEM, or -ECANCELED soon after options.stopped has returned true; that
// is no error of a zone.
int zone_read_table(struct zone_table *zones, const struct zone_table *before, bool all,
                    struct dns_loading *loading) MUST_CHECK;

#endif
