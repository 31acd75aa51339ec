// zone_reporter: receives the findings of all steps of a load. It looks up the severity of
// each in the policy, counts it and passes it to the caller's callback.
#ifndef DNS_ZONE_REPORTER_H
#define DNS_ZONE_REPORTER_H

#include "proto/dns/zone/zone_report.h"

// The place of a record in its zone file.
struct zone_place {
	const char *file;
	uint32_t line, column;
};

struct zone_reporter {
	const struct zone_policy *policy;
	zone_report_fn *on_report;
	void *ctx;
	const char *file; // reported when a finding has no place
	unsigned long errors;
	unsigned reported[2]; // number of errors and warnings reported, up to the limit
	bool quiet;           // do not report, only set `found`
	bool found;           // a check found something that the policy does not ignore
};

// Reports a finding of a check at a place (NULL: in the zone as a whole).
void zone_reporter_add(struct zone_reporter *reporter, const struct zone_place *place,
                       enum zone_check_code check, const char *format, ...) PRINTF(4, 5);

// Passes on a report of the zone file reader, which counts its own errors.
void zone_reporter_pass(struct zone_reporter *reporter, const struct zone_report *report);

// Whether findings of the check are reported; false when the policy ignores them.
static inline bool zone_reporter_wants(const struct zone_reporter *reporter,
                                       enum zone_check_code check)
{
	return zone_report_severity(reporter->policy, check) != ZONE_IGNORE;
}

#endif
