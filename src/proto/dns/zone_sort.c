// zone_sort: the canonical order of a zone's records (RFC 4034 section 6.3), and, for
// the checks that want it, of its names (section 6.1).
#include "proto/dns/zone_check_part.h"

#include <stdlib.h>

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
	for (uint32_t i = 0; i < len; i++) {
		const struct build_name *name = &build->names[i + 1];

		memcpy(build->name.wire, name->wire, name->len);
		zone_name_split(&build->name);
		entries[i] = (struct sort_entry){zone_order_key(&build->name, build->origin.labels),
		                                 name};
	}
	qsort(entries, len, sizeof(*entries), entry_cmp);
	for (uint32_t i = 0; i < len; i++)
		sorted[i] = (uint32_t)(entries[i].name - build->names);
	free(entries);
	return sorted;
}
