// zone_check_denial: see the header.
#include "proto/dns/load/zone_check_denial.h"

#include "proto/dns/load/zone_check_nsec.h"
#include "proto/dns/load/zone_check_nsec3.h"
#include "proto/dns/load/zone_head.h"

// Reports a chain that is not used because the origin has neither NSEC nor a valid NSEC3PARAM, or a
// signed zone that has no chain.
static void check_absent(const struct zone_records *records, struct zone_reporter *reporter,
                         zone_stopped_fn *stopped)
{
	for (uint32_t i = 1; i < records->names_len && !zone_stop_at(stopped, i); i++) {
		const struct load_record *nsec3 =
		        records->names[i].hashed
		                ? zone_records_of(records, &records->names[i], DNS_TYPE_NSEC3)
		                : NULL;

		if (!nsec3)
			continue;
		zone_reporter_add(reporter, &nsec3->place, ZONE_CHECK_NSEC3_PARAM,
		                  "there are NSEC3 records, which are not used without a valid "
		                  "NSEC3PARAM at the origin");
		return;
	}
	if (zone_records_signed(records))
		zone_reporter_add(
		        reporter, NULL, ZONE_CHECK_NSEC_MISSING,
		        "the zone is signed and has neither NSEC nor NSEC3 at its origin");
}

int zone_check_denial(const struct zone_records *records, struct zone_reporter *reporter,
                      zone_stopped_fn *stopped)
{
	union zone_head head = {.room = {0}};

	zone_head_write(&head.image, records);
	switch ((enum zone_denial)head.image.denial) {
	case ZONE_DENIAL_NSEC:
		return zone_check_nsec(records, reporter, stopped);
	case ZONE_DENIAL_NSEC3:
		return zone_check_nsec3(records, reporter, &head.image, stopped);
	case ZONE_DENIAL_NONE:
		break;
	}
	check_absent(records, reporter, stopped);
	return 0;
}
