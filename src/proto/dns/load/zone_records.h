// zone_records: a zone while it is put together, private to zone*.c: names as a
// tree whose parents come before their children, records chained to them. The
// only part of the engine that allocates; the control thread's.
#ifndef DNS_ZONE_RECORDS_H
#define DNS_ZONE_RECORDS_H

#include "proto/dns/load/zone_load.h"
#include "proto/dns/load/zonefile.h"
#include "proto/dns/zone/zone_image.h"

// Indexes count from 1; 0 is none.
struct build_record {
	const uint8_t *rdata;
	const char *file;
	uint32_t next; // of the same name
	uint32_t ttl;
	uint32_t line, column;
	uint16_t type;
	uint16_t rdata_len;
};

struct build_name {
	uint64_t hash;
	const uint8_t *wire; // absolute, in lower case
	uint32_t first, last;
	uint32_t parent;
	uint32_t cut;      // the topmost delegation at or above, or DNAME above
	uint32_t wildcard; // the child "*"
	uint32_t place;    // in the image
	uint8_t len, labels;
	bool delegation; // has NS records
	bool dname;      // redirects the names below it
	bool address;    // has A or AAAA records
	bool hashed;     // has NSEC3 records and nothing else
};

// A name in the table. The tag, of its hash, tells most others apart without a look at
// them.
struct build_slot {
	uint32_t name; // 0: free
	uint32_t tag;
};

struct build_chunk;

struct zone_build {
	uint64_t hash_key;
	const struct zone_options *options;
	struct zone_name origin;
	struct build_name *names; // [1] is the origin
	uint32_t names_len, names_size;
	struct build_record *records;
	uint32_t records_len, records_size;
	struct build_slot *table; // of names by hash
	uint32_t table_size;
	struct build_chunk *chunks; // what names and records point to
	const char *file;           // the last one seen
	struct zone_file *files;    // that were read
	uint32_t owner;             // of the last record
	struct zone_name name;      // the name at work
	zone_report_fn *on_report;
	void *ctx;
	unsigned long errors;
	unsigned told[2]; // errors and warnings, until there are too many
	bool no_memory;
	bool quiet, found; // nothing is told or counted, but whether there was anything
};

// Everything is freed by close, which also suits a build whose open failed.
int zone_build_open(struct zone_build *build, const char *file, const uint8_t *origin,
                    const struct zone_options *options, zone_report_fn *on_report,
                    void *ctx) MUST_CHECK;
void zone_build_close(struct zone_build *build);

// Reads the zone into the build, and closes the reader. Returns its number of errors.
long zone_feed(struct zone_build *build, struct zonefile *reader);

// Room for so many records, of which those that are there are a sample. It is there for
// speed only.
void zone_build_expect(struct zone_build *build, uint64_t records);

// The hash of an owner, and a look at what adding it will read, some records before.
uint64_t zone_build_hash(const struct zone_build *build, struct zone_name *name,
                         const uint8_t *owner);
void zone_build_ahead(const struct zone_build *build, uint64_t hash);

// What a zonefile is read with; the context is the build. Records are copied.
void zone_build_add(void *ctx, const struct zone_record *record);
void zone_build_pass_on(void *ctx, const struct zone_report *report);
void zone_build_add_file(void *ctx, const char *path, const struct zone_stamp *stamp);

// The name, its labels and hashes put into *name; 0 when it is not in the zone. The
// deepest existing ancestor goes to *encloser.
uint32_t zone_build_find(const struct zone_build *build, struct zone_name *name,
                         const uint8_t *wire, uint32_t *encloser);

// What a check found at a record (NULL: in the zone), counted and told as the
// options say.
void zone_build_report(struct zone_build *build, const struct build_record *record,
                       enum zone_check_code check, const char *format, ...) PRINTF(4, 5);

// Whether anybody wants to know what the check finds.
static inline bool zone_build_wants(const struct zone_build *build, enum zone_check_code check)
{
	return zone_severity_find(&build->options->policy, check) != ZONE_IGNORE;
}

// Brings each name's records into order, equal ones made one, then finds what
// makes the records no zone (zone_check.c). Afterwards delegations are known
// and records that they hide are gone.
void zone_check(struct zone_build *build);

// Sorts as qsort does. False when it is stopped or, noted in the build, when memory is
// short; then the items are in any order, or some lost.
typedef int zone_cmp_fn(const void *a, const void *b);
bool zone_sort(struct zone_build *build, void *items, size_t len, size_t size,
               zone_cmp_fn *cmp) MUST_CHECK;

// Compiles what was checked (zone_render.c). NULL when memory is short or it is stopped.
struct zone_image *zone_render(struct zone_build *build) MUST_CHECK;

static inline bool zone_build_stopped(const struct zone_build *build)
{
	return zone_stop_now(build->options->stopped);
}

// As zone_build_stopped, but polls only every ZONE_STOP_EVERY items.
static inline bool zone_build_stops(const struct zone_build *build, size_t at)
{
	return zone_stop_at(build->options->stopped, at);
}

// Has the crew do the jobs; without one, one after the other.
static inline void zone_build_share(const struct zone_build *build, zone_job_fn *job, void *work,
                                    size_t len)
{
	const struct zone_crew *crew = build->options->crew;

	if (crew) {
		crew->run(crew->ctx, job, work, len);
		return;
	}
	for (size_t i = 0; i < len; i++)
		job(work, i);
}

static inline const struct build_record *build_record_next(const struct zone_build *build,
                                                           const struct build_record *record)
{
	return record->next ? &build->records[record->next] : NULL;
}

static inline const struct build_record *build_record_first(const struct zone_build *build,
                                                            const struct build_name *name)
{
	return name->first ? &build->records[name->first] : NULL;
}

#endif
