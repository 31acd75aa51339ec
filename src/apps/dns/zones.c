// zones: a table of zones is read and taken into use, and what became of each zone is
// told. What the zones are is zone_table.c's to know.
#include "apps/dns/dns.h"

#include "core/host/log.h"
#include "core/host/seed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESULTS_MAX 1000 // zones that a reply tells of one by one

struct dns_totals zone_table_totals(const struct zone_table *zones)
{
	struct dns_totals totals = {0};

	for (size_t i = 0; i < zones->len; i++) {
		const struct zone *zone = zones->items[i]->zone;

		if (!zone)
			continue;
		totals.zones++;
		totals.records += zone_records(zone);
		totals.bytes += zone_bytes(zone);
	}
	return totals;
}

static void log_report(void *ctx, const struct zone_report *report)
{
	char text[2048];

	zone_report_text(report, text, sizeof(text));
	if (report->warning)
		log_warning("%s", text);
	else
		log_error("%s", text);
}

// A number of its own for each zone that has none: the lowest that are free.
static void give_numbers(struct dns *dns, struct zone_table *zones)
{
	size_t word = 0;

	for (size_t i = 0; i < zones->len; i++) {
		if (zones->items[i]->number != ZONE_NUMBER_NONE)
			continue;
		while (~dns->numbers_used[word] == 0)
			word++;
		zones->items[i]->number =
		        (uint32_t)(word * 64 + (unsigned)__builtin_ctzll(~dns->numbers_used[word]));
		dns->numbers_used[word] |= UINT64_C(1) << (zones->items[i]->number % 64);
	}
}

// The numbers of zones that are not in the other table; no worker counts by them, and
// what was counted goes with the zone.
static void take_numbers(struct dns *dns, const struct zone_table *zones,
                         const struct zone_table *other)
{
	size_t at = 0;

	for (size_t i = 0; i < zones->len; i++) {
		uint32_t number = zones->items[i]->number;
		int order = 1;

		while (at < other->len && (order = dns_name_cmp(other->items[at]->origin,
		                                                zones->items[i]->origin)) < 0)
			at++;
		if (order == 0 || number == ZONE_NUMBER_NONE)
			continue;
		for (unsigned w = 0; w < dns->env->workers_len; w++)
			dns_counts_clear(dns->counts[w], number);
		dns->numbers_used[number / 64] &= ~(UINT64_C(1) << (number % 64));
	}
}

