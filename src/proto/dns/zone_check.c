// zone_check: orders the records of a zone and says what is wrong with them
// together. What is wrong with one record alone is found when it is read.
#include "proto/dns/dns_wire.h"
#include "proto/dns/zone_build.h"

#include <stdlib.h>

// By type, then by data in canonical order, where equal names are one.
static int record_cmp(const void *pa, const void *pb)
{
	const struct build_record *a = *(struct build_record *const *)pa;
	const struct build_record *b = *(struct build_record *const *)pb;

	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	return dns_rdata_cmp(a->type, a->rdata, a->rdata_len, b->rdata, b->rdata_len);
}

// Chains the records again in the order of the array, equal ones as one with
// the lowest TTL.
static void name_chain(struct zone_build *build, struct build_name *name,
                       struct build_record **sorted, size_t len)
{
	struct build_record *last = sorted[0];

	name->first = (uint32_t)(last - build->records);
	for (size_t i = 1; i < len; i++) {
		if (record_cmp(&last, &sorted[i]) == 0) {
			if (sorted[i]->ttl < last->ttl)
				last->ttl = sorted[i]->ttl;
			continue;
		}
		last->next = (uint32_t)(sorted[i] - build->records);
		last = sorted[i];
	}
	last->next = 0;
	name->last = (uint32_t)(last - build->records);
}

static void names_sort(struct zone_build *build)
{
	struct build_record **sorted = malloc(build->records_len * sizeof(struct build_record *));

	if (!sorted) {
		build->no_memory = true;
		return;
	}
	for (uint32_t i = 1; i < build->names_len; i++) {
		struct build_name *name = &build->names[i];
		size_t len = 0;

		if (name->first == name->last)
			continue;
		for (uint32_t at = name->first; at; at = build->records[at].next)
			sorted[len++] = &build->records[at];
		qsort(sorted, len, sizeof(struct build_record *), record_cmp);
		name_chain(build, name, sorted, len);
	}
	free(sorted);
}

static const char *owner_text(const struct build_name *name, char text[DNS_NAME_TEXT_BYTES])
{
	return dns_name_text(name->wire, text);
}

static void check_cname(struct zone_build *build, const struct build_name *name)
{
	const struct build_record *cname = NULL, *other = NULL;
	char text[DNS_NAME_TEXT_BYTES];

	for (const struct build_record *at = build_record_first(build, name); at;
	     at = build_record_next(build, at)) {
		if (at->type == DNS_TYPE_CNAME && cname)
			zone_build_report(build, at, false, "%s has more than one CNAME",
			                  owner_text(name, text));
		else if (at->type == DNS_TYPE_CNAME)
			cname = at;
		else if (at->type != DNS_TYPE_RRSIG && at->type != DNS_TYPE_NSEC)
			other = at;
	}
	// RFC 1034 section 3.6.2, RFC 2181 section 10.1.
	if (cname && other)
		zone_build_report(build, cname, false, "%s has a CNAME and other data",
		                  owner_text(name, text));
}

// One RRset: the records of a type, from `first`. Returns what follows them.
static const struct build_record *check_rrset(struct zone_build *build,
                                              const struct build_name *name,
                                              const struct build_record *first)
{
	const struct build_record *at;
	char text[DNS_NAME_TEXT_BYTES], type[16];
	size_t bytes = 0;
	bool differ = false;

	for (at = first; at && at->type == first->type; at = build_record_next(build, at)) {
		bytes += sizeof(be16_t) + sizeof(struct dns_rr_hdr) + at->rdata_len;
		differ |= at->ttl != first->ttl;
	}
	// RFC 2181 section 5.2; a signature has the TTL of what it covers.
	if (differ && first->type != DNS_TYPE_RRSIG)
		zone_build_report(build, first, true,
		                  "the TTLs of %s %s differ; the lowest is used for all",
		                  owner_text(name, text), dns_type_text(first->type, type));
	if (bytes > UINT16_MAX)
		zone_build_report(build, first, false,
		                  "%s %s has %zu bytes, more than a message can carry",
		                  owner_text(name, text), dns_type_text(first->type, type), bytes);
	return at;
}

