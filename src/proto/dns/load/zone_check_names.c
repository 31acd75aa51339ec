// zone_check_names: see the header.
#include "proto/dns/load/zone_check_names.h"

#include "proto/dns/load/host_name.h"
#include "proto/dns/wire/dns_wire.h"

// Types at a name, as in BIND: an answer for the name walks along its RRsets.
#define TYPES_MAX 100

// One day (RFC 2308 section 5).
#define NEGATIVE_TTL_MAX 86400

// An RRset: the records of one type at one name.
struct set {
	const struct zone_records *records;
	struct zone_reporter *reporter;
	const struct load_name *name;
	const struct load_record *first;
	unsigned count;
	size_t bytes;
	bool ttls_differ;
	char text[DNS_NAME_TEXT_BYTES];
};

static const char *set_owner(struct set *set)
{
	return dns_name_text(set->name->wire, set->text);
}

static bool is_apex(const struct set *set)
{
	return set->name == &set->records->names[1];
}

// Fills in the set that starts at a record; returns the first record of the next type, or NULL.
static const struct load_record *set_take(struct set *set, const struct load_record *first)
{
	const struct load_record *at;

	set->first = first;
	set->count = 0;
	set->bytes = 0;
	set->ttls_differ = false;
	for (at = first; at && at->type == first->type; at = zone_records_next(set->records, at)) {
		set->count++;
		set->bytes += sizeof(be16_t) + sizeof(struct dns_rr_hdr) + at->rdata_len;
		set->ttls_differ |= at->ttl != first->ttl;
	}
	return at;
}

static void check_size(struct set *set)
{
	char type[16];

	// RFC 2181 section 5.2. Signatures are exempt: each has the TTL of the set that it covers.
	if (set->ttls_differ && set->first->type != DNS_TYPE_RRSIG)
		zone_reporter_add(set->reporter, &set->first->place, ZONE_CHECK_TTL_DIFFERS,
		                  "the TTLs of %s %s differ; the lowest is used for all",
		                  set_owner(set), dns_type_text(set->first->type, type));
	if (set->bytes > UINT16_MAX)
		zone_reporter_add(set->reporter, &set->first->place, ZONE_CHECK_SET_SIZE,
		                  "%s %s has %zu bytes, more than a message can carry",
		                  set_owner(set), dns_type_text(set->first->type, type),
		                  set->bytes);
}

// The data of SOA end with five numbers: serial, refresh, retry, expire, minimum.
static void check_timers(const struct set *set)
{
	const struct load_record *soa = set->first;
	struct span numbers = span_of(soa->rdata + soa->rdata_len - 16, 16);
	uint32_t refresh = span_u32(&numbers), retry = span_u32(&numbers);
	uint32_t expire = span_u32(&numbers), minimum = span_u32(&numbers);
	uint32_t ttl = minimum < soa->ttl ? minimum : soa->ttl;

	if (retry > refresh)
		zone_reporter_add(
		        set->reporter, &soa->place, ZONE_CHECK_SOA_RETRY,
		        "the SOA's retry time, %u s, is longer than its refresh time, %u s", retry,
		        refresh);
	if (expire < (uint64_t)refresh + retry)
		zone_reporter_add(
		        set->reporter, &soa->place, ZONE_CHECK_SOA_EXPIRE,
		        "the SOA has the zone expire after %u s, before secondaries retry a "
		        "refresh, after %ju s",
		        expire, (uintmax_t)refresh + retry);
	if (ttl > NEGATIVE_TTL_MAX)
		zone_reporter_add(
		        set->reporter, &soa->place, ZONE_CHECK_SOA_MINIMUM,
		        "the SOA has resolvers cache negative answers for %u s, longer than a day",
		        ttl);
}

static void check_soa(struct set *set)
{
	if (!is_apex(set))
		zone_reporter_add(set->reporter, &set->first->place, ZONE_CHECK_SOA_BELOW,
		                  "%s has a SOA but is not the origin", set_owner(set));
	else if (set->count > 1)
		zone_reporter_add(
		        set->reporter, &zone_records_next(set->records, set->first)->place,
		        ZONE_CHECK_SOA_SEVERAL, "%s has more than one SOA", set_owner(set));
	else
		check_timers(set);
}

static void check_alone(struct set *set, enum zone_check_code check)
{
	char type[16];

	if (set->count > 1)
		zone_reporter_add(set->reporter,
		                  &zone_records_next(set->records, set->first)->place, check,
		                  "%s has more than one %s", set_owner(set),
		                  dns_type_text(set->first->type, type));
}

// RFC 1034 section 3.6.2, RFC 2181 section 10.1; RFC 4034 sections 3 and 4.
static void check_cname(struct set *set)
{
	check_alone(set, ZONE_CHECK_CNAME_SEVERAL);
	for (const struct load_record *at = zone_records_first(set->records, set->name); at;
	     at = zone_records_next(set->records, at)) {
		if (at->type == DNS_TYPE_CNAME || at->type == DNS_TYPE_RRSIG ||
		    at->type == DNS_TYPE_NSEC)
			continue;
		zone_reporter_add(set->reporter, &set->first->place, ZONE_CHECK_CNAME_OTHER,
		                  "%s has a CNAME and other data", set_owner(set));
		return;
	}
}

static void check_wildcard(struct set *set, enum zone_check_code check, const char *what)
{
	if (host_name_is_wildcard(set->name->wire) && !is_apex(set))
		zone_reporter_add(set->reporter, &set->first->place, check, "%s %s", set_owner(set),
		                  what);
}

