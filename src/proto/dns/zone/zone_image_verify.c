// zone_image_verify: checks the nodes one after the other and sets a bit for the offset of
// each, then checks all offsets that refer to nodes against these bits, so that no node is
// read before it was checked. The rules are those by which zone_render.c and zone_proof.c
// write an image, and on which zone_index.c, zone_order.c and answer*.c rely.
#include "proto/dns/zone/zone_image_verify.h"

#include "core/huge.h"
#include "proto/dns/zone/zone_index.h"
#include "proto/dns/zone/zone_node.h"
#include "proto/dns/zone/zone_nsec3.h"
#include "proto/dns/zone/zone_verify_rrset.h"

#include <errno.h>
#include <stdlib.h>

#define PROOF_UNITS   (sizeof(struct zone_proof) / ZONE_UNIT_BYTES)
#define BUCKETS_AHEAD 4

struct verify {
	const struct zone_image *image;
	const char *why;
	// Sets of nodes: a bit for each offset of the image, in units.
	uint64_t *nodes;      // all
	uint64_t *linked;     // those that refer to other nodes
	uint64_t *denials;    // those that own a record of type `denial`
	uint16_t denial;      // NSEC or NSEC3; 0: the zone is not signed
	uint32_t first;       // offset after the index
	uint32_t proof_units; // units before each node
	uint32_t places;
	zone_stopped_fn *stopped;
	uint32_t steps; // counts what was checked, to poll `stopped`
};

#define STOP_EVERY 4096 // steps

static bool verify_fail(struct verify *verify, const char *why)
{
	verify->why = why;
	return false;
}

static bool verify_continues(struct verify *verify)
{
	if (likely(++verify->steps % STOP_EVERY != 0) || !verify->stopped || !verify->stopped())
		return true;
	return verify_fail(verify, "the check was cancelled");
}

static bool bit_get(const uint64_t *bits, const struct verify *verify, uint32_t place)
{
	return place < verify->places && bits[place / 64] >> (place % 64) & 1;
}

static void bit_set(uint64_t *bits, uint32_t place)
{
	bits[place / 64] |= UINT64_C(1) << (place % 64);
}

static bool verify_origin(struct verify *verify)
{
	const struct zone_image *image = verify->image;
	uint8_t lower[DNS_NAME_MAX_BYTES];

	if (image->origin_len == 0 ||
	    dns_name_check(image->origin, image->origin_len) != image->origin_len ||
	    dns_name_labels(image->origin) != image->origin_labels)
		return verify_fail(verify, "the origin is not a valid name");
	dns_name_lower(lower, image->origin);
	if (memcmp(lower, image->origin, image->origin_len) != 0)
		return verify_fail(verify, "the origin is not in lower case");
	return true;
}

static bool verify_header(struct verify *verify, size_t bytes)
{
	static const uint16_t denials[] = {
	        [ZONE_DENIAL_NSEC] = DNS_TYPE_NSEC,
	        [ZONE_DENIAL_NSEC3] = DNS_TYPE_NSEC3,
	};
	const struct zone_image *image = verify->image;
	size_t start;

	if (bytes < sizeof(*image) || image->bytes != bytes || bytes % CACHE_LINE_BYTES ||
	    bytes / ZONE_UNIT_BYTES > UINT32_MAX)
		return verify_fail(verify, "the length is wrong");
	start = zone_head_bytes(image->origin_len, image->nsec3_salt_len);
	if (image->index_at != start || start > bytes)
		return verify_fail(verify, "the header is truncated");
	if (!verify_origin(verify))
		return false;
	if (image->buckets == 0 || image->buckets > (bytes - start) / sizeof(struct zone_bucket))
		return verify_fail(verify, "the index is truncated");
	verify->places = (uint32_t)(bytes / ZONE_UNIT_BYTES);
	verify->first =
	        (uint32_t)((start + image->buckets * sizeof(struct zone_bucket)) / ZONE_UNIT_BYTES);
	if (image->denial >= ARRAY_LEN(denials))
		return verify_fail(verify, "the type of denial is unknown");
	if (image->denial == ZONE_DENIAL_NSEC3 && !zone_nsec3_fits(image))
		return verify_fail(verify, "no NSEC3 record fits below the origin");
	verify->denial = denials[image->denial];
	// The room for proofs may also exist in an unsigned zone.
	verify->proof_units = image->apex - verify->first;
	if (verify->proof_units != PROOF_UNITS && (verify->proof_units != 0 || verify->denial))
		return verify_fail(verify, "the first node is not that of the origin");
	if (image->negative_soa <= image->apex || image->negative_soa >= verify->places)
		return verify_fail(verify, "the nodes are truncated");
	return true;
}

