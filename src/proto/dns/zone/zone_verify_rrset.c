// zone_verify_rrset: see the header. The rules are those by which render_rrset.c and
// render_inline.c write RRsets, and on which reply.c relies.
#include "proto/dns/zone/zone_verify_rrset.h"

#include "proto/dns/wire/dns_wire.h"

// Fixups not yet assigned to a record, in order.
struct fixups {
	const uint16_t *at;
	unsigned len;
	size_t end; // of the bytes that pointers may refer to
};

static uint16_t get_u16(const uint8_t *at)
{
	return be16_get(*(const be16_t *)at);
}

static const uint16_t *rrset_fixups(const struct zone_rrset *rrset)
{
	const struct zone_extra *extra = zone_rrset_extra(rrset);

	return (const uint16_t *)((const struct zone_address *)(extra + 1) + extra->addresses);
}

static size_t rdata_len(const uint8_t *record)
{
	return be16_get(((const struct dns_rr_hdr *)(record + sizeof(be16_t)))->rdlen);
}

// Whether a fixup refers to a suffix of the owner that each qname answered with this record
// has, or to an offset in the RRset that a compression pointer can reach.
static bool fixup_is_valid(const struct zone_verify_owner *owner, const struct fixups *fixups,
                           uint16_t to)
{
	if (to & ZONE_FIXUP_RRSET)
		return (to & ~ZONE_FIXUP_RRSET) <= ZONE_FIXUP_MAX &&
		       (to & ~ZONE_FIXUP_RRSET) < (int)fixups->end;
	return to <= owner->labels_max;
}

// Checks the fixups within one record's data, from `from` to `to`. Returns their number, or -1.
// A fixup elsewhere would overwrite the type or length of a record.
static int check_fixups(const struct zone_verify_owner *owner, const struct zone_rrset *rrset,
                        const struct fixups *fixups, size_t from, size_t to)
{
	const uint8_t *wire = zone_rrset_wire(rrset);
	unsigned n = 0;

	for (; n < fixups->len && fixups->at[n] < to; n++) {
		if (fixups->at[n] < from || fixups->at[n] + sizeof(be16_t) > to ||
		    !fixup_is_valid(owner, fixups, get_u16(wire + fixups->at[n])))
			return -1;
		from = fixups->at[n] + sizeof(be16_t);
	}
	return (int)n;
}

// Size in bytes of the owner's suffix of n labels.
static size_t suffix_bytes(const struct zone_verify_owner *owner, unsigned labels)
{
	const struct zone_image *image = owner->image;
	unsigned all = image->origin_labels + owner->node->labels;
	const uint8_t *label = owner->node->name;
	size_t bytes = image->origin_len + (size_t)owner->node->name_len;

	for (; all > labels; all--) {
		if (all == image->origin_labels)
			label = image->origin;
		bytes -= 1 + (size_t)label[0];
		label += 1 + (size_t)label[0];
	}
	return bytes;
}

// Checks the target of a CNAME, which is read from the reply when it is followed: labels up
// to the root, or up to the only pointer, which refers to a suffix of the owner. The data is
// at `rdata_at` in the wire form.
static bool alias_is_valid(const struct zone_verify_owner *owner, const struct zone_rrset *rrset,
                           size_t rdata_at, const struct fixups *fixups, int fixups_len)
{
	const uint8_t *wire = zone_rrset_wire(rrset) + rdata_at;
	size_t len = rdata_len(wire - RR_HEAD_BYTES), at = 0;

	if (fixups_len > 1)
		return false;
	while (at < len && !(fixups_len && at + rdata_at == *fixups->at)) {
		if (wire[at] > DNS_LABEL_MAX_BYTES)
			return false;
		if (wire[at] == 0)
			return !fixups_len && at + 1 == len && len <= DNS_NAME_MAX_BYTES;
		at += 1 + (size_t)wire[at];
	}
	if (!fixups_len || at + sizeof(be16_t) != len || get_u16(wire + at) & ZONE_FIXUP_RRSET)
		return false;
	return at + suffix_bytes(owner, get_u16(wire + at)) <= DNS_NAME_MAX_BYTES;
}

// Checks the data of an RRset's first record, as far as answering reads it.
static bool target_is_valid(const struct zone_verify_owner *owner, const struct zone_rrset *rrset,
                            const struct fixups *fixups, int fixups_len)
{
	const uint8_t *wire = zone_rrset_wire(rrset);
	size_t len = rdata_len(wire);

	if (rrset->type == DNS_TYPE_CNAME)
		return alias_is_valid(owner, rrset, RR_HEAD_BYTES, fixups, fixups_len);
	if (rrset->type == DNS_TYPE_DNAME)
		return len > 0 && dns_name_check(wire + RR_HEAD_BYTES, len) == len;
	return true;
}

