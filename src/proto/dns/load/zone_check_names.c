// zone_check_names: each name by itself: which types stand together and where, and what
// its sets are like.
#include "proto/dns/load/zone_check_internal.h"

#include "proto/dns/wire/dns_wire.h"

// RFC 2308 section 5.
#define NEGATIVE_TTL_MAX 86400

// The records of one type, and the name that has them.
struct set {
	const struct build_name *name;
	const struct build_record *first;
	unsigned count;
	size_t bytes;
	bool differ; // their TTLs
	char text[DNS_NAME_TEXT_BYTES];
};

static const char *owner(struct set *set)
{
	return dns_name_text(set->name->wire, set->text);
}

static bool is_apex(const struct zone_build *build, const struct set *set)
{
	return set->name == &build->names[1];
}

// Reads the set from its first record on; returns what follows.
static const struct build_record *set_take(const struct zone_build *build, struct set *set,
                                           const struct build_record *first)
{
	const struct build_record *at;

	set->first = first;
	set->count = 0;
	set->bytes = 0;
	set->differ = false;
	for (at = first; at && at->type == first->type; at = build_record_next(build, at)) {
		set->count++;
		set->bytes += sizeof(be16_t) + sizeof(struct dns_rr_hdr) + at->rdata_len;
		set->differ |= at->ttl != first->ttl;
	}
	return at;
}

static void check_size(struct zone_build *build, struct set *set)
{
	char type[16];

	// RFC 2181 section 5.2; a signature has the TTL of what it covers.
	if (set->differ && set->first->type != DNS_TYPE_RRSIG)
		zone_build_report(build, set->first, ZONE_CHECK_TTL_DIFFERS,
		                  "the TTLs of %s %s differ; the lowest is used for all",
		                  owner(set), dns_type_text(set->first->type, type));
	if (set->bytes > UINT16_MAX)
		zone_build_report(build, set->first, ZONE_CHECK_SET_SIZE,
		                  "%s %s has %zu bytes, more than a message can carry", owner(set),
		                  dns_type_text(set->first->type, type), set->bytes);
}

// Serial, refresh, retry, expire and minimum end the data.
static void check_timers(struct zone_build *build, const struct set *set)
{
	const struct build_record *soa = set->first;
	struct span numbers = span_of(soa->rdata + soa->rdata_len - 16, 16);
	uint32_t refresh = span_u32(&numbers), retry = span_u32(&numbers);
	uint32_t expire = span_u32(&numbers), minimum = span_u32(&numbers);
	uint32_t ttl = minimum < soa->ttl ? minimum : soa->ttl;

	if (retry > refresh)
		zone_build_report(
		        build, soa, ZONE_CHECK_SOA_RETRY,
		        "the SOA has servers retry after %u s, which is longer than they wait "
		        "in good times, %u s",
		        retry, refresh);
	if (expire < (uint64_t)refresh + retry)
		zone_build_report(
		        build, soa, ZONE_CHECK_SOA_EXPIRE,
		        "the SOA has the zone expire after %u s, before servers have asked a "
		        "second time, at %ju s",
		        expire, (uintmax_t)refresh + retry);
	if (ttl > NEGATIVE_TTL_MAX)
		zone_build_report(
		        build, soa, ZONE_CHECK_SOA_MINIMUM,
		        "the SOA lets a name be taken for absent for %u s, longer than a day", ttl);
}

static void check_soa(struct zone_build *build, struct set *set)
{
	if (!is_apex(build, set))
		zone_build_report(build, set->first, ZONE_CHECK_SOA_BELOW,
		                  "%s has a SOA but is not the origin", owner(set));
	else if (set->count > 1)
		zone_build_report(build, build_record_next(build, set->first),
		                  ZONE_CHECK_SOA_SEVERAL, "%s has more than one SOA", owner(set));
	else
		check_timers(build, set);
}

static void check_alone(struct zone_build *build, struct set *set, enum zone_check_code check)
{
	char type[16];

	if (set->count > 1)
		zone_build_report(build, build_record_next(build, set->first), check,
		                  "%s has more than one %s", owner(set),
		                  dns_type_text(set->first->type, type));
}

// RFC 1034 section 3.6.2, RFC 2181 section 10.1; RFC 4034 sections 3 and 4.
static void check_cname(struct zone_build *build, struct set *set)
{
	check_alone(build, set, ZONE_CHECK_CNAME_SEVERAL);
	for (const struct build_record *at = build_record_first(build, set->name); at;
	     at = build_record_next(build, at)) {
		if (at->type == DNS_TYPE_CNAME || at->type == DNS_TYPE_RRSIG ||
		    at->type == DNS_TYPE_NSEC)
			continue;
		zone_build_report(build, set->first, ZONE_CHECK_CNAME_OTHER,
		                  "%s has a CNAME and other data", owner(set));
		return;
	}
}

