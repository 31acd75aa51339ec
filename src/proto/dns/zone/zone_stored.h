// zone_stored: a compiled zone as a file: a header, the image (zone_image.h) as it lies
// in memory, and what it was compiled from. Made by `wadi-dns compile`, mapped by a
// server that trusts none of it. Whoever writes the parts to a file is an application.
#ifndef DNS_ZONE_STORED_H
#define DNS_ZONE_STORED_H

#include "proto/dns/zone/zone.h"
#include "proto/dns/zone/zone_report.h"
#include "proto/dns/zone/zone_stop.h"

// To be raised with each change of the image that no size shows.
#define ZONE_STORED_VERSION 3

// The numbers are this machine's: another one refuses the layout.
struct zone_stored_hdr {
	char magic[8];
	uint32_t version;
	uint32_t layout;      // a sum of all sizes, of limits, and of what hashing gives
	uint32_t checksum[4]; // of what follows
	uint64_t bytes;       // of the file
	uint64_t image_bytes;
	uint64_t sources_bytes; // behind the image
	uint64_t reserved;      // 0
};
_Static_assert(sizeof(struct zone_stored_hdr) == CACHE_LINE_BYTES,
               "the image is aligned behind it");

// CRC-32C (RFC 3720 appendix B.4) four times, each of every fourth word of eight bytes,
// so that the additions do not wait for each other. Any one byte that changes changes
// one of them.
struct zone_sum {
	uint32_t crc[4];
};
#define ZONE_SUM_BYTES 32 // what is summed comes in multiples

void zone_sum_add(struct zone_sum *sum, const void *bytes, size_t len);

// A zone as it goes into a file: these parts one behind the other.
struct zone_stored {
	struct zone_stored_hdr hdr;
	const void *image; // the zone's
	size_t image_bytes;
	void *sources; // freed by zone_stored_fini
	size_t sources_bytes;
};

// The zone was read from files, or from text in memory, which then has no source. 0, or
// -ENOMEM.
int zone_stored_init(struct zone_stored *stored, const struct zone *zone) MUST_CHECK;
void zone_stored_fini(struct zone_stored *stored);

// Maps the file and checks it: whether it is whole, of this version and machine, of
// this zone and not older than its sources, and by zone_image_verify all that is read from it.
// The zone's index has the key that the file brings along. NULL with one report that
// says what is wrong and what to do. The caller holds the one reference; the mapping
// goes with the last. NULL, too, soon after it is stopped (NULL: never); what was reported
// then means nothing.
struct zone *zone_stored_open(const char *file, const uint8_t *origin, zone_stopped_fn *stopped,
                              zone_report_fn *on_report, void *ctx) MUST_CHECK;

// The same for a copy of bytes in memory.
struct zone *zone_stored_copy(const char *name, const void *bytes, size_t len,
                              const uint8_t *origin, zone_report_fn *on_report,
                              void *ctx) MUST_CHECK;

#endif
