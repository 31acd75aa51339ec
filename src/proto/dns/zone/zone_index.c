// zone_index: see the header. A bucket is one cache line with a tag of eight bits for each
// node, so that most look-ups read one bucket and one node.
#include "proto/dns/zone/zone_index.h"

#include "core/simd.h"

#define TAG_BITS ((1u << ZONE_BUCKET_SLOTS) - 1)

uint32_t zone_index_buckets(uint64_t names)
{
	return (uint32_t)(names * 3 / (2 * (uint64_t)ZONE_BUCKET_SLOTS) + 1);
}

// A bit for each slot that has the tag.
static inline unsigned bucket_match(const struct zone_bucket *bucket, uint8_t tag)
{
	return simd16_same(simd16_load(bucket), simd16_all(tag)) & TAG_BITS;
}

static inline const struct zone_bucket *bucket_next(const struct zone_image *image,
                                                    const struct zone_bucket *bucket)
{
	const struct zone_bucket *first = zone_buckets(image);

	return bucket + 1 < first + image->buckets ? bucket + 1 : first;
}

struct zone_guess zone_index_guess(const struct zone_image *image, const struct zone_name *name)
{
	uint32_t overflow = 0;
	unsigned i = name->labels;

	for (; i > image->origin_labels; i--) {
		uint64_t hash = name->hash[i];
		const struct zone_bucket *bucket =
		        zone_buckets(image) + zone_index_home(image->buckets, hash);
		unsigned match = bucket_match(bucket, zone_index_tag(hash));

		if (match)
			return (struct zone_guess){
			        zone_at(image, bucket->node[__builtin_ctz(match)]), (uint8_t)i,
			        overflow == 0};
		overflow |= bucket->overflow;
		if (name->labels - i + 1 == ZONE_AHEAD_MAX)
			return ZONE_NO_GUESS;
	}
	return (struct zone_guess){NULL, (uint8_t)i, overflow == 0};
}

const struct zone_node *zone_index_find(const struct zone_image *image, uint64_t hash,
                                        const uint8_t *name, size_t len)
{
	const struct zone_bucket *bucket =
	        zone_buckets(image) + zone_index_home(image->buckets, hash);
	uint8_t tag = zone_index_tag(hash);

	for (;; bucket = bucket_next(image, bucket)) {
		unsigned match = bucket_match(bucket, tag);

		for (; match != 0; match &= match - 1) {
			const struct zone_node *node =
			        zone_at(image, bucket->node[__builtin_ctz(match)]);

			if (node->name_len == len && zone_bytes_eq(node->name, name, len))
				return node;
		}
		if (likely(bucket->overflow == 0))
			return NULL;
	}
}

void zone_index_add(struct zone_image *image, uint64_t hash, uint32_t node)
{
	struct zone_bucket *first = (struct zone_bucket *)zone_buckets(image);
	uint32_t i = zone_index_home(image->buckets, hash);

	for (;; i = i + 1 < image->buckets ? i + 1 : 0) {
		unsigned free = bucket_match(&first[i], 0);

		if (free != 0) {
			first[i].tag[__builtin_ctz(free)] = zone_index_tag(hash);
			first[i].node[__builtin_ctz(free)] = node;
			return;
		}
		first[i].overflow++;
	}
}

// Finds the closest encloser. Every name between it and the origin exists as well, so the
// search goes from the origin down and stops at the first absent name, however many labels
// the qname has.
static const struct zone_node *closest_encloser(const struct zone_image *image,
                                                const struct zone_name *name)
{
	const struct zone_node *encloser = zone_at(image, image->apex);
	unsigned end = zone_name_at(name, image->origin_labels);

	for (unsigned i = image->origin_labels + 1u; i < name->labels; i++) {
		unsigned at = zone_name_at(name, i);
		const struct zone_node *node =
		        zone_index_find(image, name->hash[i], name->wire + at, end - at);

		if (!node)
			break;
		encloser = node;
	}
	return encloser;
}

// Fills in the match of a name at or below a cut, or below a DNAME.
static void match_cut(struct zone_match *match, const struct zone_image *image,
                      const struct zone_node *node, bool exact)
{
	const struct zone_node *cut = zone_at(image, node->cut);

	zone_match_set(match, cut, node, cut->dname ? ZONE_DNAME : ZONE_CUT);
	match->at_cut = exact && cut == node;
}

// Whether a node is the name or an ancestor of it.
static bool is_at_or_above(const struct zone_image *image, const struct zone_node *node,
                           const struct zone_name *name)
{
	unsigned labels = image->origin_labels + node->labels, at, end;

	if (labels > name->labels)
		return false;
	at = zone_name_at(name, labels);
	end = zone_name_at(name, image->origin_labels);
	return end - at == node->name_len &&
	       zone_bytes_eq(node->name, name->wire + at, node->name_len);
}

// Fills in the match of a name that does not exist.
static void match_absent(struct zone_match *match, const struct zone_image *image,
                         const struct zone_node *encloser)
{
	if (encloser->cut)
		match_cut(match, image, encloser, false);
	else if (encloser->dname)
		zone_match_set(match, encloser, encloser, ZONE_DNAME);
	// RFC 4592 section 3.3.1: only the closest encloser's wildcard counts.
	else if (encloser->wildcard)
		zone_match_set(match, zone_at(image, encloser->wildcard), encloser, ZONE_WILDCARD);
	else
		zone_match_set(match, NULL, encloser, ZONE_ABSENT);
}

// Whether a guess settles the match without a search; fills in the match if so.
static bool match_guess(struct zone_match *match, const struct zone_image *image,
                        const struct zone_name *name, struct zone_guess guess)
{
	const struct zone_node *node = guess.node ? guess.node : zone_at(image, image->apex);
	unsigned labels = image->origin_labels + node->labels;

	if (guess.node && !is_at_or_above(image, node, name))
		return false;
	// All names below a delegation have the same match.
	if (guess.node && node->cut)
		match_cut(match, image, node, labels == name->labels);
	// A node of another name may have the same tag, hence the comparison of labels.
	else if (guess.nearest && labels == guess.labels && labels < name->labels)
		match_absent(match, image, node);
	else
		return false;
	return true;
}

static NOINLINE void match_search(struct zone_match *match, const struct zone_image *image,
                                  const struct zone_name *name)
{
	const struct zone_node *node = zone_index_find(image, name->hash[name->labels], name->wire,
	                                               zone_name_at(name, image->origin_labels));

	if (!node)
		match_absent(match, image, closest_encloser(image, name));
	else if (unlikely(node->cut))
		match_cut(match, image, node, true);
	else
		zone_match_set(match, node, node, ZONE_EXACT);
}

void zone_index_match(struct zone_match *match, const struct zone_image *image,
                      const struct zone_name *name, struct zone_guess guess)
{
	if (!match_guess(match, image, name, guess))
		match_search(match, image, name);
}