static void check_name(struct zone_build *build, const struct build_name *name)
{
	const struct build_record *at = build_record_first(build, name);
	char text[DNS_NAME_TEXT_BYTES];

	for (; at; at = check_rrset(build, name, at)) {
		if (at->type == DNS_TYPE_SOA && name != &build->names[1])
			zone_build_report(build, at, false, "%s has a SOA but is not the origin",
			                  owner_text(name, text));
	}
	check_cname(build, name);
}

static void check_apex(struct zone_build *build)
{
	const struct build_name *apex = &build->names[1];
	char text[DNS_NAME_TEXT_BYTES];
	unsigned soas = 0;

	for (const struct build_record *at = build_record_first(build, apex); at;
	     at = build_record_next(build, at)) {
		if (at->type == DNS_TYPE_SOA && ++soas > 1)
			zone_build_report(build, at, false, "%s has more than one SOA",
			                  owner_text(apex, text));
	}
	if (soas == 0)
		zone_build_report(build, NULL, false, "%s has no SOA", owner_text(apex, text));
	if (!apex->delegation)
		zone_build_report(build, NULL, false, "%s has no NS", owner_text(apex, text));
}

// What a delegation leaves visible: at the cut what belongs to the parent, and
// addresses as glue.
static bool hidden_by_cut(const struct build_name *cut, uint16_t type, bool at_cut)
{
	if (cut->dname)
		return true; // RFC 6672 section 2.4
	switch (type) {
	case DNS_TYPE_A:
	case DNS_TYPE_AAAA:
		return false;
	case DNS_TYPE_NS:
	case DNS_TYPE_DS:
	case DNS_TYPE_RRSIG:
	case DNS_TYPE_NSEC:
		return !at_cut;
	default:
		return true;
	}
}

static void hide(struct zone_build *build, struct build_name *name, bool at_cut)
{
	const struct build_name *by = &build->names[name->cut];
	uint32_t *link = &name->first;
	char text[DNS_NAME_TEXT_BYTES], cut[DNS_NAME_TEXT_BYTES], type[16];

	name->last = 0;
	while (*link) {
		struct build_record *at = &build->records[*link];

		if (!hidden_by_cut(by, at->type, at_cut)) {
			name->last = *link;
			link = &at->next;
			continue;
		}
		zone_build_report(build, at, true, "%s %s is not served: %s %s",
		                  owner_text(name, text), dns_type_text(at->type, type),
		                  owner_text(by, cut),
		                  by->dname ? "has a DNAME" : "is delegated to other servers");
		*link = at->next;
	}
}

static void name_mark(const struct zone_build *build, struct build_name *name)
{
	bool other = false;

	for (const struct build_record *at = build_record_first(build, name); at;
	     at = build_record_next(build, at)) {
		name->delegation |= at->type == DNS_TYPE_NS;
		name->dname |= at->type == DNS_TYPE_DNAME;
		name->address |= at->type == DNS_TYPE_A || at->type == DNS_TYPE_AAAA;
		name->hashed |= at->type == DNS_TYPE_NSEC3;
		other |= at->type != DNS_TYPE_NSEC3 && at->type != DNS_TYPE_RRSIG;
	}
	name->hashed &= !other;
}

static void names_mark(struct zone_build *build)
{
	name_mark(build, &build->names[1]);
	for (uint32_t i = 2; i < build->names_len; i++) {
		struct build_name *name = &build->names[i];
		struct build_name *parent = &build->names[name->parent];

		name_mark(build, name);
		parent->hashed = false;
		// Parents come first, so that the topmost cut goes down the tree.
		// RFC 4592 section 4.2 leaves NS at a wildcard open: it delegates
		// nothing here.
		name->cut = parent->cut;
		if (!name->cut && parent->dname)
			name->cut = name->parent;
		if (!name->cut && name->delegation && parent->wildcard != i) {
			name->cut = i;
			name->dname = false;
		}
	}
}

void zone_check(struct zone_build *build)
{
	names_sort(build);
	if (build->no_memory)
		return;
	names_mark(build);
	check_apex(build);
	for (uint32_t i = 1; i < build->names_len; i++) {
		check_name(build, &build->names[i]);
		if (build->names[i].cut)
			hide(build, &build->names[i], build->names[i].cut == i);
	}
}
