// zone_check_nsec3: see the header. Hashes the names of the zone, sorts these hashes and those that
// own NSEC3 records, and compares the two lists.
#include "proto/dns/load/zone_check_nsec3.h"

#include "core/digest.h"
#include "proto/dns/load/zone_check_bitmap.h"
#include "proto/dns/load/zone_sort.h"
#include "proto/dns/zone/zone_nsec3.h"

#include <errno.h>
#include <stdlib.h>

#define HASH_BYTES   DIGEST_SHA1_BYTES
#define LABEL_BYTES  (8 * HASH_BYTES / 5)
#define FLAG_OPT_OUT 1

// The salt follows algorithm, flags, iterations (u16) and its length.
#define SALT_AT 5

struct hashed {
	uint8_t hash[HASH_BYTES];
	uint32_t name;
	const struct load_record *nsec3; // set in `owners` only
};

struct hashes {
	struct hashed *items;
	uint32_t len;
};

struct nsec3_check {
	const struct zone_records *records;
	struct zone_reporter *reporter;
	const struct zone_image *image; // with the parameters
	zone_stopped_fn *stopped;
	struct hashes names, owners;
	bool *needed; // of each name: whether it needs an NSEC3 in spite of opt-out
};

static int hashed_cmp(const void *a, const void *b)
{
	return memcmp(((const struct hashed *)a)->hash, ((const struct hashed *)b)->hash,
	              HASH_BYTES);
}

// Base 32 with extended hex digits (RFC 4648 section 7), in lower case.
static bool label_decode(const uint8_t *label, uint8_t hash[HASH_BYTES])
{
	uint64_t bits = 0;

	if (label[0] != LABEL_BYTES)
		return false;
	for (unsigned i = 0; i < LABEL_BYTES; i++) {
		uint8_t c = label[1 + i];
		int digit = c <= '9' ? c - '0' : c < 'a' ? -1 : c - 'a' + 10;

		if (digit < 0 || digit > 31)
			return false;
		bits = bits << 5 | (unsigned)digit;
		if (i % 8 == 7) {
			for (unsigned j = 0; j < 5; j++)
				hash[i / 8 * 5 + j] = (uint8_t)(bits >> (32 - 8 * j));
		}
	}
	return true;
}

// Whether the record belongs to the chain of the NSEC3PARAM record at the origin.
static bool is_of_chain(const struct zone_image *image, const struct load_record *nsec3)
{
	const uint8_t *p = nsec3->rdata;

	return p[0] == 1 && (p[2] << 8 | p[3]) == image->nsec3_iterations &&
	       p[4] == image->nsec3_salt_len &&
	       memcmp(p + SALT_AT, zone_nsec3_salt(image), p[4]) == 0;
}

static const uint8_t *next_hash(const struct load_record *nsec3)
{
	return nsec3->rdata + SALT_AT + nsec3->rdata[4];
}

static void orphan_report(struct nsec3_check *check, const struct hashed *owner)
{
	char text[DNS_NAME_TEXT_BYTES];

	zone_reporter_add(check->reporter, &owner->nsec3->place, ZONE_CHECK_NSEC_ORPHAN,
	                  "the NSEC3 of %s belongs to no name of the zone",
	                  dns_name_text(check->records->names[owner->name].wire, text));
}

// Collects the NSEC3 records of a name that belong to the chain.
static void owner_take(struct nsec3_check *check, uint32_t index)
{
	const struct load_name *name = &check->records->names[index];
	const struct load_record *at = zone_records_of(check->records, name, DNS_TYPE_NSEC3);
	struct hashed owner = {.name = index};
	char text[DNS_NAME_TEXT_BYTES];

	for (; at && at->type == DNS_TYPE_NSEC3; at = zone_records_next(check->records, at)) {
		if (!is_of_chain(check->image, at))
			continue;
		if (owner.nsec3) {
			zone_reporter_add(check->reporter, &at->place, ZONE_CHECK_NSEC_SEVERAL,
			                  "%s has more than one NSEC3 of the same parameters",
			                  dns_name_text(name->wire, text));
			continue;
		}
		owner.nsec3 = at;
		if (name->parent == 1 && label_decode(name->wire, owner.hash) &&
		    next_hash(at)[0] == HASH_BYTES)
			check->owners.items[check->owners.len++] = owner;
		else
			orphan_report(check, &owner);
	}
}

