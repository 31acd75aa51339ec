// zone_reporter: see the header.
#include "proto/dns/load/zone_reporter.h"

#include "proto/dns/wire/dns_name.h"

#include <stdarg.h>
#include <stdio.h>

void zone_reporter_add(struct zone_reporter *reporter, const struct zone_place *place,
                       enum zone_check_code check, const char *format, ...)
{
	enum zone_severity severity = zone_report_severity(reporter->policy, check);
	char text[3 * DNS_NAME_TEXT_BYTES];
	struct zone_report report = {
	        .file = place ? place->file : reporter->file,
	        .line = place ? place->line : 0,
	        .column = place ? place->column : 0,
	        .warning = severity == ZONE_WARNING,
	        .check = check,
	        .text = text,
	};
	unsigned *reported;
	va_list args;

	if (severity == ZONE_IGNORE)
		return;
	reporter->found = true;
	if (reporter->quiet)
		return;
	if (!report.warning)
		reporter->errors++;
	reported = &reporter->reported[report.warning];
	if (*reported > ZONE_REPORTS_MAX)
		return;
	if ((*reported)++ == ZONE_REPORTS_MAX)
		report = (struct zone_report){
		        .file = reporter->file,
		        .warning = report.warning,
		        .check = ZONE_CHECK_TOO_MANY,
		        .text = report.warning ? "there are more warnings, which are not reported"
		                               : "there are more errors, which are not reported",
		};
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	reporter->on_report(reporter->ctx, &report);
}

void zone_reporter_pass(struct zone_reporter *reporter, const struct zone_report *report)
{
	enum zone_severity severity = zone_report_severity(reporter->policy, report->check);
	struct zone_report own = *report;

	if (severity == ZONE_IGNORE)
		return;
	own.warning = severity == ZONE_WARNING;
	// The reader counts its own errors, but not a warning that the policy turns into an error.
	if (report->warning && !own.warning)
		reporter->errors++;
	reporter->on_report(reporter->ctx, &own);
}
