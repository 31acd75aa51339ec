// zone_content: see the header. The nodes of an image lie one after the other, which is the order
// of this walk.
#include "proto/dns/zone/zone_content.h"

#include "core/hash.h"
#include "proto/dns/wire/dns_wire.h"
#include "proto/dns/zone/zone_node.h"

#include <string.h>

// A record without compression: its TTL, its data and, in place of pointers, names.
#define RECORD_BYTES_MAX (sizeof(be32_t) + UINT16_MAX + 8 * DNS_NAME_MAX_BYTES)

// Where the expiration is in the data of an RRSIG (RFC 4034 section 3.1).
#define RRSIG_EXPIRATION_AT 8

struct record {
	size_t len;
	uint8_t bytes[RECORD_BYTES_MAX];
};

// One RRset with what pointers in it refer to.
struct content_set {
	const struct zone_image *image;
	const struct zone_node *node;
	const struct zone_rrset *rrset;
	const uint16_t *fixups;
	unsigned fixups_len;
};

typedef void content_fn(void *ctx, const struct content_set *set);

static struct content_set content_set(const struct zone_image *image, const struct zone_node *node,
                                      const struct zone_rrset *rrset)
{
	const struct zone_extra *extra = zone_rrset_extra(rrset);
	struct content_set set = {image, node, rrset};

	if (!rrset->extra)
		return set;
	set.fixups =
	        (const uint16_t *)((const struct zone_address *)(extra + 1) + extra->addresses);
	set.fixups_len = extra->fixups;
	return set;
}

static void content_walk(const struct zone_image *image, content_fn *fn, void *ctx)
{
	size_t first =
	        (image->index_at + image->buckets * sizeof(struct zone_bucket)) / ZONE_UNIT_BYTES;
	size_t gap = (image->apex - first) * ZONE_UNIT_BYTES; // in front of each node
	const uint8_t *at = zone_at(image, image->apex), *end = zone_at(image, image->negative_soa);

	while (at < end) {
		const struct zone_node *node = (const struct zone_node *)at;
		const struct zone_rrset *rrset = zone_node_rrsets(node);

		for (unsigned i = 0; i < node->rrsets; i++, rrset = zone_rrset_next(rrset)) {
			struct content_set set = content_set(image, node, rrset);

			fn(ctx, &set);
		}
		at = (const uint8_t *)rrset + gap;
	}
}

static void record_put(struct record *record, const uint8_t *bytes, size_t len)
{
	len = size_min(len, sizeof(record->bytes) - record->len);
	memcpy(record->bytes + record->len, bytes, len);
	record->len += len;
}

// The owner's last `labels` labels.
static void record_put_suffix(struct record *record, const struct content_set *set, unsigned labels)
{
	const struct zone_image *image = set->image;
	const uint8_t *label = set->node->name;

	for (unsigned all = image->origin_labels + set->node->labels;; all--) {
		if (all == image->origin_labels)
			label = image->origin;
		if (all <= labels)
			record_put(record, label, 1u + label[0]);
		if (all == 0)
			return;
		label += 1u + label[0];
	}
}

// The index of the first fixup at or behind an offset in the wire form.
static unsigned content_fixup(const struct content_set *set, size_t at)
{
	unsigned i = 0;

	while (i < set->fixups_len && set->fixups[i] < at)
		i++;
	return i;
}

// What a pointer refers to. Pointers to the wire form lead backwards, so this ends.
static void record_put_pointer(struct record *record, const struct content_set *set, unsigned fixup)
{
	const uint8_t *wire = zone_rrset_wire(set->rrset);
	size_t at = set->fixups[fixup];
	uint16_t to = be16_get(*(const be16_t *)(wire + at));

	while (to & ZONE_FIXUP_RRSET && (to & ~ZONE_FIXUP_RRSET) < (int)at) {
		at = to & ~ZONE_FIXUP_RRSET;
		fixup = content_fixup(set, at);
		while (fixup == set->fixups_len || at != set->fixups[fixup]) {
			record_put(record, wire + at, 1u + wire[at]);
			if (wire[at] == 0)
				return;
			at += 1u + wire[at];
			fixup = content_fixup(set, at);
		}
		to = be16_get(*(const be16_t *)(wire + at));
	}
	record_put_suffix(record, set, to);
}

