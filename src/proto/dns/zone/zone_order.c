// zone_order: see the header. A binary search compares keys of eight bytes first, and whole
// names only where keys are equal.
#include "proto/dns/zone/zone_order.h"

// A key under construction, from its most significant byte. The end of a label is encoded as 0,
// the bytes 0 and 1 as two bytes, so that the end sorts before any byte of a label.
struct key {
	uint64_t bytes;
	unsigned left; // bytes
};

static void key_put(struct key *key, uint8_t byte)
{
	if (key->left > 0)
		key->bytes |= (uint64_t)byte << (8 * --key->left);
}

static void key_put_label(struct key *key, const uint8_t *label)
{
	for (unsigned i = 1; i <= label[0] && key->left > 0; i++) {
		if (label[i] <= 1)
			key_put(key, 1);
		key_put(key, label[i] <= 1 ? (uint8_t)(label[i] + 1) : label[i]);
	}
	key_put(key, 0);
}

uint64_t zone_order_key(const struct zone_name *name, unsigned from)
{
	struct key key = {0, sizeof(key.bytes)};

	for (unsigned i = from + 1; i <= name->labels && key.left > 0; i++)
		key_put_label(&key, name->wire + zone_name_at(name, i));
	return key.bytes;
}

static int label_cmp(const uint8_t *a, const uint8_t *b)
{
	int diff = memcmp(a + 1, b + 1, size_min(a[0], b[0]));

	return diff ? diff : (a[0] > b[0]) - (a[0] < b[0]);
}

// Compares whole names, below the origin.
static int order_cmp(const struct zone_image *image, const struct zone_node *node,
                     const struct zone_name *name)
{
	struct zone_name own;
	unsigned below = name->labels - image->origin_labels;

	memcpy(own.wire, node->name, node->name_len);
	own.wire[node->name_len] = 0;
	own.labels = 0; // for the static analyzer: zone_name_split sets it
	zone_name_split(&own);
	for (unsigned i = 1; i <= own.labels && i <= below; i++) {
		int diff = label_cmp(own.wire + zone_name_at(&own, i),
		                     name->wire + zone_name_at(name, image->origin_labels + i));

		if (diff)
			return diff;
	}
	return (own.labels > below) - (own.labels < below);
}

void zone_order_begin(struct zone_order_search *search, const struct zone_image *image,
                      const struct zone_name *name)
{
	*search = (struct zone_order_search){.key = zone_order_key(name, image->origin_labels),
	                                     .high = image->order_len};
}

static uint32_t search_middle(const struct zone_order_search *search)
{
	return search->low + (search->high - search->low) / 2;
}

// Prefetches, in two steps, what a comparison of whole names reads: the offset of the node, then
// the node. Returns false when both were prefetched.
static bool tie_prefetch(struct zone_order_search *search, const struct zone_image *image)
{
	const uint32_t *place =
	        (const uint32_t *)zone_at(image, image->order_nodes) + search_middle(search);

	switch (search->tied++) {
	case 0:
		prefetch(place);
		return true;
	case 1:
		prefetch(zone_at(image, *place));
		return true;
	default:
		search->tied = 0;
		return false;
	}
}

bool zone_order_step(struct zone_order_search *search, const struct zone_image *image,
                     const struct zone_name *name)
{
	const uint64_t *keys = zone_at(image, image->order_keys);
	uint32_t middle = search_middle(search);
	bool behind = keys[middle] > search->key;

	if (unlikely(keys[middle] == search->key)) {
		if (tie_prefetch(search, image))
			return true;
		behind = order_cmp(image, zone_order_node(image, middle), name) > 0;
	}
	if (behind)
		search->high = middle;
	else
		search->low = middle + 1;
	if (search->low >= search->high)
		return false;
	prefetch(keys + search_middle(search));
	return true;
}

uint32_t zone_order_found(const struct zone_order_search *search, const struct zone_image *image)
{
	return search->low > 0 ? search->low - 1 : image->order_len - 1;
}

uint32_t zone_order_find(const struct zone_image *image, const struct zone_name *name)
{
	struct zone_order_search search;

	zone_order_begin(&search, image, name);
	while (zone_order_step(&search, image, name))
		;
	return zone_order_found(&search, image);
}
