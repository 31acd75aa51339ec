// command: what the control socket can be asked. Counters are read while the
// workers write them (core/metric.h); nothing here stops a worker.
#include "apps/boot/boot_part.h"
#include "apps/boot/command_list.h"

#include "core/host/clock.h"
#include "core/host/log.h"
#include "core/host/trace_report.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MAX 4

struct words {
	const char *word[WORDS_MAX]; // what stands behind the command
	unsigned len;
	bool all; // --all was given
};

typedef json_t *command_fn(struct boot *boot, const struct words *words);

static json_t *refuse(const char *sentence)
{
	return json_pack("{s:o}", "error", json_text(sentence));
}

static void set_count(json_t *object, const char *key, uint64_t count)
{
	json_object_set_new(object, key, json_integer((json_int_t)count));
}

static json_t *run_status(struct boot *boot, const struct words *words)
{
	uint64_t up_us = mono_until(boot->started, clock_kernel());
	const char *file = boot->source.file ? conf_file_place(&boot->source) : "";
	json_t *reply =
	        json_pack("{s:s, s:s, s:i, s:I, s:i, s:s, s:s, s:s}", "name", boot->app->name,
	                  "version", WADI_VERSION, "pid", (int)getpid(), "uptime_s",
	                  (json_int_t)(up_us / SEC_US), "workers", (int)boot->workers_len, "idle",
	                  boot->values->idle == IDLE_SPIN ? "spin" : "adaptive", "log_level",
	                  log_level_name(log_get_level()), "configuration", file);

	if (boot->app->status)
		boot->app->status(boot->state, reply);
	return reply;
}

static json_t *worker_stats(const struct worker *worker)
{
	const struct worker_metric *metric = &worker->metric;
	json_t *row = json_object();

	set_count(row, "worker", worker->app_worker.number);
	set_count(row, "loops", counter_get(&metric->loops));
	set_count(row, "busy_loops", counter_get(&metric->busy_loops));
	set_count(row, "sleeps", counter_get(&metric->sleeps));
	set_count(row, "rx_pkts", counter_get(&metric->rx_pkts));
	set_count(row, "rx_bytes", counter_get(&metric->rx_bytes));
	set_count(row, "tx_pkts", counter_get(&metric->tx_pkts));
	set_count(row, "tx_bytes", counter_get(&metric->tx_bytes));
	return row;
}

// A stage over all workers; cycles are those of the packets that were sampled.
static json_t *stage_stats(const struct boot *boot, enum stage stage)
{
	uint64_t pkts = 0, sampled_cycles = 0, sampled_pkts = 0;
	json_t *row = json_pack("{s:s}", "stage", stage_name(stage));

	for (unsigned i = 0; i < boot->workers_len; i++) {
		const struct stage_metric *metric = &boot->workers[i].metric.stage[stage];

		pkts += counter_get(&metric->pkts);
		sampled_cycles += counter_get(&metric->sampled_cycles);
		sampled_pkts += counter_get(&metric->sampled_pkts);
	}
	set_count(row, "pkts", pkts);
	if (sampled_pkts)
		set_count(row, "cycles_per_pkt", sampled_cycles / sampled_pkts);
	else
		json_object_set_new(row, "cycles_per_pkt", json_null());
	json_object_set_new(row, "help", json_string(stage_help(stage)));
	return row;
}

static json_t *run_stats(struct boot *boot, const struct words *words)
{
	json_t *workers = json_array(), *stages = json_array();
	json_t *reply = json_pack("{s:o, s:o}", "workers", workers, "stages", stages);

	for (unsigned i = 0; i < boot->workers_len; i++)
		json_array_append_new(workers, worker_stats(&boot->workers[i]));
	for (unsigned i = 0; i < STAGE_COUNT; i++)
		json_array_append_new(stages, stage_stats(boot, (enum stage)i));
	if (boot->app->stats)
		boot->app->stats(boot->state, reply);
	return reply;
}

static json_t *run_drops(struct boot *boot, const struct words *words)
{
	json_t *drops = json_array();

	for (unsigned reason = DROP_NONE + 1; reason < DROP_COUNT; reason++) {
		json_t *row = json_pack("{s:s}", "name", drop_name((enum drop)reason));
		uint64_t count = 0;

		for (unsigned i = 0; i < boot->workers_len; i++)
			count += counter_get(&boot->workers[i].metric.drop[reason]);
		set_count(row, "count", count);
		json_object_set_new(row, "help", json_string(drop_help((enum drop)reason)));
		json_array_append_new(drops, row);
	}
	return json_pack("{s:o}", "drops", drops);
}

static json_t *texts(const struct conf_list *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->len; i++)
		json_array_append_new(array, json_string(((const char **)list->items)[i]));
	return array;
}

// What only this kind of device counts.
static json_t *counters(const struct netif_status *status)
{
	json_t *rows = json_array();

	for (unsigned i = 0; i < status->counters_len; i++) {
		json_t *row = json_pack("{s:s}", "name", status->counter[i].name);

		set_count(row, "value", status->counter[i].value);
		json_object_set_new(row, "help", json_string(status->counter[i].help));
		json_array_append_new(rows, row);
	}
	return rows;
}

