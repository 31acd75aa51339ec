// zone_check: the sequence of the checks, and what a delegation hides. What is wrong with
// one record alone is found when it is read; the table of checks is in zone_report.h.
#include "proto/dns/load/zone_check_internal.h"

#include <stdlib.h>

#define RANGE_NAMES 16384 // that a thread looks at at a time

const struct build_record *zone_check_find(const struct zone_build *build,
                                           const struct build_name *name, uint16_t type)
{
	const struct build_record *at = build_record_first(build, name);

	while (at && at->type != type)
		at = build_record_next(build, at);
	return at;
}

// At a cut is visible what belongs to the parent; addresses are glue.
static bool is_hidden(const struct zone_build *build, const struct build_name *name, uint16_t type)
{
	const struct build_name *cut = &build->names[name->cut];

	if (cut->dname)
		return true; // RFC 6672 section 2.4
	if (dns_type_is_address(type))
		return false;
	return name != cut || !zone_check_serves(name, type);
}

static void hide(struct zone_build *build, struct build_name *name)
{
	const struct build_name *by = &build->names[name->cut];
	uint32_t *link = &name->first;
	char text[DNS_NAME_TEXT_BYTES], cut[DNS_NAME_TEXT_BYTES], type[16];

	name->last = 0;
	while (*link) {
		struct build_record *at = &build->records[*link];

		if (!is_hidden(build, name, at->type)) {
			name->last = *link;
			link = &at->next;
			continue;
		}
		zone_build_report(build, at,
		                  by->dname ? ZONE_CHECK_BELOW_DNAME : ZONE_CHECK_BELOW_NS,
		                  "%s %s is not served: %s %s", dns_name_text(name->wire, text),
		                  dns_type_text(at->type, type), dns_name_text(by->wire, cut),
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
		name->address |= dns_type_is_address(at->type);
		name->hashed |= at->type == DNS_TYPE_NSEC3;
		other |= at->type != DNS_TYPE_NSEC3 && at->type != DNS_TYPE_RRSIG;
	}
	name->hashed &= !other;
}

static void names_mark(struct zone_build *build)
{
	for (uint32_t i = 2; i < build->names_len && !zone_build_stops(build, i); i++) {
		struct build_name *name = &build->names[i];
		struct build_name *parent = &build->names[name->parent];

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

// What is done to names each by itself, from one up to another. It may be done again.
typedef void range_fn(struct zone_build *build, uint32_t from, uint32_t to);

struct ranges {
	struct zone_build *build;
	range_fn *fn;
	bool found[]; // something was in that range
};

static uint32_t range_end(const struct zone_build *build, uint32_t from)
{
	return (uint32_t)size_min((size_t)from + RANGE_NAMES, build->names_len);
}

// Reports come in order: a range in which there is one is left to be told of.
static void range_work(void *work, size_t i)
{
	struct ranges *ranges = work;
	uint32_t from = 1 + (uint32_t)i * RANGE_NAMES;
	struct zone_build quiet = *ranges->build;

	if (zone_build_stopped(&quiet))
		return;
	quiet.quiet = true;
	quiet.found = false;
	ranges->fn(&quiet, from, range_end(&quiet, from));
	ranges->found[i] = quiet.found || quiet.no_memory;
}

static void ranges_work(struct zone_build *build, range_fn *fn)
{
	size_t len = ((size_t)build->names_len + RANGE_NAMES - 2) / RANGE_NAMES;
	struct ranges *ranges = NULL;

	if (build->options->crew && len > 1)
		ranges = calloc(1, sizeof(*ranges) + len * sizeof(ranges->found[0]));
	if (ranges) {
		ranges->build = build;
		ranges->fn = fn;
		zone_build_share(build, range_work, ranges, len);
	}
	for (size_t i = 0; i < len && !build->no_memory && !zone_build_stopped(build); i++) {
		uint32_t from = 1 + (uint32_t)i * RANGE_NAMES;

		if (!ranges || ranges->found[i])
			fn(build, from, range_end(build, from));
	}
	free(ranges);
}

static void prepare(struct zone_build *build, uint32_t from, uint32_t to)
{
	zone_sort_records(build, from, to);
	for (uint32_t i = from; i < to && !build->no_memory; i++)
		name_mark(build, &build->names[i]);
}

void zone_check(struct zone_build *build)
{
	ranges_work(build, prepare);
	if (build->no_memory || zone_build_stopped(build))
		return;
	names_mark(build);
	zone_check_apex(build);
	ranges_work(build, zone_check_names);
	ranges_work(build, zone_check_hosts);
	zone_check_sigs(build);
	zone_check_chain(build);
	zone_check_zonemd(build);
	for (uint32_t i = 1; i < build->names_len && !zone_build_stops(build, i); i++) {
		if (build->names[i].cut)
			hide(build, &build->names[i]);
	}
}
