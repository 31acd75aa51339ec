// dns: wadi-dns as an appliance of boot: opens, reloads, tells how it is.
#include "apps/dns/dns.h"

#include "core/log.h"
#include "proto/dns/dns_wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct dns {
	const struct app_env *env;
	struct swap zones; // what workers answer from
	struct dns_loaded loaded;
	struct dns_worker *workers; // one for each of env
};

static void log_report(void *ctx, const struct zone_report *report)
{
	char text[2048];

	dns_report_text(report, text, sizeof(text));
	if (report->warning)
		log_warning("%s", text);
	else
		log_error("%s", text);
}

static int dns_open(void **state, const void *conf, const struct app_env *env, char *why,
                    size_t why_size)
{
	struct dns *dns = calloc(1, sizeof(*dns));
	int err = -ENOMEM;

	snprintf(why, why_size, "memory is too short for the DNS server");
	if (!dns)
		return err;
	dns->env = env;
	dns->workers = aligned_alloc(CACHE_LINE_BYTES, env->workers_len * sizeof(*dns->workers));
	if (dns->workers)
		err = dns_load(conf, &dns->loaded, log_report, NULL, why, why_size);
	if (err) {
		free(dns->workers);
		free(dns);
		return err;
	}
	for (unsigned i = 0; i < env->workers_len; i++)
		dns->workers[i] = (struct dns_worker){.zones = &dns->zones};
	swap_init(&dns->zones, dns->loaded.set);
	*state = dns;
	return 0;
}

static void dns_close(void *state)
{
	struct dns *dns = state;

	zone_set_free(dns->loaded.set);
	free(dns->workers);
	free(dns);
}

static int dns_worker_open(void *state, const struct app_worker *worker, char *why, size_t why_size)
{
	struct dns *dns = state;
	struct dns_worker *serving = &dns->workers[worker->number];
	int err = stack_udp_listen(worker->stack, DNS_PORT, dns_serve, serving);

	serving->stages = worker->metric;
	if (err)
		snprintf(why, why_size, "UDP port %d cannot be listened at", DNS_PORT);
	return err;
}

static void set_count(json_t *object, const char *key, uint64_t count)
{
	json_object_set_new(object, key, json_integer((json_int_t)count));
}

static void dns_status(void *state, json_t *reply)
{
	const struct dns *dns = state;

	set_count(reply, "zones", dns->loaded.zones);
	set_count(reply, "records", dns->loaded.records);
	set_count(reply, "zone_bytes", dns->loaded.bytes);
}

static int dns_reload(void *state, const void *conf, bool all, json_t *reply, char *why,
                      size_t why_size)
{
	struct dns *dns = state;
	struct dns_loaded loaded;
	int err = dns_load(conf, &loaded, log_report, NULL, why, why_size);

	if (err)
		return err;
	// Workers have left the old set when swap_publish returns.
	zone_set_free(
	        swap_publish(&dns->zones, loaded.set, dns->env->pipelines, dns->env->workers_len));
	dns->loaded = loaded;
	dns_status(dns, reply);
	set_count(reply, "warnings", loaded.warnings);
	return 0;
}

static const char *const rcodes[DNS_RCODES] = {
        [DNS_NOERROR] = "noerror",   [DNS_FORMERR] = "formerr", [DNS_SERVFAIL] = "servfail",
        [DNS_NXDOMAIN] = "nxdomain", [DNS_NOTIMP] = "notimp",   [DNS_REFUSED] = "refused",
        [DNS_NOTAUTH] = "notauth",
};

static void dns_stats(void *state, json_t *reply)
{
	const struct dns *dns = state;
	uint64_t queries = 0, truncated = 0;
	json_t *row = json_object();

	for (unsigned w = 0; w < dns->env->workers_len; w++) {
		queries += counter_get(&dns->workers[w].metric.queries);
		truncated += counter_get(&dns->workers[w].metric.truncated);
	}
	set_count(row, "queries", queries);
	for (unsigned i = 0; i < DNS_RCODES; i++) {
		uint64_t replies = 0;

		for (unsigned w = 0; w < dns->env->workers_len; w++)
			replies += counter_get(&dns->workers[w].metric.replies[i]);
		if (rcodes[i])
			set_count(row, rcodes[i], replies);
	}
	set_count(row, "truncated", truncated);
	json_object_set_new(reply, "dns", json_pack("[o]", row));
}

static void dns_describe(void *state, char *text, size_t size)
{
	const struct dns *dns = state;

	snprintf(text, size, "serving %ju zone%s (%ju records)", (uintmax_t)dns->loaded.zones,
	         dns->loaded.zones == 1 ? "" : "s", (uintmax_t)dns->loaded.records);
}

static const struct manual_item examples[] = {
        {"wadi-dns -c /etc/wadi/dns.json", "Serves the zones of the configuration."},
        {"wadi-dns check example.org zones/example.org.zone",
         "Tells every error and warning of a zone file."},
        {"wadi-ctl /run/wadi/dns.sock reload", "Makes the running server read its zones again."},
        {0},
};

const struct app dns_app = {
        .name = "wadi-dns",
        .summary = "an authoritative DNS server that owns its network port",
        .text = "Answers DNS queries over UDP from zone files, on network ports of its own: "
                "packets go from the device to the answer and back inside this program.\n"
                "A reload takes the new zones into use between two packets. When one of them "
                "has an error, all stays as it was.",
        .examples = examples,
        .key = "dns",
        .key_help = "What is served.",
        .section = &dns_section,
        .open = dns_open,
        .close = dns_close,
        .worker_open = dns_worker_open,
        .reload = dns_reload,
        .status = dns_status,
        .stats = dns_stats,
        .describe = dns_describe,
        .check = dns_check,
        .check_words = "ORIGIN FILE",
        .check_help = "Tells every error and warning of the configuration's zones, or of one "
                      "zone file, and a line that sums them up.",
};
