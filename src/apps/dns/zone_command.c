// zone_command: what wadi-ctl can ask about zones and have done with them while they
// are served.
#include "apps/dns/zone_command.h"

#include "apps/dns/dns.h"
#include "apps/dns/zone_publish.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PAGE_ZONES 1000 // in one reply

static bool take_origin(const char *word, struct dns_name *name, struct why *why)
{
	static const uint8_t root[] = {0};
	const char *sentence;

	if (dns_name_parse(name, word, strlen(word), root, &sentence))
		return true;
	why_set(why, "\"%s\" is not a domain name: %s", word, sentence);
	return false;
}

// The zone that a word names; NULL with a sentence in why.
static struct dns_zone *find(const struct dns *dns, const char *word, struct why *why)
{
	char text[DNS_NAME_TEXT_BYTES];
	struct dns_zone *zone;
	struct dns_name name;

	if (!take_origin(word, &name, why))
		return NULL;
	zone = zone_table_find(&dns->zones, name.wire);
	if (!zone)
		why_set(why, "%s is none of the zones: zones lists them, zone-add adds one",
		        dns_name_text(name.wire, text));
	return zone;
}

// The zones in use, to be changed; false when memory is short.
static bool copy_zones(const struct dns *dns, struct zone_table *next, struct why *why)
{
	*next = (struct zone_table){0};
	if (zone_table_add_all(next, &dns->zones) == 0)
		return true;
	why_no_memory(why, "another table of zones");
	zone_table_free(next);
	return false;
}

// Adds a zone to the copy, which is freed when that fails.
static int add_zone(struct zone_table *next, const uint8_t *origin,
                    const struct dns_zone_source *source, struct dns_allow *allow, struct why *why)
{
	int err = zone_table_add(next, origin, source, allow);

	if (!err) {
		zone_table_sort(next);
		return 0;
	}
	why_set(why, "there is no room for another zone");
	zone_table_free(next);
	return err;
}

int zone_command_reload(void *state, const char *word, json_t *reply, struct why *why)
{
	struct dns *dns = state;
	const struct dns_zone *zone = find(dns, word, why);
	struct zone_table next;
	int err;

	if (!zone)
		return -ENOENT;
	if (!copy_zones(dns, &next, why))
		return -ENOMEM;
	zone_table_del(&next, zone->origin);
	err = add_zone(&next, zone->origin,
	               &(struct dns_zone_source){zone->file, zone->image, zone->runtime},
	               zone->allow, why);
	return err ? err : zone_publish(dns, &next, NULL, ZONE_PUBLISH_ALL, reply, why);
}

// The words behind an origin: a file, or "image" and a file; false with a sentence in why.
static bool take_source(const char *const *words, unsigned words_len,
                        struct dns_zone_source *source, struct why *why)
{
	*source = (struct dns_zone_source){words[words_len - 1], words_len == 2, true};
	if (source->image && strcmp(words[0], "image") != 0) {
		why_set(why,
		        "for what \"wadi-dns compile\" wrote, say zone-add ORIGIN image FILE, "
		        "not %s",
		        words[0]);
		return false;
	}
	if (source->file[0] == '/')
		return true;
	why_set(why, "%s: give the file's whole path, from / on", source->file);
	return false;
}

static int run_add(void *state, const char *const *words, unsigned words_len, json_t *reply,
                   struct why *why)
{
	struct dns *dns = state;
	char text[DNS_NAME_TEXT_BYTES];
	struct dns_zone_source source;
	const struct dns_zone *zone;
	struct zone_table next;
	struct dns_name name;
	int err;

	if (!take_origin(words[0], &name, why) ||
	    !take_source(words + 1, words_len - 1, &source, why))
		return -EINVAL;
	zone = zone_table_find(&dns->zones, name.wire);
	if (zone)
		return why_fail(why, -EEXIST, "%s is one of the zones already, with the file %s",
		                dns_name_text(name.wire, text), zone->file);
	if (!copy_zones(dns, &next, why))
		return -ENOMEM;
	err = add_zone(&next, name.wire, &source, NULL, why);
	return err ? err : zone_publish(dns, &next, NULL, ZONE_PUBLISH_SOUND, reply, why);
}

static int run_remove(void *state, const char *const *words, unsigned words_len, json_t *reply,
                      struct why *why)
{
	struct dns *dns = state;
	const struct dns_zone *zone = find(dns, words[0], why);
	struct zone_table next;

	if (!zone)
		return -ENOENT;
	if (!copy_zones(dns, &next, why))
		return -ENOMEM;
	zone_table_del(&next, zone->origin);
	return zone_publish(dns, &next, NULL, ZONE_PUBLISH_CHANGED, reply, why);
}

static void set_time(json_t *row, const char *key, time_t at)
{
	char text[32] = "";
	struct tm utc;

	if (at && gmtime_r(&at, &utc))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	json_object_set_new(row, key, json_string(text));
}

