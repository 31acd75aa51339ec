// zone: a zone in its compiled, immutable form. Built by the control thread
// from records, then read by all workers without locks or allocation. A zone
// lies in one block, addressed by offsets: it can be copied and mapped.
#ifndef DNS_ZONE_H
#define DNS_ZONE_H

#include "core/acl.h"
#include "proto/dns/zone_check.h"
#include "proto/dns/zonefile.h"

struct zone;

// Errors, and warnings, of records together that are told; what is wrong with one
// record is counted by the reader (ZONEFILE_ERRORS_MAX).
#define ZONE_REPORTS_MAX 1000

// Part i of a work that threads may share.
typedef void zone_job_fn(void *work, size_t i);

// Threads that may help to load a zone. `run` does all jobs below `len`, each once, in any
// order and by whom it likes, this thread included, and returns when they are done.
struct zone_crew {
	void (*run)(void *ctx, zone_job_fn *job, void *work, size_t len);
	void *ctx;
	unsigned threads; // that there are at most, this one included
};

// How a zone is loaded.
struct zone_options {
	// Places the names in the index: a random number of the process, so that
	// nobody can write a zone whose names collide.
	uint64_t hash_key;
	int64_t now_s; // since 1970, for signatures; 0: they are not compared with it
	struct zone_policy policy;
	const struct zone_crew *crew; // NULL: this thread alone
	zone_stopped_fn *stopped;     // NULL: never
};

// Collects records, checks them as a zone and compiles it; the caller holds the
// one reference. Errors and warnings go to on_report, by one thread at a time, which may
// be one of the crew. NULL when there was an error or memory is short. The options are
// borrowed for the call. The zone and the reports are the same with any crew. NULL, too,
// soon after the options say that it is stopped; what was reported then means nothing.
struct zone *zone_load(const char *file, const uint8_t *origin, const struct zone_options *options,
                       zone_report_fn *on_report, void *ctx) MUST_CHECK;

// The same for text in memory, for tests and fuzzers.
struct zone *zone_load_text(const char *name, const char *text, size_t len, const uint8_t *origin,
                            const struct zone_options *options, zone_report_fn *on_report,
                            void *ctx) MUST_CHECK;

// A zone of which nothing could be read, to be served all the same: its names get
// SERVFAIL, as other servers should be asked. NULL when memory is short.
struct zone *zone_new_unread(const uint8_t *origin, uint64_t hash_key) MUST_CHECK;

// One reference fewer; freed with the last. Control thread only.
void zone_put(struct zone *zone);
struct zone *zone_get(struct zone *zone);

const uint8_t *zone_origin(const struct zone *zone); // in lower case
uint32_t zone_serial(const struct zone *zone);
uint64_t zone_records(const struct zone *zone); // duplicates and occluded ones left out
uint64_t zone_names(const struct zone *zone);   // with empty non-terminals
size_t zone_bytes(const struct zone *zone);     // of the compiled block

// Whether a file that it was read from, or that one included, may have changed since;
// never for text in memory.
bool zone_outdated(const struct zone *zone);

// To be called for each zone on ZONEFILE_CLAIMED: when the zone is mapped and somebody
// waits to write to its file, it gets memory of its own, while workers read it. 1 if so, 0
// when there is nothing to be done, or -errno: writing will change the zone or end the
// process.
int zone_keep(struct zone *zone) MUST_CHECK;

#define ZONE_NUMBER_NONE UINT32_MAX

// A zone as a set serves it.
struct zone_served {
	struct zone *zone;
	// Whoever counts by zone tells zones apart by it; below ZONE_NUMBER_NONE.
	uint32_t number;
	const struct acl *allow; // who may ask; NULL: everybody; outlives the set
};

// An immutable set of zones, replaced whole at a reload.
struct zone_set;

// Takes a reference of each zone; origins differ. A query belongs to the zone
// with the longest origin that covers it. `hash_key` places the origins, as that of
// zone_options does names, and has nothing to do with the zones' own. NULL when memory
// is short.
struct zone_set *zone_set_new(const struct zone_served *zones, size_t len,
                              uint64_t hash_key) MUST_CHECK;
void zone_set_free(struct zone_set *set);

#endif
