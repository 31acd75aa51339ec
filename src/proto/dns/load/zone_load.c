// zone_load: see the header. The steps: reading yields records, the checks report violations, and
// rendering yields the image.
#include "proto/dns/load/zone_load.h"

#include "proto/dns/load/zone_check.h"
#include "proto/dns/load/zone_read_parallel.h"
#include "proto/dns/load/zone_render.h"
#include "proto/dns/zone/zone_image.h"

#include <stdlib.h>

// A zone that is being loaded.
struct loading {
	const struct zone_options *options;
	struct zone_records records;
	struct zone_reporter reporter;
	struct zone_intake intake;
	long read_errors;
};

static void loading_begin(struct loading *loading, const char *file, const uint8_t *origin,
                          const struct zone_options *options, zone_report_fn *on_report, void *ctx)
{
	loading->options = options;
	loading->reporter = (struct zone_reporter){
	        .policy = &options->policy, .on_report = on_report, .ctx = ctx, .file = file};
	loading->intake =
	        (struct zone_intake){.records = &loading->records, .reporter = &loading->reporter};
	loading->read_errors = 0;
	if (zone_records_init(&loading->records, file, origin, options->hash_key))
		loading->intake.no_memory = true;
}

// The reader is NULL if the file could not be opened.
static void loading_read(struct loading *loading, struct zonefile *reader)
{
	if (reader)
		loading->read_errors =
		        zone_read_parallel(&loading->intake, reader, loading->options->pool,
		                           loading->options->stopped);
}

// NULL when the records are not a valid zone, which was reported, when there is not enough
// memory, or when the load was cancelled.
static struct zone_image *image_make(struct loading *loading)
{
	const struct zone_options *options = loading->options;

	// A file that could not be read lacks everything; that was reported already.
	if (loading->intake.no_memory || loading->read_errors < 0 ||
	    zone_check(&loading->records, &loading->reporter, options->now_s, options->pool,
	               options->stopped))
		return NULL;
	if (loading->reporter.errors || loading->read_errors || zone_stop_now(options->stopped))
		return NULL;
	return zone_render(&loading->records, options->pool, options->stopped);
}

static struct zone *loading_end(struct loading *loading)
{
	struct zone_image *image = image_make(loading);
	struct zone *zone = NULL;

	// The image is incomplete when the load was cancelled while it was rendered.
	if (image && !zone_stop_now(loading->options->stopped))
		zone = malloc(sizeof(*zone));
	if (zone) {
		*zone = (struct zone){.refs = 1, .image = image, .files = loading->intake.files};
	} else {
		free(image);
		zone_file_free(loading->intake.files);
	}
	if (!zone && !loading->reporter.errors && !loading->read_errors)
		zone_reporter_add(&loading->reporter, NULL, ZONE_CHECK_UNREAD,
		                  "not enough memory for the zone");
	zone_records_fini(&loading->records);
	return zone;
}

struct zone *zone_load(const char *file, const uint8_t *origin, const struct zone_options *options,
                       zone_report_fn *on_report, void *ctx)
{
	struct loading loading;
	struct zonefile_sink sink;

	loading_begin(&loading, file, origin, options, on_report, ctx);
	sink = zone_intake_sink(&loading.intake, options->stopped);
	sink.limits = options->limits;
	if (!loading.intake.no_memory)
		loading_read(&loading, zonefile_open(file, origin, &sink, &loading.read_errors));
	return loading_end(&loading);
}

struct zone *zone_load_text(const char *name, const char *text, size_t len, const uint8_t *origin,
                            const struct zone_options *options, zone_report_fn *on_report,
                            void *ctx)
{
	struct loading loading;
	struct zonefile_sink sink;

	loading_begin(&loading, name, origin, options, on_report, ctx);
	sink = zone_intake_sink(&loading.intake, options->stopped);
	sink.limits = options->limits;
	if (!loading.intake.no_memory)
		loading_read(&loading, zonefile_open_text(name, text, len, origin, &sink,
		                                          &loading.read_errors));
	return loading_end(&loading);
}
