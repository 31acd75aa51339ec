// dns: wadi-dns as an appliance of apps/boot: opening, reloading, status and statistics.
#include "apps/dns/dns.h"

#include "apps/dns/answer_command.h"
#include "apps/dns/check_command.h"
#include "apps/dns/compile_command.h"
#include "apps/dns/conf_check.h"
#include "apps/dns/dns_files.h"
#include "apps/dns/dns_health.h"
#include "apps/dns/serve_tcp.h"
#include "apps/dns/zone_command.h"
#include "apps/dns/zone_list.h"
#include "apps/dns/zone_publish.h"
#include "apps/http/http_protocol.h"
#include "core/host/clock.h"
#include "core/host/secret.h"
#include "core/host/seed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void dns_close(void *state)
{
	struct dns *dns = state;
	struct dns_served *served = swap_read(&dns->served);

	query_log_switch_close(&dns->query_log_switch);
	query_log_writer_close(dns->query_log);
	if (served)
		zone_set_free(served->set);
	free(served);
	dns_settings_free(dns->settings);
	zone_table_free(&dns->zones);
	zone_table_free(&dns->state.removed);
	zone_directory_free(dns->directories);
	for (unsigned i = 0; i < dns->env->workers_len && dns->workers; i++) {
		dns_counts_close(&dns->workers[i].counts);
		dns_conns_close(&dns->workers[i].conns);
	}
	free(dns->workers);
	tls_swap_close(&dns->tls);
	free(dns->tls_of);
	tls_swap_close(&dns->https);
	secret_free(dns->cookie_secret);
	free(dns);
}

static int make_secret(struct dns *dns)
{
	dns->cookie_secret = secret_alloc(COOKIE_SECRET_BYTES);
	if (!dns->cookie_secret)
		return -ENOMEM;
	seed_bytes(dns->cookie_secret, COOKIE_SECRET_BYTES);
	return 0;
}

static int open_workers(struct dns *dns)
{
	unsigned len = dns->env->workers_len;
	int err = 0;

	dns->workers = aligned_alloc(CACHE_LINE_BYTES, len * sizeof(*dns->workers));
	if (!dns->workers)
		return -ENOMEM;
	for (unsigned i = 0; i < len; i++)
		dns->workers[i] = (struct dns_worker){.number = i, .served = &dns->served};
	for (unsigned i = 0; i < len && !err; i++) {
		dns->counts[i] = &dns->workers[i].counts;
		dns->conns[i] = &dns->workers[i].conns;
		err = dns_counts_open(&dns->workers[i].counts);
	}
	return err;
}

// NULL with a sentence in why. Whether there is TCP is what it was at the start.
static struct dns_settings *new_settings(struct dns *dns, const struct dns_conf *conf,
                                         struct why *why)
{
	struct dns_tcp_conf tcp = *conf->tcp;
	struct dns_conf running = *conf;

	tcp.enabled = dns->tcp.enabled;
	running.tcp = &tcp;
	return dns_settings_new(&running, dns->env->workers_len, dns->cookie_secret, why);
}

// Adds what zone-add added, and removes what zone-remove removed, before the last stop.
static int restore_zones(struct dns *dns, struct zone_table *zones, struct why *why)
{
	struct zone_table added = {0};
	int err = zone_state_read(&dns->state, &added, why);

	zone_table_sort(&added);
	zone_table_unique(&added);
	zone_state_apply(&dns->state, zones);
	if (!err && zone_table_add_runtime(zones, &added))
		err = why_no_memory(why, "the zones of zone-add");
	zone_table_free(&added);
	return err;
}

static int open_tls(struct dns *dns, const struct dns_conf *conf, struct why *why)
{
	dns->tls_conf = *conf->tls;
	if (!conf->tls->limits.enabled)
		return 0;
	dns->tls_of = aligned_alloc(
	        CACHE_LINE_BYTES,
	        ROUND_UP(dns->env->workers_len * sizeof(dns->tls_of[0]), CACHE_LINE_BYTES));
	if (!dns->tls_of)
		return why_no_memory(why, "DNS over TLS");
	return tls_swap_open(&dns->tls, &conf->tls->files, &dns_tls_offer, dns->env, why);
}

// "h2" and "http/1.1". The names are written to `names`.
static struct tls_offer https_offer(const char *names[TLS_ALPN_MAX])
{
	return (struct tls_offer){
	        .section = "dns.https", .alpn = names, .alpn_len = http_protocol_names(names)};
}

static int open_https(struct dns *dns, const struct dns_conf *conf, struct why *why)
{
	const char *names[TLS_ALPN_MAX];
	struct tls_offer offer = https_offer(names);

	dns->https_conf = *conf->https;
	dns->https_conf.files = dns_https_conf_files(conf->https, &conf->tls->files);
	if (!conf->https->limits.enabled)
		return 0;
	return tls_swap_open(&dns->https, &dns->https_conf.files, &offer, dns->env, why);
}

