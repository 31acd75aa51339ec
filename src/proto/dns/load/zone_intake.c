// zone_intake: see the header. Refuses records that cannot be in this zone.
#include "proto/dns/load/zone_intake.h"

static bool record_refused(struct zone_intake *intake, const struct zone_record *record)
{
	struct zone_place place = {record->file, record->line, record->column};
	const uint8_t *apex = intake->records->origin.wire;
	char text[DNS_NAME_TEXT_BYTES], origin[DNS_NAME_TEXT_BYTES], type[16];

	if (!dns_name_under(record->owner, apex)) {
		zone_reporter_add(intake->reporter, &place, ZONE_CHECK_OUT_OF_ZONE,
		                  "%s is outside the zone %s", dns_name_text(record->owner, text),
		                  dns_name_text(apex, origin));
		return true;
	}
	if (record->rr_class != DNS_CLASS_IN) {
		zone_reporter_add(intake->reporter, &place, ZONE_CHECK_SYNTAX,
		                  "the class is %u; only IN is served", record->rr_class);
		return true;
	}
	if (dns_type_is_meta(record->type)) {
		zone_reporter_add(intake->reporter, &place, ZONE_CHECK_SYNTAX,
		                  "%s is a type of queries and messages, not of zones",
		                  dns_type_text(record->type, type));
		return true;
	}
	return false;
}

void zone_intake_record(void *ctx, const struct zone_record *record)
{
	struct zone_intake *intake = ctx;

	if (intake->no_memory || record_refused(intake, record))
		return;
	if (zone_records_add(intake->records, record))
		intake->no_memory = true;
	intake->reporter->file = intake->records->file;
}

void zone_intake_report(void *ctx, const struct zone_report *report)
{
	struct zone_intake *intake = ctx;

	zone_reporter_pass(intake->reporter, report);
}

void zone_intake_file(void *ctx, const char *path, const struct zone_stamp *stamp)
{
	struct zone_intake *intake = ctx;

	if (zone_file_add(&intake->files, path, stamp))
		intake->no_memory = true;
}
