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

// Offsets in the image are in units of four bytes from its start; 0 means none.
#define ZONE_UNIT_BYTES 4

// Which records a signed zone uses for denial.
enum zone_denial {
	ZONE_DENIAL_NONE,
	ZONE_DENIAL_NSEC,  // RFC 4035 section 3.1.3
	ZONE_DENIAL_NSEC3, // RFC 5155 section 7.2
};

// The header; the members that a look-up reads are in one cache line.
struct zone_image {
	uint64_t bytes;
	uint64_t hash_key;
	uint32_t records, names;
	uint32_t buckets;      // at least one
	uint32_t apex;         // node
	uint32_t negative_soa; // RRset with the TTL of negative answers (RFC 2308 section 5)
	uint32_t serial;
	// The nodes that own NSEC or NSEC3 records, in canonical order: offsets of the
	// array of their keys (u64) and of the array of their offsets (u32), and its length.
	uint32_t order_keys, order_nodes, order_len;
	uint16_t nsec3_iterations;
	uint8_t denial; // enum zone_denial
	uint8_t nsec3_salt_len;
	uint8_t origin_len, origin_labels;
	uint16_t index_at; // offset in bytes of the index: the next cache line after the header
	uint8_t origin[];  // in lower case, followed by the NSEC3 salt
};

static inline size_t zone_head_bytes(size_t origin_len, size_t salt_len)
{
	return ROUND_UP(offsetof(struct zone_image, origin) + origin_len + salt_len,
	                CACHE_LINE_BYTES);
}

// Maximum size of a header.
#define ZONE_HEAD_BYTES_MAX                                                                        \
	ROUND_UP(sizeof(struct zone_image) + DNS_NAME_MAX_BYTES + UINT8_MAX, CACHE_LINE_BYTES)

union zone_head {
	struct zone_image image;
	uint8_t room[ZONE_HEAD_BYTES_MAX];
};

struct zone {
	unsigned refs; // used by the control thread only
	struct zone_image *image;
	struct zone_map map; // the mapped file of the image; all zeros: it is in allocated memory
	struct zone_file *files;
};

// The index is a hash table. A name's home bucket and tag are derived from its hash. When
// the home bucket is full, the name goes to the next bucket with a free slot.
#define ZONE_BUCKET_SLOTS 12

struct zone_bucket {
	uint8_t tag[ZONE_BUCKET_SLOTS]; // 0: free
	uint32_t overflow; // names whose home is this or an earlier bucket, stored in a later one
	uint32_t node[ZONE_BUCKET_SLOTS];
};
_Static_assert(sizeof(struct zone_bucket) == CACHE_LINE_BYTES, "a bucket is a cache line");

// A node: an owner name or an empty non-terminal. Names that own only NSEC3 records have
// nodes too, but are not in the index. The name without the origin follows the struct, then,
// at the next unit, the RRsets.
struct zone_node {
	// The topmost zone cut at or above this node (at a cut, the node itself), or the
	// topmost DNAME above it; 0: none.
	uint32_t cut;
	uint32_t wildcard; // the node of the child "*"; 0: none
	uint16_t rrsets;
	uint8_t labels : 7; // below the origin
	uint8_t dname : 1;  // has a DNAME, which redirects the names below (RFC 6672)
	uint8_t name_len;   // below the origin
	uint8_t name[];     // in lower case
};

// In signed zones this precedes each node in the index: the nodes whose NSEC or NSEC3
// records prove what exists, and what does not, at and below the name.
struct zone_proof {
	// `match` has the type bitmap of the name. A name without a denial of its own
	// (opt-out) has the `match` of the closest provable encloser, and `cover` is the
	// node whose denial covers the next closer name (RFC 5155 section 7.2.1); `cover`
	// is 0 otherwise.
	uint32_t match, cover;
	uint32_t wildcard; // denies a wildcard below the name, or below that encloser
};

