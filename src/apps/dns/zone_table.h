// zone_table: the zones of the server in canonical order of their origins, each with its file
// and the zone that was last read from it. Only the control thread uses it: a change builds a
// second table beside the one in use, and workers get a zone_set made from it. The entries
// come from zone_list.h and zone_command.h; zone_read.h reads them.
#ifndef APPS_DNS_ZONE_TABLE_H
#define APPS_DNS_ZONE_TABLE_H

#include "core/acl.h"
#include "core/why.h"
#include "proto/dns/zone/zone_set.h"

#include <time.h>

// Maximum number of zones in a table; it bounds all state that exists for each zone.
#define DNS_ZONES_MAX 500000

struct dns_allow;

// One zone. It is immutable once it has been read, and shared by tables.
struct dns_zone {
	unsigned refs; // one for each table that holds it
	bool read;
	bool stale;              // read from an image that is older than its zone files
	bool same;               // its records are those of the version served before
	bool runtime;            // added by zone-add, not by the configuration
	bool temporary;          // and forgotten when the server stops
	bool image;              // the file is a compiled image (zone_stored.h), not a zone file
	bool in_directory;       // the file was found in a directory
	uint32_t entry;          // the entry of dns.zones that names it, unless runtime
	uint32_t number;         // index of its counters, or ZONE_NUMBER_NONE
	struct zone *zone;       // the version served; NULL: none has been without errors
	char *error;             // why the current file is not served; NULL: it is
	time_t loaded;           // when `zone` was read
	int64_t expiry_s;        // when its first signature expires, since 1970; 0: unsigned
	struct dns_allow *allow; // clients that may query it; NULL: any
	const char *file;
	uint8_t origin[]; // in lower case, followed by the path of the file
};

struct zone_table {
	struct dns_zone **items;
	size_t len, size;
};

// A list of client prefixes that zones share. zone_table_allow_put releases a reference; NULL
// is allowed.
struct dns_allow {
	unsigned refs;
	struct acl *acl;
};
void zone_table_allow_put(struct dns_allow *allow);

// The file of a zone, and what named it, as in struct dns_zone.
struct dns_zone_source {
	const char *file;
	bool image, runtime, temporary, in_directory;
	uint32_t entry;
};
struct dns_zone_source zone_table_source(const struct dns_zone *zone);

// Adds an unread zone at the end. The origin may contain upper case letters. The zone takes a
// reference of allow of its own. 0, -ENOMEM, or -E2BIG when the table holds DNS_ZONES_MAX.
int zone_table_add(struct zone_table *zones, const uint8_t *origin,
                   const struct dns_zone_source *source, struct dns_allow *allow) MUST_CHECK;

// Adds zones of the table `from`: all of them, or those that zone-add added and that are not
// in this table, which must be sorted. 0, -ENOMEM or -E2BIG.
int zone_table_add_all(struct zone_table *zones, const struct zone_table *from) MUST_CHECK;
int zone_table_add_runtime(struct zone_table *zones, const struct zone_table *from) MUST_CHECK;

// Removes the zone with this origin, if there is one.
void zone_table_del(struct zone_table *zones, const uint8_t *origin);

// Sorts the table; finding, reading and comparing need the order.
void zone_table_sort(struct zone_table *zones);

// Removes all but the first zone of each origin from a sorted table.
void zone_table_unique(struct zone_table *zones);

// The zone with this origin, compared without regard to case, or NULL.
struct dns_zone *zone_table_find(const struct zone_table *zones, const uint8_t *origin);

// Index of the first zone that sorts after the origin, for lists that are sent in pages.
size_t zone_table_after(const struct zone_table *zones, const uint8_t *origin);

// Whether what is served of a zone, if anything, is not what its file holds.
bool zone_table_is_stale(const struct dns_zone *zone) PURE;

// The zones of the table that are served, with the sums of their records and bytes; how many are
// stale; and when the first signature of any expires, 0: none has one.
struct dns_totals {
	uint64_t zones, records, bytes, stale;
	int64_t expiry_s;
};
struct dns_totals zone_table_totals(const struct zone_table *zones) PURE;

// Sets why to the error of the first zone that has one, unless the table `before` holds the
// same zone. 0 when there is none, or -EINVAL.
int zone_table_first_error(const struct zone_table *zones, const struct zone_table *before,
                           struct why *why) MUST_CHECK;

// Creates the set of zones that workers answer from. It borrows the lists of clients from the
// table, which must outlive it. Queries for a zone that was never read without errors get
// SERVFAIL. NULL when there is no memory. Zones without a number are not counted separately.
struct zone_set *zone_table_set(const struct zone_table *zones, uint64_t hash_key) MUST_CHECK;

// Releases all zones and frees the memory of the table, which is then empty. A table of zeros
// is empty.
void zone_table_free(struct zone_table *zones);

#endif