static int open_zones(struct dns *dns, const struct dns_conf *conf, struct why *why)
{
	struct zone_list list = {.conf = conf, .reporter.on_report = zone_publish_log};
	struct zone_table zones = {0};
	int err;

	if (conf->state_directory && *conf->state_directory)
		dns->state.directory = conf->state_directory;
	dns->settings = new_settings(dns, conf, why);
	if (!dns->settings)
		return -EINVAL;
	list.reporter.policy = &dns->settings->checks;
	err = zone_list_add(&list, &zones, why);
	dns->directories = list.directories;
	if (!err)
		err = restore_zones(dns, &zones, why);
	if (!err)
		return zone_publish_first(dns, &zones, why);
	zone_table_free(&zones);
	return err;
}

// Notes the time of a start or reload after which all zones are what their files hold.
static void note_good(struct dns *dns)
{
	if (zone_table_totals(&dns->zones).stale != 0)
		return;
	dns->good_s = time(NULL);
	dns->good = clock_kernel();
}

static int open_query_log(struct dns *dns, const struct query_log_conf *conf, struct why *why)
{
	unsigned workers_len = dns->env->workers_len;
	int err = query_log_writer_open(&dns->query_log, conf, workers_len, why);

	if (err)
		return err;
	return query_log_switch_open(&dns->query_log_switch, dns->query_log, conf, workers_len,
	                             why);
}

static int dns_open(void **state, const void *conf, const struct service_env *env, struct why *why)
{
	struct dns *dns = calloc(1, sizeof(*dns));
	int err;

	why_no_memory(why, "the counters of %u workers; ask for fewer: set workers",
	              env->workers_len);
	if (!dns)
		return -ENOMEM;
	dns->env = env;
	dns->tcp = *((const struct dns_conf *)conf)->tcp;
	dns->hash_key = seed_os();
	err = make_secret(dns);
	if (!err)
		err = open_workers(dns);
	if (!err)
		err = open_tls(dns, conf, why);
	if (!err)
		err = open_https(dns, conf, why);
	if (!err)
		err = open_zones(dns, conf, why);
	if (!err)
		err = open_query_log(dns, ((const struct dns_conf *)conf)->query_log, why);
	if (err) {
		dns_close(dns);
		return err;
	}
	note_good(dns);
	*state = dns;
	return err;
}

static int dns_name_files(void *state, const void *conf, struct sandbox *sandbox, struct why *why)
{
	const struct dns *dns = state;

	return dns_files(conf, &dns->zones, sandbox, why);
}

static int open_worker_https(struct dns *dns, struct service_worker *worker, struct why *why)
{
	struct serve_https **https = &dns->https_of[worker->number];

	if (!dns->https_conf.limits.enabled)
		return 0;
	*https = serve_https_open(worker->state, &dns->https_conf, &dns->https.shared, worker, why);
	return *https ? 0 : -EINVAL;
}

static int dns_worker_open(void *state, struct service_worker *worker, struct why *why)
{
	struct dns *dns = state;
	struct dns_worker *serving = &dns->workers[worker->number];
	struct udp_listener_conf listener = {.port = DNS_PORT, .fn = dns_serve, .ctx = serving};
	int err = udp_listen(stack_udp(worker->stack), &listener, NULL);

	worker->state = serving;
	serving->stages = worker->metric;
	query_log_switch_attach(&dns->query_log_switch, serving, worker->pipeline);
	if (err) {
		why_set(why, "cannot listen on UDP port %d", DNS_PORT);
		return err;
	}
	if (dns->tcp.enabled)
		err = serve_tcp_open(serving, &dns->tcp, worker, why);
	if (!err && dns->tls_of)
		err = serve_tcp_open_tls(serving, &dns->tls_of[worker->number], &dns->tls.shared,
		                         &dns->tls_conf.limits, (uint16_t)dns->tls_conf.port,
		                         worker, why);
	if (!err)
		err = open_worker_https(dns, worker, why);
	if (err)
		return err;
	// Not earlier: until the control socket is open, another instance may be running.
	return worker->number == 0 ? query_log_writer_start(dns->query_log, why) : 0;
}

static void dns_worker_close(void *state, struct service_worker *worker)
{
	struct dns *dns = state;

	serve_https_close(dns->https_of[worker->number]);
	dns->https_of[worker->number] = NULL;
	serve_tcp_close_tls(worker->state);
	serve_tcp_close(worker->state);
}

static void dns_clock_set(void *state)
{
	struct dns *dns = state;

	dns_settings_clock_set(dns->settings);
	for (unsigned i = 0; i < dns->env->workers_len; i++)
		if (dns->https_of[i])
			http_links_clock_set(dns->https_of[i]->links);
}