// An insecure delegation that has an NSEC3 all the same is none of those that opt-out covers, so
// the empty non-terminals above it need one, too.
static void needs_mark(struct nsec3_check *check)
{
	const struct hashes *names = &check->names, *owners = &check->owners;
	uint32_t k = 0;

	for (uint32_t i = 0; i < names->len && !zone_stop_at(check->stopped, i); i++) {
		const struct hashed *name = &names->items[i];

		while (k < owners->len && hashed_cmp(&owners->items[k], name) < 0)
			k++;
		if (k < owners->len && hashed_cmp(&owners->items[k], name) == 0 &&
		    check->records->names[name->name].first)
			check->needed[name->name] = true;
	}
}

// With opt-out, insecure delegations and empty non-terminals that lead only to such need no NSEC3
// (RFC 5155 section 7.1). Children follow their parents in the array, so it is walked backwards.
static void needs_find(struct nsec3_check *check)
{
	const struct zone_records *records = check->records;

	for (uint32_t i = records->names_len - 1; i > 0 && !zone_stop_at(check->stopped, i); i--) {
		const struct load_name *name = &records->names[i];

		if (zone_records_occluded(records, i) || name->hashed)
			continue;
		if (name->first)
			check->needed[i] |=
			        !name->cut || zone_records_of(records, name, DNS_TYPE_DS) != NULL;
		if (check->needed[i])
			check->needed[name->parent] = true;
	}
}

// Returns 0, -ENOMEM, or -ECANCELED when the load was cancelled.
static int lists_fill(struct nsec3_check *check)
{
	const struct zone_records *records = check->records;
	struct zone_name hashed;
	int err;

	for (uint32_t i = 1; i < records->names_len; i++) {
		const struct load_name *name = &records->names[i];
		struct hashed *item = &check->names.items[check->names.len];

		if (zone_stop_at(check->stopped, i))
			return -ECANCELED;
		owner_take(check, i);
		if (zone_records_occluded(records, i) || name->hashed)
			continue;
		zone_nsec3_name(check->image, &hashed, name->wire, name->len);
		if (label_decode(hashed.wire, item->hash)) {
			item->name = i;
			check->names.len++;
		}
	}
	err = zone_sort(check->names.items, check->names.len, sizeof(struct hashed), hashed_cmp,
	                check->stopped);
	if (!err)
		err = zone_sort(check->owners.items, check->owners.len, sizeof(struct hashed),
		                hashed_cmp, check->stopped);
	return err;
}

static void check_next(struct nsec3_check *check)
{
	const struct hashes *owners = &check->owners;
	char text[DNS_NAME_TEXT_BYTES], next[DNS_NAME_TEXT_BYTES];

	for (uint32_t i = 0; i < owners->len && !zone_stop_at(check->stopped, i); i++) {
		const struct hashed *own = &owners->items[i];
		const struct hashed *other = &owners->items[i + 1 < owners->len ? i + 1 : 0];

		if (memcmp(next_hash(own->nsec3) + 1, other->hash, HASH_BYTES) == 0)
			continue;
		zone_reporter_add(check->reporter, &own->nsec3->place, ZONE_CHECK_NSEC_NEXT,
		                  "the next hash in the NSEC3 of %s should be that of %s",
		                  dns_name_text(check->records->names[own->name].wire, text),
		                  dns_name_text(check->records->names[other->name].wire, next));
	}
}

static void check_matched(struct nsec3_check *check, const struct hashed *name,
                          const struct load_record *nsec3)
{
	zone_check_bitmap(check->records, check->reporter, &check->records->names[name->name],
	                  nsec3, (size_t)(next_hash(nsec3) + 1 + HASH_BYTES - nsec3->rdata));
}

