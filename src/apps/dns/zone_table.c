// zone_table: see the header.
#include "apps/dns/zone_table.h"

#include "apps/dns/dns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct dns_zone *zone_new(const uint8_t *origin, const struct dns_zone_source *source,
                                 struct dns_allow *allow)
{
	size_t origin_len = dns_name_len(origin), file_size = strlen(source->file) + 1;
	struct dns_zone *zone = malloc(sizeof(*zone) + origin_len + file_size);

	if (!zone)
		return NULL;
	*zone = (struct dns_zone){.refs = 1,
	                          .by_hand = source->by_hand,
	                          .image = source->image,
	                          .allow = allow,
	                          .number = ZONE_NUMBER_NONE,
	                          .file = (const char *)zone->origin + origin_len};
	if (allow)
		allow->refs++;
	dns_name_lower(zone->origin, origin);
	memcpy(zone->origin + origin_len, source->file, file_size);
	return zone;
}

void dns_allow_put(struct dns_allow *allow)
{
	if (!allow || --allow->refs > 0)
		return;
	acl_free(allow->acl);
	free(allow);
}

static void dns_zone_put(struct dns_zone *zone)
{
	if (!zone || --zone->refs > 0)
		return;
	zone_put(zone->zone);
	free(zone->error);
	dns_allow_put(zone->allow);
	free(zone);
}

// Takes over the reference, also when it fails.
static int table_add(struct dns_zones *zones, struct dns_zone *zone)
{
	int err = zone ? 0 : -ENOMEM;

	if (!err && zones->len == DNS_ZONES_MAX)
		err = -E2BIG;
	if (!err && zones->len == zones->size) {
		size_t size = zones->size ? zones->size * 2 : 16;
		void *items = realloc(zones->items, size * sizeof(zones->items[0]));

		if (items) {
			zones->items = items;
			zones->size = size;
		} else {
			err = -ENOMEM;
		}
	}
	if (err)
		dns_zone_put(zone);
	else
		zones->items[zones->len++] = zone;
	return err;
}

int dns_zones_add(struct dns_zones *zones, const uint8_t *origin,
                  const struct dns_zone_source *source, struct dns_allow *allow)
{
	return table_add(zones, zone_new(origin, source, allow));
}

int dns_zones_add_all(struct dns_zones *zones, const struct dns_zones *from)
{
	int err = 0;

	for (size_t i = 0; i < from->len && !err; i++) {
		from->items[i]->refs++;
		err = table_add(zones, from->items[i]);
	}
	return err;
}

int dns_zones_add_by_hand(struct dns_zones *zones, const struct dns_zones *from)
{
	struct dns_zones sorted = *zones; // what is added goes behind it
	int err = 0;

	for (size_t i = 0; i < from->len && !err; i++) {
		const struct dns_zone *zone = from->items[i];

		sorted.items = zones->items;
		if (zone->by_hand && !dns_zones_find(&sorted, zone->origin))
			err = dns_zones_add(
			        zones, zone->origin,
			        &(struct dns_zone_source){zone->file, zone->image, true}, NULL);
	}
	dns_zones_sort(zones);
	return err;
}

void dns_zones_del(struct dns_zones *zones, const uint8_t *origin)
{
	size_t at = dns_zones_after(zones, origin);

	if (at == 0 || !dns_name_eq(zones->items[at - 1]->origin, origin))
		return;
	dns_zone_put(zones->items[at - 1]);
	zones->len--;
	memmove(&zones->items[at - 1], &zones->items[at],
	        (zones->len - (at - 1)) * sizeof(zones->items[0]));
}

static int compare_origins(const void *a, const void *b)
{
	return dns_name_cmp((*(struct dns_zone *const *)a)->origin,
	                    (*(struct dns_zone *const *)b)->origin);
}

const struct dns_zone *dns_zones_sort(struct dns_zones *zones)
{
	const struct dns_zone *twice = NULL;

	if (zones->len)
		qsort(zones->items, zones->len, sizeof(zones->items[0]), compare_origins);
	for (size_t i = 1; i < zones->len && !twice; i++)
		if (compare_origins(&zones->items[i - 1], &zones->items[i]) == 0)
			twice = zones->items[i];
	return twice;
}

size_t dns_zones_after(const struct dns_zones *zones, const uint8_t *origin)
{
	size_t low = 0, high = zones->len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (dns_name_cmp(zones->items[middle]->origin, origin) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct dns_zone *dns_zones_find(const struct dns_zones *zones, const uint8_t *origin)
{
	size_t at = dns_zones_after(zones, origin);

	return at && dns_name_eq(zones->items[at - 1]->origin, origin) ? zones->items[at - 1]
	                                                               : NULL;
}

struct zone_set *dns_zones_set(const struct dns_zones *zones, uint64_t hash_key)
{
	struct zone_served *served = calloc(zones->len + 1, sizeof(*served));
	struct zone_set *set = NULL;
	size_t len = 0;

	for (; served && len < zones->len; len++) {
		const struct dns_zone *zone = zones->items[len];

		served[len] = (struct zone_served){
		        zone->zone ? zone_get(zone->zone) : zone_new_unread(zone->origin, hash_key),
		        zone->number, zone->allow ? zone->allow->acl : NULL};
		if (!served[len].zone)
			break;
	}
	if (served && len == zones->len)
		set = zone_set_new(served, len, hash_key);
	for (size_t i = 0; served && i < len; i++) // the set has references of its own
		zone_put(served[i].zone);
	free(served);
	return set;
}

void dns_zones_free(struct dns_zones *zones)
{
	for (size_t i = 0; i < zones->len; i++)
		dns_zone_put(zones->items[i]);
	free(zones->items);
	*zones = (struct dns_zones){0};
}
