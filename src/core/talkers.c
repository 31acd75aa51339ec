// talkers: see the header.
#include "core/talkers.h"

#include "core/hash.h"
#include "core/line.h"

#include <errno.h>

int talkers_open(struct talkers *talkers, size_t len, uint64_t seed)
{
	*talkers = (struct talkers){.seed = seed};
	talkers->key_size = ROUND_UP(sizeof(struct talkers_key) + len, CACHE_LINE_BYTES);
	talkers->bucket = line_alloc(TALKERS_BUCKETS, sizeof(*talkers->bucket));
	talkers->keys = line_alloc(TALKERS_KEYS, talkers->key_size);
	if (talkers->bucket && talkers->keys)
		return 0;
	talkers_close(talkers);
	return -ENOMEM;
}

void talkers_close(struct talkers *talkers)
{
	free(talkers->bucket);
	free(talkers->keys);
	*talkers = (struct talkers){0};
}

static unsigned bucket_of(uint64_t hash)
{
	return hash % TALKERS_BUCKETS;
}

// Never 0, which is a free way's. The bit that is set is one of the bucket's number.
static uint64_t tag_of(uint64_t hash)
{
	return hash | 1;
}

static struct talkers_key *key_at(const struct talkers *talkers, unsigned bucket, unsigned way)
{
	size_t at = (size_t)bucket * TALKERS_WAYS + way;

	return (struct talkers_key *)(talkers->keys + at * talkers->key_size);
}

static bool key_eq(const struct talkers_key *key, const uint8_t *bytes, size_t len)
{
	return key->len == len && memcmp(key->key, bytes, len) == 0;
}

// The ways whose keys may have the tag, a bit for each.
static unsigned ways_with(const struct talkers_bucket *bucket, uint64_t tag)
{
	unsigned ways = 0;

	for (unsigned i = 0; i < TALKERS_WAYS; i++)
		ways |= (unsigned)(bucket->tag[i] == tag) << i;
	return ways;
}

// The way of a key; TALKERS_WAYS: it has none.
static unsigned way_find(const struct talkers *talkers, unsigned number, uint64_t tag,
                         const uint8_t *key, size_t len)
{
	unsigned ways = ways_with(&talkers->bucket[number], tag);

	for (; ways; ways &= ways - 1) {
		unsigned way = (unsigned)__builtin_ctz(ways);

		if (likely(key_eq(key_at(talkers, number, way), key, len)))
			return way;
	}
	return TALKERS_WAYS;
}

// A free way, whose counter is 0, or else the one with the least.
static unsigned way_of_least(const struct talkers_bucket *bucket)
{
	unsigned least = 0;

	for (unsigned i = 1; i < TALKERS_WAYS; i++)
		if (bucket->count[i] < bucket->count[least])
			least = i;
	return least;
}

static void count_one(struct talkers *talkers, const struct talkers_item *item, uint64_t hash)
{
	unsigned number = bucket_of(hash);
	struct talkers_bucket *bucket = &talkers->bucket[number];
	unsigned way = way_find(talkers, number, tag_of(hash), item->key, item->len);
	struct talkers_key *key;

	if (way == TALKERS_WAYS) {
		way = way_of_least(bucket);
		key = key_at(talkers, number, way);
		bucket->tag[way] = tag_of(hash);
		key->before = bucket->count[way];
		key->bytes = 0;
		key->len = item->len;
		memcpy(key->key, item->key, item->len);
	}
	key = key_at(talkers, number, way);
	bucket->count[way]++;
	key->bytes += item->bytes;
}

void talkers_add(struct talkers *talkers, const struct talkers_item *items, unsigned n)
{
	uint64_t hash[TALKERS_BURST];

	for (unsigned i = 0; i < n; i++) {
		const struct talkers_bucket *bucket;

		hash[i] = hash_key(talkers->seed, items[i].key, items[i].len);
		bucket = &talkers->bucket[bucket_of(hash[i])];
		prefetch(bucket->tag);
		prefetch(bucket->count);
	}
	for (unsigned i = 0; i < n; i++) {
		count_one(talkers, &items[i], hash[i]);
		talkers->bytes += items[i].bytes;
	}
	talkers->counted += n;
}

// No key that the bucket does not hold occurred more often.
static uint64_t least_of(const struct talkers *talkers, unsigned number)
{
	const struct talkers_bucket *bucket = &talkers->bucket[number];

	return bucket->count[way_of_least(bucket)];
}

