// zone_check_nsec: whether the NSEC records of a signed zone say what it has, and where
// its names are next to each other (RFC 4034 section 4). A gap, or too wide a step, makes
// validators take what is there for forged. NSEC3 is zone_check_nsec3.c's.
#include "proto/dns/load/zone_check_internal.h"
#include "proto/dns/load/zone_render.h"

#include <stdlib.h>

// 256 windows of 256 types, each with two bytes before it.
#define BITMAP_MAX_BYTES (256 * (2 + 32))

struct bitmap {
	size_t len;
	uint8_t *window; // the last one, or NULL
	uint8_t bytes[BITMAP_MAX_BYTES];
};

// Types come in ascending order (RFC 4034 section 4.1.2).
static void bitmap_add(struct bitmap *bitmap, uint16_t type)
{
	uint8_t high = (uint8_t)(type >> 8), low = (uint8_t)type;
	uint8_t *window = bitmap->window;

	if (!window || window[0] != high) {
		window = bitmap->window = bitmap->bytes + bitmap->len;
		window[0] = high;
		window[1] = 0;
		bitmap->len += 2;
	}
	while (window[1] <= low / 8) {
		window[2 + window[1]++] = 0;
		bitmap->len++;
	}
	window[2 + low / 8] |= (uint8_t)(0x80 >> low % 8);
}

// What a denial says of the name: what is served at it, and at a delegation no
// signatures but where something is signed there.
static void bitmap_fill(struct bitmap *bitmap, const struct zone_build *build,
                        const struct build_name *name)
{
	uint16_t last = 0;

	bitmap->len = 0;
	bitmap->window = NULL;
	for (const struct build_record *at = build_record_first(build, name); at;
	     at = build_record_next(build, at)) {
		if (at->type == last || at->type == DNS_TYPE_NSEC3 ||
		    !zone_check_serves(name, at->type))
			continue;
		bitmap_add(bitmap, at->type);
		last = at->type;
	}
}

void zone_check_bitmap(struct zone_build *build, const struct build_name *name,
                       const struct build_record *record, size_t at)
{
	char text[DNS_NAME_TEXT_BYTES], type[16];
	struct bitmap bitmap;

	bitmap_fill(&bitmap, build, name);
	if (bitmap.len == record->rdata_len - at &&
	    memcmp(bitmap.bytes, record->rdata + at, bitmap.len) == 0)
		return;
	zone_build_report(build, record, ZONE_CHECK_NSEC_TYPES,
	                  "the types of this %s are not those that %s has",
	                  dns_type_text(record->type, type), dns_name_text(name->wire, text));
}

// The last NSEC on the way, whose next name is yet to be met.
struct walk {
	struct zone_build *build;
	const struct build_record *nsec;
	const struct build_name *name; // its owner
};

static void next_expect(const struct walk *walk, const uint8_t *wire)
{
	char text[DNS_NAME_TEXT_BYTES], next[DNS_NAME_TEXT_BYTES];

	if (!walk->nsec || dns_name_eq(walk->nsec->rdata, wire))
		return;
	zone_build_report(walk->build, walk->nsec, ZONE_CHECK_NSEC_NEXT,
	                  "the NSEC of %s is to name %s, which is next",
	                  dns_name_text(walk->name->wire, text), dns_name_text(wire, next));
}

// Whether the name has anything besides the NSEC and signatures: what has not gets none.
static bool has_data(const struct zone_build *build, const struct build_name *name)
{
	for (const struct build_record *at = build_record_first(build, name); at;
	     at = build_record_next(build, at)) {
		if (at->type != DNS_TYPE_NSEC && at->type != DNS_TYPE_RRSIG &&
		    at->type != DNS_TYPE_NSEC3)
			return true;
	}
	return false;
}

static void walk_name(struct walk *walk, const struct build_name *name)
{
	struct zone_build *build = walk->build;
	const struct build_record *nsec = zone_check_find(build, name, DNS_TYPE_NSEC);
	const struct build_record *second = nsec ? build_record_next(build, nsec) : NULL;
	char text[DNS_NAME_TEXT_BYTES];

	if (!nsec) {
		if (has_data(build, name))
			zone_build_report(build, build_record_first(build, name),
			                  ZONE_CHECK_NSEC_MISSING, "%s has no NSEC",
			                  dns_name_text(name->wire, text));
		return;
	}
	if (!has_data(build, name))
		zone_build_report(build, nsec, ZONE_CHECK_NSEC_ORPHAN,
		                  "%s has a NSEC and nothing else",
		                  dns_name_text(name->wire, text));
	if (second && second->type == DNS_TYPE_NSEC)
		zone_build_report(build, second, ZONE_CHECK_NSEC_SEVERAL,
		                  "%s has more than one NSEC", dns_name_text(name->wire, text));
	next_expect(walk, name->wire);
	zone_check_bitmap(build, name, nsec, dns_name_len(nsec->rdata));
	walk->nsec = nsec;
	walk->name = name;
}

static void check_nsec(struct zone_build *build)
{
	struct walk walk = {.build = build};
	uint32_t *sorted = zone_sort_names(build);

	for (uint32_t i = 0; sorted && i < build->names_len - 1 && !zone_build_stops(build, i);
	     i++) {
		if (!zone_check_occluded(build, sorted[i]))
			walk_name(&walk, &build->names[sorted[i]]);
	}
	next_expect(&walk, build->origin.wire);
	free(sorted);
}

// Nothing of the chain is served when the origin does not say which kind it is.
static void check_absent(struct zone_build *build)
{
	for (uint32_t i = 1; i < build->names_len && !zone_build_stops(build, i); i++) {
		const struct build_record *nsec3 =
		        build->names[i].hashed
		                ? zone_check_find(build, &build->names[i], DNS_TYPE_NSEC3)
		                : NULL;

		if (!nsec3)
			continue;
		zone_build_report(build, nsec3, ZONE_CHECK_NSEC3_PARAM,
		                  "there are NSEC3 records, which are not used without a sound "
		                  "NSEC3PARAM at the origin");
		return;
	}
	if (zone_check_is_signed(build))
		zone_build_report(
		        build, NULL, ZONE_CHECK_NSEC_MISSING,
		        "the zone is signed and has neither NSEC nor NSEC3 at its origin");
}

void zone_check_chain(struct zone_build *build)
{
	union zone_head head = {.room = {0}};

	zone_head_write(build, &head.image);
	switch ((enum zone_denial)head.image.denial) {
	case ZONE_DENIAL_NSEC:
		check_nsec(build);
		break;
	case ZONE_DENIAL_NSEC3:
		zone_check_nsec3(build, &head.image);
		break;
	case ZONE_DENIAL_NONE:
		check_absent(build);
		break;
	}
}
