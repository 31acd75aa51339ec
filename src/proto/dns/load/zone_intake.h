// zone_intake: receives the output of the zone file reader: adds records to the zone's
// records, passes reports to its reporter, and lists the files that were read.
#ifndef DNS_ZONE_INTAKE_H
#define DNS_ZONE_INTAKE_H

#include "proto/dns/load/zone_records.h"
#include "proto/dns/load/zonefile.h"

struct zone_intake {
	struct zone_records *records;
	struct zone_reporter *reporter;
	struct zone_file *files; // freed by the caller
	bool no_memory;          // an allocation failed; all further input is ignored
};

// The callbacks of a zonefile_sink; ctx is the struct zone_intake.
void zone_intake_record(void *ctx, const struct zone_record *record);
void zone_intake_report(void *ctx, const struct zone_report *report);
void zone_intake_file(void *ctx, const char *path, const struct zone_stamp *stamp);

static inline struct zonefile_sink zone_intake_sink(struct zone_intake *intake,
                                                    zone_stopped_fn *stopped)
{
	return (struct zonefile_sink){zone_intake_record, zone_intake_report, zone_intake_file,
	                              intake, stopped};
}

#endif
