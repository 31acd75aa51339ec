// zone_audit: goes once over the nodes in their order, notes where each begins, then
// follows what points to them: bits tell whether a place is one of a node, so that
// nothing is read before it was checked. What it demands is what zone_render.c and
// zone_proof.c write and zone_index.c, zone_order.c and answer*.c read.
#include "proto/dns/zone_audit.h"

#include "core/huge.h"
#include "proto/dns/dns_wire.h"

#include <errno.h>
#include <stdlib.h>

#define PROOF_UNITS   (sizeof(struct zone_proof) / ZONE_UNIT_BYTES)
#define RR_HEAD_BYTES (sizeof(be16_t) + sizeof(struct dns_rr_hdr))
#define BUCKETS_AHEAD 4

struct audit {
	const struct zone_image *image;
	const char *why;
	uint64_t *nodes;   // a bit for each place: a node begins there
	uint64_t *linked;  // one that points to others
	uint64_t *denials; // one that owns a denial of the zone's kind
	uint16_t denial;   // its type, 0: the zone is not signed
	uint32_t first;    // place behind the index
	uint32_t gap;      // units before each node
	uint32_t places;
	zone_stopped_fn *stopped;
	uint32_t steps; // things looked at, to ask that now and then
};

#define STOP_EVERY 4096 // steps

// The rules of a record's names depend on who owns it.
struct owner {
	const struct zone_image *image;
	const struct zone_node *node;
	unsigned labels_max; // of a suffix that a pointer may mean
	bool ns, dname, denial, addresses;
};

static bool fault(struct audit *audit, const char *why)
{
	audit->why = why;
	return false;
}

static bool goes_on(struct audit *audit)
{
	if (likely(++audit->steps % STOP_EVERY != 0) || !audit->stopped || !audit->stopped())
		return true;
	return fault(audit, "its check was stopped");
}

static bool bit_get(const uint64_t *bits, const struct audit *audit, uint32_t place)
{
	return place < audit->places && bits[place / 64] >> (place % 64) & 1;
}

static void bit_set(uint64_t *bits, uint32_t place)
{
	bits[place / 64] |= UINT64_C(1) << (place % 64);
}

static uint16_t get_u16(const uint8_t *at)
{
	return be16_get(*(const be16_t *)at);
}

static bool check_origin(struct audit *audit)
{
	const struct zone_image *image = audit->image;
	uint8_t lower[DNS_NAME_MAX_BYTES];

	if (image->origin_len == 0 ||
	    dns_name_check(image->origin, image->origin_len) != image->origin_len ||
	    dns_name_labels(image->origin) != image->origin_labels)
		return fault(audit, "the origin is no name");
	dns_name_lower(lower, image->origin);
	if (memcmp(lower, image->origin, image->origin_len) != 0)
		return fault(audit, "the origin is not in lower case");
	return true;
}

static bool check_header(struct audit *audit, size_t bytes)
{
	static const uint16_t denials[] = {
	        [ZONE_DENIAL_NSEC] = DNS_TYPE_NSEC,
	        [ZONE_DENIAL_NSEC3] = DNS_TYPE_NSEC3,
	};
	const struct zone_image *image = audit->image;
	size_t start;

	if (bytes < sizeof(*image) || image->bytes != bytes || bytes % CACHE_LINE_BYTES ||
	    bytes / ZONE_UNIT_BYTES > UINT32_MAX)
		return fault(audit, "its length is wrong");
	start = zone_head_bytes(image->origin_len, image->nsec3_salt_len);
	if (image->index_at != start || start > bytes)
		return fault(audit, "its head is cut off");
	if (!check_origin(audit))
		return false;
	if (image->buckets == 0 || image->buckets > (bytes - start) / sizeof(struct zone_bucket))
		return fault(audit, "the index is cut off");
	audit->places = (uint32_t)(bytes / ZONE_UNIT_BYTES);
	audit->first =
	        (uint32_t)((start + image->buckets * sizeof(struct zone_bucket)) / ZONE_UNIT_BYTES);
	if (image->denial >= ARRAY_LEN(denials))
		return fault(audit, "the kind of denials is unknown");
	audit->denial = denials[image->denial];
	// A zone that says to be signed and is not keeps the room for proofs.
	audit->gap = image->apex - audit->first;
	if (audit->gap != PROOF_UNITS && (audit->gap != 0 || audit->denial))
		return fault(audit, "the node of the origin is not the first");
	if (image->negative_soa <= image->apex || image->negative_soa >= audit->places)
		return fault(audit, "the nodes are cut off");
	return true;
}

