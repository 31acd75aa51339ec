// zone_results: see the header.
#include "apps/dns/zone_results.h"

#include "core/host/log.h"

#define RESULTS_MAX 1000 // zones that a reply reports one by one, failures first

static void zone_results_set_count(json_t *object, const char *key, uint64_t count)
{
	json_object_set_new(object, key, json_integer((json_int_t)count));
}

// Number of zones by result, and a row for each zone that is not unchanged.
struct zone_results {
	uint64_t loaded, unchanged, failed, removed;
	json_t *failures, *changes; // rows
	uint64_t failures_left_out, changes_left_out;
};

static void zone_results_add_row(json_t *rows, uint64_t *left_out, const struct dns_zone *zone,
                                 const char *result)
{
	char text[DNS_NAME_TEXT_BYTES];
	json_t *row;

	if (json_array_size(rows) == RESULTS_MAX) {
		++*left_out;
		return;
	}
	row = json_pack("{s:s, s:s}", "zone", dns_name_text(zone->origin, text), "result", result);
	if (zone->zone)
		zone_results_set_count(row, "serial", zone_serial(zone->zone));
	else
		json_object_set_new(row, "serial", json_null());
	json_object_set_new(row, "why", json_text(zone->error ? zone->error : ""));
	json_array_append_new(rows, row);
}

// One line for each zone that is new, changed or gone, whoever asked for it.
static void zone_results_log(const struct dns_zone *before, const struct dns_zone *zone)
{
	const struct zone *was = before ? before->zone : NULL;
	char origin[DNS_NAME_TEXT_BYTES];

	dns_name_text(zone ? zone->origin : before->origin, origin);
	if (!zone && was)
		log_each(LOG_WARNING, "zone %s: no longer served, serial was %u", origin,
		         zone_serial(was));
	else if (!zone)
		log_each(LOG_WARNING, "zone %s: no longer named, it had errors", origin);
	else if (zone->error)
		log_each(LOG_ERROR, "zone %s: %s", origin,
		         was ? "has errors, the version before is still served"
		             : "has errors, queries for it get SERVFAIL");
	else if (was && zone->same)
		log_each(LOG_DEBUG, "zone %s: serial %u read again, unchanged", origin,
		         zone_serial(zone->zone));
	else if (was)
		log_each(LOG_INFO, "zone %s: serial %u -> %u, %ju records, from %s", origin,
		         zone_serial(was), zone_serial(zone->zone),
		         (uintmax_t)zone_records(zone->zone), zone->file);
	else
		log_each(LOG_INFO, "zone %s: new, serial %u, %ju records, from %s", origin,
		         zone_serial(zone->zone), (uintmax_t)zone_records(zone->zone), zone->file);
}

// Adds the result of one zone: `before` in the table in use, NULL when it is new, and `zone`
// in the next one, NULL when it is removed.
static void zone_results_add(struct zone_results *results, const struct dns_zone *before,
                             const struct dns_zone *zone)
{
	bool unchanged =
	        before && zone && (before == zone || (!zone->error && before->zone == zone->zone));

	assert(before || zone);
	if (!unchanged)
		zone_results_log(before, zone);
	if (!zone) {
		results->removed++;
		zone_results_add_row(results->changes, &results->changes_left_out, before,
		                     "removed");
	} else if (unchanged) {
		results->unchanged++;
	} else if (zone->error) {
		results->failed++;
		zone_results_add_row(results->failures, &results->failures_left_out, zone,
		                     zone->zone ? "kept as it was" : "not served");
	} else {
		results->loaded++;
		zone_results_add_row(results->changes, &results->changes_left_out, zone,
		                     before && before->zone ? "loaded" : "added");
	}
}

static struct zone_results zone_results_compare(const struct zone_table *before,
                                                const struct zone_table *next)
{
	struct zone_results results = {.failures = json_array(), .changes = json_array()};
	size_t i = 0, k = 0;

	while (i < before->len || k < next->len) {
		const struct dns_zone *a = i < before->len ? before->items[i] : NULL;
		const struct dns_zone *b = k < next->len ? next->items[k] : NULL;
		int order = !a ? 1 : !b ? -1 : dns_name_cmp(a->origin, b->origin);

		zone_results_add(&results, order <= 0 ? a : NULL, order >= 0 ? b : NULL);
		i += order <= 0;
		k += order >= 0;
	}
	return results;
}

void zone_results_start(const struct zone_table *zones)
{
	size_t sound = 0;

	for (size_t i = 0; i < zones->len; i++) {
		const struct dns_zone *zone = zones->items[i];

		sound += zone->zone != NULL;
		if (!zone->zone || log_get_level() == LOG_DEBUG)
			zone_results_log(NULL, zone);
	}
	if (sound < zones->len)
		log_error("%zu of %zu zones have errors: queries for them get SERVFAIL until a "
		          "reload reads them without errors",
		          zones->len - sound, zones->len);
}

// How many rows are not in the reply, and where they are. Failures come first, and of the rest
// as many rows as there is room for; the log has a line for each zone.
static void zone_results_add_left_out(struct zone_results *results, json_t *reply)
{
	uint64_t changes = results->changes_left_out;

	while (json_array_size(results->failures) + json_array_size(results->changes) >
	       RESULTS_MAX) {
		json_array_remove(results->changes, json_array_size(results->changes) - 1);
		changes++;
	}
	if (changes + results->failures_left_out == 0)
		return;
	json_object_set_new(
	        reply, "left_out",
	        json_sprintf("%ju results, %ju of them failures: the log has a line for each zone, "
	                     "zones lists all, zones stale those with errors",
	                     (uintmax_t)(changes + results->failures_left_out),
	                     (uintmax_t)results->failures_left_out));
}

void zone_results_report(const struct zone_table *before, const struct zone_table *next,
                         unsigned warnings, json_t *reply)
{
	struct dns_totals totals = zone_table_totals(next);
	struct zone_results results = zone_results_compare(before, next);

	zone_results_set_count(reply, "zones", totals.zones);
	zone_results_set_count(reply, "records", totals.records);
	zone_results_set_count(reply, "zone_bytes", totals.bytes);
	zone_results_set_count(reply, "loaded", results.loaded);
	zone_results_set_count(reply, "unchanged", results.unchanged);
	zone_results_set_count(reply, "removed", results.removed);
	zone_results_set_count(reply, "failed", results.failed);
	zone_results_set_count(reply, "warnings", warnings);
	zone_results_add_left_out(&results, reply);
	json_array_extend(results.failures, results.changes);
	if (json_array_size(results.failures))
		json_object_set(reply, "results", results.failures);
	if (results.failed) // the rows, and the log, have said why
		json_object_set_new(
		        reply, "error",
		        json_sprintf("%ju of %ju zones have errors and stay as they were",
		                     (uintmax_t)results.failed, (uintmax_t)next->len));
	json_decref(results.failures);
	json_decref(results.changes);
}
