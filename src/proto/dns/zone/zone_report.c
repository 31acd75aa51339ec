// zone_report: see the header.
#include "proto/dns/zone/zone_report.h"

#include <stdio.h>
#include <strings.h>

const struct zone_check_info zone_checks[ZONE_CHECKS_LEN] = {
#define X(name, code, severity, help) {code, help, ZONE_##severity},
        ZONE_CHECKS(X)
#undef X
};

bool zone_report_check_parse(const char *code, enum zone_check_code *check)
{
	for (unsigned i = 0; i < ZONE_CHECKS_LEN; i++) {
		if (strcasecmp(zone_checks[i].code, code) != 0)
			continue;
		*check = (enum zone_check_code)i;
		return true;
	}
	return false;
}

enum zone_severity zone_report_severity(const struct zone_policy *policy,
                                        enum zone_check_code check)
{
	enum zone_severity severity = (enum zone_severity)policy->as[check];

	if (zone_checks[check].fallback == ZONE_FATAL)
		return ZONE_ERROR;
	if (severity == ZONE_DEFAULT)
		severity = zone_checks[check].fallback;
	return severity == ZONE_WARNING && policy->strict ? ZONE_ERROR : severity;
}

static void zone_report_write(const struct zone_report *report, const char *kind, char *text,
                              size_t size)
{
	const char *code = zone_checks[report->check].code;

	if (report->line)
		snprintf(text, size, "%s:%u:%u: %s%s (%s)", report->file, report->line,
		         report->column, kind, report->text, code);
	else
		snprintf(text, size, "%s: %s%s (%s)", report->file, kind, report->text, code);
}

void zone_report_text(const struct zone_report *report, char *text, size_t size)
{
	zone_report_write(report, report->warning ? "warning: " : "", text, size);
}

void zone_report_line(const struct zone_report *report, char *text, size_t size)
{
	zone_report_write(report, "", text, size);
}
