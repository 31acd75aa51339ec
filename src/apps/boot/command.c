// command: the commands of the control socket that every appliance has. Counters are
// read while workers write them (core/metric.h); no worker is stopped.
#include "apps/boot/boot_internal.h"
#include "apps/boot/command_list.h"
#include "apps/boot/health.h"

#include "core/host/clock.h"
#include "core/host/log.h"
#include "core/host/metric_report.h"
#include "core/host/nearest.h"
#include "core/host/trace_report.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARGS_MAX      4
#define CHANGES_NEVER (ARGS_MAX + 1)

struct args {
	const char *arg[ARGS_MAX]; // what follows the command
	unsigned len;
	bool all;                        // --all was given
	const struct control_peer *peer; // the client; NULL: a part of the appliance asks
};

typedef json_t *command_fn(struct boot *boot, const struct args *args);

static json_t *refuse(const char *sentence)
{
	return json_pack("{s:o}", "error", json_text(sentence));
}

static json_t *service_rows(const struct services *services)
{
	json_t *rows = json_array();

	for (unsigned i = 0; i < services->len; i++)
		json_array_append_new(rows,
		                      json_pack("{s:s, s:s}", "service", services->service[i]->name,
		                                "version", services_version(services, i)));
	return rows;
}

static json_t *run_status(struct boot *boot, const struct args *args)
{
	uint64_t up_us = mono_until(boot->started, clock_kernel());
	const char *file = boot->source.file ? conf_file_place(&boot->source) : "";
	const struct appliance *appliance = boot->services.appliance;
	json_t *reply = json_pack(
	        "{s:s, s:s, s:i, s:I, s:i, s:s, s:s, s:s}", "name", appliance->name, "version",
	        appliance->version ? appliance->version : WADI_VERSION, "pid", (int)getpid(),
	        "uptime_s", (json_int_t)(up_us / SEC_US), "workers", (int)boot->workers_len, "idle",
	        boot->values->idle == IDLE_SPIN ? "spin" : "adaptive", "log_level",
	        log_level_name(log_get_level()), "configuration", file);

	services_status(&boot->services, reply);
	json_object_set_new(reply, "services", service_rows(&boot->services));
	return reply;
}

// The metrics of all workers under some rows.
static struct metric_source of_workers(const struct boot *boot, const struct metric_row *rows)
{
	struct metric_source source = {.rows = rows, .len = boot->workers_len};

	for (unsigned i = 0; i < boot->workers_len; i++)
		source.of[i] = &boot->workers[i].metric;
	return source;
}

// Of the appliance as a whole.
struct appliance_metric {
	uint64_t uptime_seconds, workers, reload_failed;
};

static const struct metric_row appliance_rows[] = {
        {"appliance", NULL, NULL, "uptime_seconds", "seconds since the start", METRIC_GAUGE,
         offsetof(struct appliance_metric, uptime_seconds)},
        {"appliance", NULL, NULL, "workers", "workers", METRIC_GAUGE,
         offsetof(struct appliance_metric, workers)},
        {"appliance", NULL, NULL, "reload_failed",
         "1 if the last reload of the configuration had errors", METRIC_GAUGE,
         offsetof(struct appliance_metric, reload_failed)},
        {0},
};

typedef void source_fn(const struct metric_source *source, void *ctx);

// Calls fn for what `stats` shows: the appliance, each worker by itself, stages, each service.
static void for_each_source(const struct boot *boot, source_fn *fn, void *ctx)
{
	const struct appliance_metric appliance = {mono_until(boot->started, clock_kernel()) /
	                                                   SEC_US,
	                                           boot->workers_len, boot->reloaded.failed};
	struct metric_source source = {.rows = appliance_rows, .len = 1, .of = {&appliance}};

	fn(&source, ctx);
	source = of_workers(boot, metric_worker_rows);
	source.each = "worker";
	fn(&source, ctx);
	source = of_workers(boot, metric_tcp_rows);
	fn(&source, ctx);
	source = of_workers(boot, metric_latency_rows);
	fn(&source, ctx);
	source = of_workers(boot, metric_stage_rows);
	fn(&source, ctx);
	for (unsigned i = 0; i < boot->services.len; i++) {
		struct metric_source sources[METRIC_SOURCES_MAX];
		unsigned len = services_metrics(&boot->services, i, sources);

		for (unsigned k = 0; k < len; k++)
			fn(&sources[k], ctx);
	}
}

