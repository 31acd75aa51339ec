// render_rrset: builds one RRset in the wire form stored in the image, with the fixups that
// adapt a copy of it to a message. render_inline.h adds inline records; zone_render.h places
// the result in the image.
#ifndef DNS_RENDER_RRSET_H
#define DNS_RENDER_RRSET_H

#include "proto/dns/load/zone_records.h"
#include "proto/dns/zone/zone_image.h"

#define RENDER_RECORDS_MAX  (UINT16_MAX / 12 + 1)
#define RENDER_SUFFIXES_MAX 32

// A suffix of a name already written, which later names are compressed against.
struct render_suffix {
	const uint8_t *wire;
	uint8_t labels;
	uint16_t at;
};

// The RRset being built. It is large, so each thread that renders a zone reuses one.
struct render_rrset {
	struct zone_name owner, target; // target: scratch for looking up names in the data
	unsigned owner_labels_max;      // labels of the owner that pointers may refer to
	uint16_t count, len, addresses_len, fixups_len;
	unsigned suffixes_len;
	struct render_suffix suffixes[RENDER_SUFFIXES_MAX];
	struct zone_address addresses[RENDER_RECORDS_MAX]; // .node is the index of a load_name
	const uint8_t *targets[RENDER_RECORDS_MAX];        // the name of each address
	uint16_t fixups[2 * RENDER_RECORDS_MAX + ZONE_INLINE_FIXUPS_MAX];
	uint16_t sigs_count, sigs_len, inline_len;
	uint8_t inline_count, inline_fixups;
	uint8_t wire[2 * UINT16_MAX]; // the records, then signatures or inline records
};

// Writes the records of the type of `first` into the RRset; returns the first record of the
// next type, or NULL.
const struct load_record *render_rrset(struct render_rrset *rrset,
                                       const struct zone_records *records,
                                       const struct load_name *name,
                                       const struct load_record *first);

// Adds the RRSIG records that cover `type`. `sigs` is the first RRSIG record of the owner;
// NULL: it has none.
void render_rrset_sigs(struct render_rrset *rrset, const struct zone_records *records,
                       uint16_t type, const struct load_record *sigs);

// The TTL of an RRset: the lowest of its records (RFC 2181 section 5.2).
uint32_t render_rrset_ttl(const struct zone_records *records, const struct load_record *first);

#endif
