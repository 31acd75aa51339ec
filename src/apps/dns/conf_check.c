// conf_check: see the header.
#include "apps/dns/conf_check.h"

#include "apps/dns/dns.h"
#include "apps/dns/dns_conf.h"

#include <stdlib.h>
#include <string.h>

// An entry of dns.zones by its origin.
struct conf_check_origin {
	struct dns_name name;
	size_t item;
};

static int conf_check_order(const void *a, const void *b)
{
	const struct conf_check_origin *one = a, *other = b;
	int order = dns_name_cmp(one->name.wire, other->name.wire);

	return order ? order : (one->item > other->item) - (one->item < other->item);
}

static const char *conf_check_item(struct conf *to, const char *list, size_t item, const char *key)
{
	return conf_path(to, "dns.%s[%zu]%s%s", list, item, *key ? "." : "", key);
}

static void conf_check_entry(const struct dns_zone_conf *zone, size_t item, struct conf *to)
{
	bool origin = *zone->origin, file = *zone->file, image = *zone->image;

	const char *path;

	if (*zone->directory ? !origin && !file && !image : origin && file != image)
		return;
	path = conf_check_item(to, "zones", item, "");
	if (!conf_has_error(to, path))
		conf_error(to, path, "give either origin and file, origin and image, or directory");
}

static void conf_check_twins(const struct conf_check_origin *origins, size_t len, struct conf *to)
{
	char text[DNS_NAME_TEXT_BYTES];

	for (size_t i = 1; i < len; i++)
		if (dns_name_eq(origins[i].name.wire, origins[i - 1].name.wire))
			conf_error(to, conf_check_item(to, "zones", origins[i].item, "origin"),
			           "two zones have the origin %s: this one and dns.zones[%zu]",
			           dns_name_text(origins[i].name.wire, text), origins[i - 1].item);
}

static void conf_check_zones(const struct conf_list *zones, struct conf *to)
{
	static const uint8_t root[] = {0};
	const struct dns_zone_conf *items = zones->items;
	struct conf_check_origin *origins = arena_array(&to->texts, zones->len, sizeof(*origins));
	size_t len = 0;

	for (size_t i = 0; i < zones->len; i++) {
		const char *origin = items[i].origin, *unused;

		conf_check_entry(&items[i], i, to);
		origins[len].item = i;
		if (!*origin ||
		    !dns_name_parse(&origins[len].name, origin, strlen(origin), root, &unused))
			continue;
		dns_name_lower(origins[len].name.wire, origins[len].name.wire);
		len++;
	}
	qsort(origins, len, sizeof(*origins), conf_check_order);
	conf_check_twins(origins, len, to);
}

static void conf_check_checks(const struct conf_list *checks, struct conf *to)
{
	const struct dns_check_conf *items = checks->items;
	size_t first[ZONE_CHECKS_LEN] = {0}; // 1 + the place of the check's first entry
	enum zone_check_code check;

	for (size_t i = 0; i < checks->len; i++) {
		if (!zone_report_check_parse(items[i].check, &check))
			continue;
		if (first[check] && items[first[check] - 1].as != items[i].as)
			conf_error(to, conf_check_item(to, "checks", i, "check"),
			           "\"%s\" is set otherwise by dns.checks[%zu]", items[i].check,
			           first[check] - 1);
		else if (first[check])
			conf_warning(to, conf_check_item(to, "checks", i, "check"),
			             "\"%s\" stands in dns.checks[%zu] already", items[i].check,
			             first[check] - 1);
		else
			first[check] = i + 1;
	}
}

static void conf_check_query_log(const struct query_log_conf *log, struct conf *to)
{
	struct why why;
	size_t len;

	if (query_log_writer_check(log, &why) == 0)
		return;
	len = strcspn(why.text, ":"); // the sentence begins with the key
	conf_error(to, conf_path(to, "%.*s", (int)len, why.text), "%s",
	           why.text + len + (why.text[len] ? strlen(": ") : 0));
}

// Without TCP nothing sends clients there. The limit slips by default, so it has no warning.
static void conf_check_transports(const struct dns_conf *dns, struct conf *to)
{
	if (!dns->tcp->enabled && dns->any == DNS_ANY_REFUSE)
		conf_warning(to, conf_path(to, "dns.any"),
		             "\"refuse\" is the same as \"one\": dns.tcp.enabled is false");
	if (dns->tcp->enabled && dns->tcp->max_per_client > dns->tcp->max_connections)
		conf_warning(to, conf_path(to, "dns.tcp.max_per_client"),
		             "has no effect: dns.tcp.max_connections is %ju",
		             (uintmax_t)dns->tcp->max_connections);
}

static void conf_check_tls(const struct dns_tls_conf *tls, struct conf *to)
{
	if (!tls->limits.enabled)
		return;
	tls_conf_check(&tls->files, "dns.tls", to);
	if (tls->limits.max_per_client > tls->limits.max_connections)
		conf_warning(to, conf_path(to, "dns.tls.max_per_client"),
		             "has no effect: dns.tls.max_connections is %ju",
		             (uintmax_t)tls->limits.max_connections);
}

static void conf_check_https(const struct dns_conf *dns, struct conf *to)
{
	struct tls_conf files = dns_https_conf_files(dns->https, &dns->tls->files);

	if (dns->https->limits.enabled)
		tls_conf_check(&files, "dns.https", to);
}

void conf_check(const void *conf, struct conf *to)
{
	const struct dns_conf *dns = conf;

	conf_check_zones(&dns->zones, to);
	conf_check_checks(&dns->checks, to);
	conf_check_query_log(dns->query_log, to);
	conf_check_transports(dns, to);
	conf_check_tls(dns->tls, to);
	conf_check_https(dns, to);
}

unsigned conf_check_listens(const void *conf, struct service_listen *to)
{
	const struct dns_conf *dns = conf;
	const struct {
		const char *key;
		bool served;
		uint64_t port;
	} ports[] = {
	        {"dns", dns->tcp->enabled, DNS_PORT},
	        {"dns.tls.port", dns->tls->limits.enabled, dns->tls->port},
	        {"dns.https.port", dns->https->limits.enabled, dns->https->port},
	        {"dns.https.plain_port", dns->https->limits.enabled, dns->https->plain_port},
	};
	unsigned n = 0;

	for (size_t i = 0; i < ARRAY_LEN(ports); i++)
		if (ports[i].served)
			to[n++] = (struct service_listen){.key = ports[i].key,
			                                  .port = (uint16_t)ports[i].port};
	return n;
}
