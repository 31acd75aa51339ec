// zone_proof: see the header.
#include "proto/dns/load/zone_proof.h"

#include "proto/dns/load/zone_head.h"
#include "proto/dns/load/zone_sort.h"
#include "proto/dns/wire/dns_wire.h"
#include "proto/dns/zone/zone_nsec3.h"
#include "proto/dns/zone/zone_order.h"

#include <errno.h>
#include <stdlib.h>

struct order_entry {
	uint64_t key;
	const struct load_name *name;
};

struct prover {
	const struct zone_records *records;
	const uint32_t *places; // offset in the image of each name's node
	zone_stopped_fn *stopped;
	struct zone_image *image;
	struct order_entry *entries;
	uint32_t len;
	struct zone_name name; // scratch: the name being looked up
};

static void name_set(struct zone_name *name, const uint8_t *wire, size_t len)
{
	memcpy(name->wire, wire, len);
	name->len = (uint8_t)len;
	zone_name_split(name);
}

// Whether an NSEC3 record has the parameters of the image.
static bool nsec3_params_match(const struct zone_image *image, const struct load_record *record)
{
	const uint8_t *p = record->rdata;

	return p[0] == 1 && (p[2] << 8 | p[3]) == image->nsec3_iterations &&
	       p[4] == image->nsec3_salt_len &&
	       memcmp(p + ZONE_NSEC3_SALT_AT, zone_nsec3_salt(image), p[4]) == 0;
}

// Whether the name owns an NSEC or NSEC3 record of the chain that the zone uses.
static bool is_in_chain(const struct prover *prover, const struct load_name *name)
{
	uint16_t type = prover->image->denial == ZONE_DENIAL_NSEC ? DNS_TYPE_NSEC : DNS_TYPE_NSEC3;

	if (type == DNS_TYPE_NSEC3 &&
	    name->len - prover->records->origin.len != ZONE_NSEC3_LABEL_BYTES)
		return false;
	for (const struct load_record *at = zone_records_first(prover->records, name); at;
	     at = zone_records_next(prover->records, at)) {
		if (at->type == type &&
		    (type == DNS_TYPE_NSEC || nsec3_params_match(prover->image, at)))
			return true;
	}
	return false;
}

static int entry_cmp(const void *pa, const void *pb)
{
	const struct order_entry *a = pa, *b = pb;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return dns_name_cmp(a->name->wire, b->name->wire);
}

// Returns 0, -ENOMEM, or -ECANCELED when the load was cancelled.
static int entries_sort(struct prover *prover)
{
	const struct zone_records *records = prover->records;

	prover->entries = malloc(records->names_len * sizeof(*prover->entries));
	if (!prover->entries)
		return -ENOMEM;
	for (uint32_t i = 1; i < records->names_len && !zone_stop_at(prover->stopped, i); i++) {
		const struct load_name *name = &records->names[i];

		if (!is_in_chain(prover, name))
			continue;
		name_set(&prover->name, name->wire, name->len);
		prover->entries[prover->len++] = (struct order_entry){
		        zone_order_key(&prover->name, records->origin.labels), name};
	}
	return zone_sort(prover->entries, prover->len, sizeof(*prover->entries), entry_cmp,
	                 prover->stopped);
}

static uint32_t place_of(const struct prover *prover, const struct load_name *name)
{
	return prover->places[name - prover->records->names];
}

static uint32_t order_place(const struct prover *prover, uint32_t i)
{
	return place_of(prover, prover->entries[i].name);
}

// Writes the sorted keys and offsets of nodes at p; returns the end of what was written.
static uint8_t *order_write(struct prover *prover, uint8_t *p)
{
	struct zone_image *image = prover->image;
	uint64_t *keys = (uint64_t *)ROUND_UP((uintptr_t)p, sizeof(uint64_t));
	uint32_t *nodes = (uint32_t *)(keys + prover->len);

	memset(p, 0, (size_t)((uint8_t *)keys - p));
	for (uint32_t i = 0; i < prover->len; i++) {
		keys[i] = prover->entries[i].key;
		nodes[i] = order_place(prover, i);
	}
	image->order_len = prover->len;
	image->order_keys = (uint32_t)(((uint8_t *)keys - (uint8_t *)image) / ZONE_UNIT_BYTES);
	image->order_nodes = (uint32_t)(((uint8_t *)nodes - (uint8_t *)image) / ZONE_UNIT_BYTES);
	return (uint8_t *)(nodes + prover->len);
}