// One RRset. It is followed by `extra` units of struct zone_extra with its arrays, by the
// complete records in wire form, each with a compression pointer to the qname as its owner,
// and by the RRSIG records in the same form, so that a direct answer is a copy. An RRset
// without signatures may instead be followed by inline records: those that most replies
// with this RRset also carry.
struct zone_rrset {
	uint16_t type;
	uint16_t count; // of records
	uint16_t len;   // of the wire form in bytes
	uint16_t extra; // in units; 0: no addresses, fixups, signatures or inline records
};

// What a reply needs besides the wire form. It is followed by the array of addresses
// (struct zone_address), the fixups of the RRset (u16) and the fixups of the inline records.
// Inline records are, for a delegation, the glue that a referral requires; for a CNAME, the
// CNAMEs that follow in its chain, up to the name in a second struct zone_address.
struct zone_extra {
	uint16_t addresses, fixups;
	uint16_t sigs, sigs_len; // records and bytes of the RRSIG records
	uint16_t inline_len;     // bytes of inline records
	uint8_t inline_records,
	        inline_fixups; // inline records, each with a fixup for its owner; fixups
};

// Limits of inline records, in bytes and records. When there would be more, none is inline,
// and the reply is put together RRset by RRset.
#define ZONE_GLUE_BYTES_MAX    1024
#define ZONE_ALIASES_MAX       4
#define ZONE_ALIASES_BYTES_MAX 128
#define ZONE_INLINE_FIXUPS_MAX UINT8_MAX

// A name in the data whose addresses belong to the additional section; for a CNAME, its
// target (zone_node_alias_target).
struct zone_address {
	uint32_t node;
	// Offset of the name in the wire form; 0: the name is the owner. For the last inline
	// alias, a value as in a fixup.
	uint16_t name_at;
	// Nonzero: in-domain glue (RFC 9471 section 3); in the first element, the number of
	// such elements.
	uint16_t required;
};

// Maximum size in an image of inline glue and of inline aliases.
#define ZONE_GLUE_ROOM (ZONE_GLUE_BYTES_MAX + ZONE_INLINE_FIXUPS_MAX * sizeof(uint16_t))
#define ZONE_ALIASES_ROOM                                                                          \
	(ZONE_ALIASES_BYTES_MAX + sizeof(struct zone_address) +                                    \
	 2 * ZONE_ALIASES_MAX * sizeof(uint16_t))

// A fixup is the offset (u16) in the wire form, or in the inline records, of a compression
// pointer that is completed when the RRset is copied into a reply. The two bytes there say
// what it refers to: the suffix of n labels of the owner, or with this bit set, an offset
// in the same wire form.
#define ZONE_FIXUP_RRSET 0x8000

// Maximum offset in an RRset that a pointer may refer to. With all that can precede the
// RRset in a message (the question and at most 16 CNAME records) it fits into the 14 bits
// of a compression pointer.
#define ZONE_FIXUP_MAX 0x2c00

#define ZONE_CHAIN_MAX 16

// Whether the zone file was read; otherwise only the origin is known (zone_new_unread).
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

// Size of the records with their signatures and inline records, padded to units.
static inline size_t zone_rrset_wire_bytes(const struct zone_rrset *rrset)
{
	size_t bytes = rrset->len;

	if (rrset->extra)
		bytes += (size_t)zone_rrset_extra(rrset)->sigs_len +
		         zone_rrset_extra(rrset)->inline_len;
	return ROUND_UP(bytes, ZONE_UNIT_BYTES);
}

static inline const struct zone_rrset *zone_rrset_next(const struct zone_rrset *rrset)
{
	return (const struct zone_rrset *)(zone_rrset_wire(rrset) + zone_rrset_wire_bytes(rrset));
}

// The first of the addresses that are not among the inline records.
static inline unsigned zone_extra_inline_addresses(const struct zone_extra *extra)
{
	return extra->inline_records ? ((const struct zone_address *)(extra + 1))->required : 0;
}

#endif
