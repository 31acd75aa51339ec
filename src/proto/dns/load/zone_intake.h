// zone_intake: what the reader of a zone file hands over goes in here: records to the
// zone's records, reports to its reporter, and the files that were read to a list.
#ifndef DNS_ZONE_INTAKE_H
#define DNS_ZONE_INTAKE_H

#include "proto/dns/load/zone_records.h"
#include "proto/dns/load/zonefile.h"

struct zone_intake {
	struct zone_records *records;
	struct zone_reporter *reporter;
	struct zone_file *files; // the caller's to free
	bool no_memory;          // something is missing; nothing more is taken
};

// What a zone file is read with; ctx is the struct zone_intake.
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
