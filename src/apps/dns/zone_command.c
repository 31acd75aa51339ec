// zone_command: see the header.
#include "apps/dns/zone_command.h"

#include "apps/dns/dns.h"
#include "apps/dns/zone_publish.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PAGE_ZONES 1000 // maximum number of zones in one reply

static bool zone_command_parse_origin(const char *text, struct dns_name *name, struct why *why)
{
	static const uint8_t root[] = {0};
	const char *sentence;

	if (dns_name_parse(name, text, strlen(text), root, &sentence))
		return true;
	why_set(why, "\"%s\" is not a domain name: %s", text, sentence);
	return false;
}

// The zone with this origin; NULL with a sentence in why.
static struct dns_zone *zone_command_find(const struct dns *dns, const char *origin,
                                          struct why *why)
{
	char text[DNS_NAME_TEXT_BYTES];
	struct dns_zone *zone;
	struct dns_name name;

	if (!zone_command_parse_origin(origin, &name, why))
		return NULL;
	zone = zone_table_find(&dns->zones, name.wire);
	if (!zone)
		why_set(why, "%s is not one of the zones: zones lists them, zone-add adds one",
		        dns_name_text(name.wire, text));
	return zone;
}

// Copies the table in use, so that the copy can be changed and published. False when there is
// no memory.
static bool zone_command_copy(const struct dns *dns, struct zone_table *next, struct why *why)
{
	*next = (struct zone_table){0};
	if (zone_table_add_all(next, &dns->zones) == 0)
		return true;
	why_no_memory(why, "another table of zones");
	zone_table_free(next);
	return false;
}

// Adds a zone to the copy. Frees the copy on error.
static int zone_command_add_to(struct zone_table *next, const uint8_t *origin,
                               const struct dns_zone_source *source, struct dns_allow *allow,
                               struct why *why)
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

int zone_command_reload(void *state, const char *origin, json_t *reply, struct why *why)
{
	struct dns *dns = state;
	const struct dns_zone *zone = zone_command_find(dns, origin, why);
	struct dns_zone_source source;
	struct zone_table next;
	int err;

	if (!zone)
		return -ENOENT;
	if (!zone_command_copy(dns, &next, why))
		return -ENOMEM;
	zone_table_del(&next, zone->origin);
	source = zone_table_source(zone);
	err = zone_command_add_to(&next, zone->origin, &source, zone->allow, why);
	return err ? err : zone_publish(dns, &next, NULL, ZONE_PUBLISH_ALL, reply, why);
}

// Parses the arguments after the origin: a file, or "image" and a file. False with a sentence
// in why.
static bool zone_command_parse_source(const char *const *args, unsigned args_len,
                                      struct dns_zone_source *source, struct why *why)
{
	*source = (struct dns_zone_source){args[args_len - 1], .image = args_len == 2,
	                                   .runtime = true};
	if (source->image && strcmp(args[0], "image") != 0) {
		why_set(why,
		        "for an image of \"wadi-dns compile\", use zone-add ORIGIN image FILE, not "
		        "%s",
		        args[0]);
		return false;
	}
	if (source->file[0] == '/')
		return true;
	why_set(why, "%s: give the absolute path of the file", source->file);
	return false;
}

static int zone_command_add(void *state, const char *const *args, unsigned args_len, json_t *reply,
                            struct why *why)
{
	struct dns *dns = state;
	char text[DNS_NAME_TEXT_BYTES];
	struct dns_zone_source source;
	const struct dns_zone *zone;
	struct zone_table next;
	struct dns_name name;
	int err;

	if (!zone_command_parse_origin(args[0], &name, why) ||
	    !zone_command_parse_source(args + 1, args_len - 1, &source, why))
		return -EINVAL;
	zone = zone_table_find(&dns->zones, name.wire);
	if (zone)
		return why_fail(why, -EEXIST, "%s is already one of the zones, with the file %s",
		                dns_name_text(name.wire, text), zone->file);
	if (!zone_command_copy(dns, &next, why))
		return -ENOMEM;
	err = zone_command_add_to(&next, name.wire, &source, NULL, why);
	return err ? err : zone_publish(dns, &next, NULL, ZONE_PUBLISH_SOUND, reply, why);
}

static int zone_command_remove(void *state, const char *const *args, unsigned args_len,
                               json_t *reply, struct why *why)
{
	struct dns *dns = state;
	const struct dns_zone *zone = zone_command_find(dns, args[0], why);
	struct zone_table next;

	if (!zone)
		return -ENOENT;
	if (!zone_command_copy(dns, &next, why))
		return -ENOMEM;
	zone_table_del(&next, zone->origin);
	return zone_publish(dns, &next, NULL, ZONE_PUBLISH_CHANGED, reply, why);
}

static void zone_command_set_time(json_t *row, const char *key, time_t at)
{
	char text[32] = "";
	struct tm utc;

	if (at && gmtime_r(&at, &utc))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	json_object_set_new(row, key, json_string(text));
}

