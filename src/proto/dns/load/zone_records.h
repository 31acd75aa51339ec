// zone_records: the names and records of a zone while it is loaded: a tree of names, in an
// array where parents precede their children, each with a linked list of its records. All
// bytes are copied, and freed together. The later steps of a load read it: zone_check.h,
// zone_render.h.
#ifndef DNS_ZONE_RECORDS_H
#define DNS_ZONE_RECORDS_H

#include "proto/dns/load/zone_reporter.h"
#include "proto/dns/wire/dns_type.h"
#include "proto/dns/zone/zone_name.h"

// Indexes count from 1; 0 is none.
struct load_record {
	struct zone_place place;
	const uint8_t *rdata;
	uint32_t next; // next record of the same name
	uint32_t ttl;
	uint16_t type;
	uint16_t rdata_len;
};

struct load_name {
	uint64_t hash;
	const uint8_t *wire;  // absolute, in lower case
	uint32_t first, last; // records
	uint32_t parent;
	uint32_t cut;      // the topmost delegation at or above, or DNAME above
	uint32_t wildcard; // the child "*"
	uint8_t len, labels;
	bool delegation; // has NS records
	bool dname;      // redirects the names below it
	bool address;    // has A or AAAA records
	bool alias;      // has a CNAME record
	bool hashed;     // has NSEC3 records and nothing else
};

struct load_slot;
struct load_chunk;

struct zone_records {
	uint64_t hash_key;
	struct zone_name origin;
	struct load_name *names; // [1] is the origin
	uint32_t names_len, names_size;
	struct load_record *records;
	uint32_t records_len, records_size;
	struct load_slot *table; // hash table of names
	uint32_t table_size;
	struct load_chunk *chunks; // memory that names and records point to
	const char *file;          // of the last record
	uint32_t owner;            // of the last record
	struct zone_name name;     // scratch: the owner being added
};

// A record as the zone file reader returns it (zonefile.h).
struct zone_record;

// Starts with one name, the origin. Returns 0 or -ENOMEM; zone_records_fini may also be
// called after a failed init.
int zone_records_init(struct zone_records *records, const char *file, const uint8_t *origin,
                      uint64_t hash_key) MUST_CHECK;
void zone_records_fini(struct zone_records *records);

// Adds a record, whose owner is at or below the origin; copies its bytes. Returns 0 or
// -ENOMEM.
int zone_records_add(struct zone_records *records, const struct zone_record *record) MUST_CHECK;

// Allocates for a total of `count` records, assuming that the records so far are a typical
// sample. This only saves time; a failure is ignored.
void zone_records_expect(struct zone_records *records, uint64_t count);

// zone_records_hash computes the hash of an owner, with *name as scratch memory;
// zone_records_prefetch prefetches what adding that owner will read.
uint64_t zone_records_hash(const struct zone_records *records, struct zone_name *name,
                           const uint8_t *owner);
void zone_records_prefetch(const struct zone_records *records, uint64_t hash);

// Looks a name up: fills *name with it, its labels and hashes, and returns its index, or 0
// when it is not in the zone. *encloser is set to its deepest existing ancestor.
uint32_t zone_records_find(const struct zone_records *records, struct zone_name *name,
                           const uint8_t *wire, uint32_t *encloser);

static inline const struct load_record *zone_records_next(const struct zone_records *records,
                                                          const struct load_record *record)
{
	return record->next ? &records->records[record->next] : NULL;
}

static inline const struct load_record *zone_records_first(const struct zone_records *records,
                                                           const struct load_name *name)
{
	return name->first ? &records->records[name->first] : NULL;
}

// The first record of the type, or NULL.
static inline const struct load_record *zone_records_of(const struct zone_records *records,
                                                        const struct load_name *name, uint16_t type)
{
	const struct load_record *at = zone_records_first(records, name);

	while (at && at->type != type)
		at = zone_records_next(records, at);
	return at;
}

// The place of a record in its zone file, for zone_reporter_add; the record may be NULL.
static inline const struct zone_place *zone_records_place(const struct load_record *record)
{
	return record ? &record->place : NULL;
}

// Whether the name is occluded: it is below a delegation or a DNAME.
static inline bool zone_records_occluded(const struct zone_records *records, uint32_t index)
{
	uint32_t cut = records->names[index].cut;

	return cut && cut != index;
}

// Whether the zone answers with records of the type at a name that is not occluded. At a
// delegation these are the NS, DS, RRSIG and NSEC records; addresses there are glue.
static inline bool zone_records_serves(const struct load_name *name, uint16_t type)
{
	return !name->cut || type == DNS_TYPE_NS || type == DNS_TYPE_DS || type == DNS_TYPE_RRSIG ||
	       type == DNS_TYPE_NSEC;
}

// Whether the zone counts as signed: its origin has RRSIG records.
static inline bool zone_records_signed(const struct zone_records *records)
{
	return zone_records_of(records, &records->names[1], DNS_TYPE_RRSIG);
}

#endif