static struct zone_proof *proof_of(const struct prover *prover, const struct load_name *name)
{
	return (struct zone_proof *)zone_at(prover->image, place_of(prover, name)) - 1;
}

// Sets prover->name to "*.NAME"; false when that exceeds the length of a domain name.
static bool wildcard_set(struct prover *prover, const struct load_name *name)
{
	uint8_t wire[DNS_NAME_MAX_BYTES + 2] = {1, '*'};

	if (name->len + 2 > DNS_NAME_MAX_BYTES)
		return false;
	memcpy(wire + 2, name->wire, name->len);
	name_set(&prover->name, wire, name->len + 2u);
	return true;
}

static void prove_nsec(struct prover *prover, const struct load_name *name)
{
	struct zone_proof *proof = proof_of(prover, name);
	uint32_t i;

	name_set(&prover->name, name->wire, name->len);
	i = zone_order_find(prover->image, &prover->name);
	*proof = (struct zone_proof){.match = order_place(prover, i)};
	// Only names below it whose labels sort before "*" lie between a name and its wildcard:
	// those that begin with one of few characters.
	if (wildcard_set(prover, name)) {
		while (i + 1 < prover->len &&
		       dns_name_cmp(prover->entries[i + 1].name->wire, prover->name.wire) <= 0)
			i++;
	}
	proof->wildcard = order_place(prover, i);
}

// Returns the index in the sorted array of the hash of prover->name, or of the one before it;
// *exact says which.
static uint32_t hashed_find(struct prover *prover, bool *exact)
{
	struct zone_name hashed;
	uint32_t i;

	zone_nsec3_name(prover->image, &hashed, prover->name.wire, prover->name.len);
	i = zone_order_find(prover->image, &hashed);
	*exact = dns_name_eq(prover->entries[i].name->wire, hashed.wire);
	return i;
}

// RFC 5155 sections 7.2.1 and 7.2.2. The parent's proof is complete: parents precede children.
static void prove_nsec3(struct prover *prover, const struct load_name *name)
{
	struct zone_proof *proof = proof_of(prover, name);
	bool exact;
	uint32_t i;

	name_set(&prover->name, name->wire, name->len);
	i = hashed_find(prover, &exact);
	if (!exact && name->parent) {
		*proof = *proof_of(prover, &prover->records->names[name->parent]);
		if (!proof->cover)
			proof->cover = order_place(prover, i);
		return;
	}
	*proof = (struct zone_proof){.match = order_place(prover, i)};
	if (wildcard_set(prover, name))
		i = hashed_find(prover, &exact);
	proof->wildcard = order_place(prover, i);
}

size_t zone_proof_bytes_max(const struct zone_records *records)
{
	return sizeof(uint64_t) + records->names_len * (sizeof(uint64_t) + sizeof(uint32_t) +
	                                                sizeof(struct zone_proof));
}

static void prove_names(struct prover *prover)
{
	const struct zone_records *records = prover->records;

	for (uint32_t i = 1; i < records->names_len && !zone_stop_at(prover->stopped, i); i++) {
		const struct load_name *name = &records->names[i];

		if (name->hashed || (name->cut && name->cut != i))
			continue;
		if (prover->image->denial == ZONE_DENIAL_NSEC)
			prove_nsec(prover, name);
		else
			prove_nsec3(prover, name);
	}
}

int zone_proof_write(struct zone_image *image, uint8_t **p, const struct zone_records *records,
                     const uint32_t *places, zone_stopped_fn *stopped)
{
	struct prover prover = {
	        .records = records, .places = places, .stopped = stopped, .image = image};
	int err = entries_sort(&prover);

	if (!err && prover.len == 0) {
		image->denial = ZONE_DENIAL_NONE; // NSEC3PARAM without matching NSEC3 records
	} else if (!err) {
		*p = order_write(&prover, *p);
		prove_names(&prover);
	}
	free(prover.entries);
	return err;
}