// A pointer to be finished: to a suffix that every owner has who is answered with the
// record, or to a place that stays in reach.
static bool fixup_is_sound(const struct owner *owner, const struct zone_rrset *rrset, uint16_t to)
{
	if (to & ZONE_FIXUP_RRSET)
		return (to & ~ZONE_FIXUP_RRSET) <= ZONE_FIXUP_MAX &&
		       (to & ~ZONE_FIXUP_RRSET) < rrset->len;
	return to <= owner->labels_max;
}

// The fixups, in order, that lie in one record's data; returns how many, or -1. One
// that lay elsewhere would change the lengths by which replies are read.
static int check_fixups(const struct owner *owner, const struct zone_rrset *rrset,
                        const uint16_t *fixups, unsigned len, size_t from, size_t to)
{
	const uint8_t *wire = zone_rrset_wire(rrset);
	unsigned n = 0;

	for (; n < len && fixups[n] < to; n++) {
		if (fixups[n] < from || fixups[n] + sizeof(be16_t) > to ||
		    !fixup_is_sound(owner, rrset, get_u16(wire + fixups[n])))
			return -1;
		from = fixups[n] + sizeof(be16_t);
	}
	return (int)n;
}

// Bytes of the owner's suffix of so many labels.
static size_t suffix_bytes(const struct owner *owner, unsigned labels)
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

