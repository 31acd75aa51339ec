// stored: zones as the files that wadi-dns compile writes, in memory.
#ifndef UNIT_DNS_STORED_H
#define UNIT_DNS_STORED_H

#include "zones.h"

#include "proto/dns/zone/zone_stored.h"

struct stored {
	uint8_t *bytes; // to be freed; begin at a cache line
	size_t len;
};

static inline struct stored stored_of(const struct zone *zone)
{
	struct zone_stored parts;
	struct stored stored;
	uint8_t *p;

	assert_int_equal(zone_stored_init(&parts, zone), 0);
	stored.len = sizeof(parts.hdr) + parts.image_bytes + parts.sources_bytes;
	stored.bytes = p = aligned_alloc(CACHE_LINE_BYTES, ROUND_UP(stored.len, CACHE_LINE_BYTES));
	assert_non_null(p);
	memcpy(p, &parts.hdr, sizeof(parts.hdr));
	memcpy(p + sizeof(parts.hdr), parts.image, parts.image_bytes);
	if (parts.sources_bytes)
		memcpy(p + sizeof(parts.hdr) + parts.image_bytes, parts.sources,
		       parts.sources_bytes);
	zone_stored_fini(&parts);
	return stored;
}

// Makes the checksum right again after a change.
static inline void stored_seal(struct stored *stored)
{
	struct zone_stored_hdr *hdr = (struct zone_stored_hdr *)stored->bytes;
	size_t from = offsetof(struct zone_stored_hdr, bytes);
	struct zone_sum sum = {{0}};

	zone_sum_add(&sum, stored->bytes + from, stored->len - from);
	memcpy(hdr->checksum, sum.crc, sizeof(hdr->checksum));
}

// The zone, or NULL with zones_reports.
static inline struct zone *stored_open(const struct stored *stored, const char *origin)
{
	struct dns_name name = message_name(origin);

	zones_reports[0] = 0;
	return zone_stored_copy("image", stored->bytes, stored->len, name.wire, zones_on_report,
	                        NULL);
}

// The same zone after it was stored; consumes the one before.
static inline struct zone *stored_again(struct zone *zone, const char *origin)
{
	struct stored stored = stored_of(zone);
	struct zone *again = stored_open(&stored, origin);

	if (!again)
		fail_msg("%s", zones_reports);
	zone_put(zone);
	free(stored.bytes);
	return again;
}

#endif
