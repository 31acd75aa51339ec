// zone_index: the index of a zone image: a hash table that finds the node of a name, and the
// rules for zone cuts, DNAME and wildcards that turn a look-up into a match. The layout of
// the table is in zone_image.h. Private to zone*.c, answer*.c and the renderer in load/.
#ifndef DNS_ZONE_INDEX_H
#define DNS_ZONE_INDEX_H

#include "proto/dns/zone/zone_node.h"

// The home bucket of a hash, for a prefetch or a search.
static inline uint32_t zone_index_home(uint32_t buckets, uint64_t hash)
{
	return (uint32_t)(((hash >> 32) * buckets) >> 32);
}

static inline uint8_t zone_index_tag(uint64_t hash)
{
	uint8_t tag = (uint8_t)hash;

	return tag ? tag : 1;
}

// How many buckets are prefetched for a name: its own and those of its nearest ancestors.
#define ZONE_AHEAD_MAX 3

// Prefetches the buckets that zone_index_guess reads.
static inline void zone_index_prefetch(const struct zone_image *image, const struct zone_name *name)
{
	unsigned low = name->labels > image->origin_labels + ZONE_AHEAD_MAX
	                       ? name->labels - ZONE_AHEAD_MAX
	                       : image->origin_labels;

	for (unsigned i = name->labels; i > low; i--)
		prefetch(zone_buckets(image) + zone_index_home(image->buckets, name->hash[i]));
}

// What the buckets alone, without reading a node, say about a name.
struct zone_guess {
	// The node that has the tag of the name or, failing that, of its nearest prefetched
	// ancestor; NULL: none.
	const struct zone_node *node;
	uint8_t labels; // of the name or ancestor whose tag it has
	bool nearest;   // names with more labels are certainly not in the zone
};

#define ZONE_NO_GUESS ((struct zone_guess){NULL, 0, false})

struct zone_guess zone_index_guess(const struct zone_image *image,
                                   const struct zone_name *name) PURE;

// Finds the node of a name; `name` is in lower case and without the origin.
const struct zone_node *zone_index_find(const struct zone_image *image, uint64_t hash,
                                        const uint8_t *name, size_t len) PURE;

// Adds a node to the index while the image is built; the index has a free slot.
void zone_index_add(struct zone_image *image, uint64_t hash, uint32_t node);

// Number of buckets for n names when two thirds of the slots are used.
uint32_t zone_index_buckets(uint64_t names) PURE;

enum zone_match_kind {
	ZONE_ABSENT,   // no such name
	ZONE_EXACT,    // node is the name
	ZONE_WILDCARD, // node is the wildcard that matches the name (RFC 4592)
	ZONE_CUT,      // node is the delegation at or above the name
	ZONE_DNAME,    // node is the DNAME above the name
};

struct zone_match {
	const struct zone_node *node;     // NULL when absent
	const struct zone_node *encloser; // the closest (RFC 4592 section 3.3.1)
	enum zone_match_kind kind;
	bool at_cut; // with ZONE_CUT: the name itself is the delegation
	// The node whose denial covers the name, if it was searched for beforehand, or NULL.
	const struct zone_node *cover;
};

static inline void zone_match_set(struct zone_match *match, const struct zone_node *node,
                                  const struct zone_node *encloser, enum zone_match_kind kind)
{
	match->node = node;
	match->encloser = encloser;
	match->kind = kind;
	match->at_cut = false;
	match->cover = NULL;
}

// Looks up a name at or below the origin (RFC 1034 section 4.3.2 step 3). Its hashes were computed
// by zone_name_hash with the image's key; `guess` is from zone_index_guess or ZONE_NO_GUESS.
void zone_index_match(struct zone_match *match, const struct zone_image *image,
                      const struct zone_name *name, struct zone_guess guess);

// As zone_index_match, but compares the guessed node inline first.
static inline void zone_index_match_guessed(struct zone_match *match,
                                            const struct zone_image *image,
                                            const struct zone_name *name, struct zone_guess guess)
{
	if (guess.node && !guess.node->cut && zone_node_is(image, guess.node, name))
		zone_match_set(match, guess.node, guess.node, ZONE_EXACT);
	else
		zone_index_match(match, image, name, guess);
}

#endif