// Checks an RRset. Returns the one after it, or NULL after verify_fail.
static const struct zone_rrset *verify_rrset(struct verify *verify, struct zone_verify_owner *owner,
                                             const struct zone_rrset *rrset, uint32_t end)
{
	const uint8_t *limit = zone_at(verify->image, end);
	const char *why = zone_verify_rrset(owner, rrset, (size_t)(limit - (const uint8_t *)rrset));

	if (why) {
		verify_fail(verify, why);
		return NULL;
	}
	owner->ns |= rrset->type == DNS_TYPE_NS;
	owner->dname |= rrset->type == DNS_TYPE_DNAME;
	owner->denial |= verify->denial && rrset->type == verify->denial;
	owner->addresses |= rrset->extra && zone_rrset_extra(rrset)->addresses;
	return zone_rrset_next(rrset);
}

static bool name_is_valid(const struct zone_image *image, const struct zone_node *node)
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

// Checks a node's cut. Parents precede their children, so the nodes above have been checked. A
// cut must have NS records, and a node marked as DNAME a DNAME record.
static bool verify_cut(struct verify *verify, const struct zone_verify_owner *owner, uint32_t place)
{
	const struct zone_node *node = owner->node, *cut = zone_at(verify->image, node->cut);

	if (node->dname && !owner->dname)
		return verify_fail(verify, "a node marked as DNAME has no DNAME record");
	if (node->cut == 0)
		return true;
	if (node->cut == place)
		return (owner->ns && !node->dname) ||
		       verify_fail(verify, "a delegation has no NS records");
	if (node->cut > place || !bit_get(verify->nodes, verify, node->cut) ||
	    !is_below(node, cut) || !(cut->dname || cut->cut == node->cut))
		return verify_fail(verify, "a node refers to a delegation that is not above it");
	return true;
}

static struct zone_verify_owner verify_owner_of(const struct verify *verify,
                                                const struct zone_node *node)
{
	unsigned labels = verify->image->origin_labels + node->labels;

	// In a reply, the qname takes the place of the wildcard label.
	return (struct zone_verify_owner){verify->image, node,
	                                  labels - zone_node_is_wildcard(node)};
}

// Whether the node's struct, its proof and its name lie within the nodes.
static bool node_fits(const struct verify *verify, uint32_t at)
{
	uint32_t left = verify->image->negative_soa - at;
	const struct zone_node *node = zone_at(verify->image, at + verify->proof_units);
	size_t bytes;

	if (left < verify->proof_units)
		return false;
	bytes = (left - verify->proof_units) * (size_t)ZONE_UNIT_BYTES;
	return bytes >= sizeof(*node) && bytes >= sizeof(*node) + node->name_len;
}

// Checks a node with its proof and RRsets; returns the offset after them, or 0.
static uint32_t verify_node(struct verify *verify, uint32_t at)
{
	const struct zone_image *image = verify->image;
	uint32_t place = at + verify->proof_units, end = image->negative_soa;
	const struct zone_node *node = zone_at(image, place);
	const struct zone_rrset *rrset;
	struct zone_verify_owner owner;

	if (!node_fits(verify, at)) {
		verify_fail(verify, "a node is truncated");
		return 0;
	}
	if (!name_is_valid(image, node)) {
		verify_fail(verify, "a name is malformed");
		return 0;
	}
	owner = verify_owner_of(verify, node);
	rrset = zone_node_rrsets(node);
	for (unsigned i = 0; i < node->rrsets && rrset; i++)
		rrset = verify_rrset(verify, &owner, rrset, end);
	if (!rrset || !verify_cut(verify, &owner, place))
		return 0;
	bit_set(verify->nodes, place);
	if (owner.denial)
		bit_set(verify->denials, place);
	if (owner.addresses || node->wildcard || (verify->denial && node->cut == place))
		bit_set(verify->linked, place);
	return (uint32_t)(((const uint8_t *)rrset - (const uint8_t *)image) / ZONE_UNIT_BYTES);
}

static bool verify_nodes(struct verify *verify)
{
	const struct zone_image *image = verify->image;
	const struct zone_node *apex = zone_at(image, image->apex);

	for (uint32_t at = verify->first; at != image->negative_soa;) {
		at = verify_node(verify, at);
		if (at == 0 || !verify_continues(verify))
			return false;
	}
	return apex->name_len == 0 ||
	       verify_fail(verify, "the first node is not that of the origin");
}

static bool is_denial(const struct verify *verify, uint32_t place)
{
	return bit_get(verify->denials, verify, place);
}

// Checks a node that a look-up may return, with its proof, which negative answers read.
static bool verify_found(struct verify *verify, uint32_t place)
{
	const struct zone_node *node = zone_at(verify->image, place);
	const struct zone_proof *proof = zone_node_proof(node);

	if (!bit_get(verify->nodes, verify, place))
		return verify_fail(verify, "an offset does not refer to a node");
	if (!verify->denial || (node->cut && node->cut != place))
		return true;
	if (!is_denial(verify, proof->match) || !is_denial(verify, proof->wildcard) ||
	    (proof->cover && !is_denial(verify, proof->cover)))
		return verify_fail(verify, "a proof refers to a node without a denial");
	return true;
}