// A name whose hash owns no NSEC3; `covering` is the NSEC3 whose interval contains the hash.
static void check_unmatched(struct nsec3_check *check, const struct hashed *name,
                            const struct load_record *covering)
{
	const struct load_name *at = &check->records->names[name->name];
	char text[DNS_NAME_TEXT_BYTES];

	if (!check->needed[name->name] && (covering->rdata[1] & FLAG_OPT_OUT))
		return;
	zone_reporter_add(
	        check->reporter, zone_records_place(zone_records_first(check->records, at)),
	        ZONE_CHECK_NSEC_MISSING, "%s has no NSEC3", dns_name_text(at->wire, text));
}

static void lists_compare(struct nsec3_check *check)
{
	const struct hashes *names = &check->names, *owners = &check->owners;
	uint32_t k = 0;

	for (uint32_t i = 0; i < names->len && !zone_stop_at(check->stopped, i); i++) {
		const struct hashed *name = &names->items[i];

		for (; k < owners->len && hashed_cmp(&owners->items[k], name) < 0; k++)
			orphan_report(check, &owners->items[k]);
		if (k < owners->len && hashed_cmp(&owners->items[k], name) == 0)
			check_matched(check, name, owners->items[k++].nsec3);
		else
			check_unmatched(check, name,
			                owners->items[(k ? k : owners->len) - 1].nsec3);
	}
	for (; k < owners->len; k++)
		orphan_report(check, &owners->items[k]);
}

static void check_params(const struct zone_records *records, struct zone_reporter *reporter)
{
	const struct load_record *at =
	        zone_records_of(records, &records->names[1], DNS_TYPE_NSEC3PARAM);

	for (; at && at->type == DNS_TYPE_NSEC3PARAM; at = zone_records_next(records, at)) {
		unsigned iterations = (unsigned)(at->rdata[2] << 8 | at->rdata[3]);

		if (at->rdata[0] != 1 || at->rdata[1] != 0)
			zone_reporter_add(
			        reporter, &at->place, ZONE_CHECK_NSEC3_PARAM,
			        "the NSEC3PARAM is ignored: its algorithm is not 1, or its "
			        "flags are not 0");
		else if (iterations > ZONE_NSEC3_ITERATIONS_MAX)
			zone_reporter_add(
			        reporter, &at->place, ZONE_CHECK_NSEC3_COST,
			        "the NSEC3PARAM has %u iterations; at most %u are accepted, "
			        "0 is recommended",
			        iterations, ZONE_NSEC3_ITERATIONS_MAX);
		else if (iterations > 0)
			zone_reporter_add(reporter, &at->place, ZONE_CHECK_NSEC3_ITERATIONS,
			                  "the NSEC3PARAM has %u iterations; 0 is recommended",
			                  iterations);
	}
}

static int chain_check(struct nsec3_check *check)
{
	int err = lists_fill(check);

	if (err)
		return err == -ENOMEM ? err : 0;
	if (check->owners.len == 0) {
		zone_reporter_add(check->reporter,
		                  zone_records_place(zone_records_of(check->records,
		                                                     &check->records->names[1],
		                                                     DNS_TYPE_NSEC3PARAM)),
		                  ZONE_CHECK_NSEC3_PARAM,
		                  "there is no NSEC3 record with the parameters of the NSEC3PARAM");
		return 0;
	}
	needs_mark(check);
	needs_find(check);
	check_next(check);
	lists_compare(check);
	return 0;
}

int zone_check_nsec3(const struct zone_records *records, struct zone_reporter *reporter,
                     const struct zone_image *image, zone_stopped_fn *stopped)
{
	struct nsec3_check check = {
	        .records = records, .reporter = reporter, .image = image, .stopped = stopped};
	int err = -ENOMEM;

	check_params(records, reporter);
	if (image->nsec3_iterations > ZONE_NSEC3_ITERATIONS_MAX)
		return 0;
	check.names.items = malloc(records->names_len * sizeof(struct hashed));
	check.owners.items = malloc(records->names_len * sizeof(struct hashed));
	check.needed = calloc(records->names_len, sizeof(bool));
	if (check.names.items && check.owners.items && check.needed)
		err = chain_check(&check);
	free(check.names.items);
	free(check.owners.items);
	free(check.needed);
	return err;
}
