// zone: reads a zone, has it checked and compiled, and counts who holds it.
#include "proto/dns/zone_build.h"

#include <stdlib.h>

static struct zone *zone_compile(struct zone_build *build, long read_errors)
{
	struct zone *zone = NULL;

	// Without its file a zone lacks everything; that was said already.
	if (!build->no_memory && read_errors >= 0)
		zone_check(build);
	if (build->no_memory || build->errors || read_errors || zone_build_stopped(build))
		goto out;
	zone = malloc(sizeof(*zone));
	if (!zone)
		goto out;
	*zone = (struct zone){.refs = 1, .image = zone_render(build)};
	// What was stopped on the way is no whole image.
	if (!zone->image || zone_build_stopped(build)) {
		free(zone->image);
		free(zone);
		zone = NULL;
		goto out;
	}
	zone->files = build->files;
	build->files = NULL;
out:
	if (!zone && !build->errors && !read_errors)
		zone_build_report(build, NULL, ZONE_CHECK_UNREAD, "not enough memory for the zone");
	zone_build_close(build);
	return zone;
}

static struct zonefile_sink sink_of(struct zone_build *build, const struct zone_options *options)
{
	return (struct zonefile_sink){zone_build_add, zone_build_pass_on, zone_build_add_file,
	                              build, options->stopped};
}

struct zone *zone_load(const char *file, const uint8_t *origin, const struct zone_options *options,
                       zone_report_fn *on_report, void *ctx)
{
	struct zone_build build;
	struct zonefile_sink sink = sink_of(&build, options);
	struct zonefile *reader;
	long errors = 0;

	if (zone_build_open(&build, file, origin, options, on_report, ctx) == 0) {
		reader = zonefile_open(file, origin, &sink, &errors);
		errors = reader ? zone_feed(&build, reader) : errors;
	}
	return zone_compile(&build, errors);
}

struct zone *zone_load_text(const char *name, const char *text, size_t len, const uint8_t *origin,
                            const struct zone_options *options, zone_report_fn *on_report,
                            void *ctx)
{
	struct zone_build build;
	struct zonefile_sink sink = sink_of(&build, options);
	struct zonefile *reader;
	long errors = 0;

	if (zone_build_open(&build, name, origin, options, on_report, ctx) == 0) {
		reader = zonefile_open_text(name, text, len, origin, &sink, &errors);
		errors = reader ? zone_feed(&build, reader) : errors;
	}
	return zone_compile(&build, errors);
}

void zone_put(struct zone *zone)
{
	if (!zone || --zone->refs > 0)
		return;
	zone_files_free(zone->files);
	if (zone->map.bytes)
		zonefile_unmap(&zone->map);
	else
		free(zone->image);
	free(zone);
}

struct zone *zone_new_unread(const uint8_t *origin, uint64_t hash_key)
{
	// A comparison reads on behind the origin (zone_bytes_eq).
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
	return zonefile_keep(&zone->map);
}

bool zone_outdated(const struct zone *zone)
{
	for (const struct zone_file *file = zone->files; file; file = file->next)
		if (zonefile_changed(file->path, &file->stamp))
			return true;
	return false;
}
