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

// Takes a new file of a directory into use.
static int zone_command_take(struct dns *dns, const char *origin, json_t *reply, struct why *why)
{
	char text[DNS_NAME_TEXT_BYTES];
	struct zone_table next;
	struct dns_name name;
	size_t len;
	int err;

	if (!zone_command_parse_origin(origin, &name, why))
		return -ENOENT;
	if (zone_table_find(&dns->state.removed, name.wire))
		return why_fail(why, -ENOENT, "%s was removed by zone-remove; zone-add adds it",
		                dns_name_text(name.wire, text));
	if (!zone_command_copy(dns, &next, why))
		return -ENOMEM;
	len = next.len;
	err = zone_directory_find(dns->directories, name.wire, &next, why);
	if (!err && next.len == len)
		err = why_fail(why, -ENOENT,
		               "%s is not one of the zones, and no directory of dns.zones has a "
		               "file for it: zones lists them, zone-add adds one",
		               dns_name_text(name.wire, text));
	if (err) {
		zone_table_free(&next);
		return err;
	}
	zone_table_sort(&next);
	return zone_publish(dns, &next, NULL, ZONE_PUBLISH_SOUND, reply, why);
}

int zone_command_reload(void *state, const char *origin, json_t *reply, struct why *why)
{
	struct dns *dns = state;
	const struct dns_zone *zone = zone_command_find(dns, origin, why);
	struct dns_zone_source source;
	struct zone_table next;
	int err;

	if (!zone)
		return zone_command_take(dns, origin, reply, why);
	if (!zone_command_copy(dns, &next, why))
		return -ENOMEM;
	zone_table_del(&next, zone->origin);
	source = zone_table_source(zone);
	err = zone_command_add_to(&next, zone->origin, &source, zone->allow, why);
	return err ? err : zone_publish(dns, &next, NULL, ZONE_PUBLISH_ALL, reply, why);
}

// Parses the arguments after the origin: [image] FILE [temporary]. False with a sentence in why.
static bool zone_command_parse_source(const char *const *args, unsigned args_len,
                                      struct dns_zone_source *source, struct why *why)
{
	*source = (struct dns_zone_source){.runtime = true};
	if (args_len > 1 && strcmp(args[args_len - 1], "temporary") == 0) {
		source->temporary = true;
		args_len--;
	}
	source->file = args[args_len - 1];
	source->image = args_len > 1;
	if (args_len > 2 || (source->image && strcmp(args[0], "image") != 0)) {
		why_set(why,
		        "for an image of \"wadi-dns compile\", use zone-add ORIGIN image FILE, not "
		        "%s",
		        args[0]);
		return false;
	}
	// The state file has a line for each zone.
	if (source->file[0] == '/' && !source->file[strcspn(source->file, "\r\n")])
		return true;
	why_set(why, "%s: give the absolute path of the file", source->file);
	return false;
}

// Publishes the table, and the list of removed zones, so that both outlast the server. Consumes
// both.
static int zone_command_publish(struct dns *dns, struct zone_table *next,
                                struct zone_table *removed, enum zone_publish_mode mode,
                                json_t *reply, struct why *why)
{
	int err = zone_state_prepare(&dns->state, next, removed, why);

	if (err) {
		zone_table_free(next);
		zone_table_free(removed);
		return err;
	}
	err = zone_publish(dns, next, NULL, mode, reply, why);
	if (err) {
		zone_state_abandon(&dns->state);
		zone_table_free(removed);
		return err;
	}
	zone_table_free(&dns->state.removed);
	dns->state.removed = *removed;
	if (!dns->state.directory)
		json_object_set_new(reply, "lasts",
		                    json_string("until the server stops: dns.state_directory is "
		                                "not set"));
	err = zone_state_commit(&dns->state, why);
	if (err) // what is in use is not undone
		json_object_set_new(reply, "error", json_text(why->text));
	return 0;
}

// Copies the list of removed zones. False, and the table `next` is freed, when there is no memory.
static bool zone_command_copy_removed(const struct dns *dns, struct zone_table *removed,
                                      struct zone_table *next, struct why *why)
{
	*removed = (struct zone_table){0};
	if (zone_table_add_all(removed, &dns->state.removed) == 0)
		return true;
	why_no_memory(why, "the list of removed zones");
	zone_table_free(removed);
	zone_table_free(next);
	return false;
}

static int zone_command_add(void *state, const char *const *args, unsigned args_len, json_t *reply,
                            struct why *why)
{
	struct dns *dns = state;
	char text[DNS_NAME_TEXT_BYTES];
	struct dns_zone_source source;
	struct zone_table next, removed;
	const struct dns_zone *zone;
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
	if (err)
		return err;
	if (!zone_command_copy_removed(dns, &removed, &next, why))
		return -ENOMEM;
	if (!source.temporary)
		zone_table_del(&removed, name.wire);
	return zone_command_publish(dns, &next, &removed, ZONE_PUBLISH_SOUND, reply, why);
}