static void add_source(const struct metric_source *source, void *reply)
{
	metric_report_json(source, reply);
}

static json_t *run_stats(struct boot *boot, const struct args *args)
{
	json_t *reply = json_object();

	for_each_source(boot, add_source, reply);
	return reply;
}

static json_t *run_drops(struct boot *boot, const struct args *args)
{
	struct metric_source source = of_workers(boot, boot->services.drops);
	json_t *reply = json_object();

	metric_report_json(&source, reply);
	return reply;
}

static json_t *texts(const struct conf_list *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->len; i++)
		json_array_append_new(array, json_string(((const char **)list->items)[i]));
	return array;
}

// The interface's status, and its columns in a reply.
static void get_status(struct netif *netif, struct netif_status *status)
{
	*status = (struct netif_status){0};
	if (netif->ops->status)
		netif->ops->status(netif, status);
	for (unsigned i = 0; i < netif->queues; i++)
		if (netif->pool[i]) {
			status->pages += netif->pool[i]->pages;
			status->pages_free += netif->pool[i]->avail(netif->pool[i]);
		}
}

static void add_status(const struct netif_status *status, json_t *row)
{
	// The first two columns, link_up and lost, are a boolean and a state here.
	const struct metric_source columns = {
	        .rows = netif_status_rows + 2, .len = 1, .of = {status}};

	metric_report_columns(&columns, row);
	for (unsigned i = 0; i < status->own_len; i++)
		metric_report_json(&status->own[i], row);
}

static json_t *port_row(const struct boot *boot, unsigned i)
{
	const struct boot_port_conf *conf =
	        (const struct boot_port_conf *)boot->values->ports.items + i;
	struct netif *netif = boot->netifs[i];
	struct netif_status status;
	char mac[18];
	json_t *row;

	get_status(netif, &status);
	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", netif->mac[0], netif->mac[1],
	         netif->mac[2], netif->mac[3], netif->mac[4], netif->mac[5]);
	row = json_pack("{s:s, s:s, s:s, s:s, s:b, s:i, s:i, s:i, s:o, s:s, s:o, s:s, s:o}", "name",
	                conf->name, "device", conf->device, "mac", mac, "state",
	                devices_state_name(&status), "link_up", status.link_up != 0, "mtu",
	                netif->mtu, "queues", netif->queues, "vlan", (int)conf->vlan, "ipv4",
	                texts(&conf->ipv4), "gateway4", conf->gateway4, "ipv6", texts(&conf->ipv6),
	                "gateway6", conf->gateway6, "held", links_held(&boot->links, i));
	add_status(&status, row);
	return row;
}

static json_t *run_ports(struct boot *boot, const struct args *args)
{
	json_t *ports = json_array();

	for (unsigned i = 0; i < boot->values->ports.len; i++)
		json_array_append_new(ports, port_row(boot, i));
	return json_pack("{s:o}", "ports", ports);
}

// The interfaces' metrics, each by its name.
static void print_ifaces(const struct boot *boot, source_fn *print, FILE *out)
{
	const struct boot_port_conf *confs = boot->values->ports.items;
	struct netif_status status[PIPELINE_IFACES_MAX];
	const char *names[PIPELINE_IFACES_MAX];
	struct metric_source source = {.rows = netif_status_rows, .each = "iface", .names = names};

	for (size_t i = 0; i < boot->values->ports.len; i++) {
		get_status(boot->netifs[i], &status[i]);
		names[i] = confs[i].name;
		source.of[source.len++] = &status[i];
	}
	print(&source, out);
}

static void print_prometheus(const struct metric_source *source, void *out)
{
	metric_report_prometheus(source, out);
}

static void print_openmetrics(const struct metric_source *source, void *out)
{
	metric_report_openmetrics(source, out);
}

