// zone_render: one RRset in the wire form that the image keeps, with all that
// is needed to adapt a copy of it to a message. Private to zone_r*.c.
#ifndef DNS_ZONE_RENDER_H
#define DNS_ZONE_RENDER_H

#include "proto/dns/load/zone_records.h"

#define RENDER_RECORDS_MAX  (UINT16_MAX / 12 + 1)
#define RENDER_SUFFIXES_MAX 32

// A suffix of a name that was written out, for later names to point to.
struct render_suffix {
	const uint8_t *wire;
	uint8_t labels;
	uint16_t at;
};

// The RRset at work. Large, so one serves a whole zone, or a thread.
struct render_rrset {
	struct zone_name owner, target; // the latter is one that is looked up
	unsigned owner_labels_max;      // of suffixes that an owner in a message has
	uint16_t count, len, addresses_len, fixups_len;
	unsigned suffixes_len;
	struct render_suffix suffixes[RENDER_SUFFIXES_MAX];
	struct zone_address addresses[RENDER_RECORDS_MAX]; // .node is a build_name's index
	const uint8_t *targets[RENDER_RECORDS_MAX];        // the names that they are for
	uint16_t fixups[2 * RENDER_RECORDS_MAX + ZONE_ALONG_FIXUPS_MAX];
	uint16_t sigs_count, sigs_len, along_len;
	uint8_t along, along_fixups;
	uint8_t wire[2 * UINT16_MAX]; // the records, then the signatures or what goes along
};

// Writes the records of a type from `first` into the RRset; returns what
// follows them.
const struct build_record *render_rrset(struct render_rrset *rrset, const struct zone_build *build,
                                        const struct build_name *name,
                                        const struct build_record *first);

// Adds those RRSIG records, of all that the owner has from `sigs` (NULL: none),
// that cover the RRset's type.
void render_sigs(struct render_rrset *rrset, const struct zone_build *build, uint16_t type,
                 const struct build_record *sigs);

// Adds what goes along with the RRset of `name`, unless that is too much or has signatures:
// the glue of a delegation, or the aliases that an alias leads on to with the name at
// their end.
void render_along(struct render_rrset *rrset, const struct zone_build *build,
                  const struct build_name *name, uint16_t type);

// The TTL of an RRset: the least (RFC 2181 section 5.2).
uint32_t render_ttl(const struct zone_build *build, const struct build_record *first);

// Writes the origin, how the zone denies as that says, NSEC3's parameters, and where
// the index is, into a head of zeros that has room for any.
void zone_head_write(const struct zone_build *build, struct zone_image *image);

// What zone_prove and the proofs of all names take at most.
size_t zone_order_bytes(const struct zone_build *build);

// Writes the order of the denials at p and the proofs before the nodes, which
// have their places. Returns what follows the order; short memory is noted in
// the build.
uint8_t *zone_prove(struct zone_build *build, struct zone_image *image, uint8_t *p);

#endif