static void set_count(json_t *object, const char *key, uint64_t count)
{
	json_object_set_new(object, key, json_integer((json_int_t)count));
}

static void dns_status(void *state, json_t *reply)
{
	const struct dns *dns = state;
	struct dns_totals totals = zone_table_totals(&dns->zones);

	set_count(reply, "zones", totals.zones);
	set_count(reply, "zones_stale", totals.stale);
	set_count(reply, "records", totals.records);
	set_count(reply, "zone_bytes", totals.bytes);
	json_object_set_new(
	        reply, "good_reload_age_s",
	        dns->good_s
	                ? json_integer((json_int_t)(mono_until(dns->good, clock_kernel()) / SEC_US))
	                : json_null());
}

// Lists the zones of the configuration and of zone-add. 0, or negative errno with a sentence in
// why.
static int list_zones(struct dns *dns, struct zone_list *list, struct zone_table *next,
                      struct why *why)
{
	int err = zone_list_add(list, next, why);

	if (err)
		return err;
	zone_state_apply(&dns->state, next);
	if (zone_table_add_runtime(next, &dns->zones) == 0)
		return 0;
	return why_fail(why, -ENOMEM, "there is no room for the zones that zone-add added");
}

// What a reload reads of certificates.
struct contexts {
	struct tls_context *tls, *https;
};

// Reads those of the transports that there are. False with a sentence in why: none is held.
static bool read_contexts(const struct dns *dns, const struct dns_conf *conf, struct contexts *to,
                          struct why *why)
{
	const char *names[TLS_ALPN_MAX];
	struct tls_offer offer = https_offer(names);
	struct tls_conf https = dns_https_conf_files(conf->https, &conf->tls->files);

	*to = (struct contexts){0};
	if (dns->tls_of) {
		to->tls = tls_swap_context(&conf->tls->files, &dns_tls_offer, why);
		if (!to->tls)
			return false;
	}
	if (dns->https_conf.limits.enabled) {
		to->https = tls_swap_context(&https, &offer, why);
		if (!to->https) {
			tls_context_put(to->tls);
			return false;
		}
	}
	return true;
}

static void use_contexts(struct dns *dns, const struct contexts *contexts)
{
	if (contexts->tls)
		tls_swap_reload(&dns->tls, contexts->tls);
	if (contexts->https)
		tls_swap_reload(&dns->https, contexts->https);
}

static void dns_reopen(void *state)
{
	query_log_writer_reopen(((struct dns *)state)->query_log);
}

static int dns_reload(void *state, const void *conf, bool all, json_t *reply, struct why *why)
{
	struct dns *dns = state;
	struct dns_settings *settings = new_settings(dns, conf, why);
	struct zone_list list = {
	        .conf = conf, .before = &dns->zones, .reporter.on_report = zone_publish_log};
	struct zone_table next = {0};
	struct contexts contexts;
	int err;

	if (!settings)
		return -EINVAL;
	if (!read_contexts(dns, conf, &contexts, why)) {
		dns_settings_free(settings);
		return -EINVAL;
	}
	list.reporter.policy = &settings->checks;
	err = list_zones(dns, &list, &next, why);
	if (err) {
		dns_settings_free(settings);
		zone_table_free(&next);
	} else {
		err = zone_publish(dns, &next, settings,
		                   all ? ZONE_PUBLISH_ALL : ZONE_PUBLISH_CHANGED, reply, why);
	}
	if (!err) {
		query_log_switch_reload(&dns->query_log_switch,
		                        ((const struct dns_conf *)conf)->query_log);
		use_contexts(dns, &contexts);
		note_good(dns);
		zone_directory_free(dns->directories);
		dns->directories = list.directories;
	} else {
		tls_context_put(contexts.tls);
		tls_context_put(contexts.https);
		zone_directory_free(list.directories);
	}
	return err;
}

#define GAUGE(name, member, help)                                                                  \
	{                                                                                          \
		"zones", NULL, NULL, name, help, METRIC_GAUGE, offsetof(struct dns_gauges, member) \
	}

static const struct metric_row gauge_rows[] = {
        GAUGE("served", zones, "zones served"),
        GAUGE("stale", stale, "zones that are not served or older than their files"),
        GAUGE("signed_until_s", signed_until_s,
              "when the first signature of a zone expires, since 1970; 0: none has one"),
        GAUGE("good_reload_s", good_s,
              "when a start or reload left no zone stale, since 1970; 0: none has"),
        {0},
};

