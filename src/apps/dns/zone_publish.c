// zone_publish: see the header. The results of a reload are reported by zone_results.c.
#include "apps/dns/zone_publish.h"

#include "apps/dns/checks.h"
#include "apps/dns/zone_read.h"
#include "apps/dns/zone_results.h"
#include "core/host/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void zone_publish_log(void *ctx, const struct zone_report *report)
{
	enum log_level level = report->warning ? LOG_WARNING : LOG_ERROR;
	char text[2048];

	zone_report_line(report, text, sizeof(text));
	if (!report->line) // about a file or zone as a whole: few of each, and none is held back
		log_each(level, "%s", text);
	else if (report->warning)
		LOG_AT(LOG_WARNING, "%s", text);
	else // a limit of their own: many warnings do not hold errors back
		LOG_AT(LOG_ERROR, "%s", text);
}

// Gives each zone without a number the lowest one that is free. It is the index of the zone's
// counters.
static void zone_publish_give_numbers(struct dns *dns, struct zone_table *zones)
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

// Releases the numbers of zones that are not in the other table, and clears their counters.
// No worker counts under these numbers any more.
static void zone_publish_release_numbers(struct dns *dns, const struct zone_table *zones,
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

// Reads the unread zones, gives each zone a number, and creates the set, which the caller
// frees. 0, or negative errno with a sentence in why.
static int zone_publish_read(struct dns *dns, struct zone_table *zones, enum zone_publish_mode mode,
                             struct dns_loading *loading, struct zone_set **set, struct why *why)
{
	int err = zone_read_table(zones, &dns->zones, mode != ZONE_PUBLISH_CHANGED, loading);

	if (!err && mode == ZONE_PUBLISH_SOUND)
		err = zone_table_first_error(zones, &dns->zones, why);
	if (!err) {
		zone_publish_give_numbers(dns, zones);
		*set = zone_table_set(zones, loading->options.hash_key);
		err = *set ? 0 : -ENOMEM;
	}
	if (err == -ENOMEM)
		why_no_memory(why, "the zones");
	if (err == -ECANCELED)
		why_set(why, "the server is stopping");
	return err;
}

// Reads the zones and creates what workers answer from. 0, or negative errno with a sentence in
// why.
static int zone_publish_served_new(struct dns *dns, struct zone_table *zones,
                                   struct dns_settings *settings, enum zone_publish_mode mode,
                                   struct dns_loading *loading, struct dns_served **served,
                                   struct why *why)
{
	int err;

	*served = malloc(sizeof(**served));
	if (!*served)
		return why_no_memory(why, "the zones");
	(*served)->settings = settings;
	err = zone_publish_read(dns, zones, mode, loading, &(*served)->set, why);
	if (err) {
		free(*served);
		*served = NULL;
	}
	return err;
}

static struct dns_loading zone_publish_loading(const struct dns *dns,
                                               const struct dns_settings *settings,
                                               unsigned threads)
{
	struct dns_loading loading = {.options =
	                                      dns_checks_options(&settings->checks, dns->hash_key),
	                              .threads = threads,
	                              .on_report = zone_publish_log};

	loading.options.stopped = dns->env->stopping;
	loading.options.limits = settings->limits;
	return loading;
}

int zone_publish(struct dns *dns, struct zone_table *next, struct dns_settings *settings,
                 enum zone_publish_mode mode, json_t *reply, struct why *why)
{
	unsigned spare = dns->env->spare_cores;
	struct dns_loading loading =
	        zone_publish_loading(dns, settings ? settings : dns->settings, spare ? spare : 1);
	struct dns_served *served;
	int err;

	loading.yields = spare == 0; // the threads that read zones share the cores of the workers
	err = zone_publish_served_new(dns, next, settings ? settings : dns->settings, mode,
	                              &loading, &served, why);
	if (err) {
		zone_publish_release_numbers(dns, next, &dns->zones);
		zone_table_free(next);
		dns_settings_free(settings);
		return err;
	}
	zone_results_report(&dns->zones, next, loading.warnings, reply);
	// When swap_publish returns, no worker uses the old zones any more.
	served = swap_publish(&dns->served, served, dns->env->pipelines, dns->env->workers_len);
	log_each(LOG_DEBUG, "%zu zones are taken by %u workers", next->len, dns->env->workers_len);
	zone_set_free(served->set);
	free(served);
	if (settings) {
		dns_settings_free(dns->settings);
		dns->settings = settings;
	}
	zone_publish_release_numbers(dns, &dns->zones, next);
	zone_table_free(&dns->zones);
	dns->zones = *next;
	return 0;
}

int zone_publish_first(struct dns *dns, struct zone_table *zones, struct why *why)
{
	struct dns_loading loading = zone_publish_loading(dns, dns->settings, zone_read_threads());
	struct dns_served *served;
	int err = zone_publish_served_new(dns, zones, dns->settings, ZONE_PUBLISH_ALL, &loading,
	                                  &served, why);

	if (err) {
		zone_table_free(zones);
		return err;
	}
	zone_results_start(zones);
	dns->zones = *zones;
	swap_init(&dns->served, served);
	return 0;
}

void zone_publish_claimed(void *state)
{
	const struct dns *dns = state;

	for (size_t i = 0; i < dns->zones.len; i++) {
		const struct dns_zone *zone = dns->zones.items[i];
		int kept = zone->zone ? zone_keep(zone->zone) : 0;

		if (kept > 0)
			log_warning("another process opens %s, which is served, for writing: the "
			            "server now serves a copy of its %zu bytes in memory of its "
			            "own; do not write to it, but write a new file and rename it, "
			            "as wadi-dns compile does",
			            zone->file, zone_bytes(zone->zone));
		else if (kept < 0)
			log_error(
			        "another process opens %s, which is served, for writing, and there "
			        "is no memory for a copy (%s): the server may crash in less than a "
			        "minute; stop that process, and free memory or serve another file",
			        zone->file, strerror(-kept));
	}
}
