// zone_table: see the header.
#include "apps/dns/zone_table.h"

#include "apps/dns/dns.h"
#include "proto/dns/zone_stored.h"

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
			err = dns_zones_add(zones, zone->origin,
			                    &(struct dns_zone_source){zone->file, false, true},
			                    NULL);
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

// The reports of one zone on their way to whoever asked.
struct relay {
	struct dns_loading *loading;
	unsigned errors;
	char first[1024]; // error, as text
};

static void relay_report(void *ctx, const struct zone_report *report)
{
	struct relay *relay = ctx;

	if (report->warning)
		relay->loading->warnings++;
	else if (relay->errors++ == 0)
		dns_report_text(report, relay->first, sizeof(relay->first));
	if (relay->loading->on_report)
		relay->loading->on_report(relay->loading->ctx, report);
}

static void stay(struct dns_zone *zone, const struct dns_zone *before)
{
	if (!before || !before->zone)
		return;
	zone->zone = zone_get(before->zone);
	zone->loaded = before->loaded;
}

static bool has_changed(const struct dns_zone *zone, const struct dns_zone *before)
{
	return !before || !before->zone || before->error || before->image != zone->image ||
	       strcmp(before->file, zone->file) != 0 || zone_outdated(before->zone);
}

// `before` is NULL for a zone that is new.
static int read_one(struct dns_zone *zone, const struct dns_zone *before, bool all,
                    struct dns_loading *loading)
{
	struct relay relay = {.loading = loading};

	zone->read = true;
	if (before)
		zone->number = before->number;
	if (!all && !has_changed(zone, before)) {
		stay(zone, before);
		return 0;
	}
	zone->zone = zone->image ? zone_stored_open(zone->file, zone->origin, relay_report, &relay)
	                         : zone_load(zone->file, zone->origin, &loading->options,
	                                     relay_report, &relay);
	loading->errors += relay.errors;
	if (zone->zone) {
		zone->loaded = time(NULL);
		return 0;
	}
	zone->error = strdup(relay.first);
	stay(zone, before);
	return zone->error ? 0 : -ENOMEM;
}

int dns_zones_read(struct dns_zones *zones, const struct dns_zones *before, bool all,
                   struct dns_loading *loading)
{
	size_t at = 0; // in `before`, for zones come in the same order there
	int err = 0;

	for (size_t i = 0; i < zones->len && !err; i++) {
		struct dns_zone *zone = zones->items[i];
		int order = 1;

		if (zone->read)
			continue;
		while (at < before->len &&
		       (order = dns_name_cmp(before->items[at]->origin, zone->origin)) < 0)
			at++;
		err = read_one(zone, order == 0 ? before->items[at] : NULL, all, loading);
	}
	return err;
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
		set = zone_set_new(served, len);
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