static void set_count(json_t *object, const char *key, uint64_t count)
{
	json_object_set_new(object, key, json_integer((json_int_t)count));
}

static const char *state_of(const struct dns_zone *zone)
{
	if (!zone->zone)
		return "not served";
	return zone->error ? "older than its file" : "served";
}

static json_t *zone_row(const struct dns *dns, const struct dns_zone *zone)
{
	char text[DNS_NAME_TEXT_BYTES];
	json_t *row = json_pack("{s:s}", "origin", dns_name_text(zone->origin, text));

	set_count(row, "serial", zone->zone ? zone_serial(zone->zone) : 0);
	set_count(row, "records", zone->zone ? zone_records(zone->zone) : 0);
	set_count(row, "bytes", zone->zone ? zone_bytes(zone->zone) : 0);
	json_object_set_new(row, "state", json_string(state_of(zone)));
	set_time(row, "loaded", zone->loaded);
	json_object_set_new(row, "file", json_text(zone->file));
	return row;
}

// A page of the table, which a word before an origin may put behind that.
static int take_page(const struct dns *dns, const char *const *words, unsigned words_len,
                     size_t *from, struct why *why)
{
	struct dns_name name;

	*from = 0;
	if (words_len == 0)
		return 0;
	if (words_len == 1 || strcmp(words[0], "after") != 0)
		return why_fail(why, -EINVAL, "to begin behind a zone, say after ORIGIN");
	if (!take_origin(words[1], &name, why))
		return -EINVAL;
	*from = zone_table_after(&dns->zones, name.wire);
	return 0;
}

typedef json_t *row_fn(const struct dns *dns, const struct dns_zone *zone);

static void put_page(const struct dns *dns, size_t from, row_fn *row, json_t *reply)
{
	const struct zone_table *zones = &dns->zones;
	size_t end = size_min(zones->len, from + PAGE_ZONES);
	char text[DNS_NAME_TEXT_BYTES];
	json_t *rows = json_array();

	for (size_t i = from; i < end; i++)
		json_array_append_new(rows, row(dns, zones->items[i]));
	json_object_set_new(reply, "zones", rows);
	if (end < zones->len)
		json_object_set_new(reply, "next",
		                    json_pack("[s, s]", "after",
		                              dns_name_text(zones->items[end - 1]->origin, text)));
}

static int run_zones(void *state, const char *const *words, unsigned words_len, json_t *reply,
                     struct why *why)
{
	size_t from;
	int err = take_page(state, words, words_len, &from, why);

	if (!err)
		put_page(state, from, zone_row, reply);
	return err;
}

static json_t *stats_row(const struct dns *dns, const struct dns_zone *zone)
{
	char text[DNS_NAME_TEXT_BYTES];
	json_t *row = json_pack("{s:s}", "origin", dns_name_text(zone->origin, text));

	dns_counts_tell_zone(dns->counts, dns->env->workers_len, zone->number, row);
	return row;
}

static int run_stats(void *state, const char *const *words, unsigned words_len, json_t *reply,
                     struct why *why)
{
	const struct dns_zone *zone;
	size_t from;
	int err;

	if (words_len == 1) {
		zone = find(state, words[0], why);
		if (!zone)
			return -ENOENT;
		json_object_set_new(reply, "zones", json_pack("[o]", stats_row(state, zone)));
		return 0;
	}
	err = take_page(state, words, words_len, &from, why);
	if (!err)
		put_page(state, from, stats_row, reply);
	return err;
}

static int run_status(void *state, const char *const *words, unsigned words_len, json_t *reply,
                      struct why *why)
{
	const struct dns_zone *zone = find(state, words[0], why);
	json_t *row;

	if (!zone)
		return -ENOENT;
	row = zone_row(state, zone);
	json_object_update(reply, row);
	json_decref(row);
	set_count(reply, "names", zone->zone ? zone_names(zone->zone) : 0);
	json_object_set_new(reply, "named_by",
	                    json_string(zone->runtime ? "zone-add" : "the configuration"));
	json_object_set_new(reply, "not_newer_because", json_text(zone->error ? zone->error : ""));
	return 0;
}

const struct app_command zone_commands[] = {
        {"zones", "[after ORIGIN]", 0, 2,
         "Lists the zones in the order of their names, or those that come behind ORIGIN.",
         run_zones},
        {"zone-status", "ORIGIN", 1, 1, "What there is to tell of one zone.", run_status},
        {"zone-stats", "[ORIGIN | after ORIGIN]", 0, 2,
         "How often each zone was asked, and with what result.", run_stats},
        {"zone-add", "ORIGIN [image] FILE", 2, 3,
         "Serves one zone more, from the zone file with this whole path or, with image, from "
         "what \"wadi-dns compile\" wrote. It lasts until the server ends or zone-remove, "
         "unless the configuration names it by then.",
         run_add},
        {"zone-remove", "ORIGIN", 1, 1,
         "Serves a zone no more. One that the configuration names comes back with the next "
         "reload.",
         run_remove},
        {0},
};