static int zone_command_remove(void *state, const char *const *args, unsigned args_len,
                               json_t *reply, struct why *why)
{
	struct dns *dns = state;
	const struct dns_zone *zone = zone_command_find(dns, args[0], why);
	const struct dns_zone_source none = {""};
	struct zone_table next, removed;

	if (!zone)
		return -ENOENT;
	if (!zone_command_copy(dns, &next, why))
		return -ENOMEM;
	if (!zone_command_copy_removed(dns, &removed, &next, why))
		return -ENOMEM;
	// Of a zone of the configuration the removal has to be remembered.
	if (!zone->runtime && dns->state.directory &&
	    zone_table_add(&removed, zone->origin, &none, NULL) != 0) {
		zone_table_free(&next);
		zone_table_free(&removed);
		return why_no_memory(why, "the list of removed zones");
	}
	zone_table_sort(&removed);
	zone_table_del(&next, zone->origin);
	return zone_command_publish(dns, &next, &removed, ZONE_PUBLISH_CHANGED, reply, why);
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
	return zone_table_is_stale(zone) ? "older than its file" : "served";
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
	zone_command_set_time(row, "signed_until", zone->expiry_s);
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

// Adds rows of up to PAGE_ZONES zones, and the words that ask for the next page, if there is one.
static void zone_command_reply_page(const struct dns *dns, size_t from, bool stale, row_fn *row,
                                    json_t *reply)
{
	const struct zone_table *zones = &dns->zones;
	char text[DNS_NAME_TEXT_BYTES];
	json_t *rows = json_array(), *next;
	size_t i = from;

	for (; i < zones->len && json_array_size(rows) < PAGE_ZONES; i++)
		if (!stale || zone_table_is_stale(zones->items[i]))
			json_array_append_new(rows, row(dns, zones->items[i]));
	json_object_set_new(reply, "zones", rows);
	if (i == zones->len)
		return;
	next = stale ? json_pack("[s]", "stale") : json_array();
	json_array_append_new(next, json_string("after"));
	json_array_append_new(next, json_string(dns_name_text(zones->items[i - 1]->origin, text)));
	json_object_set_new(reply, "next", next);
}

static int zone_command_zones(void *state, const char *const *args, unsigned args_len,
                              json_t *reply, struct why *why)
{
	bool stale = args_len > 0 && strcmp(args[0], "stale") == 0;
	size_t from;
	int err = zone_command_parse_page(state, args + stale, args_len - stale, &from, why);

	if (!err)
		zone_command_reply_page(state, from, stale, zone_row, reply);
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
		zone_command_reply_page(state, from, false, stats_row, reply);
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

static int zone_command_query_log(void *state, const char *const *args, unsigned args_len,
                                  json_t *reply, struct why *why)
{
	struct dns *dns = state;
	struct query_log_setting setting = dns->query_log_switch.set;
	int err = 0;

	if (!query_log_switch_parse(&setting, args, args_len, why))
		return -EINVAL;
	if (args_len || !dns->query_log)
		err = query_log_switch_set(&dns->query_log_switch, setting, why);
	json_object_set_new(reply, "query_log", json_string(setting.on ? "on" : "off"));
	json_object_set_new(reply, "sample", json_integer((json_int_t)setting.sample));
	return err;
}

const struct service_command zone_commands[] = {
        {"zones", "[stale] [after ORIGIN]", 0, 3,
         "Lists the zones in canonical order of their origins: with stale, those that are not "
         "served or older than their files; with after, those that follow ORIGIN. The column "
         "signed_until has the time at which the first signature of the zone expires.",
         zone_command_zones},
        {"zone-status", "ORIGIN", 1, 1, "Shows the state of one zone.", zone_command_status},
        {"zone-stats", "[ORIGIN | after ORIGIN]", 0, 2,
         "Shows the number of responses of each zone by their kind.", zone_command_stats},
        {"zone-add", "ORIGIN [image] FILE [temporary]", 2, 4,
         "Adds a zone from a zone file or, with image, from an image of \"wadi-dns compile\". FILE "
         "is an absolute path. The zone is served until zone-remove, also after a restart if "
         "dns.state_directory is set; with temporary, until the server stops.",
         zone_command_add, .changes = true},
        {"zone-remove", "ORIGIN", 1, 1,
         "Stops serving a zone. If dns.state_directory is set, a zone that the configuration "
         "names is not served until zone-add adds it; else the next reload adds it again.",
         zone_command_remove, .changes = true},
        {"query-log", "[on|off] [sample N]", 0, 3,
         "Prints whether queries are logged and how many, or has one of N queries logged, or "
         "none, until a restart or until a reload finds another dns.query_log.enabled or sample.",
         zone_command_query_log, .changes = true},
        {0},
};
