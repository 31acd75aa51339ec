// zone_image: the layout of a compiled zone, private to zone*.c and answer*.c.
// One block of bytes without pointers: a header, the index (cache lines of
// tags), and the nodes, each with its name and its RRsets in wire form. Built
// in zone_render.c, searched in zone_index.c.
#ifndef DNS_ZONE_IMAGE_H
#define DNS_ZONE_IMAGE_H

#include "proto/dns/zone.h"
#include "proto/dns/zone_name.h"

// Places in the image count units of four bytes from its start; 0 is nowhere.
#define ZONE_UNIT_BYTES 4

struct zone_image {
	uint64_t bytes;
	uint64_t hash_key;
	uint64_t records, names;
	uint32_t buckets;      // at least one
	uint32_t apex;         // node
	uint32_t negative_soa; // RRset with the TTL of negative answers (RFC 2308 section 5)
	uint32_t serial;
	uint8_t origin_len, origin_labels;
	uint8_t origin[DNS_NAME_MAX_BYTES]; // in lower case
};

struct zone {
	unsigned refs; // the control thread's
	struct zone_image *image;
};

// The index: a name's bucket and tag come from its hash. A name that finds its
// bucket full goes to the next one that has room.
#define ZONE_BUCKET_SLOTS 12

struct zone_bucket {
	uint8_t tag[ZONE_BUCKET_SLOTS]; // 0: free
	uint32_t overflow;              // names of this or an earlier bucket that lie behind it
	uint32_t node[ZONE_BUCKET_SLOTS];
};
_Static_assert(sizeof(struct zone_bucket) == CACHE_LINE_BYTES, "a bucket is a cache line");

// A name of the zone, empty non-terminals included. Its bytes follow, without
// the origin's, then at the next unit its RRsets.
struct zone_node {
	uint32_t cut;      // the topmost delegation at or above; this node itself at a cut
	uint32_t wildcard; // the node of the child "*"
	uint16_t rrsets;
	uint8_t labels, name_len; // below the origin
	uint8_t name[];           // in lower case
};

// One RRset: behind it `extra` units of struct zone_extra, then the records in
// wire form, owner and all, each owner a pointer to the question's name. A
// direct answer is a copy.
struct zone_rrset {
	uint16_t type;
	uint16_t count; // of records
	uint16_t len;   // of the wire form in bytes
	uint16_t extra; // in units; 0: the wire form holds no names to adapt
};

// What a copy needs besides: first the addresses, then the fixups.
struct zone_extra {
	uint16_t addresses, fixups;
};

// A name in the wire form whose addresses belong to the additional section.
struct zone_address {
	uint32_t node;
	uint16_t name_at;  // in the wire form
	uint16_t required; // in-domain glue of a referral (RFC 9471 section 3)
};

// A fixup is a place in the wire form (u16) where a compression pointer is to
// be finished. What stands there says to where: the suffix of so many labels
// of the owner, or with this bit, a place in the same wire form.
#define ZONE_FIXUP_RRSET 0x8000

// Places in an RRset that pointers go to, at most: together with all that can
// precede the RRset in a message, at most 16 CNAME records behind the question,
// they stay below the limit of 14 bits.
#define ZONE_FIXUP_MAX 0x2c00

#define ZONE_CHAIN_MAX 16

static inline const void *zone_at(const struct zone_image *image, uint32_t place)
{
	return (const uint8_t *)image + (size_t)place * ZONE_UNIT_BYTES;
}

static inline const struct zone_bucket *zone_buckets(const struct zone_image *image)
{
	return (const struct zone_bucket *)((const uint8_t *)image +
	                                    ROUND_UP(sizeof(*image), CACHE_LINE_BYTES));
}

static inline const struct zone_rrset *zone_node_rrsets(const struct zone_node *node)
{
	size_t bytes = ROUND_UP(sizeof(*node) + node->name_len, ZONE_UNIT_BYTES);

	return (const struct zone_rrset *)((const uint8_t *)node + bytes);
}

static inline const struct zone_extra *zone_rrset_extra(const struct zone_rrset *rrset)
{
	return (const struct zone_extra *)(rrset + 1);
}

static inline const uint8_t *zone_rrset_wire(const struct zone_rrset *rrset)
{
	return (const uint8_t *)(rrset + 1) + rrset->extra * (size_t)ZONE_UNIT_BYTES;
}

static inline const struct zone_rrset *zone_rrset_next(const struct zone_rrset *rrset)
{
	size_t bytes = ROUND_UP((size_t)rrset->len, ZONE_UNIT_BYTES);

	return (const struct zone_rrset *)(zone_rrset_wire(rrset) + bytes);
}

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

// The first node that may have the hash, to prefetch it; NULL if none has.
const struct zone_node *zone_index_guess(const struct zone_image *image, uint64_t hash) PURE;

// The node of a name; `name` is in lower case and without the origin.
const struct zone_node *zone_index_find(const struct zone_image *image, uint64_t hash,
                                        const uint8_t *name, size_t len) PURE;

// Enters a node while the image is built; there are more slots than names.
void zone_index_add(struct zone_image *image, uint64_t hash, uint32_t node);

// Buckets for so many names, two thirds full.
uint32_t zone_index_buckets(uint64_t names) PURE;

enum zone_match_kind {
	ZONE_ABSENT,   // no such name
	ZONE_EXACT,    // node is the name
	ZONE_WILDCARD, // node stands for the name (RFC 4592)
	ZONE_CUT,      // node is the delegation at or above the name
};

struct zone_match {
	const struct zone_node *node; // NULL when absent
	enum zone_match_kind kind;
	bool at_cut; // with ZONE_CUT: the name itself is the delegation
};

// Finds a name at or below the origin, its hashes made by zone_name_hash with
// the image's key (RFC 1034 section 4.3.2 step 3).
struct zone_match zone_find(const struct zone_image *image, const struct zone_name *name);

// NULL when the node has no records of the type.
const struct zone_rrset *zone_node_find(const struct zone_node *node, uint16_t type) PURE;

// A zone by its origin, in the table of a set.
struct zone_origin {
	uint64_t hash;
	const struct zone_image *image; // NULL: free
	uint32_t number;
};

// The zone with the longest origin at or above the name, or NULL. With
// `above`, only one whose origin is above the name.
const struct zone_origin *zone_set_find(const struct zone_set *set, struct zone_name *name,
                                        bool above);

#endif
