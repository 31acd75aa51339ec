// zone_check_nsec: see the header.
#include "proto/dns/load/zone_check_nsec.h"

#include "proto/dns/load/zone_canonical.h"
#include "proto/dns/load/zone_check_bitmap.h"

#include <errno.h>
#include <stdlib.h>

// A walk over the names in canonical order, with the last NSEC that was met: the next name with an
// NSEC must be the one that it names.
struct walk {
	const struct zone_records *records;
	struct zone_reporter *reporter;
	const struct load_record *nsec;
	const struct load_name *name; // its owner
};

static void next_expect(const struct walk *walk, const uint8_t *wire)
{
	char text[DNS_NAME_TEXT_BYTES], next[DNS_NAME_TEXT_BYTES];

	if (!walk->nsec || dns_name_eq(walk->nsec->rdata, wire))
		return;
	zone_reporter_add(walk->reporter, &walk->nsec->place, ZONE_CHECK_NSEC_NEXT,
	                  "the next name in the NSEC of %s should be %s",
	                  dns_name_text(walk->name->wire, text), dns_name_text(wire, next));
}

// Whether the name has records other than NSEC, NSEC3 and signatures; names without such records do
// not get an NSEC.
static bool has_data(const struct zone_records *records, const struct load_name *name)
{
	for (const struct load_record *at = zone_records_first(records, name); at;
	     at = zone_records_next(records, at)) {
		if (at->type != DNS_TYPE_NSEC && at->type != DNS_TYPE_RRSIG &&
		    at->type != DNS_TYPE_NSEC3)
			return true;
	}
	return false;
}

static void walk_name(struct walk *walk, const struct load_name *name)
{
	const struct zone_records *records = walk->records;
	const struct load_record *nsec = zone_records_of(records, name, DNS_TYPE_NSEC);
	const struct load_record *second = nsec ? zone_records_next(records, nsec) : NULL;
	char text[DNS_NAME_TEXT_BYTES];

	if (!nsec) {
		if (has_data(records, name))
			zone_reporter_add(walk->reporter,
			                  zone_records_place(zone_records_first(records, name)),
			                  ZONE_CHECK_NSEC_MISSING, "%s has no NSEC",
			                  dns_name_text(name->wire, text));
		return;
	}
	if (!has_data(records, name))
		zone_reporter_add(walk->reporter, &nsec->place, ZONE_CHECK_NSEC_ORPHAN,
		                  "%s has an NSEC and no other data",
		                  dns_name_text(name->wire, text));
	if (second && second->type == DNS_TYPE_NSEC)
		zone_reporter_add(walk->reporter, &second->place, ZONE_CHECK_NSEC_SEVERAL,
		                  "%s has more than one NSEC", dns_name_text(name->wire, text));
	next_expect(walk, name->wire);
	zone_check_bitmap(records, walk->reporter, name, nsec, dns_name_len(nsec->rdata));
	walk->nsec = nsec;
	walk->name = name;
}

int zone_check_nsec(const struct zone_records *records, struct zone_reporter *reporter,
                    zone_stopped_fn *stopped)
{
	struct walk walk = {.records = records, .reporter = reporter};
	uint32_t *sorted;
	int err = zone_canonical_names(&sorted, records, stopped);

	for (uint32_t i = 0; sorted && i < records->names_len - 1 && !zone_stop_at(stopped, i);
	     i++) {
		if (!zone_records_occluded(records, sorted[i]))
			walk_name(&walk, &records->names[sorted[i]]);
	}
	next_expect(&walk, records->origin.wire);
	free(sorted);
	return err == -ENOMEM ? err : 0;
}
