// render_rrset: one RRset in the wire form that the image keeps, with all that is needed to
// adapt a copy of it to a message. What is sent inline with it is added by render_inline.h;
// zone_render.h decides where it goes in the image.
#ifndef DNS_RENDER_RRSET_H
#define DNS_RENDER_RRSET_H

#include "proto/dns/load/zone_records.h"
#include "proto/dns/zone/zone_image.h"

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
	struct zone_address addresses[RENDER_RECORDS_MAX]; // .node is a load_name's index
	const uint8_t *targets[RENDER_RECORDS_MAX];        // the names that they are for
	uint16_t fixups[2 * RENDER_RECORDS_MAX + ZONE_ALONG_FIXUPS_MAX];
	uint16_t sigs_count, sigs_len, along_len;
	uint8_t along, along_fixups;
	uint8_t wire[2 * UINT16_MAX]; // the records, then the signatures or what goes along
};

// Writes the records of a type from `first` into the RRset; returns what
// follows them.
const struct load_record *render_rrset(struct render_rrset *rrset,
                                       const struct zone_records *records,
                                       const struct load_name *name,
                                       const struct load_record *first);

// Adds those RRSIG records, of all that the owner has from `sigs` (NULL: none),
// that cover the RRset's type.
void render_sigs(struct render_rrset *rrset, const struct zone_records *records, uint16_t type,
                 const struct load_record *sigs);

// The TTL of an RRset: the least (RFC 2181 section 5.2).
uint32_t render_ttl(const struct zone_records *records, const struct load_record *first);

#endif