// Writes the record at an offset of the wire form. Returns the offset of the next one.
static size_t record_expand(struct record *record, const struct content_set *set, size_t at,
                            unsigned *fixup)
{
	const uint8_t *wire = zone_rrset_wire(set->rrset);
	const struct dns_rr_hdr *rr = (const struct dns_rr_hdr *)(wire + at + sizeof(be16_t));
	size_t end = at + RR_HEAD_BYTES + be16_get(rr->rdlen);

	record->len = 0;
	record_put(record, (const uint8_t *)&rr->ttl, sizeof(rr->ttl));
	at += RR_HEAD_BYTES;
	for (; *fixup < set->fixups_len && set->fixups[*fixup] < end; ++*fixup) {
		record_put(record, wire + at, set->fixups[*fixup] - at);
		record_put_pointer(record, set, *fixup);
		at = set->fixups[*fixup] + sizeof(be16_t);
	}
	record_put(record, wire + at, end - at);
	return end;
}

struct digest {
	uint64_t sum; // does not depend on the order of records
	struct record record;
};

static void digest_add(void *ctx, const struct content_set *set)
{
	struct digest *digest = ctx;
	size_t end = set->rrset->len + zone_rrset_sigs_len(set->rrset);
	uint64_t owner = hash_key(set->rrset->type, set->node->name, set->node->name_len);
	unsigned fixup = 0;

	for (size_t at = 0; at < end;) {
		uint64_t seed = at < set->rrset->len ? owner : ~owner; // signatures

		at = record_expand(&digest->record, set, at, &fixup);
		digest->sum += hash_key(seed, digest->record.bytes, digest->record.len);
	}
}

static uint64_t content_digest(const struct zone *zone)
{
	struct digest digest = {.sum = 0};

	content_walk(zone->image, digest_add, &digest);
	return digest.sum;
}

bool zone_content_same(const struct zone *a, const struct zone *b)
{
	if (a == b)
		return true;
	if (!zone_is_read(a->image) || !zone_is_read(b->image) ||
	    a->image->records != b->image->records)
		return false;
	if (a->image->bytes == b->image->bytes && memcmp(a->image, b->image, a->image->bytes) == 0)
		return true;
	return content_digest(a) == content_digest(b);
}

struct expiry {
	int64_t now_s, first_s; // first_s 0: no signature so far
};

static void expiry_add(void *ctx, const struct content_set *set)
{
	const uint8_t *wire = zone_rrset_wire(set->rrset) + set->rrset->len;
	const uint8_t *end = wire + zone_rrset_sigs_len(set->rrset);
	struct expiry *expiry = ctx;

	while (wire < end) {
		const struct dns_rr_hdr *rr = (const struct dns_rr_hdr *)(wire + sizeof(be16_t));
		uint32_t until =
		        be32_get(*(const be32_t *)(wire + RR_HEAD_BYTES + RRSIG_EXPIRATION_AT));
		int64_t at = expiry->now_s + (int32_t)(until - (uint32_t)expiry->now_s);

		if (!expiry->first_s || at < expiry->first_s)
			expiry->first_s = at;
		wire += RR_HEAD_BYTES + be16_get(rr->rdlen);
	}
}

int64_t zone_content_expiry(const struct zone *zone, int64_t now_s)
{
	const struct zone_image *image = zone->image;
	struct expiry expiry = {.now_s = now_s};
	const struct zone_rrset *soa;

	if (!zone_is_read(image))
		return 0;
	soa = zone_node_find(zone_at(image, image->apex), DNS_TYPE_SOA);
	// The SOA of a signed zone is signed, so others are not walked through.
	if (image->denial != ZONE_DENIAL_NONE || (soa && zone_rrset_sigs_len(soa)))
		content_walk(image, expiry_add, &expiry);
	return expiry.first_s;
}
