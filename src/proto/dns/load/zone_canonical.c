// zone_canonical: see the header.
#include "proto/dns/load/zone_canonical.h"

#include "proto/dns/load/zone_sort.h"
#include "proto/dns/rdata/dns_rdata.h"
#include "proto/dns/zone/zone_order.h"

#include <errno.h>
#include <stdlib.h>

// Orders by type, then by data in canonical form (names in lower case, RFC 4034 section 6.3).
static int record_cmp(const void *pa, const void *pb)
{
	const struct load_record *a = *(struct load_record *const *)pa;
	const struct load_record *b = *(struct load_record *const *)pb;

	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	return dns_rdata_cmp(a->type, a->rdata, a->rdata_len, b->rdata, b->rdata_len);
}

// Merges two equal records into the one that was read first, and returns that.
static struct load_record *record_merge(struct zone_reporter *reporter,
                                        const struct load_name *name, struct load_record *a,
                                        struct load_record *b)
{
	struct load_record *first = a < b ? a : b, *again = a < b ? b : a;
	char text[DNS_NAME_TEXT_BYTES], type[16];

	if (again->ttl < first->ttl)
		first->ttl = again->ttl;
	zone_reporter_add(reporter, &again->place, ZONE_CHECK_DUPLICATE,
	                  "the same record of %s %s is in line %u already",
	                  dns_name_text(name->wire, text), dns_type_text(first->type, type),
	                  first->place.line);
	return first;
}

static bool has_equal(struct load_record **sorted, size_t len)
{
	for (size_t i = 1; i < len; i++)
		if (record_cmp(&sorted[i - 1], &sorted[i]) == 0)
			return true;
	return false;
}

// Links the records of a name in the order of the array, and merges equal ones.
static void name_chain(struct zone_records *records, struct zone_reporter *reporter,
                       struct load_name *name, struct load_record **sorted, size_t len)
{
	size_t kept = 0;

	for (size_t i = 1; i < len; i++) {
		if (record_cmp(&sorted[kept], &sorted[i]) == 0)
			sorted[kept] = record_merge(reporter, name, sorted[kept], sorted[i]);
		else
			sorted[++kept] = sorted[i];
	}
	name->first = (uint32_t)(sorted[0] - records->records);
	for (size_t i = 0; i < kept; i++)
		sorted[i]->next = (uint32_t)(sorted[i + 1] - records->records);
	sorted[kept]->next = 0;
	name->last = (uint32_t)(sorted[kept] - records->records);
}

int zone_canonical_records(struct zone_records *records, struct zone_reporter *reporter,
                           uint32_t from, uint32_t to)
{
	struct load_record **sorted = malloc(records->records_len * sizeof(struct load_record *));

	if (!sorted)
		return -ENOMEM;
	for (uint32_t i = from; i < to; i++) {
		struct load_name *name = &records->names[i];
		size_t len = 0;

		if (name->first == name->last)
			continue;
		for (uint32_t at = name->first; at; at = records->records[at].next)
			sorted[len++] = &records->records[at];
		qsort(sorted, len, sizeof(struct load_record *), record_cmp);
		if (reporter->quiet && has_equal(sorted, len))
			reporter->found = true;
		else
			name_chain(records, reporter, name, sorted, len);
	}
	free(sorted);
	return 0;
}

struct sort_entry {
	uint64_t key;
	const struct load_name *name;
};

static int entry_cmp(const void *pa, const void *pb)
{
	const struct sort_entry *a = pa, *b = pb;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return dns_name_cmp(a->name->wire, b->name->wire);
}

static void entries_fill(struct sort_entry *entries, const struct zone_records *records,
                         zone_stopped_fn *stopped)
{
	struct zone_name name;

	name.labels = 0; // the static analyser does not see that zone_name_split sets it
	for (uint32_t i = 1; i < records->names_len && !zone_stop_at(stopped, i - 1); i++) {
		const struct load_name *at = &records->names[i];

		memcpy(name.wire, at->wire, at->len);
		zone_name_split(&name);
		entries[i - 1] =
		        (struct sort_entry){zone_order_key(&name, records->origin.labels), at};
	}
}

int zone_canonical_names(uint32_t **order, const struct zone_records *records,
                         zone_stopped_fn *stopped)
{
	uint32_t len = records->names_len - 1;
	struct sort_entry *entries = malloc(len * sizeof(*entries));
	uint32_t *sorted = malloc(len * sizeof(*sorted));
	int err = entries && sorted ? 0 : -ENOMEM;

	if (!err) {
		entries_fill(entries, records, stopped);
		// Some entries are not set if the load was cancelled; then zone_sort returns
		// without comparing any, as `stopped` remains true.
		err = zone_sort(entries, len, sizeof(*entries), entry_cmp, stopped);
	}
	for (uint32_t i = 0; !err && i < len; i++)
		sorted[i] = (uint32_t)(entries[i].name - records->names);
	free(entries);
	if (err) {
		free(sorted);
		sorted = NULL;
	}
	*order = sorted;
	return err;
}