static bool verify_wildcard(struct verify *verify, const struct zone_node *node)
{
	const struct zone_node *child = zone_at(verify->image, node->wildcard);

	if (!verify_found(verify, node->wildcard))
		return false;
	if (!zone_node_is_wildcard(child) || child->labels != node->labels + 1 ||
	    !is_below(child, node))
		return verify_fail(verify, "the wildcard of a node is not its child");
	return true;
}

// The target of a CNAME must be a node that answers, without a cut above it, and have the name
// that the record says.
static bool verify_target(struct verify *verify, const struct zone_verify_owner *owner,
                          const struct zone_rrset *alias, const struct zone_address *target,
                          size_t record_at)
{
	const struct zone_node *node = zone_at(verify->image, target->node);

	if (!verify_found(verify, target->node))
		return false;
	return (node->cut == 0 && zone_verify_rrset_target(owner, alias, record_at, node)) ||
	       verify_fail(verify, "a CNAME refers to a node other than its target");
}

// The first address of a CNAME is its target; with inline aliases, the last is the target of
// the last of them.
static bool verify_alias(struct verify *verify, const struct zone_node *node,
                         const struct zone_rrset *alias)
{
	const struct zone_extra *extra = zone_rrset_extra(alias);
	const struct zone_address *target = (const struct zone_address *)(extra + 1);
	const struct zone_verify_owner owner = verify_owner_of(verify, node);
	unsigned last;

	if (!alias->extra || (extra->addresses == 0 && !extra->inline_records))
		return true;
	if (extra->addresses != (extra->inline_records ? 2 : 1))
		return verify_fail(verify, "a CNAME refers to a node other than its target");
	if (!verify_target(verify, &owner, alias, target, 0))
		return false;
	if (!extra->inline_records)
		return true;
	last = zone_verify_rrset_last_alias(alias);
	if (target[1].name_at != zone_verify_rrset_target_fixup(alias, last))
		return verify_fail(verify, "a CNAME refers to a node other than its target");
	return verify_target(verify, &owner, alias, &target[1], last);
}

// A target of SVCB brings its denials with it, and its name is read from the reply.
static bool verify_target_of_svcb(struct verify *verify, const struct zone_rrset *rrset,
                                  const struct zone_address *target)
{
	unsigned at = target->name_at;

	if (at && !dns_name_check(zone_rrset_wire(rrset) + at, rrset->len - at))
		return verify_fail(verify, "the name of a target is malformed");
	return verify_found(verify, target->node);
}

static bool verify_addresses(struct verify *verify, const struct zone_rrset *rrset)
{
	const struct zone_extra *extra = zone_rrset_extra(rrset);
	const struct zone_address *addresses = (const struct zone_address *)(extra + 1);

	for (unsigned i = 0; rrset->extra && i < extra->addresses; i++) {
		if (!bit_get(verify->nodes, verify, addresses[i].node) ||
		    (addresses[i].name_at >= rrset->len && rrset->type != DNS_TYPE_CNAME))
			return verify_fail(verify,
			                   "the address of a host has an offset that is not valid");
		if (dns_type_is_svcb(rrset->type) &&
		    !verify_target_of_svcb(verify, rrset, &addresses[i]))
			return false;
	}
	return true;
}

static bool verify_links(struct verify *verify, uint32_t place)
{
	const struct zone_node *node = zone_at(verify->image, place);
	const struct zone_rrset *rrset = zone_node_rrsets(node);

	for (unsigned i = 0; i < node->rrsets; i++, rrset = zone_rrset_next(rrset)) {
		if (!verify_addresses(verify, rrset) ||
		    (rrset->type == DNS_TYPE_CNAME && !verify_alias(verify, node, rrset)))
			return false;
	}
	if (node->wildcard && !verify_wildcard(verify, node))
		return false;
	return node->cut != place || verify_found(verify, place);
}

static bool verify_linked(struct verify *verify)
{
	for (uint32_t i = 0; i <= verify->places / 64; i++) {
		for (uint64_t bits = verify->linked[i]; bits; bits &= bits - 1) {
			if (!verify_links(verify, i * 64 + (uint32_t)__builtin_ctzll(bits)) ||
			    !verify_continues(verify))
				return false;
		}
	}
	return verify_found(verify, verify->image->apex);
}

// Prefetches the bits of a bucket's nodes, which are scattered.
static void bits_prefetch(const struct verify *verify, uint32_t bucket)
{
	const struct zone_image *image = verify->image;

	for (unsigned slot = 0; bucket < image->buckets && slot < ZONE_BUCKET_SLOTS; slot++) {
		uint32_t place = zone_buckets(image)[bucket].node[slot];

		if (place < verify->places)
			prefetch(&verify->nodes[place / 64]);
	}
}

