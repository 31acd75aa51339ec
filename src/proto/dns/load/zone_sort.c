// zone_sort: the canonical order of a zone's records (RFC 4034 section 6.3), and, for
// the checks that want it, of its names (section 6.1).
#include "proto/dns/load/zone_check_internal.h"

#include "core/huge.h"

#include <stdlib.h>

#define PIECE_ITEMS 32768 // that are sorted at a time

// By type, then by data in canonical order, where equal names are one.
static int record_cmp(const void *pa, const void *pb)
{
	const struct build_record *a = *(struct build_record *const *)pa;
	const struct build_record *b = *(struct build_record *const *)pb;

	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	return dns_rdata_cmp(a->type, a->rdata, a->rdata_len, b->rdata, b->rdata_len);
}

// Two equal records as one, that which was read first. Returns it.
static struct build_record *record_merge(struct zone_build *build, const struct build_name *name,
                                         struct build_record *a, struct build_record *b)
{
	struct build_record *first = a < b ? a : b, *again = a < b ? b : a;
	char text[DNS_NAME_TEXT_BYTES], type[16];

	if (again->ttl < first->ttl)
		first->ttl = again->ttl;
	zone_build_report(build, again, ZONE_CHECK_DUPLICATE,
	                  "the same record of %s %s is in line %u already",
	                  dns_name_text(name->wire, text), dns_type_text(first->type, type),
	                  first->line);
	return first;
}

static bool has_equal(struct build_record **sorted, size_t len)
{
	for (size_t i = 1; i < len; i++)
		if (record_cmp(&sorted[i - 1], &sorted[i]) == 0)
			return true;
	return false;
}

// Chains the records again in the order of the array.
static void name_chain(struct zone_build *build, struct build_name *name,
                       struct build_record **sorted, size_t len)
{
	size_t kept = 0;

	for (size_t i = 1; i < len; i++) {
		if (record_cmp(&sorted[kept], &sorted[i]) == 0)
			sorted[kept] = record_merge(build, name, sorted[kept], sorted[i]);
		else
			sorted[++kept] = sorted[i];
	}
	name->first = (uint32_t)(sorted[0] - build->records);
	for (size_t i = 0; i < kept; i++)
		sorted[i]->next = (uint32_t)(sorted[i + 1] - build->records);
	sorted[kept]->next = 0;
	name->last = (uint32_t)(sorted[kept] - build->records);
}

void zone_sort_records(struct zone_build *build, uint32_t from, uint32_t to)
{
	struct build_record **sorted = malloc(build->records_len * sizeof(struct build_record *));

	if (!sorted) {
		build->no_memory = true;
		return;
	}
	for (uint32_t i = from; i < to; i++) {
		struct build_name *name = &build->names[i];
		size_t len = 0;

		if (name->first == name->last)
			continue;
		for (uint32_t at = name->first; at; at = build->records[at].next)
			sorted[len++] = &build->records[at];
		qsort(sorted, len, sizeof(struct build_record *), record_cmp);
		if (build->quiet && has_equal(sorted, len))
			build->found = true;
		else
			name_chain(build, name, sorted, len);
	}
	free(sorted);
}

struct pieces {
	const struct zone_build *build;
	uint8_t *from, *to; // where the items are, and where they go to
	size_t len, size, each;
	zone_cmp_fn *cmp;
};

// Two pieces from the item on, each in order, as one.
static bool pieces_merge(const struct pieces *pieces, size_t at)
{
	size_t size = pieces->size, middle = size_min(at + pieces->each, pieces->len);
	size_t end = size_min(middle + pieces->each, pieces->len);
	const uint8_t *a = pieces->from + at * size, *a_end = pieces->from + middle * size;
	const uint8_t *b = a_end, *b_end = pieces->from + end * size;

	for (size_t i = at; i < end; i++) {
		bool first = a < a_end && (b == b_end || pieces->cmp(a, b) <= 0);

		if (zone_build_stops(pieces->build, i))
			return false;
		memcpy(pieces->to + i * size, first ? a : b, size);
		a += first ? size : 0;
		b += first ? 0 : size;
	}
	return true;
}

// Pieces that qsort has put in order, two and two, until there is one; where that lies.
static void *pieces_join(struct pieces *pieces)
{
	for (; pieces->each < pieces->len; pieces->each *= 2) {
		uint8_t *from = pieces->from;

		for (size_t at = 0; at < pieces->len; at += 2 * pieces->each)
			if (!pieces_merge(pieces, at))
				return NULL;
		pieces->from = pieces->to;
		pieces->to = from;
	}
	return pieces->from;
}

bool zone_sort(struct zone_build *build, void *items, size_t len, size_t size, zone_cmp_fn *cmp)
{
	struct pieces pieces = {build, items, NULL, len, size, PIECE_ITEMS, cmp};
	uint8_t *room, *sorted;

	for (size_t at = 0; at < len; at += PIECE_ITEMS) {
		if (zone_build_stopped(build))
			return false;
		qsort((uint8_t *)items + at * size, size_min(PIECE_ITEMS, len - at), size, cmp);
	}
	if (len <= PIECE_ITEMS)
		return true;
	room = pieces.to = huge_alloc(len * size);
	build->no_memory |= !room;
	sorted = room ? pieces_join(&pieces) : NULL;
	if (sorted && sorted == room)
		memcpy(items, room, len * size);
	free(room);
	return sorted;
}

struct sort_entry {
	uint64_t key;
	const struct build_name *name;
};

static int entry_cmp(const void *pa, const void *pb)
{
	const struct sort_entry *a = pa, *b = pb;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return dns_name_cmp(a->name->wire, b->name->wire);
}

uint32_t *zone_sort_names(struct zone_build *build)
{
	uint32_t len = build->names_len - 1;
	struct sort_entry *entries = malloc(len * sizeof(*entries));
	uint32_t *sorted = malloc(len * sizeof(*sorted));

	if (!entries || !sorted) {
		build->no_memory = true;
		free(entries);
		free(sorted);
		return NULL;
	}
	for (uint32_t i = 0; i < len && !zone_build_stops(build, i); i++) {
		const struct build_name *name = &build->names[i + 1];

		memcpy(build->name.wire, name->wire, name->len);
		zone_name_split(&build->name);
		entries[i] = (struct sort_entry){zone_order_key(&build->name, build->origin.labels),
		                                 name};
	}
	// Stopped above, it is so here.
	if (!zone_sort(build, entries, len, sizeof(*entries), entry_cmp)) {
		free(sorted);
		sorted = NULL;
	}
	for (uint32_t i = 0; sorted && i < len; i++)
		sorted[i] = (uint32_t)(entries[i].name - build->names);
	free(entries);
	return sorted;
}