static void check_ds(struct set *set)
{
	// RFC 4035 section 2.4.
	if (is_apex(set))
		zone_reporter_add(set->reporter, &set->first->place, ZONE_CHECK_DS_MISPLACED,
		                  "%s has a DS, which belongs in the parent zone", set_owner(set));
	else if (!set->name->delegation)
		zone_reporter_add(set->reporter, &set->first->place, ZONE_CHECK_DS_MISPLACED,
		                  "%s has a DS but no NS", set_owner(set));
}

// The digests that IANA has assigned; those of others no validator knows.
#define DS_DIGEST_MAX 6

static void check_ds_digests(struct set *set)
{
	const struct load_record *at = set->first;

	for (unsigned i = 0; i < set->count; i++, at = zone_records_next(set->records, at))
		if (at->rdata[3] == 0 || at->rdata[3] > DS_DIGEST_MAX)
			zone_reporter_add(set->reporter, &at->place, ZONE_CHECK_DS_DIGEST,
			                  "%s has a DS of the unknown digest type %u, which "
			                  "validators ignore",
			                  set_owner(set), at->rdata[3]);
}

// RFC 9460 section 2.4.2.
static void check_svcb(struct set *set)
{
	const struct load_record *at = set->first;
	char type[16];

	for (unsigned i = 0; i < set->count; i++, at = zone_records_next(set->records, at)) {
		bool alias = at->rdata[0] == 0 && at->rdata[1] == 0;

		if (alias && dns_name_len(at->rdata + 2) + 2 < at->rdata_len)
			zone_reporter_add(set->reporter, &at->place, ZONE_CHECK_SVCB_ALIAS,
			                  "%s has a %s of priority 0, AliasMode, with parameters, "
			                  "which clients ignore",
			                  set_owner(set), dns_type_text(at->type, type));
	}
}

static void check_apex_only(struct set *set, enum zone_check_code check)
{
	char type[16];

	if (!is_apex(set))
		zone_reporter_add(set->reporter, &set->first->place, check,
		                  "%s has a %s but is not the origin", set_owner(set),
		                  dns_type_text(set->first->type, type));
}

static void check_type(struct set *set)
{
	switch (set->first->type) {
	case DNS_TYPE_SOA:
		check_soa(set);
		break;
	case DNS_TYPE_CNAME:
		check_cname(set);
		break;
	case DNS_TYPE_DNAME:
		check_alone(set, ZONE_CHECK_DNAME_SEVERAL);
		check_wildcard(set, ZONE_CHECK_DNAME_WILDCARD,
		               "is a wildcard with a DNAME, which resolvers treat differently");
		break;
	case DNS_TYPE_NS:
		check_wildcard(set, ZONE_CHECK_NS_WILDCARD,
		               "is a wildcard with NS, which is not served as a delegation");
		break;
	case DNS_TYPE_DS:
		check_ds(set);
		check_ds_digests(set);
		break;
	case DNS_TYPE_SVCB:
	case DNS_TYPE_HTTPS:
		check_svcb(set);
		break;
	case DNS_TYPE_CDS:
	case DNS_TYPE_CDNSKEY:
		check_apex_only(set, ZONE_CHECK_CDS_MISMATCH);
		break;
	case DNS_TYPE_NSEC3PARAM:
		check_apex_only(set, ZONE_CHECK_NSEC3_PARAM);
		break;
	case DNS_TYPE_ZONEMD:
		check_apex_only(set, ZONE_CHECK_ZONEMD_UNUSED);
		break;
	default:
		break;
	}
}

static void check_types(struct set *set, unsigned types)
{
	if (types > TYPES_MAX)
		zone_reporter_add(set->reporter, &set->first->place, ZONE_CHECK_SET_MANY,
		                  "%s has records of %u types; at most %u are accepted",
		                  set_owner(set), types, TYPES_MAX);
}

// A name with A, AAAA or MX records must be a valid host name.
static void check_host(struct set *set)
{
	const struct load_record *at = zone_records_first(set->records, set->name);

	while (at && at->type != DNS_TYPE_A && at->type != DNS_TYPE_AAAA && at->type != DNS_TYPE_MX)
		at = zone_records_next(set->records, at);
	if (at && !host_name_check(set->name->wire))
		zone_reporter_add(
		        set->reporter, &at->place, ZONE_CHECK_HOST_NAME,
		        "%s is not a valid host name: its labels may have letters, digits and "
		        "inner hyphens",
		        set_owner(set));
}

void zone_check_names_apex(const struct zone_records *records, struct zone_reporter *reporter)
{
	const struct load_name *apex = &records->names[1];
	char text[DNS_NAME_TEXT_BYTES];

	if (!zone_records_of(records, apex, DNS_TYPE_SOA))
		zone_reporter_add(reporter, NULL, ZONE_CHECK_SOA_MISSING, "%s has no SOA",
		                  dns_name_text(apex->wire, text));
	if (!apex->delegation)
		zone_reporter_add(reporter, NULL, ZONE_CHECK_NS_MISSING, "%s has no NS",
		                  dns_name_text(apex->wire, text));
}

void zone_check_names(const struct zone_records *records, struct zone_reporter *reporter,
                      uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++) {
		const struct load_name *name = &records->names[i];
		const struct load_record *at = zone_records_first(records, name);
		unsigned types = 0;
		struct set set;

		set.records = records;
		set.reporter = reporter;
		set.name = name;
		for (; at; types++) {
			at = set_take(&set, at);
			check_size(&set);
			check_type(&set);
		}
		check_types(&set, types);
		check_host(&set);
	}
}