static json_t *run_metrics(struct boot *boot, const struct args *args)
{
	struct metric_source drops = of_workers(boot, boot->services.drops);
	source_fn *print = args->len ? print_openmetrics : print_prometheus;
	json_t *reply = NULL;
	char *text = NULL;
	size_t size;
	FILE *out;

	if (args->len && strcmp(args->arg[0], "openmetrics") != 0)
		return refuse("metrics takes openmetrics, or nothing for Prometheus's text");
	out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	for_each_source(boot, print, out);
	print(&drops, out);
	print_ifaces(boot, print, out);
	if (args->len)
		fputs("# EOF\n", out);
	if (fclose(out) == 0)
		reply = json_pack("{s:s}", "text", text);
	free(text);
	return reply;
}

static json_t *run_reload(struct boot *boot, const struct args *args)
{
	struct boot_reload what = {args->len ? args->arg[0] : NULL, args->all};
	struct why why;
	json_t *reply = json_object();

	if (boot_reload(boot, &what, reply, &why))
		json_object_set_new(reply, "error", json_text(why.text));
	return reply;
}

static json_t *run_health(struct boot *boot, const struct args *args)
{
	return health_run(boot, PROBE_PATIENCE_US);
}

static json_t *run_log_level(struct boot *boot, const struct args *args)
{
	enum log_level level = log_get_level();

	if (args->len && !log_level_parse(args->arg[0], &level))
		return refuse("a level is error, warning, info or debug");
	log_set_level(level);
	return json_pack("{s:s}", "log_level", log_level_name(level));
}

static json_t *run_log_reopen(struct boot *boot, const struct args *args)
{
	services_reopen(&boot->services);
	return json_object();
}

static json_t *run_trace(struct boot *boot, const struct args *args)
{
	json_t *reply = json_object();
	uint64_t lines;
	struct why why;

	if (!trace_report_lines(args->len ? args->arg[0] : NULL, &lines))
		why_set(&why, TRACE_REPORT_USAGE);
	else if (trace_report(boot->map.file, args->all ? UINT64_MAX : lines, reply, &why) == 0)
		return reply;
	json_decref(reply);
	return refuse(why.text);
}

// ID is as run_tcp lists it: "0.17", the worker's number and the connection's.
static json_t *run_tcp_trace(struct boot *boot, const char *id)
{
	json_t *reply = json_object();
	unsigned worker, conn;
	struct why why;
	char rest;

	if (!id || sscanf(id, "%u.%u%c", &worker, &conn, &rest) != 2 || worker >= boot->workers_len)
		why_set(&why, "tcp trace takes an ID that tcp lists, such as 0.17");
	else if (trace_report_conn(boot->map.file, boot->workers_len + 1 + worker, conn, reply,
	                           &why) == 0) {
		if (json_array_size(json_object_get(reply, "records")) > 0)
			return reply;
		why_set(&why,
		        "there is no record of a connection %s: there was none, or newer records "
		        "have "
		        "taken their place; trace.records says how many are kept",
		        id);
	}
	json_decref(reply);
	return refuse(why.text);
}

static json_t *run_tcp(struct boot *boot, const struct args *args)
{
	json_t *reply = json_object();
	struct conns_wanted wanted = {.most = args->all ? UINT64_MAX : CONNS_LISTED};
	struct why why;

	if (args->len && strcmp(args->arg[0], "trace") == 0) {
		json_decref(reply);
		return run_tcp_trace(boot, args->arg[1]);
	}
	if (args->len > 1 || (args->len && !addr_parse(args->arg[0], &wanted.peer)))
		why_set(&why, "'%s' is no address; tcp takes that of a peer", args->arg[0]);
	else if (conns_report(&boot->conns, boot->workers, boot->workers_len, &wanted, reply,
	                      &why) == 0)
		return reply;
	json_decref(reply);
	return refuse(why.text);
}

static json_t *run_top_talkers(struct boot *boot, const struct args *args)
{
	const struct top_talkers_env env = {&boot->loop, &boot->services, boot->workers,
	                                    boot->workers_len};
	const char *word = args->len ? args->arg[0] : "";
	struct top_talkers_wanted wanted;
	json_t *reply = json_object();
	struct why why;
	int err;

	if (strcmp(word, "on") == 0) {
		err = top_talkers_parse(&wanted, args->arg + 1, args->len - 1, &why);
		if (!err)
			err = top_talkers_begin(&boot->talkers, &env, &wanted, &why);
	} else if (args->len == 0 || (strcmp(word, "off") == 0 && args->len == 1)) {
		if (args->len)
			top_talkers_end(&boot->talkers);
		err = top_talkers_report(&boot->talkers, args->all ? UINT_MAX : TOP_TALKERS_ROWS,
		                         reply, &why);
	} else {
		err = why_fail(&why, -EINVAL,
		               "top-talkers takes on, with what is to be counted, or off");
	}
	if (!err)
		return reply;
	json_decref(reply);
	return refuse(why.text);
}

