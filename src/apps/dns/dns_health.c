// dns_health: see the header.
#include "apps/dns/dns_health.h"

#include "apps/dns/dns.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define PROBE_ID 0x7761

#define DAY_S  86400
#define HOUR_S 3600

// What a probe expects, in its `own`.
enum { EXPECT_SOA, EXPECT_REFUSED };

// The zone that is asked for: served, and to any client if there is one.
static const struct dns_zone *dns_health_zone(const struct dns *dns)
{
	const struct dns_zone *found = NULL;

	for (size_t i = 0; i < dns->zones.len; i++) {
		const struct dns_zone *zone = dns->zones.items[i];

		if (!zone->zone)
			continue;
		if (!zone->allow)
			return zone;
		if (!found)
			found = zone;
	}
	return found;
}

// A query of class CH gets a reply from a server without zones too.
static const uint8_t id_server[] = "\2id\6server";

bool dns_health_probe(void *state, struct service_probe *probe)
{
	const struct dns_zone *zone = dns_health_zone(state);
	const uint8_t *name = zone ? zone->origin : id_server;
	const be16_t tail[] = {be16(zone ? DNS_TYPE_SOA : DNS_TYPE_TXT),
	                       be16(zone ? DNS_CLASS_IN : DNS_CLASS_CH)};
	const struct dns_hdr hdr = {.id = be16(PROBE_ID), .qdcount = be16(1)};
	size_t name_len = dns_name_len(name);
	char text[DNS_NAME_TEXT_BYTES];

	probe->port = DNS_PORT;
	probe->own = zone && !zone->allow ? EXPECT_SOA : EXPECT_REFUSED;
	probe->len = (uint16_t)(sizeof(hdr) + name_len + sizeof(tail));
	memcpy(probe->bytes, &hdr, sizeof(hdr));
	memcpy(probe->bytes + sizeof(hdr), name, name_len);
	memcpy(probe->bytes + sizeof(hdr) + name_len, tail, sizeof(tail));
	dns_name_text(name, text);
	snprintf(probe->text, sizeof(probe->text), "%s %.256s", zone ? "SOA" : "CH TXT", text);
	return true;
}

bool dns_health_judge(const struct service_probe *probe, const uint8_t *reply, uint16_t len,
                      struct why *why)
{
	const struct dns_hdr *hdr = (const struct dns_hdr *)reply;
	uint16_t flags, rcode;
	char text[DNS_RCODE_TEXT_BYTES];

	if (len < sizeof(*hdr) || be16_get(hdr->id) != PROBE_ID ||
	    !(be16_get(hdr->flags) & DNS_FLAG_QR)) {
		why_set(why, "the reply is none to this query");
		return false;
	}
	flags = be16_get(hdr->flags);
	rcode = flags & DNS_FLAG_RCODE;
	// Of a zone with a list of clients, and without any zone, to be refused is right as well.
	if (rcode == DNS_REFUSED && probe->own == EXPECT_REFUSED)
		return true;
	if (rcode != DNS_NOERROR) {
		why_set(why, "the reply is %s", dns_rcode_text(rcode, text));
		return false;
	}
	// A rate limit may have cut it.
	if (flags & DNS_FLAG_TC || probe->own == EXPECT_REFUSED ||
	    (flags & DNS_FLAG_AA && be16_get(hdr->ancount) > 0))
		return true;
	why_set(why, "the reply has no SOA record");
	return false;
}

static void check_zones(const struct dns *dns, struct health *health)
{
	struct dns_totals totals = zone_table_totals(&dns->zones);
	const struct dns_zone *first = NULL;
	char text[DNS_NAME_TEXT_BYTES];

	for (size_t i = 0; i < dns->zones.len && !first; i++)
		if (zone_table_is_stale(dns->zones.items[i]))
			first = dns->zones.items[i];
	if (dns->zones.len == 0)
		health_add(health, "dns.zones", HEALTH_FAILED,
		           "there is no zone, so that every query is refused; name zones in "
		           "dns.zones, or add one by zone-add");
	else if (!first)
		health_add(health, "dns.zones", HEALTH_OK,
		           "%ju of %zu are served as in their files", (uintmax_t)totals.zones,
		           dns->zones.len);
	else
		health_add(
		        health, "dns.zones", totals.zones ? HEALTH_WARNING : HEALTH_FAILED,
		        "%ju of %zu are not served, or older than their files; zones stale lists "
		        "them; the first is %s: %s",
		        (uintmax_t)totals.stale, dns->zones.len, dns_name_text(first->origin, text),
		        first->error ? first->error : "its image is older than its zone file");
}

