// zone_image: the layout of a compiled zone, private to zone*.c and answer*.c.
// One block of bytes without pointers: a header, the index (cache lines of
// tags), and the nodes, each with its name and its RRsets in wire form. Built
// in zone_render.c, searched in zone_index.c.
#ifndef DNS_ZONE_IMAGE_H
#define DNS_ZONE_IMAGE_H

#include "proto/dns/rdata/dns_rdata.h"
#include "proto/dns/zone/zone.h"
#include "proto/dns/zone/zone_map.h"
#include "proto/dns/zone/zone_name.h"

// Places in the image count units of four bytes from its start; 0 is nowhere.
#define ZONE_UNIT_BYTES 4

// How a signed zone proves what it has not.
enum zone_denial {
	ZONE_DENIAL_NONE,
	ZONE_DENIAL_NSEC,  // RFC 4035 section 3.1.3
	ZONE_DENIAL_NSEC3, // RFC 5155 section 7.2
};

// The head; what a search needs of it lies in one cache line.
struct zone_image {
	uint64_t bytes;
	uint64_t hash_key;
	uint32_t records, names;
	uint32_t buckets;      // at least one
	uint32_t apex;         // node
	uint32_t negative_soa; // RRset with the TTL of negative answers (RFC 2308 section 5)
	uint32_t serial;
	// The nodes that own denials, in canonical order: their keys (u64) and
	// where they are (u32).
	uint32_t order_keys, order_nodes, order_len;
	uint16_t nsec3_iterations;
	uint8_t denial; // enum zone_denial
	uint8_t nsec3_salt_len;
	uint8_t origin_len, origin_labels;
	uint16_t index_at; // in bytes: the next cache line behind the head
	uint8_t origin[];  // in lower case, then the salt of NSEC3
};

static inline size_t zone_head_bytes(size_t origin_len, size_t salt_len)
{
	return ROUND_UP(offsetof(struct zone_image, origin) + origin_len + salt_len,
	                CACHE_LINE_BYTES);
}

// Room for any head.
#define ZONE_HEAD_BYTES_MAX                                                                        \
	ROUND_UP(sizeof(struct zone_image) + DNS_NAME_MAX_BYTES + UINT8_MAX, CACHE_LINE_BYTES)

union zone_head {
	struct zone_image image;
	uint8_t room[ZONE_HEAD_BYTES_MAX];
};

