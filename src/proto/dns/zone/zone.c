// zone: see the header.
#include "proto/dns/zone/zone_image.h"

#include <stdlib.h>

void zone_put(struct zone *zone)
{
	if (!zone || --zone->refs > 0)
		return;
	zone_file_free(zone->files);
	if (zone->map.bytes)
		zone_map_close(&zone->map);
	else
		free(zone->image);
	free(zone);
}

struct zone *zone_new_unread(const uint8_t *origin, uint64_t hash_key)
{
	// zone_bytes_eq reads up to ZONE_NAME_PAD bytes after the origin.
	size_t bytes = zone_head_bytes(dns_name_len(origin), ZONE_NAME_PAD);
	struct zone *zone = calloc(1, sizeof(*zone));
	struct zone_image *image = zone ? aligned_alloc(CACHE_LINE_BYTES, bytes) : NULL;

	if (!image) {
		free(zone);
		return NULL;
	}
	memset(image, 0, bytes);
	image->bytes = bytes;
	image->hash_key = zone_hash_key(hash_key);
	image->origin_len = (uint8_t)dns_name_lower(image->origin, origin);
	image->origin_labels = (uint8_t)dns_name_labels(origin);
	image->index_at = (uint16_t)bytes;
	*zone = (struct zone){.refs = 1, .image = image};
	return zone;
}

struct zone *zone_get(struct zone *zone)
{
	zone->refs++;
	return zone;
}

const uint8_t *zone_origin(const struct zone *zone)
{
	return zone->image->origin;
}

uint32_t zone_serial(const struct zone *zone)
{
	return zone->image->serial;
}

uint64_t zone_records(const struct zone *zone)
{
	return zone->image->records;
}

uint64_t zone_names(const struct zone *zone)
{
	return zone->image->names;
}

size_t zone_bytes(const struct zone *zone)
{
	return zone->image->bytes;
}

int zone_keep(struct zone *zone)
{
	return zone_map_keep(&zone->map);
}

const struct zone_file *zone_files(const struct zone *zone)
{
	return zone->files;
}

bool zone_outdated(const struct zone *zone)
{
	return zone_file_changed(zone->files);
}