static int capture(struct boot *boot, const struct args *args, json_t *reply, struct why *why)
{
	const struct packets_names names = {.ports = boot->values->ports.items,
	                                    .ports_len = boot->values->ports.len,
	                                    .drops = boot->services.drops};
	const struct packets_start start = {.workers = boot->workers,
	                                    .len = boot->workers_len,
	                                    .loop = &boot->loop,
	                                    .drops = boot->services.drops,
	                                    .filter = args->len > 1 ? args->arg[1] : "",
	                                    .snap = args->len > 2 ? args->arg[2] : NULL,
	                                    .peer = args->peer};

	if (!args->peer)
		return why_fail(why, -EPERM, "packets are shown to clients of the control socket");
	if (args->len && strcmp(args->arg[0], "start") == 0)
		return packets_start(&boot->packets, &start, why);
	if (args->len == 1 && strcmp(args->arg[0], "next") == 0)
		return packets_next(&boot->packets, args->peer, &names, reply, why);
	if (args->len == 1 && strcmp(args->arg[0], "stop") == 0)
		return packets_stop(&boot->packets, args->peer, why);
	return why_fail(why, -EINVAL,
	                "packets are shown by wadi-ctl: wadi-ctl trace packets, wadi-ctl capture "
	                "FILE; programs send capture start FILTER, capture next, capture stop");
}

static json_t *run_capture(struct boot *boot, const struct args *args)
{
	json_t *reply = json_object();
	struct why why;

	if (capture(boot, args, reply, &why) == 0)
		return reply;
	json_decref(reply);
	return refuse(why.text);
}

static void add_help(json_t *rows, const struct service_command *command)
{
	for (; command && command->name; command++)
		json_array_append_new(
		        rows, json_pack("{s:o, s:s}", "command",
		                        json_sprintf("%s%s%s", command->name,
		                                     *command->args ? " " : "", command->args),
		                        "help", command->help));
}

static json_t *run_help(struct boot *boot, const struct args *args)
{
	json_t *rows = json_array();

	for (const struct manual_item *item = command_list; item->term; item++)
		json_array_append_new(
		        rows, json_pack("{s:s, s:s}", "command", item->term, "help", item->help));
	for (unsigned i = 0; i < boot->services.len; i++)
		add_help(rows, boot->services.service[i]->commands);
	return json_pack("{s:o}", "commands", rows);
}

#define CAPTURE_STARTS 2 // what it is asked with then: start, and a filter

static const struct {
	const char *name;
	command_fn *fn;
	unsigned args_max;
	unsigned changes_from; // as many arguments make it change something; CHANGES_NEVER
} commands[] = {
        {"status", run_status, 0, CHANGES_NEVER},    {"health", run_health, 0, CHANGES_NEVER},
        {"stats", run_stats, 0, CHANGES_NEVER},      {"drops", run_drops, 0, CHANGES_NEVER},
        {"ports", run_ports, 0, CHANGES_NEVER},      {"reload", run_reload, 1, 0},
        {"log-level", run_log_level, 1, 1},          {"metrics", run_metrics, 1, CHANGES_NEVER},
        {"tcp", run_tcp, 2, CHANGES_NEVER},          {"trace", run_trace, 1, CHANGES_NEVER},
        {"log-reopen", run_log_reopen, 0, 0},        {"top-talkers", run_top_talkers, 4, 1},
        {"capture", run_capture, 3, CAPTURE_STARTS}, {"help", run_help, 0, CHANGES_NEVER},
};

