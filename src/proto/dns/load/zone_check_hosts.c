// zone_check_hosts: see the header.
#include "proto/dns/load/zone_check_hosts.h"

#include "proto/dns/load/host_name.h"
#include "proto/dns/rdata/dns_rdata.h"

enum host_kind {
	HOST_ELSEWHERE, // not in the zone
	HOST_REACHABLE, // has an address
	HOST_ALIAS,     // a CNAME, or below a DNAME
	HOST_BARE,      // neither
};

struct host {
	enum host_kind kind;
	uint32_t cut; // the delegation that it is at or below; 0: none
};

// Below a name of the zone, but not itself there.
static struct host absent_find(const struct zone_records *records, uint32_t encloser)
{
	const struct load_name *above = &records->names[encloser];
	const struct load_name *wildcard = &records->names[above->wildcard];

	if (above->dname || (above->cut && records->names[above->cut].dname))
		return (struct host){HOST_ALIAS, 0};
	if (above->cut)
		return (struct host){HOST_BARE, above->cut};
	if (!above->wildcard)
		return (struct host){HOST_BARE, 0};
	if (wildcard->address)
		return (struct host){HOST_REACHABLE, 0};
	if (wildcard->dname || zone_records_of(records, wildcard, DNS_TYPE_CNAME))
		return (struct host){HOST_ALIAS, 0};
	return (struct host){HOST_BARE, 0};
}

static struct host host_find(const struct zone_records *records, const uint8_t *wire)
{
	struct zone_name target;
	uint32_t encloser, index = zone_records_find(records, &target, wire, &encloser);
	const struct load_name *name = &records->names[index];

	if (!index)
		return encloser ? absent_find(records, encloser) : (struct host){HOST_ELSEWHERE, 0};
	if (name->cut && records->names[name->cut].dname)
		return (struct host){HOST_ALIAS, 0};
	if (name->address)
		return (struct host){HOST_REACHABLE, name->cut};
	if (!name->cut && zone_records_of(records, name, DNS_TYPE_CNAME))
		return (struct host){HOST_ALIAS, 0};
	return (struct host){HOST_BARE, name->cut};
}

// What a record of a type that names hosts may be at fault for.
struct fault {
	uint16_t type;
	enum zone_check_code address, alias;
};

static const struct fault faults[] = {
        {DNS_TYPE_NS, ZONE_CHECK_NS_ADDRESS, ZONE_CHECK_NS_CNAME},
        {DNS_TYPE_MX, ZONE_CHECK_MX_ADDRESS, ZONE_CHECK_MX_CNAME},
        {DNS_TYPE_SRV, ZONE_CHECK_SRV_ADDRESS, ZONE_CHECK_SRV_CNAME},
};
static const struct fault apex_fault = {DNS_TYPE_NS, ZONE_CHECK_APEX_ADDRESS,
                                        ZONE_CHECK_APEX_CNAME};

static const struct fault *fault_find(const struct zone_records *records,
                                      const struct load_name *name, uint16_t type)
{
	if (type == DNS_TYPE_NS && name == &records->names[1])
		return &apex_fault;
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		if (faults[i].type == type)
			return &faults[i];
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
                         const struct fault *fault)
{
	const uint8_t *wire =
	        dns_rdata_host(record->type, record->rdata, record->rdata_len, name->wire);
	struct host host;

	// "." is no host (RFC 7505, RFC 2782).
	if (!wire || !*wire)
		return;
	if (!host_name_check(wire) || host_name_is_wildcard(wire))
		host_report(reporter, name, record, ZONE_CHECK_HOST_NAME, wire,
		            "which is no host name");
	host = host_find(records, wire);
	if (host.kind == HOST_ALIAS)
		host_report(reporter, name, record, fault->alias, wire,
		            "which is an alias: not all will follow it");
	else if (host.kind == HOST_BARE && name->cut && host.cut == name->cut)
		host_report(reporter, name, record, ZONE_CHECK_GLUE_MISSING, wire,
		            "which nobody can reach without its address here");
	else if (host.kind == HOST_BARE && !host.cut)
		host_report(reporter, name, record, fault->address, wire, "which has no address");
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
			const struct fault *fault = fault_find(records, name, at->type);

			if (fault && zone_records_serves(name, at->type))
				check_record(records, reporter, name, at, fault);
		}
	}
}
