// zone_set: see the headers. A hash table of origins, searched for the suffixes of a name from
// the longest one that an origin can have.
#include "proto/dns/zone/zone_set.h"

#include "proto/dns/zone/zone_set_internal.h"

#include <stdlib.h>

struct zone_set {
	size_t len;
	struct zone **zones;
	uint64_t hash_key;
	unsigned labels_max; // of any origin
	uint32_t mask;
	struct zone_origin slots[];
};

static void origin_add(struct zone_set *set, const struct zone_served *served)
{
	const struct zone_image *image = served->zone->image;
	struct zone_name name = {0};
	uint32_t i;

	memcpy(name.wire, image->origin, image->origin_len);
	zone_name_split(&name);
	zone_name_hash(&name, 0, name.labels, set->hash_key);
	i = (uint32_t)(name.hash[name.labels] >> 32) & set->mask;
	while (set->slots[i].image)
		i = (i + 1) & set->mask;
	set->slots[i] = (struct zone_origin){name.hash[name.labels], image, served->allow,
	                                     served->number, false};
	if (name.labels > set->labels_max)
		set->labels_max = name.labels;
}

// Marks each zone whose origin is above that of another zone.
static void origins_link(struct zone_set *set)
{
	struct zone_name name = {0};

	for (uint32_t i = 0; i <= set->mask; i++) {
		const struct zone_image *image = set->slots[i].image;
		struct zone_origin *above;

		if (!image)
			continue;
		memcpy(name.wire, image->origin, image->origin_len);
		name.len = image->origin_len;
		zone_name_split(&name);
		above = (struct zone_origin *)zone_set_find(set, &name, true);
		if (above)
			above->above = true;
	}
}

struct zone_set *zone_set_new(const struct zone_served *zones, size_t len, uint64_t hash_key)
{
	size_t slots = 8;
	struct zone_set *set;

	while (slots < len * 2)
		slots *= 2;
	set = calloc(1, sizeof(*set) + slots * sizeof(set->slots[0]));
	if (!set)
		return NULL;
	set->zones = calloc(len + 1, sizeof(*set->zones));
	if (!set->zones) {
		free(set);
		return NULL;
	}
	set->mask = (uint32_t)slots - 1;
	set->hash_key = zone_hash_key(hash_key);
	for (; set->len < len; set->len++) {
		set->zones[set->len] = zone_get(zones[set->len].zone);
		origin_add(set, &zones[set->len]);
	}
	origins_link(set);
	return set;
}

void zone_set_free(struct zone_set *set)
{
	if (!set)
		return;
	for (size_t i = 0; i < set->len; i++)
		zone_put(set->zones[i]);
	free(set->zones);
	free(set);
}

static const struct zone_origin *origin_find(const struct zone_set *set,
                                             const struct zone_name *name, unsigned labels)
{
	uint64_t hash = name->hash[labels];
	unsigned at = zone_name_at(name, labels);
	const uint8_t *suffix = name->wire + at;
	size_t len = name->len - at;

	for (uint32_t i = (uint32_t)(hash >> 32) & set->mask; set->slots[i].image;
	     i = (i + 1) & set->mask) {
		const struct zone_image *image = set->slots[i].image;

		if (set->slots[i].hash == hash && image->origin_len == len &&
		    zone_bytes_eq(image->origin, suffix, len))
			return &set->slots[i];
	}
	return NULL;
}

const struct zone_origin *zone_set_find(const struct zone_set *set, struct zone_name *name,
                                        bool above)
{
	int labels = name->labels - (above ? 1 : 0);
	const struct zone_origin *origin = NULL;

	if (labels > (int)set->labels_max)
		labels = (int)set->labels_max;
	if (labels >= 0)
		zone_name_hash(name, 0, (unsigned)labels, set->hash_key);
	for (; labels >= 0 && !origin; labels--)
		origin = origin_find(set, name, (unsigned)labels);
	return origin;
}

size_t zone_set_origin_bytes(const struct zone_set *set, const uint8_t *name, size_t len)
{
	const struct zone_origin *origin;
	struct zone_name copy;

	// Its 1.4 KB are not zeroed; clang-tidy does not see that the split sets labels and at.
	copy.len = (uint8_t)len;
	copy.labels = 0;
	memset(copy.at, 0, sizeof(copy.at));
	memcpy(copy.wire, name, len);
	zone_name_split(&copy);
	origin = zone_set_find(set, &copy, false);
	return origin ? origin->image->origin_len : 0;
}
