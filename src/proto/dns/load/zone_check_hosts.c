// zone_check_hosts: see the header.
#include "proto/dns/load/zone_check_hosts.h"

#include "proto/dns/load/host_name.h"
#include "proto/dns/rdata/dns_rdata.h"

enum host_kind {
	HOST_OUTSIDE,    // not in the zone
	HOST_ADDRESS,    // has an address
	HOST_ALIAS,      // a CNAME, or below a DNAME
	HOST_NO_ADDRESS, // neither
};

struct host {
	enum host_kind kind;
	uint32_t cut; // the delegation at or above the host; 0: none
};

// A host that does not exist; `encloser` is its deepest existing ancestor. A wildcard or a DNAME
// may still answer for it.
static struct host absent_find(const struct zone_records *records, uint32_t encloser)
{
	const struct load_name *above = &records->names[encloser];
	const struct load_name *wildcard = &records->names[above->wildcard];

	if (above->dname || (above->cut && records->names[above->cut].dname))
		return (struct host){HOST_ALIAS, 0};
	if (above->cut)
		return (struct host){HOST_NO_ADDRESS, above->cut};
	if (!above->wildcard)
		return (struct host){HOST_NO_ADDRESS, 0};
	if (wildcard->address)
		return (struct host){HOST_ADDRESS, 0};
	if (wildcard->dname || wildcard->alias)
		return (struct host){HOST_ALIAS, 0};
	return (struct host){HOST_NO_ADDRESS, 0};
}

static struct host host_find(const struct zone_records *records, const uint8_t *wire)
{
	struct zone_name target;
	uint32_t encloser, index = zone_records_find(records, &target, wire, &encloser);
	const struct load_name *name = &records->names[index];

	if (!index)
		return encloser ? absent_find(records, encloser) : (struct host){HOST_OUTSIDE, 0};
	if (name->cut && records->names[name->cut].dname)
		return (struct host){HOST_ALIAS, 0};
	if (name->address)
		return (struct host){HOST_ADDRESS, name->cut};
	if (!name->cut && name->alias)
		return (struct host){HOST_ALIAS, 0};
	return (struct host){HOST_NO_ADDRESS, name->cut};
}

// The checks that a record of a type fails if its host has no address, or is an alias.
struct host_checks {
	uint16_t type;
	enum zone_check_code address, alias;
};

static const struct host_checks host_checks[] = {
        {DNS_TYPE_NS, ZONE_CHECK_NS_ADDRESS, ZONE_CHECK_NS_CNAME},
        {DNS_TYPE_MX, ZONE_CHECK_MX_ADDRESS, ZONE_CHECK_MX_CNAME},
        {DNS_TYPE_SRV, ZONE_CHECK_SRV_ADDRESS, ZONE_CHECK_SRV_CNAME},
};
static const struct host_checks apex_checks = {DNS_TYPE_NS, ZONE_CHECK_APEX_ADDRESS,
                                               ZONE_CHECK_APEX_CNAME};

static const struct host_checks *checks_find(const struct zone_records *records,
                                             const struct load_name *name, uint16_t type)
{
	if (type == DNS_TYPE_NS && name == &records->names[1])
		return &apex_checks;
	for (size_t i = 0; i < ARRAY_LEN(host_checks); i++) {
		if (host_checks[i].type == type)
			return &host_checks[i];
	}
	return NULL;
}

static void host_report(struct zone_reporter *reporter, const struct load_name *name,
                        const struct load_record *record, enum zone_check_code check,
                        const uint8_t *wire, const char *what)
{
	char text[DNS_NAME_TEXT_BYTES], target[DNS_NAME_TEXT_BYTES], type[16];

	zone_reporter_add(reporter, &record->place, check, "%s %s names %s, %s",
	                  dns_name_text(name->wire, text), dns_type_text(record->type, type),
	                  dns_name_text(wire, target), what);
}

static void check_record(const struct zone_records *records, struct zone_reporter *reporter,
                         const struct load_name *name, const struct load_record *record,
                         const struct host_checks *checks)
{
	const uint8_t *wire =
	        dns_rdata_host(record->type, record->rdata, record->rdata_len, name->wire);
	struct host host;

	// "." means that there is no host (RFC 7505, RFC 2782).
	if (!wire || !*wire)
		return;
	if (!host_name_check(wire) || host_name_is_wildcard(wire))
		host_report(reporter, name, record, ZONE_CHECK_HOST_NAME, wire,
		            "which is not a valid host name");
	host = host_find(records, wire);
	if (host.kind == HOST_ALIAS)
		host_report(reporter, name, record, checks->alias, wire,
		            "which is an alias: some clients do not follow it");
	else if (host.kind == HOST_NO_ADDRESS && name->cut && host.cut == name->cut)
		host_report(reporter, name, record, ZONE_CHECK_GLUE_MISSING, wire,
		            "which no resolver can reach without its address here");
	else if (host.kind == HOST_NO_ADDRESS && !host.cut)
		host_report(reporter, name, record, checks->address, wire, "which has no address");
}

void zone_check_hosts(const struct zone_records *records, struct zone_reporter *reporter,
                      uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i++) {
		const struct load_name *name = &records->names[i];

		if (zone_records_occluded(records, i))
			continue;
		for (const struct load_record *at = zone_records_first(records, name); at;
		     at = zone_records_next(records, at)) {
			const struct host_checks *checks = checks_find(records, name, at->type);

			if (checks && zone_records_serves(name, at->type))
				check_record(records, reporter, name, at, checks);
		}
	}
}