static json_t *run_own(const struct boot *boot, const struct service_command *own, void *state,
                       const struct args *args)
{
	struct why why;
	json_t *reply;

	if (args->len < own->args_min || args->len > own->args_max) {
		why_set(&why, "%s takes %s", own->name, *own->args ? own->args : "no arguments");
		return refuse(why.text);
	}
	reply = json_object();
	if (own->run(state, args->arg, args->len, reply, &why) == 0)
		return reply;
	json_decref(reply);
	sandbox_remedy(NULL, &why);
	return refuse(why.text);
}

// Borrows from the request; false when they are not a list of up to ARGS_MAX strings.
static bool args_take(struct args *args, const json_t *request)
{
	const json_t *list = json_object_get(request, "words"), *word;
	size_t i;

	*args = (struct args){.all = json_is_true(json_object_get(request, "all"))};
	if (list && (!json_is_array(list) || json_array_size(list) > ARGS_MAX))
		return false;
	json_array_foreach (list, i, word) {
		if (!json_is_string(word))
			return false;
		args->arg[args->len++] = json_string_value(word);
	}
	return true;
}

// The sentence for a word that is no command of this appliance.
static json_t *refuse_unknown(const struct boot *boot, const char *name)
{
	struct nearest nearest = nearest_to(name);
	struct why why;

	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		nearest_try(&nearest, commands[i].name);
	for (unsigned i = 0; i < boot->services.len; i++) {
		const struct service_command *command = boot->services.service[i]->commands;

		for (; command && command->name; command++)
			nearest_try(&nearest, command->name);
	}
	if (nearest.name)
		why_set(&why, "no such command: %s; did you mean %s?", name, nearest.name);
	else
		why_set(&why, "no such command: %s; help lists the commands of this appliance",
		        name);
	return refuse(why.text);
}

// peer: as in struct args.
static json_t *command_find(struct boot *boot, const json_t *request,
                            const struct control_peer *peer)
{
	const char *name = json_string_value(json_object_get(request, "command"));
	const struct service_command *own;
	struct args args;
	json_t *reply = NULL;
	void *state;

	if (!args_take(&args, request))
		return refuse("the arguments of a command are a list of up to 4 strings");
	args.peer = peer;
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (strcmp(commands[i].name, name) != 0)
			continue;
		if (args.len > commands[i].args_max)
			return refuse("too many arguments; help lists the commands with theirs");
		reply = commands[i].fn(boot, &args);
		return reply ? reply : refuse("not enough memory for the reply");
	}
	own = services_command(&boot->services, name, &state);
	return own ? run_own(boot, own, state, &args) : refuse_unknown(boot, name);
}

json_t *command_run(void *ctx, json_t *request)
{
	return command_find(ctx, request, NULL);
}

static bool command_changes(const struct boot *boot, const char *name, const struct args *args)
{
	const struct service_command *own;
	void *state;

	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return args->len >= commands[i].changes_from;
	own = services_command(&boot->services, name, &state);
	return own && own->changes && (args->len > 0 || own->args_max == 0);
}

// One line: who asked, and what.
static void log_request(const struct boot *boot, enum log_level level, const char *name,
                        const struct args *args, const struct control_peer *peer)
{
	char who[128], line[512] = "";
	size_t len = 0;

	control_peer_text(&boot->control, peer, who, sizeof(who));
	for (unsigned i = 0; i < args->len && len < sizeof(line); i++)
		len += (size_t)snprintf(line + len, sizeof(line) - len, " %s", args->arg[i]);
	log_each(level, "%s: %s%s%s", who, name, line, args->all ? " --all" : "");
}

json_t *command_answer(void *ctx, json_t *request, const struct control_peer *peer)
{
	const char *name = json_string_value(json_object_get(request, "command"));
	struct boot *boot = ctx;
	struct args args;

	if (strcmp(name, "handover") == 0)
		return handover_give(boot, request, peer);
	if (args_take(&args, request) && command_changes(boot, name, &args))
		log_request(boot, LOG_INFO, name, &args, peer);
	else if (log_get_level() == LOG_DEBUG)
		log_request(boot, LOG_DEBUG, name, &args, peer);
	return command_find(boot, request, peer);
}

void command_gone(void *ctx, const struct control_peer *peer)
{
	struct boot *boot = ctx;

	packets_gone(&boot->packets, peer);
	handover_give_gone(boot, peer);
}
