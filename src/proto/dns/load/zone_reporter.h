// zone_reporter: where the steps of loading report what they find. It gives each finding
// the severity that the policy says, counts it and hands it to the caller's function.
#ifndef DNS_ZONE_REPORTER_H
#define DNS_ZONE_REPORTER_H

#include "proto/dns/zone/zone_report.h"

// Where a record stands in its zone file.
struct zone_place {
	const char *file;
	uint32_t line, column;
};

struct zone_reporter {
	const struct zone_policy *policy;
	zone_report_fn *on_report;
	void *ctx;
	const char *file; // named where a finding has no place
	unsigned long errors;
	unsigned reported[2]; // errors and warnings, until there are too many
	bool quiet;           // findings only set `found`
	bool found;           // there was a finding that is not ignored
};

// Reports what a check found at a place (NULL: in the zone as a whole).
void zone_reporter_add(struct zone_reporter *reporter, const struct zone_place *place,
                       enum zone_check_code check, const char *format, ...) PRINTF(4, 5);

// Passes on a report of the reader of a zone file, which counts its own errors.
void zone_reporter_pass(struct zone_reporter *reporter, const struct zone_report *report);

// Whether the policy does not ignore what the check finds.
static inline bool zone_reporter_wants(const struct zone_reporter *reporter,
                                       enum zone_check_code check)
{
	return zone_severity_find(reporter->policy, check) != ZONE_IGNORE;
}

#endif