struct zone {
	unsigned refs; // the control thread's
	struct zone_image *image;
	struct zone_map map; // what the image lies in; all zeros: in memory of its own
	struct zone_file *files;
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

// A name of the zone, empty non-terminals included, and those that only own
// NSEC3 records, which are not in the index. Its bytes follow, without the
// origin's, then at the next unit its RRsets.
struct zone_node {
	// The topmost delegation at or above, which at a cut is this node itself, or
	// DNAME above.
	uint32_t cut;
	uint32_t wildcard; // the node of the child "*"
	uint16_t rrsets;
	uint8_t labels : 7; // below the origin
	uint8_t dname : 1;  // redirects the names below it (RFC 6672)
	uint8_t name_len;   // below the origin
	uint8_t name[];     // in lower case
};

// In signed zones this stands before each node of the index: the nodes whose
// NSEC or NSEC3 records prove what is, and is not, at and below the name.
struct zone_proof {
	// What types the name has. When it has no record of its own (opt-out), that
	// of the closest encloser that has one, and `cover` covers what lies next
	// below that; 0 otherwise.
	uint32_t match, cover;
	uint32_t wildcard; // that there is no wildcard below it, or below the encloser
};

// One RRset: behind it `extra` units of struct zone_extra, then the records in
// wire form, owner and all, each owner a pointer to the question's name, then
// the signatures in the same form. A direct answer is a copy. Where there are no
// signatures other records may follow that go along with these to most who ask.
struct zone_rrset {
	uint16_t type;
	uint16_t count; // of records
	uint16_t len;   // of the wire form in bytes
	uint16_t extra; // in units; 0: no names to adapt, no signatures, nothing goes along
};

// What a copy needs besides: first the addresses, then the fixups, then those of what goes
// along: of a delegation, the addresses that are required; of an alias, those that it leads
// on to, up to the name of a second address.
struct zone_extra {
	uint16_t addresses, fixups;
	uint16_t sigs, sigs_len;     // records and bytes of the RRSIG records
	uint16_t along_len;          // bytes of what goes along
	uint8_t along, along_fixups; // its records, all of whose owners are to be finished
};

// What goes along at most, in bytes and records; more is put into a reply set by set.
#define ZONE_GLUE_BYTES_MAX    1024
#define ZONE_ALIASES_MAX       4
#define ZONE_ALIASES_BYTES_MAX 128
#define ZONE_ALONG_FIXUPS_MAX  UINT8_MAX

// A name in the wire form whose addresses belong to the additional section; of a CNAME,
// the name that it leads on to (zone_alias_target).
struct zone_address {
	uint32_t node;
	uint16_t name_at;  // in the wire form; 0: the owner's. Of the last alias: as in a fixup
	uint16_t required; // in-domain glue (RFC 9471 section 3), at the first how many are
};

// What glue, and aliases, add to an image at most.
#define ZONE_GLUE_ROOM (ZONE_GLUE_BYTES_MAX + ZONE_ALONG_FIXUPS_MAX * sizeof(uint16_t))
#define ZONE_ALIASES_ROOM                                                                          \
	(ZONE_ALIASES_BYTES_MAX + sizeof(struct zone_address) +                                    \
	 2 * ZONE_ALIASES_MAX * sizeof(uint16_t))

// A fixup is a place in the wire form (u16), or behind it, where a compression pointer is to
// be finished. What stands there says to where: the suffix of so many labels
// of the owner, or with this bit, a place in the same wire form.
#define ZONE_FIXUP_RRSET 0x8000

// Places in an RRset that pointers go to, at most: together with all that can
// precede the RRset in a message, at most 16 CNAME records behind the question,
// they stay below the limit of 14 bits.
#define ZONE_FIXUP_MAX 0x2c00

#define ZONE_CHAIN_MAX 16

// Whether there is more of the zone than its origin.
static inline bool zone_is_read(const struct zone_image *image)
{
	return image->apex != 0;
}

static inline const void *zone_at(const struct zone_image *image, uint32_t place)
{
	return (const uint8_t *)image + (size_t)place * ZONE_UNIT_BYTES;
}

static inline const struct zone_bucket *zone_buckets(const struct zone_image *image)
{
	return (const struct zone_bucket *)((const uint8_t *)image + image->index_at);
}

static inline const uint8_t *zone_nsec3_salt(const struct zone_image *image)
{
	return image->origin + image->origin_len;
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

static inline unsigned zone_rrset_sigs_len(const struct zone_rrset *rrset)
{
	return rrset->extra ? zone_rrset_extra(rrset)->sigs_len : 0;
}

// The records with all that lies behind them.
static inline size_t zone_rrset_wire_bytes(const struct zone_rrset *rrset)
{
	size_t bytes = rrset->len;

	if (rrset->extra)
		bytes += (size_t)zone_rrset_extra(rrset)->sigs_len +
		         zone_rrset_extra(rrset)->along_len;
	return ROUND_UP(bytes, ZONE_UNIT_BYTES);
}

static inline const struct zone_rrset *zone_rrset_next(const struct zone_rrset *rrset)
{
	return (const struct zone_rrset *)(zone_rrset_wire(rrset) + zone_rrset_wire_bytes(rrset));
}

// The first of the addresses for which nothing that goes along stands.
static inline unsigned zone_rrset_apart(const struct zone_extra *extra)
{
	return extra->along ? ((const struct zone_address *)(extra + 1))->required : 0;
}

// To be asked of signed zones only.
static inline const struct zone_proof *zone_node_proof(const struct zone_node *node)
{
	return (const struct zone_proof *)node - 1;
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

// The nearest ancestors of a name, itself included, whose buckets are fetched ahead.
#define ZONE_AHEAD_MAX 3

// Fetches ahead what zone_index_guess reads.
static inline void zone_index_prefetch(const struct zone_image *image, const struct zone_name *name)
{
	unsigned low = name->labels > image->origin_labels + ZONE_AHEAD_MAX
	                       ? name->labels - ZONE_AHEAD_MAX
	                       : image->origin_labels;

	for (unsigned i = name->labels; i > low; i--)
		prefetch(zone_buckets(image) + zone_index_home(image->buckets, name->hash[i]));
}

// What the buckets tell of a name without a look at any node.
struct zone_guess {
	// That the name, or else the nearest of its nearest ancestors, may have; NULL if none
	// has.
	const struct zone_node *node;
	uint8_t labels; // of the ancestor in whose bucket it was
	bool nearest;   // longer ones are not in the zone
};

#define ZONE_NO_GUESS ((struct zone_guess){NULL, 0, false})

struct zone_guess zone_index_guess(const struct zone_image *image,
                                   const struct zone_name *name) PURE;

// Fetches ahead a node and the first of its records.
static inline void zone_node_fetch(const struct zone_node *node)
{
	prefetch(node);
	prefetch((const uint8_t *)node + CACHE_LINE_BYTES);
}

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
	ZONE_DNAME,    // node is the DNAME above the name
};

struct zone_match {
	const struct zone_node *node;     // NULL when absent
	const struct zone_node *encloser; // the closest (RFC 4592 section 3.3.1)
	enum zone_match_kind kind;
	bool at_cut; // with ZONE_CUT: the name itself is the delegation
	// What covers the name, where that was searched for beforehand, or NULL.
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

// Finds a name at or below the origin, its hashes made by zone_name_hash with
// the image's key (RFC 1034 section 4.3.2 step 3). `guess` is what zone_index_guess gave.
void zone_find(struct zone_match *match, const struct zone_image *image,
               const struct zone_name *name, struct zone_guess guess);

// Whether a node has the name, which is at or below the origin.
static inline bool zone_node_is(const struct zone_image *image, const struct zone_node *node,
                                const struct zone_name *name)
{
	return node->name_len == zone_name_at(name, image->origin_labels) &&
	       zone_bytes_eq(node->name, name->wire, node->name_len);
}

// The same, with no more than a comparison where the guess was right.
static inline void zone_find_guessed(struct zone_match *match, const struct zone_image *image,
                                     const struct zone_name *name, struct zone_guess guess)
{
	if (guess.node && !guess.node->cut && zone_node_is(image, guess.node, name))
		zone_match_set(match, guess.node, guess.node, ZONE_EXACT);
	else
		zone_find(match, image, name, guess);
}

// The first bytes of a name below the suffix of `from` labels, turned so that
// keys are ordered as names are (RFC 4034 section 6.1); equal ones tell nothing.
uint64_t zone_order_key(const struct zone_name *name, unsigned from) PURE;

// A search for the last name in the order that is not behind this one, or for the last of
// all when there is none. It is made in steps, so that several wait for memory together.
// The zone is signed.
struct zone_order_search {
	uint64_t key;
	uint32_t low, high;
	unsigned tied; // steps that the comparison at hand has waited for its node
};

void zone_order_begin(struct zone_order_search *search, const struct zone_image *image,
                      const struct zone_name *name);

// Takes a step, what it reads being fetched by the one before, and has that of the next
// fetched; false: the search has come to its end.
bool zone_order_step(struct zone_order_search *search, const struct zone_image *image,
                     const struct zone_name *name);

// What was found.
uint32_t zone_order_found(const struct zone_order_search *search, const struct zone_image *image);

// All of it at once.
uint32_t zone_order_find(const struct zone_image *image, const struct zone_name *name);

static inline const struct zone_node *zone_order_node(const struct zone_image *image, uint32_t i)
{
	return zone_at(image, ((const uint32_t *)zone_at(image, image->order_nodes))[i]);
}

// Makes `hashed` the owner of the NSEC3 record of a name: wire form in lower
// case, root label included.
void zone_nsec3_name(const struct zone_image *image, struct zone_name *hashed, const uint8_t *wire,
                     size_t len);

// The CNAME record of a node, which is its first, or NULL.
static inline const struct zone_rrset *zone_node_alias(const struct zone_node *node)
{
	const struct zone_rrset *first = zone_node_rrsets(node);

	return node->rrsets > 0 && first->type == DNS_TYPE_CNAME ? first : NULL;
}

// The node that a CNAME leads on to, where that is a name of the zone with no delegation,
// DNAME or wildcard in the way; NULL otherwise. `end`: the one behind the aliases that go
// along.
static inline const struct zone_node *zone_alias_target(const struct zone_image *image,
                                                        const struct zone_rrset *alias, bool end)
{
	const struct zone_extra *extra = zone_rrset_extra(alias);
	const struct zone_address *target = (const struct zone_address *)(extra + 1);

	if (!alias->extra || extra->addresses == 0)
		return NULL;
	return zone_at(image, target[end ? extra->addresses - 1 : 0].node);
}

// NULL when the node has no records of the type.
const struct zone_rrset *zone_node_find(const struct zone_node *node, uint16_t type) PURE;

// A zone by its origin, in the table of a set.
struct zone_origin {
	uint64_t hash;
	const struct zone_image *image; // NULL: free
	const struct acl *allow;
	uint32_t number;
	bool above; // the origin of another zone of the set is below this one's
};

// Whether the name is in the zone, and no other zone of the set is nearer.
static inline bool zone_origin_holds(const struct zone_origin *zone, const struct zone_name *name)
{
	const struct zone_image *image = zone->image;
	unsigned at;

	if (zone->above || name->labels < image->origin_labels)
		return false;
	at = zone_name_at(name, image->origin_labels);
	return name->len - at == image->origin_len &&
	       zone_bytes_eq(image->origin, name->wire + at, image->origin_len);
}

// The zone with the longest origin at or above the name, or NULL. With
// `above`, only one whose origin is above the name.
const struct zone_origin *zone_set_find(const struct zone_set *set, struct zone_name *name,
                                        bool above);

#endif
