// zones: the section "dns" of the configuration, and the zones it names, loaded
// by the control thread.
#include "apps/dns/dns.h"

#include "core/rand.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZONES_MAX 100000

static bool check_origin(const char *text, char *why, size_t why_size)
{
	static const uint8_t root[] = {0};
	struct dns_name name;
	const char *sentence;

	if (dns_name_parse(&name, text, strlen(text), root, &sentence))
		return true;
	snprintf(why, why_size, "is not a domain name: %s", sentence);
	return false;
}

static const struct conf_key zone_keys[] = {
        {"origin", CONF_STRING, offsetof(struct dns_zone_conf, origin), .min = 1, .max = 1004,
         .check = check_origin, .help = "The name at the top of the zone, such as example.org."},
        {"file", CONF_PATH, offsetof(struct dns_zone_conf, file), .min = 1, .max = 4095,
         .help = "The zone file (RFC 1035 section 5)."},
        {0},
};
static const struct conf_section zone_section = {sizeof(struct dns_zone_conf), zone_keys};

static const struct conf_key dns_keys[] = {
        {"zones", CONF_SECTIONS, offsetof(struct dns_conf, zones), .min = 1, .max = ZONES_MAX,
         .section = &zone_section, .help = "The zones to answer for."},
        {0},
};
const struct conf_section dns_section = {sizeof(struct dns_conf), dns_keys};

void dns_report_text(const struct zone_report *report, char *text, size_t size)
{
	const char *kind = report->warning ? "warning: " : "";

	if (report->line && report->column)
		snprintf(text, size, "%s:%u:%u: %s%s", report->file, report->line, report->column,
		         kind, report->text);
	else if (report->line)
		snprintf(text, size, "%s:%u: %s%s", report->file, report->line, kind, report->text);
	else
		snprintf(text, size, "%s: %s%s", report->file, kind, report->text);
}

// One loading: counts reports on their way to whoever asked, and keeps the first error.
struct relay {
	struct dns_loaded *loaded;
	uint64_t hash_key; // of the zones' indexes
	zone_report_fn *on_report;
	void *ctx;
	char *why;
	size_t why_size;
};

static void relay_report(void *ctx, const struct zone_report *report)
{
	struct relay *relay = ctx;

	if (report->warning)
		relay->loaded->warnings++;
	else if (relay->loaded->errors++ == 0)
		dns_report_text(report, relay->why, relay->why_size);
	if (relay->on_report)
		relay->on_report(relay->ctx, report);
}

// An error that no zone file can tell of.
static void relay_error(struct relay *relay, const struct dns_zone_conf *conf, const char *sentence)
{
	struct zone_report report = {.file = conf->file, .text = sentence};

	relay_report(relay, &report);
}

static struct zone *load_one(struct relay *relay, const struct dns_zone_conf *conf)
{
	static const uint8_t root[] = {0};
	unsigned errors = relay->loaded->errors;
	struct dns_name origin;
	struct zone *zone = NULL;
	const char *sentence;

	if (dns_name_parse(&origin, conf->origin, strlen(conf->origin), root, &sentence))
		zone = zone_load(conf->file, origin.wire, relay->hash_key, relay_report, relay);
	if (!zone && relay->loaded->errors == errors)
		relay_error(relay, conf, "memory is too short for this zone");
	return zone;
}

static int compare_origins(const void *a, const void *b)
{
	return dns_name_cmp(zone_origin(*(struct zone *const *)a),
	                    zone_origin(*(struct zone *const *)b));
}

// Sorts the zones, so that an origin that is there twice stands beside itself.
static void check_origins(struct relay *relay, struct zone **zones, size_t len)
{
	char text[DNS_NAME_TEXT_BYTES], sentence[DNS_NAME_TEXT_BYTES + 64];

	qsort(zones, len, sizeof(zones[0]), compare_origins);
	for (size_t i = 1; i < len; i++) {
		if (compare_origins(&zones[i - 1], &zones[i]) != 0)
			continue;
		snprintf(sentence, sizeof(sentence), "two zones have the origin %s",
		         dns_name_text(zone_origin(zones[i]), text));
		relay_error(relay, &(struct dns_zone_conf){.file = "dns.zones"}, sentence);
	}
}

static void sum_up(struct dns_loaded *loaded, struct zone *const *zones, size_t len)
{
	loaded->zones = len;
	for (size_t i = 0; i < len; i++) {
		loaded->records += zone_records(zones[i]);
		loaded->bytes += zone_bytes(zones[i]);
	}
}

static struct zone_set *set_new(struct zone *const *zones, size_t len)
{
	struct zone_served *served = calloc(len, sizeof(*served));
	struct zone_set *set = NULL;

	for (size_t i = 0; served && i < len; i++)
		served[i] = (struct zone_served){zones[i], (uint32_t)i};
	if (served)
		set = zone_set_new(served, len);
	free(served);
	return set;
}

int dns_load(const struct dns_conf *conf, struct dns_loaded *loaded, zone_report_fn *on_report,
             void *ctx, char *why, size_t why_size)
{
	const struct dns_zone_conf *confs = conf->zones.items;
	struct zone **zones = calloc(conf->zones.len, sizeof(struct zone *));
	struct relay relay = {loaded, rand_seed_os(), on_report, ctx, why, why_size};
	size_t len = 0;

	*loaded = (struct dns_loaded){0};
	snprintf(why, why_size, "memory is too short for the zones");
	if (!zones)
		return -ENOMEM;
	for (size_t i = 0; i < conf->zones.len; i++) {
		zones[len] = load_one(&relay, &confs[i]);
		len += zones[len] != NULL;
	}
	check_origins(&relay, zones, len);
	sum_up(loaded, zones, len);
	if (loaded->errors == 0)
		loaded->set = set_new(zones, len);
	for (size_t i = 0; i < len; i++) // the set has references of its own
		zone_put(zones[i]);
	free(zones);
	if (loaded->errors)
		return -EINVAL;
	return loaded->set ? 0 : -ENOMEM;
}
