// render_inline: see the header.
#include "proto/dns/load/render_inline.h"

#include "proto/dns/wire/dns_wire.h"

// Appends two bytes that the server replaces by a compression pointer, and the fixup that
// says to which name.
static void put_fixup(struct render_rrset *rrset, uint16_t to)
{
	uint16_t at = (uint16_t)(rrset->len + rrset->inline_len);
	be16_t net = be16(to);

	rrset->fixups[rrset->fixups_len + rrset->inline_fixups++] = at;
	memcpy(rrset->wire + at, &net, sizeof(net));
	rrset->inline_len = (uint16_t)(rrset->inline_len + sizeof(net));
}

static void put_bytes(struct render_rrset *rrset, const void *bytes, size_t len)
{
	memcpy(rrset->wire + rrset->len + rrset->inline_len, bytes, len);
	rrset->inline_len = (uint16_t)(rrset->inline_len + len);
}

static void put_head(struct render_rrset *rrset, uint16_t owner, uint16_t type, uint32_t ttl,
                     size_t rdata_len)
{
	const struct dns_rr_hdr rr = {be16(type), be16(DNS_CLASS_IN), be32(ttl),
	                              be16((uint16_t)rdata_len)};

	put_fixup(rrset, owner);
	put_bytes(rrset, &rr, sizeof(rr));
	rrset->inline_count++;
}

// Appends the addresses of a name as glue; name_at is the offset of the name. Records of one
// type are adjacent and get one TTL.
static void put_addresses(struct render_rrset *rrset, const struct zone_records *records,
                          const struct load_name *name, uint16_t name_at)
{
	uint32_t ttl = 0;
	uint16_t type = 0;

	for (const struct load_record *at = zone_records_first(records, name); at;
	     at = zone_records_next(records, at)) {
		if (!dns_type_is_address(at->type))
			continue;
		if (at->type != type)
			ttl = render_rrset_ttl(records, at);
		type = at->type;
		put_head(rrset, ZONE_FIXUP_RRSET | name_at, type, ttl, at->rdata_len);
		put_bytes(rrset, at->rdata, at->rdata_len);
	}
}

static size_t addresses_bytes(const struct zone_records *records, const struct load_name *name)
{
	size_t bytes = 0;

	for (const struct load_record *at = zone_records_first(records, name); at;
	     at = zone_records_next(records, at)) {
		if (dns_type_is_address(at->type))
			bytes += RR_HEAD_BYTES + at->rdata_len;
	}
	return bytes;
}

// Adds the glue that a referral must carry (RFC 9471), in full or not at all: none if it is too
// large, or if no fixup can refer to the name of a server.
static void put_glue(struct render_rrset *rrset, const struct zone_records *records)
{
	const struct zone_address *from = rrset->addresses, *end = from;
	size_t bytes = 0;

	for (; end < from + rrset->addresses_len && end->required; end++) {
		bytes += addresses_bytes(records, &records->names[end->node]);
		if (end->name_at == 0 || end->name_at > ZONE_FIXUP_MAX ||
		    bytes > ZONE_GLUE_BYTES_MAX || rrset->len + bytes > UINT16_MAX)
			return;
	}
	for (; from < end; from++)
		put_addresses(rrset, records, &records->names[from->node], from->name_at);
}

// The CNAME record of a name that has no other records to answer with, or NULL.
static const struct load_record *sole_alias(const struct zone_records *records,
                                            const struct load_name *name)
{
	const struct load_record *alias = NULL;

	for (const struct load_record *at = zone_records_first(records, name); at;
	     at = zone_records_next(records, at)) {
		if (at->type != DNS_TYPE_CNAME || alias)
			return NULL;
		alias = at;
	}
	return alias;
}

// Returns the number of labels of the longest suffix that the name shares with the owner, 0 if
// none. *len is set to the number of bytes before that suffix.
static uint16_t suffix_of_owner(const struct render_rrset *rrset, const uint8_t *wire, size_t *len)
{
	const struct zone_name *owner = &rrset->owner;
	unsigned labels = dns_name_labels(wire);

	for (*len = 0; labels > 0; labels--, *len += 1u + wire[*len]) {
		if (labels <= rrset->owner_labels_max &&
		    dns_name_eq(owner->wire + zone_name_at(owner, labels), wire + *len))
			break;
	}
	return (uint16_t)labels;
}

// Appends a CNAME record; `owner` is the fixup value of its owner. Returns that of its target.
static uint16_t put_alias(struct render_rrset *rrset, const struct load_record *alias,
                          uint16_t owner)
{
	size_t len;
	uint16_t suffix = suffix_of_owner(rrset, alias->rdata, &len);
	uint16_t target = ZONE_FIXUP_RRSET;

	put_head(rrset, owner, DNS_TYPE_CNAME, alias->ttl, len + (suffix ? sizeof(be16_t) : 1));
	target |= (uint16_t)(rrset->len + rrset->inline_len);
	put_bytes(rrset, alias->rdata, len);
	if (suffix)
		put_fixup(rrset, suffix);
	else
		put_bytes(rrset, "", 1);
	return suffix && len == 0 ? suffix : target;
}

// Finds the names of the CNAME records that follow in the chain, and last the name at its end.
// Returns the number of CNAME records; 0 when the chain leaves the zone's authoritative data,
// when none follows, or when too many do.
static unsigned aliases_find(struct render_rrset *rrset, const struct zone_records *records,
                             uint32_t names[ZONE_ALIASES_MAX + 1])
{
	const struct load_record *alias;
	uint32_t index = rrset->addresses[0].node;
	uint32_t encloser;
	unsigned n = 0;
	size_t bytes = 0;

	for (; (alias = sole_alias(records, &records->names[index])); n++) {
		bytes += RR_HEAD_BYTES + alias->rdata_len + sizeof(be16_t);
		if (n == ZONE_ALIASES_MAX || bytes > ZONE_ALIASES_BYTES_MAX)
			return 0;
		names[n] = index;
		index = zone_records_find(records, &rrset->target, alias->rdata, &encloser);
		if (!index || records->names[index].cut || records->names[index].hashed)
			return 0;
	}
	names[n] = index;
	return records->names[index].alias ? 0 : n;
}

static void put_aliases(struct render_rrset *rrset, const struct zone_records *records)
{
	uint32_t names[ZONE_ALIASES_MAX + 1];
	uint16_t owner = ZONE_FIXUP_RRSET | RR_HEAD_BYTES;
	unsigned n = aliases_find(rrset, records, names);

	if (rrset->fixups_len && rrset->fixups[0] == RR_HEAD_BYTES)
		owner = be16_get(*(const be16_t *)(rrset->wire + RR_HEAD_BYTES));
	for (unsigned i = 0; i < n; i++)
		owner = put_alias(rrset, zone_records_first(records, &records->names[names[i]]),
		                  owner);
	if (n)
		rrset->addresses[rrset->addresses_len++] =
		        (struct zone_address){.node = names[n], .name_at = owner};
}

void render_inline(struct render_rrset *rrset, const struct zone_records *records,
                   const struct load_name *name, uint16_t type)
{
	rrset->inline_count = rrset->inline_fixups = 0;
	rrset->inline_len = 0;
	if (rrset->sigs_count || rrset->addresses_len == 0)
		return;
	if (type == DNS_TYPE_NS && &records->names[name->cut] == name)
		put_glue(rrset, records);
	else if (type == DNS_TYPE_CNAME && rrset->count == 1)
		put_aliases(rrset, records);
}
