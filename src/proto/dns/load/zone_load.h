// zone_load: compiles a zone file into a zone: reads the records, checks them and renders
// them as one image. This is the only part of the engine that needs much memory and time;
// the control thread calls it. Reports are described in zone_report.h.
#ifndef DNS_ZONE_LOAD_H
#define DNS_ZONE_LOAD_H

#include "proto/dns/load/zone_pool.h"
#include "proto/dns/zone/zone.h"
#include "proto/dns/zone/zone_report.h"
#include "proto/dns/zone/zone_stop.h"

// How a zone is loaded.
struct zone_limits;

struct zone_options {
	// Key of the hash table of names: random for each process, so that the author of a
	// zone cannot choose names that collide.
	uint64_t hash_key;
	int64_t now_s; // seconds since 1970, to check validity of signatures; 0: not checked
	struct zone_policy policy;
	const struct zone_pool *pool;     // NULL: the calling thread does all the work
	zone_stopped_fn *stopped;         // NULL: the load cannot be cancelled
	const struct zone_limits *limits; // of the zone file (zonefile.h); NULL: none
};

// Loads the zone of `origin` from a zone file; the caller gets the only reference. Calls
// on_report for each error and warning, from one thread at a time, which may be a thread of
// the pool. Returns NULL after an error or when there is not enough memory. Borrows the
// options for the call. The zone and the reports do not depend on the pool. When the load is
// cancelled, returns NULL soon after; the caller ignores the reports in that case.
struct zone *zone_load(const char *file, const uint8_t *origin, const struct zone_options *options,
                       zone_report_fn *on_report, void *ctx) MUST_CHECK;

// As zone_load, but reads `len` bytes of text in memory, for tests and fuzzers; `name` is
// used in reports in place of the file's path.
struct zone *zone_load_text(const char *name, const char *text, size_t len, const uint8_t *origin,
                            const struct zone_options *options, zone_report_fn *on_report,
                            void *ctx) MUST_CHECK;

#endif
