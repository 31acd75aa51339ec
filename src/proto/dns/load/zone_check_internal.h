// zone_check_internal: what the checks share, private to zone_check*.c, zone_sort.c and
// zone_check_zonemd.c. Each takes a build whose records are in order and whose delegations
// are known, and reports what it finds.
#ifndef DNS_ZONE_CHECK_INTERNAL_H
#define DNS_ZONE_CHECK_INTERNAL_H

#include "proto/dns/load/zone_records.h"

// Brings the records of the names from one up to another into canonical order, by type
// first. Equal ones become one with the lowest TTL, unless the build is quiet: then such a
// name stays as it was. Short memory is noted in the build.
void zone_sort_records(struct zone_build *build, uint32_t from, uint32_t to);

// The indexes of all names in canonical order, names_len - 1 of them; the caller
// frees. NULL when it is stopped or, noted in the build, when memory is short.
uint32_t *zone_sort_names(struct zone_build *build) MUST_CHECK;

// Names by themselves: which types stand together and where, what sets are like.
void zone_check_apex(struct zone_build *build);
void zone_check_names(struct zone_build *build, uint32_t from, uint32_t to);

// The hosts that NS, MX and SRV records name.
void zone_check_hosts(struct zone_build *build, uint32_t from, uint32_t to);

// Signatures, and sets that lack them.
void zone_check_sigs(struct zone_build *build);

// The chain of NSEC or NSEC3 records of a signed zone, whichever it has.
void zone_check_chain(struct zone_build *build);

// The same for NSEC3 (zone_check_nsec3.c), whose parameters are in the image.
struct zone_image;
void zone_check_nsec3(struct zone_build *build, const struct zone_image *image);

// Whether the bitmap that ends a NSEC or NSEC3 record, from `at` on, has the types
// that its name has; reported if not.
void zone_check_bitmap(struct zone_build *build, const struct build_name *name,
                       const struct build_record *record, size_t at);

// ZONEMD (RFC 8976 section 4); glue and what is not served are part of the digest.
void zone_check_zonemd(struct zone_build *build);

// Whether the name is made of labels that hosts have (RFC 1123 section 2.1), the
// first of which may be a wildcard's.
bool zone_check_host_name(const uint8_t *wire) PURE;

// The first record of the type; NULL: none.
const struct build_record *zone_check_find(const struct zone_build *build,
                                           const struct build_name *name, uint16_t type) PURE;

// Whether what the name has is not the zone's own: names below a delegation, or below
// a DNAME.
static inline bool zone_check_occluded(const struct zone_build *build, uint32_t index)
{
	uint32_t cut = build->names[index].cut;

	return cut && cut != index;
}

// Whether records of the type are served at the name, which is not occluded; glue is not.
static inline bool zone_check_serves(const struct build_name *name, uint16_t type)
{
	return !name->cut || type == DNS_TYPE_NS || type == DNS_TYPE_DS || type == DNS_TYPE_RRSIG ||
	       type == DNS_TYPE_NSEC;
}

static inline bool zone_check_is_wildcard(const uint8_t *wire)
{
	return wire[0] == 1 && wire[1] == '*';
}

// A zone is taken for signed when its origin has signatures.
static inline bool zone_check_is_signed(const struct zone_build *build)
{
	return zone_check_find(build, &build->names[1], DNS_TYPE_RRSIG);
}

#endif