// The first error that is not in the table `before` already.
static int first_error(const struct zone_table *zones, const struct zone_table *before,
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

// Reads what has yet to be read. Makes the set, to be freed by the caller, and gives
// each zone a number.
static int read_zones(struct dns *dns, struct zone_table *zones, enum dns_take how,
                      struct dns_loading *loading, struct zone_set **set, struct why *why)
{
	int err = zone_read_table(zones, &dns->zones, how != DNS_TAKE_CHANGED, loading);

	if (!err && how == DNS_TAKE_SOUND)
		err = first_error(zones, &dns->zones, why);
	if (!err) {
		give_numbers(dns, zones);
		*set = zone_table_set(zones, loading->options.hash_key);
		err = *set ? 0 : -ENOMEM;
	}
	if (err == -ENOMEM)
		why_no_memory(why, "the zones");
	if (err == -ECANCELED)
		why_set(why, "the server is stopping");
	return err;
}

int dns_load(const struct dns_conf *conf, const struct zone_policy *checks,
             struct dns_loaded *loaded, zone_report_fn *on_report, void *ctx, struct why *why)
{
	struct dns *dns = calloc(1, sizeof(*dns));
	struct dns_loading loading = {.options = dns_checks_options(checks, seed_os()),
	                              .threads = zone_read_threads(),
	                              .on_report = on_report,
	                              .ctx = ctx};
	struct zone_table zones = {0};
	int err = -ENOMEM;

	*loaded = (struct dns_loaded){0};
	why_no_memory(why, "the zones");
	if (dns)
		err = zone_list_add(&zones, conf, why);
	// Who asks this set comes from no address.
	for (size_t i = 0; i < zones.len; i++) {
		zone_table_allow_put(zones.items[i]->allow);
		zones.items[i]->allow = NULL;
	}
	if (!err)
		err = read_zones(dns, &zones, DNS_TAKE_SOUND, &loading, &loaded->set, why);
	loaded->totals = zone_table_totals(&zones);
	loaded->errors = loading.errors;
	loaded->warnings = loading.warnings;
	zone_table_free(&zones);
	free(dns);
	return err;
}

static void set_count(json_t *object, const char *key, uint64_t count)
{
	json_object_set_new(object, key, json_integer((json_int_t)count));
}

// What became of the zones of one table in the next.
struct results {
	uint64_t loaded, unchanged, failed, removed;
	json_t *failures, *changes; // as rows
};

static void add_row(json_t *rows, const struct dns_zone *zone, const char *result)
{
	char text[DNS_NAME_TEXT_BYTES];
	json_t *row;

	if (json_array_size(rows) == RESULTS_MAX)
		return;
	row = json_pack("{s:s, s:s}", "zone", dns_name_text(zone->origin, text), "result", result);
	if (zone->zone)
		set_count(row, "serial", zone_serial(zone->zone));
	else
		json_object_set_new(row, "serial", json_null());
	json_object_set_new(row, "why", json_text(zone->error ? zone->error : ""));
	json_array_append_new(rows, row);
}

// `before` and `zone`: the same one in both tables, or NULL where it is not.
static void add_result(struct results *results, const struct dns_zone *before,
                       const struct dns_zone *zone)
{
	assert(before || zone);
	if (!zone) {
		results->removed++;
		add_row(results->changes, before, "removed");
	} else if (before == zone || (before && !zone->error && before->zone == zone->zone)) {
		results->unchanged++;
	} else if (zone->error) {
		results->failed++;
		add_row(results->failures, zone, zone->zone ? "kept as it was" : "not served");
	} else {
		results->loaded++;
		add_row(results->changes, zone, before && before->zone ? "loaded" : "added");
	}
}

static struct results compare(const struct zone_table *before, const struct zone_table *next)
{
	struct results results = {.failures = json_array(), .changes = json_array()};
	size_t i = 0, k = 0;

	while (i < before->len || k < next->len) {
		const struct dns_zone *a = i < before->len ? before->items[i] : NULL;
		const struct dns_zone *b = k < next->len ? next->items[k] : NULL;
		int order = !a ? 1 : !b ? -1 : dns_name_cmp(a->origin, b->origin);

		add_result(&results, order <= 0 ? a : NULL, order >= 0 ? b : NULL);
		i += order <= 0;
		k += order >= 0;
	}
	return results;
}

static void tell(const struct zone_table *before, const struct zone_table *next, unsigned warnings,
                 json_t *reply)
{
	struct dns_totals totals = zone_table_totals(next);
	struct results results = compare(before, next);

	set_count(reply, "zones", totals.zones);
	set_count(reply, "records", totals.records);
	set_count(reply, "zone_bytes", totals.bytes);
	set_count(reply, "loaded", results.loaded);
	set_count(reply, "unchanged", results.unchanged);
	set_count(reply, "removed", results.removed);
	set_count(reply, "failed", results.failed);
	set_count(reply, "warnings", warnings);
	json_array_extend(results.failures, results.changes);
	if (json_array_size(results.failures))
		json_object_set(reply, "results", results.failures);
	if (results.failed)
		json_object_set_new(
		        reply, "error",
		        json_sprintf("%ju of %ju zones could not be read; what was served of them "
		                     "stays: %s",
		                     (uintmax_t)results.failed, (uintmax_t)next->len,
		                     json_string_value(json_object_get(
		                             json_array_get(results.failures, 0), "why"))));
	json_decref(results.failures);
	json_decref(results.changes);
}

// 0, or negative errno with a sentence in why.
static int served_open(struct dns *dns, struct zone_table *zones, struct dns_settings *settings,
                       enum dns_take how, struct dns_loading *loading, struct dns_served **served,
                       struct why *why)
{
	int err;

	*served = malloc(sizeof(**served));
	if (!*served)
		return why_no_memory(why, "the zones");
	(*served)->settings = settings;
	err = read_zones(dns, zones, how, loading, &(*served)->set, why);
	if (err) {
		free(*served);
		*served = NULL;
	}
	return err;
}

static struct dns_loading loading_of(const struct dns *dns, const struct dns_settings *settings,
                                     unsigned threads)
{
	struct dns_loading loading = {.options =
	                                      dns_checks_options(&settings->checks, dns->hash_key),
	                              .threads = threads,
	                              .on_report = log_report};

	loading.options.stopped = dns->env->stopping;
	return loading;
}

int dns_zones_take(struct dns *dns, struct zone_table *next, struct dns_settings *settings,
                   enum dns_take how, json_t *reply, struct why *why)
{
	unsigned spare = dns->env->spare_cores;
	struct dns_loading loading =
	        loading_of(dns, settings ? settings : dns->settings, spare ? spare : 1);
	struct dns_served *served;
	int err;

	loading.yields = spare == 0; // what reads shares the workers' cores
	err = served_open(dns, next, settings ? settings : dns->settings, how, &loading, &served,
	                  why);
	if (err) {
		take_numbers(dns, next, &dns->zones);
		zone_table_free(next);
		dns_settings_free(settings);
		return err;
	}
	tell(&dns->zones, next, loading.warnings, reply);
	// Workers have left the old ones when swap_publish returns.
	served = swap_publish(&dns->served, served, dns->env->pipelines, dns->env->workers_len);
	zone_set_free(served->set);
	free(served);
	if (settings) {
		dns_settings_free(dns->settings);
		dns->settings = settings;
	}
	take_numbers(dns, &dns->zones, next);
	zone_table_free(&dns->zones);
	dns->zones = *next;
	return 0;
}

// At the start there may be zones with errors beside sound ones, but not alone.
static int start_judge(const struct zone_table *zones, struct why *why)
{
	static const struct zone_table none;
	uint64_t sound = zone_table_totals(zones).zones;

	if (sound == 0)
		return first_error(zones, &none, why);
	if (sound < zones->len)
		log_error("%ju of %ju zones could not be read (above): queries for them get "
		          "SERVFAIL until a reload finds them sound",
		          (uintmax_t)(zones->len - sound), (uintmax_t)zones->len);
	return 0;
}

int dns_zones_open(struct dns *dns, struct zone_table *zones, struct why *why)
{
	struct dns_loading loading = loading_of(dns, dns->settings, zone_read_threads());
	struct dns_served *served;
	int err = served_open(dns, zones, dns->settings, DNS_TAKE_ALL, &loading, &served, why);

	if (!err)
		err = start_judge(zones, why);
	if (err) {
		if (served)
			zone_set_free(served->set);
		free(served);
		zone_table_free(zones);
		return err;
	}
	dns->zones = *zones;
	swap_init(&dns->served, served);
	return 0;
}

void dns_claimed(void *state)
{
	const struct dns *dns = state;

	for (size_t i = 0; i < dns->zones.len; i++) {
		const struct dns_zone *zone = dns->zones.items[i];
		int kept = zone->zone ? zone_keep(zone->zone) : 0;

		if (kept > 0)
			log_warning("%s is written to while it is served: its %zu bytes were "
			            "copied before, and are no more shared; write a new file and "
			            "rename it, as wadi-dns compile does",
			            zone->file, zone_bytes(zone->zone));
		else if (kept < 0)
			log_error("%s is written to while it is served, and there is no memory for "
			          "a copy (%s): in less than a minute this may end the server; "
			          "stop who writes, and free memory or serve another file",
			          zone->file, strerror(-kept));
	}
}