static unsigned dns_metrics(void *state, struct metric_source *sources)
{
	struct dns *dns = state;
	struct dns_totals totals = zone_table_totals(&dns->zones);
	unsigned len = 0;

	dns->gauges = (struct dns_gauges){totals.zones, totals.stale, (uint64_t)totals.expiry_s,
	                                  (uint64_t)dns->good_s};
	sources[len++] = (struct metric_source){.rows = gauge_rows, .len = 1, .of = {&dns->gauges}};
	dns_counts_metrics(dns->counts, dns->env->workers_len, &sources[len++]);
	if (dns->tcp.enabled)
		dns_conns_metrics(dns->conns, dns->env->workers_len, &sources[len++]);
	if (dns->tls_of) {
		struct dns_conns *conns[BOOT_WORKERS_MAX];

		for (unsigned i = 0; i < dns->env->workers_len; i++)
			conns[i] = &dns->tls_of[i].conns;
		dns_conns_metrics(conns, dns->env->workers_len, &sources[len++]);
		serve_tls_metrics(dns->tls_of, dns->env->workers_len, &sources[len++]);
	}
	if (dns->https_conf.limits.enabled)
		len += serve_https_metrics(dns->https_of, dns->env->workers_len, &sources[len]);
	len += dns_settings_metrics(dns->settings, &sources[len]);
	len += query_log_writer_metrics(dns->query_log, &sources[len]);
	return len;
}

static void dns_describe(void *state, char *text, size_t size)
{
	const struct dns *dns = state;

	struct dns_totals totals = zone_table_totals(&dns->zones);

	snprintf(text, size, "serving %ju zone%s (%ju records)", (uintmax_t)totals.zones,
	         totals.zones == 1 ? "" : "s", (uintmax_t)totals.records);
}

static void dns_count_talkers(struct service_worker *worker, struct talkers *talkers,
                              enum talkers_by by)
{
	struct dns_worker *serving = worker->state;

	serving->watching.talkers = talkers;
	serving->watching.by = by;
	serving->watch = query_watch_if_any(&serving->watching);
}

static const struct service_talkers talkers = {.of = "queries",
                                               .zones = true,
                                               .count = dns_count_talkers,
                                               .name_text = query_watch_name_text};

static const struct service_tool tools[] = {
        {.name = "check",
         .synopsis = {"[-c FILE] [OPTION]...", "[OPTION]... ORIGIN FILE", "--list"},
         .help = "Reports every error and warning of the zones of the configuration, or of one "
                 "zone file, as FILE:LINE:COLUMN: [warning: ]TEXT (CODE), and a line with their "
                 "totals. The exit status is 0 when all zones can be served, 1 when there are "
                 "errors, 2 when the arguments are not valid.",
         .options = &check_command_options,
         .needs_conf = check_command_needs_conf,
         .run = check_command},
        {.name = "answer",
         .synopsis = {"[-c FILE] [OPTION]... [NAME TYPE [CLASS]]",
                      "--zone ORIGIN=FILE [OPTION]... [NAME TYPE [CLASS]]"},
         .help = "Answers as the server would, without using the network: the given question, or "
                 "those on standard input, NAME TYPE [CLASS] on each line. Prints one line for "
                 "each, a JSON object with \"rcode\", \"flags\", \"question\", \"answer\", "
                 "\"authority\" and \"additional\" (records as in a zone file), and \"edns\" when "
                 "the response has it; \"dropped\" instead when there would be no response.",
         .options = &answer_command_options,
         .needs_conf = answer_command_needs_conf,
         .run = answer_command},
        {.name = "compile",
         .synopsis = {"[-c FILE] [OPTION]... --zone ORIGIN=FILE -o IMAGE"},
         .help = "Checks a zone file and writes the zone in the form that the server keeps in "
                 "memory, for \"image\" in the configuration. The new image replaces an old one "
                 "atomically; servers that have mapped the old one use it until they reload. Only "
                 "its owner may read it, since it contains the key of the hash table of names.",
         .options = &compile_command_options,
         .needs_conf = compile_command_needs_conf,
         .run = compile_command},
        {0},
};

const struct service dns_service = {
        .name = "dns",
        .section = &dns_conf_section,
        .help = "The zones that are served, and how.",
        .check = conf_check,
        .listens = conf_check_listens,
        .open = dns_open,
        .close = dns_close,
        .files = dns_name_files,
        .worker_open = dns_worker_open,
        .worker_close = dns_worker_close,
        .reload = dns_reload,
        .reopen = dns_reopen,
        .reload_one = zone_command_reload,
        .lease_break = zone_publish_claimed,
        .clock_set = dns_clock_set,
        .commands = zone_commands,
        .status = dns_status,
        .metrics = dns_metrics,
        .describe = dns_describe,
        .probe = dns_health_probe,
        .probe_judge = dns_health_judge,
        .health = dns_health_checks,
        .talkers = &talkers,
        .tools = tools,
};
