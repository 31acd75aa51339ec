// zone_cuts: see the header.
#include "proto/dns/load/zone_cuts.h"

static void name_mark(const struct zone_records *records, struct load_name *name)
{
	bool other = false;

	for (const struct load_record *at = zone_records_first(records, name); at;
	     at = zone_records_next(records, at)) {
		name->delegation |= at->type == DNS_TYPE_NS;
		name->dname |= at->type == DNS_TYPE_DNAME;
		name->address |= dns_type_is_address(at->type);
		name->alias |= at->type == DNS_TYPE_CNAME;
		name->hashed |= at->type == DNS_TYPE_NSEC3;
		other |= at->type != DNS_TYPE_NSEC3 && at->type != DNS_TYPE_RRSIG;
	}
	name->hashed &= !other;
}

void zone_cuts_mark(struct zone_records *records, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++)
		name_mark(records, &records->names[i]);
}

// Parents precede their children, so the topmost cut is inherited down the tree. RFC 4592 section
// 4.2 leaves the meaning of NS at a wildcard undefined; here it makes no cut.
static void name_set_cut(struct zone_records *records, uint32_t index)
{
	struct load_name *name = &records->names[index];
	const struct load_name *parent = &records->names[name->parent];

	name->cut = parent->cut;
	if (!name->cut && parent->dname)
		name->cut = name->parent;
	if (!name->cut && name->delegation && parent->wildcard != index) {
		name->cut = index;
		name->dname = false;
	}
}

void zone_cuts_find(struct zone_records *records, zone_stopped_fn *stopped)
{
	for (uint32_t i = 2; i < records->names_len && !zone_stop_at(stopped, i); i++) {
		struct load_name *name = &records->names[i];
		struct load_name *parent = &records->names[name->parent];

		if (unlikely(parent->hashed)) { // a name of the zone after all
			parent->hashed = false;
			name_set_cut(records, name->parent);
		}
		// The owner of NSEC3 records alone stands for another name; its own place means
		// nothing (RFC 5155 section 7.1, RFC 6672 section 5.3.4.1).
		if (!name->hashed)
			name_set_cut(records, i);
	}
}

static bool is_nsec3(const struct load_record *record)
{
	if (record->type == DNS_TYPE_RRSIG && record->rdata_len >= 2)
		return (record->rdata[0] << 8 | record->rdata[1]) == DNS_TYPE_NSEC3;
	return record->type == DNS_TYPE_NSEC3;
}

// At a cut only the parent's records are served; addresses at or below it are kept as glue.
// NSEC3 records prove something about other names, wherever they are.
static bool is_occluded(const struct zone_records *records, const struct load_name *name,
                        const struct load_record *record)
{
	const struct load_name *cut = &records->names[name->cut];

	if (is_nsec3(record))
		return false;
	if (cut->dname)
		return true; // RFC 6672 section 2.4
	if (dns_type_is_address(record->type))
		return false;
	return name != cut || !zone_records_serves(name, record->type);
}

static void name_occlude(struct zone_records *records, struct zone_reporter *reporter,
                         struct load_name *name)
{
	const struct load_name *by = &records->names[name->cut];
	uint32_t *link = &name->first;
	char text[DNS_NAME_TEXT_BYTES], cut[DNS_NAME_TEXT_BYTES], type[16];

	name->last = 0;
	while (*link) {
		struct load_record *at = &records->records[*link];

		if (!is_occluded(records, name, at)) {
			name->last = *link;
			link = &at->next;
			continue;
		}
		zone_reporter_add(reporter, &at->place,
		                  by->dname ? ZONE_CHECK_BELOW_DNAME : ZONE_CHECK_BELOW_NS,
		                  "%s %s is not served: %s %s", dns_name_text(name->wire, text),
		                  dns_type_text(at->type, type), dns_name_text(by->wire, cut),
		                  by->dname ? "has a DNAME" : "is delegated to other servers");
		*link = at->next;
	}
	if (by->dname && name->first) { // what is left are NSEC3 records
		name->hashed = true;
		name->cut = 0;
	}
}

void zone_cuts_occlude(struct zone_records *records, struct zone_reporter *reporter,
                       zone_stopped_fn *stopped)
{
	for (uint32_t i = 1; i < records->names_len && !zone_stop_at(stopped, i); i++) {
		if (records->names[i].cut)
			name_occlude(records, reporter, &records->names[i]);
	}
}
