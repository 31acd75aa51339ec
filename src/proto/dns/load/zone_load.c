// zone_load: see the header. The steps are zonefile.h, zone_records.h, zone_check and
// zone_render.
#include "proto/dns/load/zone_load.h"

#include "proto/dns/load/zone_records.h"

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
