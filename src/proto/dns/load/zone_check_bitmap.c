// zone_check_bitmap: see the header.
#include "proto/dns/load/zone_check_bitmap.h"

// 256 windows of 256 types, each preceded by two bytes: its number and its length.
#define BITMAP_MAX_BYTES (256 * (2 + 32))

struct bitmap {
	size_t len;
	uint8_t *window; // the last one, or NULL
	uint8_t bytes[BITMAP_MAX_BYTES];
};

// Adds a type; types are added in ascending order (RFC 4034 section 4.1.2).
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

// At a delegation only the signatures of DS and NSEC are the zone's own.
static bool is_own(const struct load_name *name, const struct load_record *record)
{
	uint16_t type = record->type;

	if (!name->cut || type != DNS_TYPE_RRSIG)
		return zone_records_serves(name, type);
	type = (uint16_t)(record->rdata[0] << 8 | record->rdata[1]);
	return type == DNS_TYPE_DS || type == DNS_TYPE_NSEC;
}

// Builds the bitmap that a denial must have: the types served at the name. NSEC3 records do not
// count: their owners are hashes.
static void bitmap_fill(struct bitmap *bitmap, const struct zone_records *records,
                        const struct load_name *name)
{
	uint16_t last = 0;

	bitmap->len = 0;
	bitmap->window = NULL;
	for (const struct load_record *at = zone_records_first(records, name); at;
	     at = zone_records_next(records, at)) {
		if (at->type == last || at->type == DNS_TYPE_NSEC3 || !is_own(name, at))
			continue;
		bitmap_add(bitmap, at->type);
		last = at->type;
	}
}

void zone_check_bitmap(const struct zone_records *records, struct zone_reporter *reporter,
                       const struct load_name *name, const struct load_record *record, size_t at)
{
	char text[DNS_NAME_TEXT_BYTES], type[16];
	struct bitmap bitmap;

	bitmap_fill(&bitmap, records, name);
	if (bitmap.len == record->rdata_len - at &&
	    memcmp(bitmap.bytes, record->rdata + at, bitmap.len) == 0)
		return;
	zone_reporter_add(reporter, &record->place, ZONE_CHECK_NSEC_TYPES,
	                  "the types in this %s are not those that exist at %s",
	                  dns_type_text(record->type, type), dns_name_text(name->wire, text));
}
