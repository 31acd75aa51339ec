// zone_table: the zones that are named, each with its file and what was last read
// from it, in the order of their origins. The control thread's: it makes a new table
// beside the one in use, and workers get a zone_set of it. Where the names come from
// is zone_list.c's to know.
#ifndef APPS_DNS_ZONE_TABLE_H
#define APPS_DNS_ZONE_TABLE_H

#include "core/acl.h"
#include "core/why.h"
#include "proto/dns/zone/zone.h"

#include <time.h>

// Named at a time, so that whatever is kept for each zone is bounded.
#define DNS_ZONES_MAX 500000

// One zone. Once it was read it changes no more, and tables share it.
struct dns_allow;

struct dns_zone {
	unsigned refs; // of tables
	bool read;
	bool runtime;            // by zone-add, not by the configuration
	bool image;              // the file is compiled (zone_stored.h), not text
	uint32_t number;         // of its counters, or ZONE_NUMBER_NONE
	struct zone *zone;       // what is served; NULL: nothing, it never was without errors
	char *error;             // why the file as it is now is not served; NULL
	time_t loaded;           // when `zone` was read
	struct dns_allow *allow; // who may ask; NULL: everybody
	const char *file;
	uint8_t origin[]; // in lower case, then the file's path
};

struct zone_table {
	struct dns_zone **items;
	size_t len, size;
};

// A list that zones share. zone_table_allow_put takes a reference away, of NULL, too.
struct dns_allow {
	unsigned refs;
	struct acl *acl;
};
void zone_table_allow_put(struct dns_allow *allow);

// Where a zone comes from.
struct dns_zone_source {
	const char *file;
	bool image, runtime;
};

// Adds a zone that has yet to be read, the origin in any case; it gets a reference of
// allow. 0, -ENOMEM, or -E2BIG when there are DNS_ZONES_MAX.
int zone_table_add(struct zone_table *zones, const uint8_t *origin,
                   const struct dns_zone_source *source, struct dns_allow *allow) MUST_CHECK;

// Adds all zones of another table, or those that were added by hand and are not in
// this one, which is sorted. 0 or -ENOMEM or -E2BIG.
int zone_table_add_all(struct zone_table *zones, const struct zone_table *from) MUST_CHECK;
int zone_table_add_runtime(struct zone_table *zones, const struct zone_table *from) MUST_CHECK;

// Takes the zone out, if it is there.
void zone_table_del(struct zone_table *zones, const uint8_t *origin);

// Brings the table into the order that finding, reading and comparing want. Returns
// a zone whose origin stands there twice, or NULL.
const struct dns_zone *zone_table_sort(struct zone_table *zones);

// NULL: not there. An origin in any case.
struct dns_zone *zone_table_find(const struct zone_table *zones, const uint8_t *origin);

// Where an origin behind this one begins, for lists that come in parts.
size_t zone_table_after(const struct zone_table *zones, const uint8_t *origin);

// The zones of the table that are served, with the sums of their records and bytes.
struct dns_totals {
	uint64_t zones, records, bytes;
};
struct dns_totals zone_table_totals(const struct zone_table *zones) PURE;

// Sets why to the error of the first zone that has one, unless the table `before` holds the
// same zone. 0 when there is none, or -EINVAL.
int zone_table_first_error(const struct zone_table *zones, const struct zone_table *before,
                           struct why *why) MUST_CHECK;

// What is served of the table, for as long as that lives: it lends its lists; of a zone
// that never was without errors, SERVFAIL. NULL when memory is short. Zones without a
// number are told apart by nobody.
struct zone_set *zone_table_set(const struct zone_table *zones, uint64_t hash_key) MUST_CHECK;

// Frees the table with its zones; all zeros is an empty one.
void zone_table_free(struct zone_table *zones);

#endif