// "3 days", "5 hours", "0 minutes".
static void duration_text(int64_t seconds, char *text, size_t size)
{
	int64_t value = seconds < HOUR_S ? seconds / 60 : seconds / HOUR_S;
	const char *unit = seconds < HOUR_S ? "minute" : "hour";

	if (seconds >= 3 * DAY_S) {
		value = seconds / DAY_S;
		unit = "day";
	}
	snprintf(text, size, "%jd %s%s", (intmax_t)value, unit, value == 1 ? "" : "s");
}

static void check_signatures(const struct dns *dns, struct health *health)
{
	const struct dns_zone *first = NULL;
	char origin[DNS_NAME_TEXT_BYTES], text[48];
	int64_t left_s;

	for (size_t i = 0; i < dns->zones.len; i++) {
		const struct dns_zone *zone = dns->zones.items[i];

		if (zone->zone && zone->expiry_s && (!first || zone->expiry_s < first->expiry_s))
			first = zone;
	}
	if (!first) {
		health_add(health, "dns.signatures", HEALTH_OK, "no zone is signed");
		return;
	}
	dns_name_text(first->origin, origin);
	left_s = first->expiry_s - (int64_t)time(NULL);
	duration_text(left_s < 0 ? -left_s : left_s, text, sizeof(text));
	if (left_s < 0)
		health_add(health, "dns.signatures", HEALTH_WARNING,
		           "a signature of %s expired %s ago: sign the zone again; validators take "
		           "its answers for bogus",
		           origin, text);
	else
		health_add(health, "dns.signatures",
		           left_s < (int64_t)dns->settings->signature_warning_s ? HEALTH_WARNING
		                                                                : HEALTH_OK,
		           "the first expires in %s, in %s", text, origin);
}

// Clients refuse a certificate from the second on in which it expires. A reload takes a new one.
static void check_certificates(const struct dns *dns, struct health *health)
{
	int64_t of_tls_s = tls_swap_expires_s(&dns->tls);
	int64_t of_https_s = tls_swap_expires_s(&dns->https);
	int64_t expires_s = of_tls_s < of_https_s ? of_tls_s : of_https_s;
	char text[48];
	int64_t left_s;

	if (expires_s == INT64_MAX)
		return;
	left_s = expires_s - (int64_t)time(NULL);
	duration_text(left_s < 0 ? -left_s : left_s, text, sizeof(text));
	if (left_s < 0)
		health_add(
		        health, "dns.tls", HEALTH_WARNING,
		        "a certificate expired %s ago, and clients refuse it: write a new one and "
		        "reload",
		        text);
	else
		health_add(health, "dns.tls",
		           left_s < (int64_t)dns->settings->certificate_warning_s ? HEALTH_WARNING
		                                                                  : HEALTH_OK,
		           "the first certificate expires in %s", text);
}

static void check_query_log(const struct dns *dns, struct health *health)
{
	const char *broken = query_log_writer_broken(dns->query_log);

	if (broken)
		health_add(health, "dns.query_log", HEALTH_WARNING,
		           "%s cannot be written to, and queries are not logged; the log says why",
		           broken);
	else if (dns->query_log)
		health_add(health, "dns.query_log", HEALTH_OK,
		           dns->query_log_switch.set.on ? "it is written" : "it is switched off");
}

void dns_health_checks(void *state, struct health *health)
{
	check_zones(state, health);
	check_signatures(state, health);
	check_certificates(state, health);
	check_query_log(state, health);
}
