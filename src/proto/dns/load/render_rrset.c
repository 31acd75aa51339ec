// render_rrset: see the header. Names are compressed against the owner and against each other
// (RFC 1035 section 4.1.4).
#include "proto/dns/load/render_rrset.h"

#include "proto/dns/rdata/dns_rdata.h"
#include "proto/dns/wire/dns_wire.h"

static void put_bytes(struct render_rrset *rrset, const void *bytes, size_t len)
{
	if (len)
		memcpy(rrset->wire + rrset->len, bytes, len);
	rrset->len = (uint16_t)(rrset->len + len);
}

static void put_u16(struct render_rrset *rrset, uint16_t value)
{
	be16_t net = be16(value);

	put_bytes(rrset, &net, sizeof(net));
}

// The fixup value (zone_image.h) for this suffix, or 0 when it was not written yet.
static uint16_t suffix_find(const struct render_rrset *rrset, const uint8_t *wire, unsigned labels)
{
	const struct zone_name *owner = &rrset->owner;

	if (labels <= rrset->owner_labels_max &&
	    dns_name_eq(owner->wire + zone_name_at(owner, labels), wire))
		return (uint16_t)labels;
	for (unsigned i = 0; i < rrset->suffixes_len; i++) {
		const struct render_suffix *suffix = &rrset->suffixes[i];

		if (suffix->labels == labels && dns_name_eq(suffix->wire, wire))
			return ZONE_FIXUP_RRSET | suffix->at;
	}
	return 0;
}

static void suffix_add(struct render_rrset *rrset, const uint8_t *wire, unsigned labels)
{
	if (rrset->suffixes_len == RENDER_SUFFIXES_MAX || rrset->len > ZONE_FIXUP_MAX)
		return;
	rrset->suffixes[rrset->suffixes_len++] =
	        (struct render_suffix){wire, (uint8_t)labels, rrset->len};
}

static void put_name(struct render_rrset *rrset, const uint8_t *wire)
{
	unsigned labels = dns_name_labels(wire);

	for (; labels > 0; labels--, wire += 1 + wire[0]) {
		uint16_t pointer = suffix_find(rrset, wire, labels);

		if (pointer) {
			rrset->fixups[rrset->fixups_len++] = rrset->len;
			put_u16(rrset, pointer);
			return;
		}
		suffix_add(rrset, wire, labels);
		put_bytes(rrset, wire, 1 + (size_t)wire[0]);
	}
	put_bytes(rrset, "", 1);
}

// Returns the index of the name whose addresses are sent for a target of an RRset of the type: the
// target itself, or the wildcard that matches it. 0: none. For SVCB, more than addresses is sent
// of a target (answer_svcb.h), so that any name will do.
static uint32_t target_find(struct render_rrset *rrset, const struct zone_records *records,
                            uint16_t type, const uint8_t *wire)
{
	uint32_t encloser, index = zone_records_find(records, &rrset->target, wire, &encloser);
	const struct load_name *target;

	if (!index && encloser && !records->names[encloser].cut)
		index = records->names[encloser].wildcard;
	target = &records->names[index];
	if (!index || !(dns_type_is_svcb(type) ? !target->hashed : target->address))
		return 0;
	return index;
}

// Records the target of a CNAME if the zone is authoritative for it: a name that exists, with
// no delegation at or above it, and that is not just the owner of an NSEC3 record.
static void alias_add(struct render_rrset *rrset, const struct zone_records *records,
                      const uint8_t *target)
{
	uint32_t encloser, index = zone_records_find(records, &rrset->target, target, &encloser);

	if (rrset->addresses_len || !index || records->names[index].cut ||
	    records->names[index].hashed)
		return;
	rrset->targets[0] = target;
	rrset->addresses[0] = (struct zone_address){.node = index, .name_at = rrset->len};
	rrset->addresses_len = 1;
}

// Records a name whose addresses go into the additional section; name_at is the offset of the
// target's name.
// Addresses below a zone cut are glue, sent only with NS records.
static void address_add(struct render_rrset *rrset, const struct zone_records *records,
                        const struct load_name *name, uint16_t type, const uint8_t *target,
                        uint16_t name_at)
{
	uint32_t index = target_find(rrset, records, type, target);
	const struct load_name *at = &records->names[index];

	if (!index || (at->cut && type != DNS_TYPE_NS))
		return;
	for (unsigned i = 0; i < rrset->addresses_len; i++) {
		if (rrset->addresses[i].node == index && dns_name_eq(rrset->targets[i], target))
			return;
	}
	rrset->targets[rrset->addresses_len] = target;
	rrset->addresses[rrset->addresses_len++] = (struct zone_address){
	        .node = index,
	        .name_at = name_at,
	        .required = name->cut && at->cut == name->cut,
	};
}