static uint16_t record_type(const uint8_t *record)
{
	return be16_get(((const struct dns_rr_hdr *)(record + sizeof(be16_t)))->type);
}

// The length of a record; 0 when it is not of class IN or longer than `left`.
static size_t record_bytes(const uint8_t *wire, size_t left)
{
	const struct dns_rr_hdr *rr = (const struct dns_rr_hdr *)(wire + sizeof(be16_t));
	size_t len;

	if (left < RR_HEAD_BYTES || be16_get(rr->rr_class) != DNS_CLASS_IN)
		return 0;
	len = RR_HEAD_BYTES + be16_get(rr->rdlen);
	return len <= left ? len : 0;
}

// As record_bytes, but for a record of the type with the qname as its owner.
static size_t check_record(const uint8_t *wire, size_t left, uint16_t type)
{
	size_t len = record_bytes(wire, left);

	if (len == 0 || get_u16(wire) != (DNS_PTR | DNS_HDR_BYTES) || record_type(wire) != type)
		return 0;
	return len;
}

static bool check_records(const struct zone_verify_owner *owner, const struct zone_rrset *rrset)
{
	const uint8_t *wire = zone_rrset_wire(rrset);
	struct fixups fixups = {(const uint16_t *)(rrset + 1), 0, rrset->len};
	size_t at = 0;

	if (rrset->extra) {
		fixups.at = rrset_fixups(rrset);
		fixups.len = zone_rrset_extra(rrset)->fixups;
	}
	for (unsigned i = 0; i < rrset->count; i++) {
		size_t len = check_record(wire + at, rrset->len - at, rrset->type);
		int found = 0;

		if (len == 0)
			return false;
		if (unlikely(fixups.len))
			found = check_fixups(owner, rrset, &fixups, at + RR_HEAD_BYTES, at + len);
		if (found < 0 || (i == 0 && !target_is_valid(owner, rrset, &fixups, found)))
			return false;
		fixups.len -= (unsigned)found;
		fixups.at += found;
		at += len;
	}
	return at == rrset->len && rrset->count > 0 && fixups.len == 0;
}

static bool check_sigs(const struct zone_rrset *rrset, const struct zone_extra *extra)
{
	const uint8_t *wire = zone_rrset_wire(rrset) + rrset->len;
	size_t at = 0;

	for (unsigned i = 0; i < extra->sigs; i++) {
		size_t len = check_record(wire + at, extra->sigs_len - at, DNS_TYPE_RRSIG);

		if (len == 0)
			return false;
		at += len;
	}
	return at == extra->sigs_len;
}

// Inline records are aliases after an alias, and addresses after a delegation.
static bool may_be_inline(uint16_t with, uint16_t type)
{
	if (with == DNS_TYPE_CNAME)
		return type == DNS_TYPE_CNAME;
	return with == DNS_TYPE_NS && dns_type_is_address(type);
}

// Checks an inline record. Its owner is a fixup; that of an address refers to the name of a
// server. Removes the fixups of the record. Returns its length, or 0.
static size_t check_inline_record(const struct zone_verify_owner *owner,
                                  const struct zone_rrset *rrset, struct fixups *fixups, size_t at,
                                  size_t left)
{
	const uint8_t *wire = zone_rrset_wire(rrset) + at;
	bool alias = rrset->type == DNS_TYPE_CNAME;
	size_t len = record_bytes(wire, left);
	int found;

	if (len == 0 || !may_be_inline(rrset->type, record_type(wire)) || fixups->len == 0 ||
	    *fixups->at != at || !fixup_is_valid(owner, fixups, get_u16(wire)) ||
	    !(alias || get_u16(wire) & ZONE_FIXUP_RRSET))
		return 0;
	fixups->at++, fixups->len--;
	found = check_fixups(owner, rrset, fixups, at + RR_HEAD_BYTES, at + len);
	if (found < 0 || (found && !alias) ||
	    (alias && !alias_is_valid(owner, rrset, at + RR_HEAD_BYTES, fixups, found)))
		return 0;
	fixups->at += found, fixups->len -= (unsigned)found;
	return len;
}

static bool check_inline(const struct zone_verify_owner *owner, const struct zone_rrset *rrset,
                         const struct zone_extra *extra)
{
	size_t at = rrset->len, end = at + extra->inline_len;
	struct fixups fixups = {rrset_fixups(rrset) + extra->fixups, extra->inline_fixups, end};

	if (extra->inline_records && extra->sigs)
		return false;
	// A single CNAME, with two addresses: its own target and that of the last inline one.
	if (extra->inline_records && rrset->type == DNS_TYPE_CNAME &&
	    (rrset->count != 1 || extra->addresses != 2))
		return false;
	for (unsigned i = 0; i < extra->inline_records; i++) {
		size_t len = check_inline_record(owner, rrset, &fixups, at, end - at);

		if (len == 0)
			return false;
		at += len;
	}
	return at == end && fixups.len == 0;
}

