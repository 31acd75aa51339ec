// zone_load: from a zone file to a compiled zone: reads the records, checks them and
// lays them out as one image. The only part of the engine that needs much memory and
// time; the control thread calls it. What is reported is in zone_report.h.
#ifndef DNS_ZONE_LOAD_H
#define DNS_ZONE_LOAD_H

#include "proto/dns/load/zone_pool.h"
#include "proto/dns/zone/zone.h"
#include "proto/dns/zone/zone_report.h"
#include "proto/dns/zone/zone_stop.h"

// How a zone is loaded.
struct zone_options {
	// Places the names in the index: a random number of the process, so that
	// nobody can write a zone whose names collide.
	uint64_t hash_key;
	int64_t now_s; // since 1970, for signatures; 0: they are not compared with it
	struct zone_policy policy;
	const struct zone_pool *pool; // NULL: this thread alone
	zone_stopped_fn *stopped;     // NULL: never
};

// Collects records, checks them as a zone and compiles it; the caller holds the
// one reference. Errors and warnings go to on_report, by one thread at a time, which may
// be one of the pool. NULL when there was an error or memory is short. The options are
// borrowed for the call. The zone and the reports are the same with any pool. NULL, too,
// soon after the options say that it is stopped; what was reported then means nothing.
struct zone *zone_load(const char *file, const uint8_t *origin, const struct zone_options *options,
                       zone_report_fn *on_report, void *ctx) MUST_CHECK;

// The same for text in memory, for tests and fuzzers.
struct zone *zone_load_text(const char *name, const char *text, size_t len, const uint8_t *origin,
                            const struct zone_options *options, zone_report_fn *on_report,
                            void *ctx) MUST_CHECK;

#endif