static void zone_command_set_count(json_t *object, const char *key, uint64_t count)
{
	json_object_set_new(object, key, json_integer((json_int_t)count));
}

static const char *zone_state(const struct dns_zone *zone)
{
	if (!zone->zone)
		return "not served";
	return zone->error || zone->stale ? "older than its file" : "served";
}

static json_t *zone_row(const struct dns *dns, const struct dns_zone *zone)
{
	char text[DNS_NAME_TEXT_BYTES];
	json_t *row = json_pack("{s:s}", "origin", dns_name_text(zone->origin, text));

	zone_command_set_count(row, "serial", zone->zone ? zone_serial(zone->zone) : 0);
	zone_command_set_count(row, "records", zone->zone ? zone_records(zone->zone) : 0);
	zone_command_set_count(row, "bytes", zone->zone ? zone_bytes(zone->zone) : 0);
	json_object_set_new(row, "state", json_string(zone_state(zone)));
	zone_command_set_time(row, "loaded", zone->loaded);
	json_object_set_new(row, "file", json_text(zone->file));
	return row;
}

// Parses "after ORIGIN", or no arguments, into the index of the page's first zone.
static int zone_command_parse_page(const struct dns *dns, const char *const *args,
                                   unsigned args_len, size_t *from, struct why *why)
{
	struct dns_name name;

	*from = 0;
	if (args_len == 0)
		return 0;
	if (args_len == 1 || strcmp(args[0], "after") != 0)
		return why_fail(why, -EINVAL,
		                "to list the zones that follow a zone, use after ORIGIN");
	if (!zone_command_parse_origin(args[1], &name, why))
		return -EINVAL;
	*from = zone_table_after(&dns->zones, name.wire);
	return 0;
}

typedef json_t *row_fn(const struct dns *dns, const struct dns_zone *zone);

static void zone_command_reply_page(const struct dns *dns, size_t from, row_fn *row, json_t *reply)
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

static int zone_command_zones(void *state, const char *const *args, unsigned args_len,
                              json_t *reply, struct why *why)
{
	size_t from;
	int err = zone_command_parse_page(state, args, args_len, &from, why);

	if (!err)
		zone_command_reply_page(state, from, zone_row, reply);
	return err;
}

static json_t *stats_row(const struct dns *dns, const struct dns_zone *zone)
{
	char text[DNS_NAME_TEXT_BYTES];
	json_t *row = json_pack("{s:s}", "origin", dns_name_text(zone->origin, text));

	dns_counts_zone_json(dns->counts, dns->env->workers_len, zone->number, row);
	return row;
}

static int zone_command_stats(void *state, const char *const *args, unsigned args_len,
                              json_t *reply, struct why *why)
{
	const struct dns_zone *zone;
	size_t from;
	int err;

	if (args_len == 1) {
		zone = zone_command_find(state, args[0], why);
		if (!zone)
			return -ENOENT;
		json_object_set_new(reply, "zones", json_pack("[o]", stats_row(state, zone)));
		return 0;
	}
	err = zone_command_parse_page(state, args, args_len, &from, why);
	if (!err)
		zone_command_reply_page(state, from, stats_row, reply);
	return err;
}

static int zone_command_status(void *state, const char *const *args, unsigned args_len,
                               json_t *reply, struct why *why)
{
	const struct dns_zone *zone = zone_command_find(state, args[0], why);
	json_t *row;

	if (!zone)
		return -ENOENT;
	row = zone_row(state, zone);
	json_object_update(reply, row);
	json_decref(row);
	zone_command_set_count(reply, "names", zone->zone ? zone_names(zone->zone) : 0);
	json_object_set_new(reply, "named_by",
	                    json_string(zone->runtime ? "zone-add" : "the configuration"));
	json_object_set_new(reply, "not_newer_because", json_text(zone->error ? zone->error : ""));
	return 0;
}

const struct service_command zone_commands[] = {
        {"zones", "[after ORIGIN]", 0, 2,
         "Lists the zones in canonical order of their origins; with after, those that follow "
         "ORIGIN.",
         zone_command_zones},
        {"zone-status", "ORIGIN", 1, 1, "Shows the state of one zone.", zone_command_status},
        {"zone-stats", "[ORIGIN | after ORIGIN]", 0, 2,
         "Shows the number of responses of each zone by their kind.", zone_command_stats},
        {"zone-add", "ORIGIN [image] FILE", 2, 3,
         "Adds a zone from a zone file or, with image, from an image of \"wadi-dns compile\". FILE "
         "is an absolute path. The zone is served until zone-remove or until the server stops, "
         "unless the configuration names it by then.",
         zone_command_add, .changes = true},
        {"zone-remove", "ORIGIN", 1, 1,
         "Stops serving a zone. The next reload adds it again if the configuration names it.",
         zone_command_remove, .changes = true},
        {0},
};
