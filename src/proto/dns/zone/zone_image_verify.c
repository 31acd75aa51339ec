// zone_image_verify: checks the nodes one after the other and sets a bit for the offset of
// each, then checks all offsets that refer to nodes against these bits, so that nothing is
// read before it was checked. The rules are those by which zone_render.c and zone_proof.c
// write an image, and on which zone_index.c, zone_order.c and answer*.c rely.
#include "proto/dns/zone/zone_image_verify.h"

#include "core/huge.h"
#include "proto/dns/zone/zone_index.h"
#include "proto/dns/zone/zone_node.h"
#include "proto/dns/zone/zone_verify_rrset.h"

#include <errno.h>
#include <stdlib.h>

#define PROOF_UNITS   (sizeof(struct zone_proof) / ZONE_UNIT_BYTES)
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

// The set that follows, or NULL.
static const struct zone_rrset *check_rrset(struct audit *audit, struct zone_verify_owner *owner,
                                            const struct zone_rrset *rrset, uint32_t end)
{
	const uint8_t *limit = zone_at(audit->image, end);
	const char *why = zone_verify_rrset(owner, rrset, (size_t)(limit - (const uint8_t *)rrset));

	if (why) {
		fault(audit, why);
		return NULL;
	}
	owner->ns |= rrset->type == DNS_TYPE_NS;
	owner->dname |= rrset->type == DNS_TYPE_DNAME;
	owner->denial |= audit->denial && rrset->type == audit->denial;
	owner->addresses |= rrset->extra && zone_rrset_extra(rrset)->addresses;
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
static bool check_cut(struct audit *audit, const struct zone_verify_owner *owner, uint32_t place)
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

static struct zone_verify_owner owner_of(const struct audit *audit, const struct zone_node *node)
{
	unsigned labels = audit->image->origin_labels + node->labels;

	// Another name stands where a wildcard does.
	return (struct zone_verify_owner){audit->image, node, labels - is_wildcard(node)};
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

// Checks a node with its proof and RRsets; returns the offset after them, or 0.
static uint32_t check_node(struct audit *audit, uint32_t at)
{
	const struct zone_image *image = audit->image;
	uint32_t place = at + audit->gap, end = image->negative_soa;
	const struct zone_node *node = zone_at(image, place);
	const struct zone_rrset *rrset;
	struct zone_verify_owner owner;

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

// A node that a CNAME leads to answers by itself.
static bool check_target(struct audit *audit, const struct zone_verify_owner *owner,
                         const struct zone_rrset *alias, const struct zone_address *target,
                         size_t record_at)
{
	const struct zone_node *node = zone_at(audit->image, target->node);

	if (!check_reached(audit, target->node))
		return false;
	return (node->cut == 0 && zone_verify_alias(owner, alias, record_at, node)) ||
	       fault(audit, "an alias leads elsewhere");
}

// The first address of a CNAME is its target; with inline aliases, the last is the target of
// the last of them.
static bool check_alias(struct audit *audit, const struct zone_node *node,
                        const struct zone_rrset *alias)
{
	const struct zone_extra *extra = zone_rrset_extra(alias);
	const struct zone_address *target = (const struct zone_address *)(extra + 1);
	const struct zone_verify_owner owner = owner_of(audit, node);
	unsigned last;

	if (!alias->extra || (extra->addresses == 0 && !extra->along))
		return true;
	if (extra->addresses != (extra->along ? 2 : 1))
		return fault(audit, "an alias leads elsewhere");
	if (!check_target(audit, &owner, alias, target, 0))
		return false;
	if (!extra->along)
		return true;
	last = zone_verify_alias_last(alias);
	if (target[1].name_at != zone_verify_alias_name(alias, last))
		return fault(audit, "an alias leads elsewhere");
	return check_target(audit, &owner, alias, &target[1], last);
}

static bool check_addresses(struct audit *audit, const struct zone_rrset *rrset)
{
	const struct zone_extra *extra = zone_rrset_extra(rrset);
	const struct zone_address *addresses = (const struct zone_address *)(extra + 1);

	for (unsigned i = 0; rrset->extra && i < extra->addresses; i++) {
		if (!bit_get(audit->nodes, audit, addresses[i].node) ||
		    (addresses[i].name_at >= rrset->len && rrset->type != DNS_TYPE_CNAME))
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

// Prefetches the bits of a bucket's nodes, which are scattered.
static void fetch_bits(const struct audit *audit, uint32_t bucket)
{
	const struct zone_image *image = audit->image;

	for (unsigned slot = 0; bucket < image->buckets && slot < ZONE_BUCKET_SLOTS; slot++) {
		uint32_t place = zone_buckets(image)[bucket].node[slot];

		if (place < audit->places)
			prefetch(&audit->nodes[place / 64]);
	}
}

// Searches continue from bucket to bucket until one without overflow.
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

// Checks the SOA of negative answers, which follows the nodes; returns the offset after it,
// or 0.
static uint32_t check_negative_soa(struct audit *audit)
{
	const struct zone_image *image = audit->image;
	const struct zone_rrset *soa = zone_at(image, image->negative_soa), *next;
	struct zone_verify_owner owner = owner_of(audit, zone_at(image, image->apex));

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

int zone_image_verify(const struct zone_image *image, size_t bytes, zone_stopped_fn *stopped,
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
