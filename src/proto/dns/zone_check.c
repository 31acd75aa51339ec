// zone_check: the table of checks, their sequence, and what a delegation hides. What is
// wrong with one record alone is found when it is read.
#include "proto/dns/zone_check_part.h"

#include <strings.h>

const struct zone_check_info zone_checks[ZONE_CHECKS_LEN] = {
#define X(name, code, severity, help) {code, help, ZONE_##severity},
        ZONE_CHECKS(X)
#undef X
};

bool zone_check_parse(const char *code, enum zone_check_code *check)
{
	for (unsigned i = 0; i < ZONE_CHECKS_LEN; i++) {
		if (strcasecmp(zone_checks[i].code, code) != 0)
			continue;
		*check = (enum zone_check_code)i;
		return true;
	}
	return false;
}

enum zone_severity zone_severity_find(const struct zone_policy *policy, enum zone_check_code check)
{
	enum zone_severity severity = (enum zone_severity)policy->as[check];

	if (zone_checks[check].standard == ZONE_FATAL)
		return ZONE_ERROR;
	if (severity == ZONE_STANDARD)
		severity = zone_checks[check].standard;
	return severity == ZONE_WARNING && policy->strict ? ZONE_ERROR : severity;
}

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
	if (type == DNS_TYPE_A || type == DNS_TYPE_AAAA)
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
	zone_sort_records(build);
	if (build->no_memory)
		return;
	names_mark(build);
	zone_check_names(build);
	zone_check_hosts(build);
	zone_check_sigs(build);
	zone_check_chain(build);
	zone_check_zonemd(build);
	for (uint32_t i = 1; i < build->names_len; i++) {
		if (build->names[i].cut)
			hide(build, &build->names[i]);
	}
}
