// zone_table: see the header.
#include "apps/dns/zone_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct dns_zone *zone_table_item_new(const uint8_t *origin,
                                            const struct dns_zone_source *source,
                                            struct dns_allow *allow)
{
	size_t origin_len = dns_name_len(origin), file_size = strlen(source->file) + 1;
	struct dns_zone *zone = malloc(sizeof(*zone) + origin_len + file_size);

	if (!zone)
		return NULL;
	*zone = (struct dns_zone){.refs = 1,
	                          .runtime = source->runtime,
	                          .temporary = source->temporary,
	                          .image = source->image,
	                          .in_directory = source->in_directory,
	                          .entry = source->entry,
	                          .allow = allow,
	                          .number = ZONE_NUMBER_NONE,
	                          .file = (const char *)zone->origin + origin_len};
	if (allow)
		allow->refs++;
	dns_name_lower(zone->origin, origin);
	memcpy(zone->origin + origin_len, source->file, file_size);
	return zone;
}

struct dns_zone_source zone_table_source(const struct dns_zone *zone)
{
	return (struct dns_zone_source){.file = zone->file,
	                                .image = zone->image,
	                                .runtime = zone->runtime,
	                                .temporary = zone->temporary,
	                                .in_directory = zone->in_directory,
	                                .entry = zone->entry};
}

void zone_table_allow_put(struct dns_allow *allow)
{
	if (!allow || --allow->refs > 0)
		return;
	acl_free(allow->acl);
	free(allow);
}

static void zone_table_item_put(struct dns_zone *zone)
{
	if (!zone || --zone->refs > 0)
		return;
	zone_put(zone->zone);
	free(zone->error);
	zone_table_allow_put(zone->allow);
	free(zone);
}

// Consumes the reference to the zone, also on error.
static int zone_table_append(struct zone_table *zones, struct dns_zone *zone)
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
		zone_table_item_put(zone);
	else
		zones->items[zones->len++] = zone;
	return err;
}

int zone_table_add(struct zone_table *zones, const uint8_t *origin,
                   const struct dns_zone_source *source, struct dns_allow *allow)
{
	return zone_table_append(zones, zone_table_item_new(origin, source, allow));
}

int zone_table_add_all(struct zone_table *zones, const struct zone_table *from)
{
	int err = 0;

	for (size_t i = 0; i < from->len && !err; i++) {
		from->items[i]->refs++;
		err = zone_table_append(zones, from->items[i]);
	}
	return err;
}

int zone_table_add_runtime(struct zone_table *zones, const struct zone_table *from)
{
	struct zone_table sorted = *zones; // zones are appended behind this part
	int err = 0;

	for (size_t i = 0; i < from->len && !err; i++) {
		const struct dns_zone *zone = from->items[i];
		const struct dns_zone_source source = zone_table_source(zone);

		sorted.items = zones->items;
		if (zone->runtime && !zone_table_find(&sorted, zone->origin))
			err = zone_table_add(zones, zone->origin, &source, NULL);
	}
	zone_table_sort(zones);
	return err;
}

void zone_table_del(struct zone_table *zones, const uint8_t *origin)
{
	size_t at = zone_table_after(zones, origin);

	if (at == 0 || !dns_name_eq(zones->items[at - 1]->origin, origin))
		return;
	zone_table_item_put(zones->items[at - 1]);
	zones->len--;
	memmove(&zones->items[at - 1], &zones->items[at],
	        (zones->len - (at - 1)) * sizeof(zones->items[0]));
}

static int zone_table_compare(const void *a, const void *b)
{
	return dns_name_cmp((*(struct dns_zone *const *)a)->origin,
	                    (*(struct dns_zone *const *)b)->origin);
}

void zone_table_sort(struct zone_table *zones)
{
	if (zones->len)
		qsort(zones->items, zones->len, sizeof(zones->items[0]), zone_table_compare);
}

void zone_table_unique(struct zone_table *zones)
{
	size_t len = 0;

	for (size_t i = 0; i < zones->len; i++) {
		if (len && zone_table_compare(&zones->items[len - 1], &zones->items[i]) == 0)
			zone_table_item_put(zones->items[i]);
		else
			zones->items[len++] = zones->items[i];
	}
	zones->len = len;
}

size_t zone_table_after(const struct zone_table *zones, const uint8_t *origin)
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

struct dns_zone *zone_table_find(const struct zone_table *zones, const uint8_t *origin)
{
	size_t at = zone_table_after(zones, origin);

	return at && dns_name_eq(zones->items[at - 1]->origin, origin) ? zones->items[at - 1]
	                                                               : NULL;
}

bool zone_table_is_stale(const struct dns_zone *zone)
{
	return !zone->zone || zone->error || zone->stale;
}

struct dns_totals zone_table_totals(const struct zone_table *zones)
{
	struct dns_totals totals = {0};

	for (size_t i = 0; i < zones->len; i++) {
		const struct zone *zone = zones->items[i]->zone;
		int64_t expiry_s = zones->items[i]->expiry_s;

		totals.stale += zone_table_is_stale(zones->items[i]);
		if (!zone)
			continue;
		if (expiry_s && (!totals.expiry_s || expiry_s < totals.expiry_s))
			totals.expiry_s = expiry_s;
		totals.zones++;
		totals.records += zone_records(zone);
		totals.bytes += zone_bytes(zone);
	}
	return totals;
}

int zone_table_first_error(const struct zone_table *zones, const struct zone_table *before,
                           struct why *why)
{
	for (size_t i = 0; i < zones->len; i++) {
		const struct dns_zone *zone = zones->items[i];

		if (!zone->error || zone_table_find(before, zone->origin) == zone)
			continue;
		return why_fail(why, -EINVAL, "%s", zone->error);
	}
	return 0;
}

struct zone_set *zone_table_set(const struct zone_table *zones, uint64_t hash_key)
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
	for (size_t i = 0; served && i < len; i++) // the set holds references of its own
		zone_put(served[i].zone);
	free(served);
	return set;
}

void zone_table_free(struct zone_table *zones)
{
	for (size_t i = 0; i < zones->len; i++)
		zone_table_item_put(zones->items[i]);
	free(zones->items);
	*zones = (struct zone_table){0};
}
