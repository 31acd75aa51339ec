// zone_proof: orders the names that own NSEC or NSEC3 records while an image is
// built, and notes at each name which of them prove what is not there, so that
// a query needs one search at most.
#include "proto/dns/load/zone_render.h"

#include "proto/dns/wire/dns_wire.h"

#include <stdlib.h>

#define HASHED_LABEL_BYTES 33

struct order_entry {
	uint64_t key;
	const struct build_name *name;
};

struct prover {
	struct zone_build *build;
	struct zone_image *image;
	struct order_entry *entries;
	uint32_t len;
	struct zone_name name; // at work
};

static void name_set(struct zone_name *name, const uint8_t *wire, size_t len)
{
	memcpy(name->wire, wire, len);
	name->len = (uint8_t)len;
	zone_name_split(name);
}

// Bytes of NSEC3's and NSEC3PARAM's data up to the salt's end are the same but
// for the flags: algorithm, flags, iterations, salt (RFC 5155 sections 3.2, 4.2).
#define NSEC3_SALT_AT 5

// Whether the image's parameters are those of the record.
static bool nsec3_params_match(const struct zone_image *image, const struct build_record *record)
{
	const uint8_t *p = record->rdata;

	return p[0] == 1 && (p[2] << 8 | p[3]) == image->nsec3_iterations &&
	       p[4] == image->nsec3_salt_len &&
	       memcmp(p + NSEC3_SALT_AT, zone_nsec3_salt(image), p[4]) == 0;
}