// The name that a CNAME leads on to, which the engine reads out of the reply: labels
// up to the root, or up to the one pointer, to a suffix of the owner.
static bool alias_is_sound(const struct owner *owner, const uint8_t *wire, size_t len,
                           const uint16_t *fixups, int fixups_len)
{
	size_t at = 0;

	if (fixups_len > 1)
		return false;
	while (at < len && !(fixups_len && at + RR_HEAD_BYTES == *fixups)) {
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

// What the engine reads of the data of a set's first record.
static bool target_is_sound(const struct owner *owner, const struct zone_rrset *rrset,
                            const uint16_t *fixups, int fixups_len)
{
	const uint8_t *wire = zone_rrset_wire(rrset);
	const struct dns_rr_hdr *rr = (const struct dns_rr_hdr *)(wire + sizeof(be16_t));
	size_t len = be16_get(rr->rdlen);

	if (rrset->type == DNS_TYPE_CNAME)
		return alias_is_sound(owner, wire + RR_HEAD_BYTES, len, fixups, fixups_len);
	if (rrset->type == DNS_TYPE_DNAME)
		return len > 0 && dns_name_check(wire + RR_HEAD_BYTES, len) == len;
	return true;
}

// A record with the length that it says; that length in bytes, or 0.
static size_t record_bytes(const uint8_t *wire, size_t left)
{
	const struct dns_rr_hdr *rr = (const struct dns_rr_hdr *)(wire + sizeof(be16_t));
	size_t len;

	if (left < RR_HEAD_BYTES || be16_get(rr->rr_class) != DNS_CLASS_IN)
		return 0;
	len = RR_HEAD_BYTES + be16_get(rr->rdlen);
	return len <= left ? len : 0;
}

// The same, of a type, with the question's name as its owner.
static size_t check_record(const uint8_t *wire, size_t left, uint16_t type)
{
	const struct dns_rr_hdr *rr = (const struct dns_rr_hdr *)(wire + sizeof(be16_t));
	size_t len = record_bytes(wire, left);

	if (len == 0 || get_u16(wire) != (DNS_PTR | DNS_HDR_BYTES) || be16_get(rr->type) != type)
		return 0;
	return len;
}

static bool check_records(const struct owner *owner, const struct zone_rrset *rrset)
{
	const struct zone_extra *extra = zone_rrset_extra(rrset);
	const uint8_t *wire = zone_rrset_wire(rrset);
	const uint16_t *fixups = (const uint16_t *)extra;
	unsigned left = 0;
	size_t at = 0;

	if (rrset->extra) {
		const struct zone_address *addresses = (const struct zone_address *)(extra + 1);

		fixups = (const uint16_t *)(addresses + extra->addresses);
		left = extra->fixups;
	}
	for (unsigned i = 0; i < rrset->count; i++) {
		size_t len = check_record(wire + at, rrset->len - at, rrset->type);
		int found = 0;

		if (len == 0)
			return false;
		if (unlikely(left))
			found = check_fixups(owner, rrset, fixups, left, at + RR_HEAD_BYTES,
			                     at + len);
		if (found < 0 || (i == 0 && !target_is_sound(owner, rrset, fixups, found)))
			return false;
		left -= (unsigned)found;
		fixups += found;
		at += len;
	}
	return at == rrset->len && rrset->count > 0 && left == 0;
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

// The glue behind a delegation's servers, owned by names among these.
static bool check_glue(const struct zone_rrset *rrset, const struct zone_extra *extra)
{
	const uint8_t *wire = zone_rrset_glue(rrset);
	size_t at = 0;

	for (unsigned i = 0; i < extra->glue; i++) {
		size_t len = record_bytes(wire + at, extra->glue_len - at);
		uint16_t name_at;

		if (len == 0)
			return false;
		name_at = get_u16(wire + at);
		if (name_at > ZONE_FIXUP_MAX || name_at >= rrset->len)
			return false;
		at += len;
	}
	return at == extra->glue_len;
}

// Whether a type has names that may be compressed, all in the first 14 bits of a
// message whatever stands before them.
static bool may_have_fixups(uint16_t type)
{
	const struct dns_type_info *info = dns_type_find(type);

	for (unsigned i = 0; info && info->fields[i] != DNS_FIELD_END; i++) {
		if (info->fields[i] == DNS_FIELD_NAME)
			return true;
	}
	return false;
}

// The room that the set says it takes, of what is left.
static bool rrset_fits(const struct zone_rrset *rrset, size_t left)
{
	const struct zone_extra *extra = zone_rrset_extra(rrset);
	size_t extra_bytes;

	if (left < sizeof(*rrset))
		return false;
	extra_bytes = rrset->extra * (size_t)ZONE_UNIT_BYTES;
	if (left - sizeof(*rrset) < extra_bytes)
		return false;
	left -= sizeof(*rrset) + extra_bytes;
	if (extra_bytes) {
		if (extra_bytes < sizeof(*extra) ||
		    extra_bytes !=
		            sizeof(*extra) + extra->addresses * sizeof(struct zone_address) +
		                    ROUND_UP(extra->fixups * sizeof(uint16_t), ZONE_UNIT_BYTES))
			return false;
	}
	return zone_rrset_wire_bytes(rrset) <= left;
}

// The set that follows, or NULL.
static const struct zone_rrset *check_rrset(struct audit *audit, struct owner *owner,
                                            const struct zone_rrset *rrset, uint32_t end)
{
	const uint8_t *limit = zone_at(audit->image, end);
	const struct zone_extra *extra = zone_rrset_extra(rrset);

	if (!rrset_fits(rrset, (size_t)(limit - (const uint8_t *)rrset))) {
		fault(audit, "a set of records is cut off");
		return NULL;
	}
	if (!check_records(owner, rrset) || (rrset->extra && !check_sigs(rrset, extra)) ||
	    (rrset->extra && !check_glue(rrset, extra)) ||
	    (rrset->extra && extra->fixups && !may_have_fixups(rrset->type))) {
		fault(audit, "a record is malformed");
		return NULL;
	}
	owner->ns |= rrset->type == DNS_TYPE_NS;
	owner->dname |= rrset->type == DNS_TYPE_DNAME;
	owner->denial |= audit->denial && rrset->type == audit->denial;
	owner->addresses |= rrset->extra && extra->addresses;
	return zone_rrset_next(rrset);
}

static bool name_is_sound(const struct zone_image *image, const struct zone_node *node)
{
	unsigned at = 0, labels = 0;

	for (; at < node->name_len; labels++) {
		if (node->name[at] == 0 || node->name[at] > DNS_LABEL_MAX_BYTES)
			return false;
		at += 1u + node->name[at];
	}
	return at == node->name_len && labels == node->labels &&
	       at + image->origin_len <= DNS_NAME_MAX_BYTES;
}

static bool is_wildcard(const struct zone_node *node)
{
	return node->name_len >= 2 && node->name[0] == 1 && node->name[1] == '*';
}

static bool is_below(const struct zone_node *node, const struct zone_node *above)
{
	unsigned at = 0;

	if (node->labels <= above->labels)
		return false;
	for (unsigned i = above->labels; i < node->labels; i++)
		at += 1u + node->name[at];
	return node->name_len - at == above->name_len &&
	       memcmp(node->name + at, above->name, above->name_len) == 0;
}

// Parents come before their children, so what is above a node has been checked. At a
// cut there are servers to refer to; at a DNAME there is one.
static bool check_cut(struct audit *audit, const struct owner *owner, uint32_t place)
{
	const struct zone_node *node = owner->node, *cut = zone_at(audit->image, node->cut);

	if (node->dname && !owner->dname)
		return fault(audit, "a DNAME is missing");
	if (node->cut == 0)
		return true;
	if (node->cut == place)
		return (owner->ns && !node->dname) || fault(audit, "a delegation has no servers");
	if (node->cut > place || !bit_get(audit->nodes, audit, node->cut) || !is_below(node, cut) ||
	    !(cut->dname || cut->cut == node->cut))
		return fault(audit, "a delegation is none");
	return true;
}

static struct owner owner_of(const struct audit *audit, const struct zone_node *node)
{
	unsigned labels = audit->image->origin_labels + node->labels;

	// Another name stands where a wildcard does.
	return (struct owner){audit->image, node, labels - is_wildcard(node)};
}

// Whether the node, and its name, end before the nodes do.
static bool node_fits(const struct audit *audit, uint32_t at)
{
	uint32_t left = audit->image->negative_soa - at;
	const struct zone_node *node = zone_at(audit->image, at + audit->gap);
	size_t bytes;

	if (left < audit->gap)
		return false;
	bytes = (left - audit->gap) * (size_t)ZONE_UNIT_BYTES;
	return bytes >= sizeof(*node) && bytes >= sizeof(*node) + node->name_len;
}

// A node, from its proof on, with its sets; the place behind them, or 0.
static uint32_t check_node(struct audit *audit, uint32_t at)
{
	const struct zone_image *image = audit->image;
	uint32_t place = at + audit->gap, end = image->negative_soa;
	const struct zone_node *node = zone_at(image, place);
	const struct zone_rrset *rrset;
	struct owner owner;

	if (!node_fits(audit, at)) {
		fault(audit, "a name is cut off");
		return 0;
	}
	if (!name_is_sound(image, node)) {
		fault(audit, "a name is malformed");
		return 0;
	}
	owner = owner_of(audit, node);
	rrset = zone_node_rrsets(node);
	for (unsigned i = 0; i < node->rrsets && rrset; i++)
		rrset = check_rrset(audit, &owner, rrset, end);
	if (!rrset || !check_cut(audit, &owner, place))
		return 0;
	bit_set(audit->nodes, place);
	if (owner.denial)
		bit_set(audit->denials, place);
	if (owner.addresses || node->wildcard || (audit->denial && node->cut == place))
		bit_set(audit->linked, place);
	return (uint32_t)(((const uint8_t *)rrset - (const uint8_t *)image) / ZONE_UNIT_BYTES);
}

static bool check_nodes(struct audit *audit)
{
	const struct zone_image *image = audit->image;
	const struct zone_node *apex = zone_at(image, image->apex);

	for (uint32_t at = audit->first; at != image->negative_soa;) {
		at = check_node(audit, at);
		if (at == 0 || !goes_on(audit))
			return false;
	}
	return apex->name_len == 0 || fault(audit, "the node of the origin is not the first");
}

static bool is_denial(const struct audit *audit, uint32_t place)
{
	return bit_get(audit->denials, audit, place);
}

// A node that a search may end at: what denies what is not there is read from it.
static bool check_reached(struct audit *audit, uint32_t place)
{
	const struct zone_node *node = zone_at(audit->image, place);
	const struct zone_proof *proof = zone_node_proof(node);

	if (!bit_get(audit->nodes, audit, place))
		return fault(audit, "a name is pointed to that is none");
	if (!audit->denial || (node->cut && node->cut != place))
		return true;
	if (!is_denial(audit, proof->match) || !is_denial(audit, proof->wildcard) ||
	    (proof->cover && !is_denial(audit, proof->cover)))
		return fault(audit, "a proof is none");
	return true;
}

static bool check_wildcard(struct audit *audit, const struct zone_node *node)
{
	const struct zone_node *child = zone_at(audit->image, node->wildcard);

	if (!check_reached(audit, node->wildcard))
		return false;
	if (!is_wildcard(child) || child->labels != node->labels + 1 || !is_below(child, node))
		return fault(audit, "a wildcard is none");
	return true;
}

static size_t node_wire(const struct zone_image *image, const struct zone_node *node,
                        uint8_t wire[DNS_NAME_MAX_BYTES])
{
	memcpy(wire, node->name, node->name_len);
	memcpy(wire + node->name_len, image->origin, image->origin_len);
	return (size_t)node->name_len + image->origin_len;
}

// Whether a sound CNAME leads to the node's name: a reply takes the places of the one's
// labels for those of the other's.
static bool alias_leads_to(const struct owner *owner, const struct zone_rrset *alias,
                           const struct zone_node *node)
{
	const struct zone_extra *extra = zone_rrset_extra(alias);
	const uint16_t *fixup =
	        (const uint16_t *)((const struct zone_address *)(extra + 1) + extra->addresses);
	const uint8_t *from = zone_rrset_wire(alias) + RR_HEAD_BYTES;
	const struct dns_rr_hdr *rr = (const struct dns_rr_hdr *)from - 1;
	uint8_t own[DNS_NAME_MAX_BYTES], target[DNS_NAME_MAX_BYTES], name[DNS_NAME_MAX_BYTES];
	size_t len = be16_get(rr->rdlen);

	if (extra->fixups && *fixup < RR_HEAD_BYTES + len) {
		size_t suffix = suffix_bytes(owner, get_u16(zone_rrset_wire(alias) + *fixup));

		len = *fixup - RR_HEAD_BYTES;
		memcpy(target + len, own + node_wire(owner->image, owner->node, own) - suffix,
		       suffix);
	}
	memcpy(target, from, len);
	node_wire(owner->image, node, name);
	return dns_name_eq(target, name);
}

// The node that a CNAME leads to answers by itself.
static bool check_alias(struct audit *audit, const struct zone_node *node,
                        const struct zone_rrset *alias)
{
	const struct zone_extra *extra = zone_rrset_extra(alias);
	const struct zone_address *target = (const struct zone_address *)(extra + 1);
	const struct owner owner = owner_of(audit, node);
	const struct zone_node *at = zone_at(audit->image, target->node);

	if (!alias->extra || extra->addresses == 0)
		return true;
	if (!check_reached(audit, target->node))
		return false;
	return (extra->addresses == 1 && at->cut == 0 && alias_leads_to(&owner, alias, at)) ||
	       fault(audit, "an alias leads elsewhere");
}

static bool check_addresses(struct audit *audit, const struct zone_rrset *rrset)
{
	const struct zone_extra *extra = zone_rrset_extra(rrset);
	const struct zone_address *addresses = (const struct zone_address *)(extra + 1);

	for (unsigned i = 0; rrset->extra && i < extra->addresses; i++) {
		if (!bit_get(audit->nodes, audit, addresses[i].node) ||
		    addresses[i].name_at >= rrset->len)
			return fault(audit, "an address is none");
	}
	return true;
}

static bool check_links(struct audit *audit, uint32_t place)
{
	const struct zone_node *node = zone_at(audit->image, place);
	const struct zone_rrset *rrset = zone_node_rrsets(node);

	for (unsigned i = 0; i < node->rrsets; i++, rrset = zone_rrset_next(rrset)) {
		if (!check_addresses(audit, rrset) ||
		    (rrset->type == DNS_TYPE_CNAME && !check_alias(audit, node, rrset)))
			return false;
	}
	if (node->wildcard && !check_wildcard(audit, node))
		return false;
	return node->cut != place || check_reached(audit, place);
}

static bool check_linked(struct audit *audit)
{
	for (uint32_t i = 0; i <= audit->places / 64; i++) {
		for (uint64_t bits = audit->linked[i]; bits; bits &= bits - 1) {
			if (!check_links(audit, i * 64 + (uint32_t)__builtin_ctzll(bits)) ||
			    !goes_on(audit))
				return false;
		}
	}
	return check_reached(audit, audit->image->apex);
}

// Has the bits fetched that tell of a bucket's names: they lie anywhere.
static void fetch_bits(const struct audit *audit, uint32_t bucket)
{
	const struct zone_image *image = audit->image;

	for (unsigned slot = 0; bucket < image->buckets && slot < ZONE_BUCKET_SLOTS; slot++) {
		uint32_t place = zone_buckets(image)[bucket].node[slot];

		if (place < audit->places)
			prefetch(&audit->nodes[place / 64]);
	}
}

// A search goes on from bucket to bucket until one that no name passed over.
static bool check_index(struct audit *audit)
{
	const struct zone_image *image = audit->image;
	const struct zone_node *apex = zone_at(image, image->apex);
	const struct zone_bucket *buckets = zone_buckets(image);
	uint32_t run = 0, first_run = UINT32_MAX;
	uint64_t names = 0;

	for (uint32_t i = 0; i < image->buckets; i++) {
		if (!goes_on(audit))
			return false;
		fetch_bits(audit, i + BUCKETS_AHEAD);
		for (unsigned slot = 0; slot < ZONE_BUCKET_SLOTS; slot++) {
			if (buckets[i].tag[slot] == 0)
				continue;
			if (!check_reached(audit, buckets[i].node[slot]))
				return false;
			names++;
		}
		run = buckets[i].overflow ? run + 1 : 0;
		if (run == 0 && first_run == UINT32_MAX)
			first_run = i;
		if (run > ZONE_RUN_MAX)
			break;
	}
	// What passed over the last goes on with the first.
	if (first_run > ZONE_RUN_MAX || run + first_run > ZONE_RUN_MAX)
		return fault(audit, "the index has no end");
	if (names != image->names)
		return fault(audit, "the index has not all names");
	// The one name that is taken to exist without a search.
	return zone_index_find(image, image->hash_key, apex->name, 0) == apex ||
	       fault(audit, "the index has not the origin");
}

static bool check_order(struct audit *audit, uint32_t from)
{
	const struct zone_image *image = audit->image;
	const uint64_t *keys = zone_at(image, image->order_keys);
	const uint32_t *nodes = zone_at(image, image->order_nodes);
	uint64_t units = image->order_len * UINT64_C(2);

	if (!audit->denial)
		return image->order_len == 0 || fault(audit, "there are denials of no kind");
	if (image->order_len == 0 || image->order_keys < from ||
	    image->order_keys % (sizeof(*keys) / ZONE_UNIT_BYTES) ||
	    image->order_keys + units != image->order_nodes ||
	    image->order_nodes + (uint64_t)image->order_len > audit->places)
		return fault(audit, "the denials are cut off");
	for (uint32_t i = 0; i < image->order_len; i++) {
		if (!is_denial(audit, nodes[i]))
			return fault(audit, "a denial is none");
		if (i > 0 && keys[i - 1] > keys[i])
			return fault(audit, "the denials are out of order");
		if (!goes_on(audit))
			return false;
	}
	return true;
}

// The SOA of negative answers stands behind the nodes; the place behind it, or 0.
static uint32_t check_negative_soa(struct audit *audit)
{
	const struct zone_image *image = audit->image;
	const struct zone_rrset *soa = zone_at(image, image->negative_soa), *next;
	struct owner owner = owner_of(audit, zone_at(image, image->apex));

	next = check_rrset(audit, &owner, soa, audit->places);
	if (!next)
		return 0;
	if (soa->type != DNS_TYPE_SOA || owner.addresses) {
		fault(audit, "the SOA record is none");
		return 0;
	}
	return (uint32_t)(((const uint8_t *)next - (const uint8_t *)image) / ZONE_UNIT_BYTES);
}

static bool check_all(struct audit *audit)
{
	uint32_t end;

	if (!check_nodes(audit))
		return false;
	end = check_negative_soa(audit);
	return end && check_order(audit, end) && check_linked(audit) && check_index(audit);
}

static uint64_t *bits_new(size_t words)
{
	return huge_pages(calloc(words, sizeof(uint64_t)), words * sizeof(uint64_t));
}

int zone_audit(const struct zone_image *image, size_t bytes, zone_stopped_fn *stopped,
               const char **why)
{
	struct audit audit = {.image = image, .stopped = stopped};
	int err = -EINVAL;
	size_t words;

	if (!check_header(&audit, bytes))
		goto out;
	words = audit.places / 64 + 1;
	audit.nodes = bits_new(words);
	audit.linked = bits_new(words);
	audit.denials = bits_new(audit.denial ? words : 1);
	if (!audit.nodes || !audit.linked || !audit.denials)
		err = -ENOMEM;
	else if (check_all(&audit))
		err = 0;
out:
	*why = audit.why;
	free(audit.nodes);
	free(audit.linked);
	free(audit.denials);
	return err;
}