// Whether the compressible names of a type stay within the 14 bits of a compression pointer,
// whatever precedes them in the message.
static bool may_have_fixups(uint16_t type)
{
	const struct dns_rdata_type *info = dns_rdata_type(type);

	for (unsigned i = 0; info && info->fields[i] != DNS_FIELD_END; i++) {
		if (info->fields[i] == DNS_FIELD_NAME)
			return true;
	}
	return false;
}

// Whether the RRset, by its own length fields, fits into `left` bytes.
static bool rrset_fits(const struct zone_rrset *rrset, size_t left)
{
	const struct zone_extra *extra = zone_rrset_extra(rrset);
	size_t extra_bytes, fixups;

	if (left < sizeof(*rrset))
		return false;
	extra_bytes = rrset->extra * (size_t)ZONE_UNIT_BYTES;
	if (left - sizeof(*rrset) < extra_bytes)
		return false;
	left -= sizeof(*rrset) + extra_bytes;
	if (extra_bytes) {
		if (extra_bytes < sizeof(*extra))
			return false;
		fixups = (extra->fixups + (size_t)extra->inline_fixups) * sizeof(uint16_t);
		if (extra_bytes != sizeof(*extra) + extra->addresses * sizeof(struct zone_address) +
		                           ROUND_UP(fixups, ZONE_UNIT_BYTES))
			return false;
	}
	return zone_rrset_wire_bytes(rrset) <= left;
}

const char *zone_verify_rrset(const struct zone_verify_owner *owner, const struct zone_rrset *rrset,
                              size_t left)
{
	const struct zone_extra *extra = zone_rrset_extra(rrset);

	if (!rrset_fits(rrset, left))
		return "an RRset is truncated";
	if (!check_records(owner, rrset) ||
	    (rrset->extra && (!check_sigs(rrset, extra) || !check_inline(owner, rrset, extra) ||
	                      (extra->fixups && !may_have_fixups(rrset->type)))))
		return "a record is malformed";
	return NULL;
}

unsigned zone_verify_rrset_last_alias(const struct zone_rrset *alias)
{
	unsigned at = 0;

	for (unsigned left = zone_rrset_extra(alias)->inline_records; left > 0; left--)
		at += (unsigned)(RR_HEAD_BYTES + rdata_len(zone_rrset_wire(alias) + at));
	return at;
}

// The fixup in the data of the record at `record_at`, or NULL.
static const uint16_t *alias_fixup(const struct zone_rrset *alias, size_t record_at)
{
	const struct zone_extra *extra = zone_rrset_extra(alias);
	const uint16_t *fixup = rrset_fixups(alias);
	size_t from = record_at + RR_HEAD_BYTES;
	size_t to = from + rdata_len(zone_rrset_wire(alias) + record_at);

	for (unsigned left = extra->fixups + extra->inline_fixups; left > 0; left--, fixup++) {
		if (*fixup >= from && *fixup < to)
			return fixup;
	}
	return NULL;
}

uint16_t zone_verify_rrset_target_fixup(const struct zone_rrset *alias, unsigned record_at)
{
	const uint16_t *fixup = alias_fixup(alias, record_at);

	if (fixup && *fixup == record_at + RR_HEAD_BYTES)
		return get_u16(zone_rrset_wire(alias) + *fixup);
	return (uint16_t)(ZONE_FIXUP_RRSET | (record_at + RR_HEAD_BYTES));
}

static size_t node_wire(const struct zone_image *image, const struct zone_node *node,
                        uint8_t wire[DNS_NAME_MAX_BYTES])
{
	memcpy(wire, node->name, node->name_len);
	memcpy(wire + node->name_len, image->origin, image->origin_len);
	return (size_t)node->name_len + image->origin_len;
}

bool zone_verify_rrset_target(const struct zone_verify_owner *owner, const struct zone_rrset *alias,
                              size_t record_at, const struct zone_node *node)
{
	const uint16_t *fixup = alias_fixup(alias, record_at);
	const uint8_t *from = zone_rrset_wire(alias) + record_at + RR_HEAD_BYTES;
	uint8_t own[DNS_NAME_MAX_BYTES], target[DNS_NAME_MAX_BYTES], name[DNS_NAME_MAX_BYTES];
	size_t len = rdata_len(from - RR_HEAD_BYTES);

	if (fixup) {
		size_t suffix = suffix_bytes(owner, get_u16(zone_rrset_wire(alias) + *fixup));

		len = *fixup - record_at - RR_HEAD_BYTES;
		memcpy(target + len, own + node_wire(owner->image, owner->node, own) - suffix,
		       suffix);
	}
	memcpy(target, from, len);
	node_wire(owner->image, node, name);
	return dns_name_eq(target, name);
}