static void check_wildcard(struct zone_build *build, struct set *set, enum zone_check_code check,
                           const char *what)
{
	if (zone_check_is_wildcard(set->name->wire) && !is_apex(build, set))
		zone_build_report(build, set->first, check, "%s %s", owner(set), what);
}

static void check_ds(struct zone_build *build, struct set *set)
{
	// RFC 4035 section 2.4.
	if (is_apex(build, set))
		zone_build_report(build, set->first, ZONE_CHECK_DS_MISPLACED,
		                  "%s has a DS, which belongs into the zone above", owner(set));
	else if (!set->name->delegation)
		zone_build_report(build, set->first, ZONE_CHECK_DS_MISPLACED,
		                  "%s has a DS but no NS", owner(set));
}

static void check_apex_only(struct zone_build *build, struct set *set, enum zone_check_code check)
{
	char type[16];

	if (!is_apex(build, set))
		zone_build_report(build, set->first, check, "%s has a %s but is not the origin",
		                  owner(set), dns_type_text(set->first->type, type));
}

static void check_type(struct zone_build *build, struct set *set)
{
	switch (set->first->type) {
	case DNS_TYPE_SOA:
		check_soa(build, set);
		break;
	case DNS_TYPE_CNAME:
		check_cname(build, set);
		break;
	case DNS_TYPE_DNAME:
		check_alone(build, set, ZONE_CHECK_DNAME_SEVERAL);
		check_wildcard(build, set, ZONE_CHECK_DNAME_WILDCARD,
		               "is a wildcard with a DNAME: resolvers do different things with it");
		break;
	case DNS_TYPE_NS:
		check_wildcard(build, set, ZONE_CHECK_NS_WILDCARD,
		               "is a wildcard with NS, which delegates nothing here");
		break;
	case DNS_TYPE_DS:
		check_ds(build, set);
		break;
	case DNS_TYPE_NSEC3PARAM:
		check_apex_only(build, set, ZONE_CHECK_NSEC3_PARAM);
		break;
	case DNS_TYPE_ZONEMD:
		check_apex_only(build, set, ZONE_CHECK_ZONEMD_UNUSED);
		break;
	default:
		break;
	}
}

static bool is_host_letter(uint8_t c)
{
	return (uint8_t)((c | 0x20) - 'a') < 26 || (uint8_t)(c - '0') < 10 || c == '-';
}

bool zone_check_host_name(const uint8_t *wire)
{
	if (zone_check_is_wildcard(wire))
		wire += 2;
	for (; *wire; wire += 1 + *wire) {
		for (unsigned i = 1; i <= *wire; i++) {
			if (!is_host_letter(wire[i]))
				return false;
		}
		if (wire[1] == '-' || wire[*wire] == '-')
			return false;
	}
	return true;
}

// The first of the types by which a name is a host's, or one that gets mail.
static void check_host(struct zone_build *build, struct set *set)
{
	const struct build_record *at = build_record_first(build, set->name);

	while (at && at->type != DNS_TYPE_A && at->type != DNS_TYPE_AAAA && at->type != DNS_TYPE_MX)
		at = build_record_next(build, at);
	if (at && !zone_check_host_name(set->name->wire))
		zone_build_report(
		        build, at, ZONE_CHECK_HOST_NAME,
		        "%s is no host name: those have letters, digits and hyphens between "
		        "them",
		        owner(set));
}

void zone_check_apex(struct zone_build *build)
{
	const struct build_name *apex = &build->names[1];
	char text[DNS_NAME_TEXT_BYTES];

	if (!zone_check_find(build, apex, DNS_TYPE_SOA))
		zone_build_report(build, NULL, ZONE_CHECK_SOA_MISSING, "%s has no SOA",
		                  dns_name_text(apex->wire, text));
	if (!apex->delegation)
		zone_build_report(build, NULL, ZONE_CHECK_NS_MISSING, "%s has no NS",
		                  dns_name_text(apex->wire, text));
}

void zone_check_names(struct zone_build *build, uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++) {
		const struct build_name *name = &build->names[i];
		const struct build_record *at = build_record_first(build, name);
		struct set set;

		set.name = name;
		while (at) {
			at = set_take(build, &set, at);
			check_size(build, &set);
			check_type(build, &set);
		}
		check_host(build, &set);
	}
}
