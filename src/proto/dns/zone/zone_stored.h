// zone_stored: the format of a compiled zone file: a header, the image (zone_image.h) as in
// memory, and the list of the zone files that it was compiled from. `wadi-dns compile` writes
// it; a server maps it, and verifies all of it before use. Writing the parts to a file is
// left to the application.
#ifndef DNS_ZONE_STORED_H
#define DNS_ZONE_STORED_H

#include "proto/dns/zone/zone.h"
#include "proto/dns/zone/zone_report.h"
#include "proto/dns/zone/zone_stop.h"
#include "proto/dns/zone/zone_sum.h"

// Increment this with each change of the image format that changes no size in `layout`.
#define ZONE_STORED_VERSION 4

// Numbers are in the byte order of the machine that wrote the file; a machine with another
// one rejects the layout.
struct zone_stored_hdr {
	char magic[8];
	uint32_t version;
	uint32_t layout;      // checksum of struct sizes, limits and a sample hash
	uint32_t checksum[4]; // of all bytes that follow
	uint64_t bytes;       // size of the file
	uint64_t image_bytes;
	uint64_t sources_bytes; // of the list of zone files after the image
	uint64_t reserved;      // 0
};
_Static_assert(sizeof(struct zone_stored_hdr) == CACHE_LINE_BYTES,
               "the image is aligned behind it");

// The three parts of a compiled zone file, to be written in this order.
struct zone_stored {
	struct zone_stored_hdr hdr;
	const void *image; // the zone's
	size_t image_bytes;
	void *sources; // freed by zone_stored_fini
	size_t sources_bytes;
};

// Prepares a zone for writing; `stored` borrows the zone's image. The list of sources is
// empty for a zone read from text in memory. Returns 0 or -ENOMEM.
int zone_stored_init(struct zone_stored *stored, const struct zone *zone) MUST_CHECK;
void zone_stored_fini(struct zone_stored *stored);

// Maps a compiled zone file and checks it: that it is complete, has this version and layout,
// and holds the zone of this origin; zone_image_verify then checks every offset and length that
// answering reads. An image that is older than its zone files is opened unless the policy (NULL:
// the default of each check) makes image-stale an error; one with more NSEC3 iterations than a
// zone file may have is not unless it lowers nsec3-cost. The index keeps the hash key in the
// file. The caller gets the only reference; the file is unmapped with the last one. On
// failure returns NULL after one report of what is wrong and what to do. When `stopped`
// (NULL: never) becomes true, returns NULL soon after; ignore the reports in that case.
struct zone *zone_stored_open(const char *file, const uint8_t *origin,
                              const struct zone_policy *policy, zone_stopped_fn *stopped,
                              zone_report_fn *on_report, void *ctx) MUST_CHECK;

// As zone_stored_open, but from `len` bytes in memory, which are copied. `name` is used in
// reports in place of the file's path.
struct zone *zone_stored_copy(const char *name, const void *bytes, size_t len,
                              const uint8_t *origin, zone_report_fn *on_report,
                              void *ctx) MUST_CHECK;

#endif