// Adds what a table knows of a key. False: it does not hold it.
static bool row_add(struct talkers_row *row, const struct talkers *table, unsigned number,
                    uint64_t tag)
{
	unsigned way = way_find(table, number, tag, row->key->key, row->key->len);
	const struct talkers_key *key;

	if (way == TALKERS_WAYS) {
		row->at_most += least_of(table, number);
		return false;
	}
	key = key_at(table, number, way);
	row->at_least += table->bucket[number].count[way] - key->before;
	row->at_most += table->bucket[number].count[way];
	row->bytes += key->bytes;
	return true;
}

// Whether a is to be listed before b.
static bool row_before(const struct talkers_row *a, const struct talkers_row *b)
{
	int order;

	if (a->at_least != b->at_least)
		return a->at_least > b->at_least;
	if (a->at_most != b->at_most)
		return a->at_most > b->at_most;
	order = memcmp(a->key->key, b->key->key, size_min(a->key->len, b->key->len));
	return order < 0 || (order == 0 && a->key->len < b->key->len);
}

// The rows that are kept, as a heap whose root is the one to be listed last.
struct heap {
	struct talkers_row *row;
	unsigned len, max;
};

static void heap_sink(struct heap *heap, unsigned at, struct talkers_row row)
{
	for (;;) {
		unsigned child = 2 * at + 1;

		if (child + 1 < heap->len && row_before(&heap->row[child], &heap->row[child + 1]))
			child++;
		if (child >= heap->len || !row_before(&row, &heap->row[child]))
			break;
		heap->row[at] = heap->row[child];
		at = child;
	}
	heap->row[at] = row;
}

static void heap_rise(struct heap *heap, struct talkers_row row)
{
	unsigned at = heap->len++;

	for (; at > 0 && row_before(&heap->row[(at - 1) / 2], &row); at = (at - 1) / 2)
		heap->row[at] = heap->row[(at - 1) / 2];
	heap->row[at] = row;
}

// Keeps the row or leaves it out, or another in its favour; what is left out counts in total.
static void heap_offer(struct heap *heap, struct talkers_row row, struct talkers_total *total)
{
	struct talkers_row out = row;

	if (heap->len < heap->max) {
		heap_rise(heap, row);
		return;
	}
	if (heap->max > 0 && row_before(&row, &heap->row[0])) {
		out = heap->row[0];
		heap_sink(heap, 0, row);
	}
	if (out.at_most > total->others_at_most)
		total->others_at_most = out.at_most;
}

static void heap_sort(struct heap *heap)
{
	while (heap->len > 1) {
		struct talkers_row last = heap->row[--heap->len], first = heap->row[0];

		heap_sink(heap, 0, last);
		heap->row[heap->len] = first;
	}
}

// Offers each key of a table's bucket that none of the tables before it holds.
static void bucket_offer(const struct talkers *tables, unsigned n, unsigned of, unsigned number,
                         struct heap *heap, struct talkers_total *total)
{
	const struct talkers_bucket *bucket = &tables[of].bucket[number];

	for (unsigned way = 0; way < TALKERS_WAYS; way++) {
		struct talkers_row row = {.key = key_at(&tables[of], number, way)};
		bool seen = bucket->tag[way] == 0;

		for (unsigned i = 0; i < n && !seen; i++)
			seen = row_add(&row, &tables[i], number, bucket->tag[way]) && i < of;
		if (!seen)
			heap_offer(heap, row, total);
	}
}

unsigned talkers_merge(const struct talkers *tables, unsigned n, struct talkers_row *rows,
                       unsigned max, struct talkers_total *total)
{
	struct heap heap = {rows, 0, max};
	unsigned len;

	*total = (struct talkers_total){0};
	for (unsigned i = 0; i < n; i++) {
		total->counted += tables[i].counted;
		total->bytes += tables[i].bytes;
	}
	for (unsigned number = 0; number < TALKERS_BUCKETS; number++) {
		uint64_t least = 0;

		for (unsigned i = 0; i < n; i++) {
			bucket_offer(tables, n, i, number, &heap, total);
			least += least_of(&tables[i], number);
		}
		if (least > total->others_at_most)
			total->others_at_most = least;
	}
	len = heap.len;
	heap_sort(&heap);
	return len;
}