static void put_rdata(struct render_rrset *rrset, const struct zone_records *records,
                      const struct load_name *name, const struct load_record *record)
{
	const struct dns_rdata_type *info = dns_rdata_type(record->type);
	struct span rest = span_of(record->rdata, record->rdata_len);
	const uint8_t *host =
	        dns_rdata_host(record->type, record->rdata, record->rdata_len, name->wire);

	if (host == name->wire)
		address_add(rrset, records, name, record->type, host, 0);
	for (unsigned i = 0; info && info->fields[i] != DNS_FIELD_END; i++) {
		struct span field = dns_rdata_take(info->fields[i], &rest);

		assert(!rest.bad);
		if (record->type == DNS_TYPE_CNAME)
			alias_add(rrset, records, field.p);
		// "." in AliasMode means that there is no service (RFC 9460 section 2.5.1).
		if (field.p == host && (*host || !dns_type_is_svcb(record->type)))
			address_add(rrset, records, name, record->type, field.p, rrset->len);
		if (info->fields[i] == DNS_FIELD_NAME)
			put_name(rrset, field.p);
		else
			put_bytes(rrset, field.p, span_left(&field));
	}
	put_bytes(rrset, rest.p, span_left(&rest));
}

uint32_t render_rrset_ttl(const struct zone_records *records, const struct load_record *first)
{
	uint32_t ttl = first->ttl;

	for (const struct load_record *at = first; at && at->type == first->type;
	     at = zone_records_next(records, at))
		ttl = at->ttl < ttl ? at->ttl : ttl;
	return ttl;
}

// Puts in-domain glue first, so that other additional records cannot use up the space in the
// message. The first entry then holds the number of required ones.
static void addresses_sort(struct render_rrset *rrset)
{
	unsigned required = 0;

	for (unsigned i = 0; i < rrset->addresses_len; i++) {
		struct zone_address at = rrset->addresses[i];

		if (!at.required)
			continue;
		rrset->addresses[i] = rrset->addresses[required];
		rrset->addresses[required++] = at;
	}
	if (required)
		rrset->addresses[0].required = (uint16_t)required;
}

static void owner_set(struct render_rrset *rrset, const struct zone_records *records,
                      const struct load_name *name)
{
	memcpy(rrset->owner.wire, name->wire, name->len);
	zone_name_split(&rrset->owner);
	// An answer made from a wildcard has the queried name as owner, so "*" is no label that
	// pointers may refer to.
	rrset->owner_labels_max = name->labels;
	if (name->parent && &records->names[records->names[name->parent].wildcard] == name)
		rrset->owner_labels_max--;
}

const struct load_record *render_rrset(struct render_rrset *rrset,
                                       const struct zone_records *records,
                                       const struct load_name *name,
                                       const struct load_record *first)
{
	uint32_t ttl = render_rrset_ttl(records, first);
	const struct load_record *at;

	rrset->count = rrset->len = rrset->addresses_len = rrset->fixups_len = 0;
	rrset->sigs_count = rrset->sigs_len = 0;
	rrset->suffixes_len = 0;
	owner_set(rrset, records, name);
	for (at = first; at && at->type == first->type; at = zone_records_next(records, at)) {
		struct dns_rr_hdr *rr;
		uint16_t start;

		put_u16(rrset, DNS_PTR | DNS_HDR_BYTES);
		rr = (struct dns_rr_hdr *)(rrset->wire + rrset->len);
		rrset->len += sizeof(*rr);
		start = rrset->len;
		put_rdata(rrset, records, name, at);
		*rr = (struct dns_rr_hdr){be16(at->type), be16(DNS_CLASS_IN), be32(ttl),
		                          be16((uint16_t)(rrset->len - start))};
		rrset->count++;
	}
	addresses_sort(rrset);
	return at;
}

void render_rrset_sigs(struct render_rrset *rrset, const struct zone_records *records,
                       uint16_t type, const struct load_record *sigs)
{
	const struct dns_rr_hdr *first = (const struct dns_rr_hdr *)(rrset->wire + sizeof(be16_t));
	uint8_t *to = rrset->wire + rrset->len;

	for (; sigs && sigs->type == DNS_TYPE_RRSIG; sigs = zone_records_next(records, sigs)) {
		// The type covered comes first (RFC 4034 section 3.1).
		if ((sigs->rdata[0] << 8 | sigs->rdata[1]) != type)
			continue;
		*(be16_t *)to = be16(DNS_PTR | DNS_HDR_BYTES);
		to += sizeof(be16_t);
		// RFC 4034 section 3: the TTL is that of the RRset that is signed.
		*(struct dns_rr_hdr *)to = (struct dns_rr_hdr){
		        be16(DNS_TYPE_RRSIG), first->rr_class, first->ttl, be16(sigs->rdata_len)};
		to += sizeof(struct dns_rr_hdr);
		memcpy(to, sigs->rdata, sigs->rdata_len);
		to += sigs->rdata_len;
		rrset->sigs_count++;
	}
	rrset->sigs_len = (uint16_t)(to - rrset->wire - rrset->len);
}