// Whether the name owns a denial of the zone's kind.
static bool is_denier(const struct prover *prover, const struct build_name *name)
{
	uint16_t type = prover->image->denial == ZONE_DENIAL_NSEC ? DNS_TYPE_NSEC : DNS_TYPE_NSEC3;

	if (type == DNS_TYPE_NSEC3 && name->len - prover->build->origin.len != HASHED_LABEL_BYTES)
		return false;
	for (const struct build_record *at = build_record_first(prover->build, name); at;
	     at = build_record_next(prover->build, at)) {
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

// False when it is stopped or, noted in the build, when memory is short.
static bool entries_sort(struct prover *prover)
{
	struct zone_build *build = prover->build;

	prover->entries = malloc(build->names_len * sizeof(*prover->entries));
	build->no_memory |= !prover->entries;
	if (!prover->entries)
		return false;
	for (uint32_t i = 1; i < build->names_len && !zone_build_stops(build, i); i++) {
		const struct build_name *name = &build->names[i];

		if (!is_denier(prover, name))
			continue;
		name_set(&prover->name, name->wire, name->len);
		prover->entries[prover->len++] = (struct order_entry){
		        zone_order_key(&prover->name, build->origin.labels), name};
	}
	return zone_sort(build, prover->entries, prover->len, sizeof(*prover->entries), entry_cmp);
}

// The keys and the places of the nodes, from p on; returns what follows them.
static uint8_t *order_write(struct prover *prover, uint8_t *p)
{
	struct zone_image *image = prover->image;
	uint64_t *keys = (uint64_t *)ROUND_UP((uintptr_t)p, sizeof(uint64_t));
	uint32_t *nodes = (uint32_t *)(keys + prover->len);

	memset(p, 0, (size_t)((uint8_t *)keys - p));
	for (uint32_t i = 0; i < prover->len; i++) {
		keys[i] = prover->entries[i].key;
		nodes[i] = prover->entries[i].name->place;
	}
	image->order_len = prover->len;
	image->order_keys = (uint32_t)(((uint8_t *)keys - (uint8_t *)image) / ZONE_UNIT_BYTES);
	image->order_nodes = (uint32_t)(((uint8_t *)nodes - (uint8_t *)image) / ZONE_UNIT_BYTES);
	return (uint8_t *)(nodes + prover->len);
}

static uint32_t order_place(const struct prover *prover, uint32_t i)
{
	return prover->entries[i].name->place;
}

static struct zone_proof *proof_of(const struct prover *prover, const struct build_name *name)
{
	return (struct zone_proof *)zone_at(prover->image, name->place) - 1;
}

// "*.NAME" into prover->name; false when it would be too long to be asked for.
static bool wildcard_set(struct prover *prover, const struct build_name *name)
{
	uint8_t wire[DNS_NAME_MAX_BYTES + 2] = {1, '*'};

	if (name->len + 2 > DNS_NAME_MAX_BYTES)
		return false;
	memcpy(wire + 2, name->wire, name->len);
	name_set(&prover->name, wire, name->len + 2u);
	return true;
}

static void prove_nsec(struct prover *prover, const struct build_name *name)
{
	struct zone_proof *proof = proof_of(prover, name);
	uint32_t i;

	name_set(&prover->name, name->wire, name->len);
	i = zone_order_find(prover->image, &prover->name);
	*proof = (struct zone_proof){.match = order_place(prover, i)};
	// What stands between a name and its wildcard are names below it whose
	// labels begin with one of few characters.
	if (wildcard_set(prover, name)) {
		while (i + 1 < prover->len &&
		       dns_name_cmp(prover->entries[i + 1].name->wire, prover->name.wire) <= 0)
			i++;
	}
	proof->wildcard = order_place(prover, i);
}

// The place in the order of prover->name's hash; *exact when that is its own.
static uint32_t hashed_find(struct prover *prover, bool *exact)
{
	struct zone_name hashed;
	uint32_t i;

	zone_nsec3_name(prover->image, &hashed, prover->name.wire, prover->name.len);
	i = zone_order_find(prover->image, &hashed);
	*exact = dns_name_eq(prover->entries[i].name->wire, hashed.wire);
	return i;
}

// RFC 5155 sections 7.2.1 and 7.2.2; parents were done before.
static void prove_nsec3(struct prover *prover, const struct build_name *name)
{
	struct zone_proof *proof = proof_of(prover, name);
	bool exact;
	uint32_t i;

	name_set(&prover->name, name->wire, name->len);
	i = hashed_find(prover, &exact);
	if (!exact && name->parent) {
		*proof = *proof_of(prover, &prover->build->names[name->parent]);
		if (!proof->cover)
			proof->cover = order_place(prover, i);
		return;
	}
	*proof = (struct zone_proof){.match = order_place(prover, i)};
	if (wildcard_set(prover, name))
		i = hashed_find(prover, &exact);
	proof->wildcard = order_place(prover, i);
}

void zone_head_write(const struct zone_build *build, struct zone_image *image)
{
	image->origin_len = build->origin.len;
	image->origin_labels = build->origin.labels;
	memcpy(image->origin, build->origin.wire, build->origin.len);
	for (const struct build_record *at = build_record_first(build, &build->names[1]); at;
	     at = build_record_next(build, at)) {
		if (at->type == DNS_TYPE_NSEC && image->denial == ZONE_DENIAL_NONE)
			image->denial = ZONE_DENIAL_NSEC;
		// RFC 5155 section 4.1.2: records with flags are to be ignored.
		if (at->type != DNS_TYPE_NSEC3PARAM || at->rdata[0] != 1 || at->rdata[1] != 0)
			continue;
		image->denial = ZONE_DENIAL_NSEC3;
		image->nsec3_iterations = (uint16_t)(at->rdata[2] << 8 | at->rdata[3]);
		image->nsec3_salt_len = at->rdata[4];
		memcpy(image->origin + image->origin_len, at->rdata + NSEC3_SALT_AT, at->rdata[4]);
	}
	image->index_at = (uint16_t)zone_head_bytes(image->origin_len, image->nsec3_salt_len);
}

size_t zone_order_bytes(const struct zone_build *build)
{
	return sizeof(uint64_t) +
	       build->names_len * (sizeof(uint64_t) + sizeof(uint32_t) + sizeof(struct zone_proof));
}

uint8_t *zone_prove(struct zone_build *build, struct zone_image *image, uint8_t *p)
{
	struct prover prover = {.build = build, .image = image};

	if (!entries_sort(&prover)) {
		free(prover.entries);
		return p;
	}
	if (prover.len == 0)
		image->denial = ZONE_DENIAL_NONE; // it says so, but has none
	else
		p = order_write(&prover, p);
	for (uint32_t i = 1; prover.len && i < build->names_len && !zone_build_stops(build, i);
	     i++) {
		const struct build_name *name = &build->names[i];

		if (name->hashed || (name->cut && name->cut != i))
			continue;
		if (image->denial == ZONE_DENIAL_NSEC)
			prove_nsec(&prover, name);
		else
			prove_nsec3(&prover, name);
	}
	free(prover.entries);
	return p;
}