// Searches continue from bucket to bucket until one without overflow.
static bool verify_index(struct verify *verify)
{
	const struct zone_image *image = verify->image;
	const struct zone_node *apex = zone_at(image, image->apex);
	const struct zone_bucket *buckets = zone_buckets(image);
	uint32_t run = 0, first_run = UINT32_MAX;
	uint64_t names = 0;

	for (uint32_t i = 0; i < image->buckets; i++) {
		if (!verify_continues(verify))
			return false;
		bits_prefetch(verify, i + BUCKETS_AHEAD);
		for (unsigned slot = 0; slot < ZONE_BUCKET_SLOTS; slot++) {
			if (buckets[i].tag[slot] == 0)
				continue;
			if (!verify_found(verify, buckets[i].node[slot]))
				return false;
			names++;
		}
		run = buckets[i].overflow ? run + 1 : 0;
		if (run == 0 && first_run == UINT32_MAX)
			first_run = i;
		if (run > ZONE_RUN_MAX)
			break;
	}
	// A run may continue from the last bucket to the first.
	if (first_run > ZONE_RUN_MAX || run + first_run > ZONE_RUN_MAX)
		return verify_fail(verify, "too many consecutive buckets of the index overflow");
	if (names != image->names)
		return verify_fail(verify, "the index has not as many names as the header");
	// Look-ups rely on the origin to exist.
	return zone_index_find(image, image->hash_key, apex->name, 0) == apex ||
	       verify_fail(verify, "the index does not contain the origin");
}

static bool verify_order(struct verify *verify, uint32_t from)
{
	const struct zone_image *image = verify->image;
	const uint64_t *keys = zone_at(image, image->order_keys);
	const uint32_t *nodes = zone_at(image, image->order_nodes);
	uint64_t units = image->order_len * UINT64_C(2);

	if (!verify->denial)
		return image->order_len == 0 ||
		       verify_fail(verify, "an unsigned zone has a list of denials");
	if (image->order_len == 0 || image->order_keys < from ||
	    image->order_keys % (sizeof(*keys) / ZONE_UNIT_BYTES) ||
	    image->order_keys + units != image->order_nodes ||
	    image->order_nodes + (uint64_t)image->order_len > verify->places)
		return verify_fail(verify, "the list of denials is truncated");
	for (uint32_t i = 0; i < image->order_len; i++) {
		if (!is_denial(verify, nodes[i]))
			return verify_fail(verify,
			                   "the list of denials has a node without a denial");
		if (i > 0 && keys[i - 1] > keys[i])
			return verify_fail(verify, "the list of denials is not sorted");
		if (!verify_continues(verify))
			return false;
	}
	return true;
}

// Checks the SOA of negative answers, which follows the nodes; returns the offset after it,
// or 0.
static uint32_t verify_negative_soa(struct verify *verify)
{
	const struct zone_image *image = verify->image;
	const struct zone_rrset *soa = zone_at(image, image->negative_soa), *next;
	struct zone_verify_owner owner = verify_owner_of(verify, zone_at(image, image->apex));

	next = verify_rrset(verify, &owner, soa, verify->places);
	if (!next)
		return 0;
	if (soa->type != DNS_TYPE_SOA || owner.addresses) {
		verify_fail(verify, "the SOA record of negative answers is missing");
		return 0;
	}
	return (uint32_t)(((const uint8_t *)next - (const uint8_t *)image) / ZONE_UNIT_BYTES);
}

static bool verify_all(struct verify *verify)
{
	uint32_t end;

	if (!verify_nodes(verify))
		return false;
	end = verify_negative_soa(verify);
	return end && verify_order(verify, end) && verify_linked(verify) && verify_index(verify);
}

static uint64_t *bits_new(size_t words)
{
	return huge_pages(calloc(words, sizeof(uint64_t)), words * sizeof(uint64_t));
}

int zone_image_verify(const struct zone_image *image, size_t bytes, zone_stopped_fn *stopped,
                      const char **why)
{
	struct verify verify = {.image = image, .stopped = stopped};
	int err = -EINVAL;
	size_t words;

	if (!verify_header(&verify, bytes))
		goto out;
	words = verify.places / 64 + 1;
	verify.nodes = bits_new(words);
	verify.linked = bits_new(words);
	verify.denials = bits_new(verify.denial ? words : 1);
	if (!verify.nodes || !verify.linked || !verify.denials)
		err = -ENOMEM;
	else if (verify_all(&verify))
		err = 0;
out:
	*why = verify.why;
	free(verify.nodes);
	free(verify.linked);
	free(verify.denials);
	return err;
}