static json_t *port_row(const struct boot_port_conf *conf, struct netif *netif)
{
	struct netif_status status = {0};
	char mac[18];
	json_t *row;

	if (netif->ops->status)
		netif->ops->status(netif, &status);
	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", netif->mac[0], netif->mac[1],
	         netif->mac[2], netif->mac[3], netif->mac[4], netif->mac[5]);
	row = json_pack("{s:s, s:s, s:s, s:b, s:i, s:i, s:i, s:o, s:s, s:o, s:s}", "name",
	                conf->name, "device", conf->device, "mac", mac, "link_up", status.link_up,
	                "mtu", netif->mtu, "queues", netif->queues, "vlan", (int)conf->vlan, "ipv4",
	                texts(&conf->ipv4), "gateway4", conf->gateway4, "ipv6", texts(&conf->ipv6),
	                "gateway6", conf->gateway6);
	set_count(row, "speed_mbps", status.speed_mbps);
	set_count(row, "rx_missed", status.rx_missed);
	set_count(row, "rx_errors", status.rx_errors);
	set_count(row, "tx_errors", status.tx_errors);
	if (status.counters_len)
		json_object_set_new(row, "counters", counters(&status));
	return row;
}

static json_t *run_ports(struct boot *boot, const struct words *words)
{
	const struct boot_port_conf *confs = boot->values->ports.items;
	json_t *ports = json_array();

	for (size_t i = 0; i < boot->values->ports.len; i++)
		json_array_append_new(ports, port_row(&confs[i], boot->netifs[i]));
	return json_pack("{s:o}", "ports", ports);
}

static json_t *run_reload(struct boot *boot, const struct words *words)
{
	struct boot_reload what = {words->len ? words->word[0] : NULL, words->all};
	struct why why;
	json_t *reply = json_object();

	if (boot_reload(boot, &what, reply, &why) == 0)
		return reply;
	json_decref(reply);
	return refuse(why.text);
}

static json_t *run_log_level(struct boot *boot, const struct words *words)
{
	enum log_level level = log_get_level();

	if (words->len && !log_level_parse(words->word[0], &level))
		return refuse("a level is error, warning, info or debug");
	log_set_level(level);
	return json_pack("{s:s}", "log_level", log_level_name(level));
}

static json_t *run_trace(struct boot *boot, const struct words *words)
{
	json_t *reply = json_object();
	uint64_t lines;
	struct why why;

	if (!trace_report_lines(words->len ? words->word[0] : NULL, &lines))
		why_set(&why, TRACE_REPORT_USAGE);
	else if (trace_report(boot->map.file, words->all ? UINT64_MAX : lines, reply, &why) == 0)
		return reply;
	json_decref(reply);
	return refuse(why.text);
}

static json_t *run_help(struct boot *boot, const struct words *words)
{
	json_t *rows = json_array();

	for (const struct manual_item *item = command_list; item->term; item++)
		json_array_append_new(
		        rows, json_pack("{s:s, s:s}", "command", item->term, "help", item->help));
	for (const struct app_command *own = boot->app->commands; own && own->name; own++)
		json_array_append_new(rows,
		                      json_pack("{s:o, s:s}", "command",
		                                json_sprintf("%s%s%s", own->name,
		                                             *own->words ? " " : "", own->words),
		                                "help", own->help));
	return json_pack("{s:o}", "commands", rows);
}

static const struct {
	const char *name;
	command_fn *fn;
	unsigned words_max;
} commands[] = {
        {"status", run_status, 0}, {"stats", run_stats, 0},   {"drops", run_drops, 0},
        {"ports", run_ports, 0},   {"reload", run_reload, 1}, {"log-level", run_log_level, 1},
        {"trace", run_trace, 1},   {"help", run_help, 0},
};

static json_t *run_own(struct boot *boot, const struct app_command *own, const struct words *words)
{
	struct why why;
	json_t *reply;

	if (words->len < own->words_min || words->len > own->words_max) {
		why_set(&why, "%s takes %s", own->name, *own->words ? own->words : "no words");
		return refuse(why.text);
	}
	reply = json_object();
	if (own->run(boot->state, words->word, words->len, reply, &why) == 0)
		return reply;
	json_decref(reply);
	return refuse(why.text);
}

// Borrows from the request; false when there are none that anything takes.
static bool words_take(struct words *words, const json_t *request)
{
	const json_t *list = json_object_get(request, "words"), *word;
	size_t i;

	*words = (struct words){.all = json_is_true(json_object_get(request, "all"))};
	if (list && (!json_is_array(list) || json_array_size(list) > WORDS_MAX))
		return false;
	json_array_foreach (list, i, word) {
		if (!json_is_string(word))
			return false;
		words->word[words->len++] = json_string_value(word);
	}
	return true;
}

json_t *command_run(void *ctx, json_t *request)
{
	const char *name = json_string_value(json_object_get(request, "command"));
	struct boot *boot = ctx;
	struct words words;
	json_t *reply = NULL;

	if (!words_take(&words, request))
		return refuse("the words behind a command are a list of a few strings");
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (strcmp(commands[i].name, name) != 0)
			continue;
		if (words.len > commands[i].words_max)
			return refuse("this command takes fewer words; help tells which");
		reply = commands[i].fn(boot, &words);
		return reply ? reply : refuse("not enough memory for the reply");
	}
	for (const struct app_command *own = boot->app->commands; own && own->name; own++)
		if (strcmp(own->name, name) == 0)
			return run_own(boot, own, &words);
	return refuse("no such command; there are status, stats, drops, ports, reload, "
	              "log-level, trace and help, which tells the appliance's own, too");
}
