// sdn_report: see the header.
#include "apps/sdn/sdn_report.h"

#include "apps/sdn/sdn_cluster.h"
#include "apps/sdn/sdn_fabric.h"
#include "core/host/clock.h"
#include "proto/openflow/of_version.h"

#include <errno.h>
#include <stdio.h>

#define PATIENCE_US (2 * SEC_US)

// A mailbox_fn of the worker.
static void copy(void *ctx, mono_t now)
{
	struct sdn_report *report = ctx;

	sdn_view_copy(&report->view, now);
}

// In the control thread.

void sdn_report_init(struct sdn_report *report, struct sdn_switches *of, struct pipeline *pipeline)
{
	report->of = of;
	report->pipeline = pipeline;
	task_init(&report->task, copy, report);
}

void sdn_report_fini(struct sdn_report *report)
{
	task_fini(&report->task);
}

// Has the worker copy some more; one that did not the last time may still do so.
static int ask(struct sdn_report *report, struct why *why)
{
	if (task_is_out(&report->task) || !task_send(&report->task, &report->pipeline->mailbox) ||
	    !task_wait(&report->task, mono_add(clock_kernel(), PATIENCE_US)))
		return why_fail(why, -ETIMEDOUT, "the worker takes no turns; try again");
	return 0;
}

// 0, when the worker is not asked already.
static int ask_for(struct sdn_report *report, enum sdn_view_kind kind, struct why *why)
{
	if (task_is_out(&report->task))
		return why_fail(why, -ETIMEDOUT, "the worker takes no turns; try again");
	sdn_view_init(&report->view, report->of, kind, SDN_VIEW_ROWS);
	return 0;
}

static json_t *datapath_text(uint64_t datapath_id)
{
	return json_sprintf("%016jx", (uintmax_t)datapath_id);
}

static json_t *switch_json(const struct sdn_view_switch *row)
{
	static const char *const states[SDN_SWITCH_STATES] = {
	        "free", "handshake", "checking", "serving", "standby", "auxiliary", "closing"};
	const char *version = of_version_name(row->version);
	char address[ADDR_TEXT_BYTES];

	return json_pack(
	        "{s:o, s:s, s:o, s:s, s:s, s:s, s:I, s:i, s:I, s:I, s:I, s:I, s:I, s:o, s:s}",
	        "datapath", datapath_text(row->datapath_id), "version", version ? version : "",
	        "peer",
	        json_sprintf(addr_is_ipv4(row->peers.remote) ? "%s:%u" : "[%s]:%u",
	                     addr_text(row->peers.remote, address), row->peers.remote_port),
	        "transport", row->tls ? "tls" : "tcp", "state", states[row->state], "master",
	        row->master, "age_s", (json_int_t)row->age_s, "ports", row->ports, "packet_ins",
	        (json_int_t)row->packet_ins, "flow_mods", (json_int_t)row->flow_mods, "packet_outs",
	        (json_int_t)row->packet_outs, "errors", (json_int_t)row->errors, "flows_read",
	        (json_int_t)row->flows, "echo_ms", json_sprintf("%.3f", row->echo_us / 1e3),
	        "hardware", row->desc);
}

int sdn_report_switches(struct sdn_report *report, json_t *reply, struct why *why)
{
	json_t *rows = json_array();
	int err = ask_for(report, SDN_VIEW_SWITCHES, why);

	json_object_set_new(reply, "switches", rows);
	while (!err && report->view.from != SDN_VIEW_END) {
		err = ask(report, why);
		for (unsigned i = 0; !err && i < report->view.len; i++)
			json_array_append_new(rows, switch_json(&report->view.switches[i]));
	}
	return err;
}

static json_t *mac_text(const uint8_t mac[6])
{
	return json_sprintf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
	                    mac[5]);
}

static json_t *host_json(const struct sdn_view_host *host)
{
	return json_pack("{s:o, s:I, s:o, s:I, s:I}", "mac", mac_text(host->mac), "vlan",
	                 (json_int_t)(host->vlan & 0x0fff), "datapath",
	                 datapath_text(host->datapath_id), "port", (json_int_t)host->port,
	                 "silent_s", (json_int_t)host->silent_s);
}

int sdn_report_hosts(struct sdn_report *report, const char *most, json_t *reply, struct why *why)
{
	uint64_t max = SDN_REPORT_MAX, n = 0;
	json_t *rows = json_array();
	char *end;
	int err;

	json_object_set_new(reply, "hosts", rows);
	if (most) {
		max = strtoull(most, &end, 10);
		if (*end || *most < '0' || *most > '9')
			return why_fail(why, -EINVAL, "%s is not a number of hosts", most);
	}
	err = ask_for(report, SDN_VIEW_HOSTS, why);
	while (!err && n < max && report->view.from != SDN_VIEW_END) {
		err = ask(report, why);
		for (unsigned i = 0; !err && i < report->view.len && n < max; i++, n++)
			json_array_append_new(rows, host_json(&report->view.hosts[i]));
	}
	json_object_set_new(reply, "known", json_integer((json_int_t)report->view.known));
	return err;
}

static json_t *link_json(const struct sdn_view_link *link)
{
	return json_pack("{s:o, s:I, s:s, s:o, s:I, s:b}", "datapath",
	                 datapath_text(link->end.datapath_id), "port", (json_int_t)link->end.port,
	                 "state", sdn_topology_state_name((enum sdn_port_state)link->state), "to",
	                 datapath_text(link->peer.datapath_id), "to_port",
	                 (json_int_t)link->peer.port, "in_tree", link->in_tree);
}

int sdn_report_links(struct sdn_report *report, json_t *reply, struct why *why)
{
	json_t *rows = json_array();
	int err = ask_for(report, SDN_VIEW_LINKS, why);

	json_object_set_new(reply, "links", rows);
	if (!err && !report->of->fabric)
		err = why_fail(why, -ENOENT, "links are not looked for: sdn.topology is false");
	while (!err && report->view.from != SDN_VIEW_END) {
		err = ask(report, why);
		for (unsigned i = 0; !err && i < report->view.len; i++)
			json_array_append_new(rows, link_json(&report->view.links[i]));
	}
	return err;
}

int sdn_report_cluster(struct sdn_report *report, json_t *reply, struct why *why)
{
	const struct sdn_view_cluster *view = &report->view.cluster;
	int err = ask_for(report, SDN_VIEW_CLUSTER, why);

	if (!err && !report->of->cluster)
		err = why_fail(why, -ENOENT,
		               "this controller is alone: sdn.cluster has no endpoints");
	if (!err)
		err = ask(report, why);
	if (err)
		return err;
	json_object_update_new(
	        reply, json_pack("{s:s, s:s, s:s, s:I, s:b, s:b}", "name", view->name, "role",
	                         sdn_cluster_role(view->master, view->shared),
	                         view->shared ? "leader" : "master", view->first, "generation",
	                         (json_int_t)view->generation, "acts", (int)view->acts, "etcd",
	                         counter_get(&report->of->cluster->metric.store_lost) == 0));
	if (view->shared)
		json_object_update_new(reply,
		                       json_pack("{s:I, s:I}", "members", (json_int_t)view->members,
		                                 "switches", (json_int_t)view->switches));
	return 0;
}

static json_t *port_json(const struct sdn_port *port)
{
	return json_pack("{s:o, s:s, s:s, s:I}", "port",
	                 port->port_no == OF_PORT_LOCAL ? json_string("local")
	                                                : json_sprintf("%u", port->port_no),
	                 "name", port->name, "link", sdn_port_is_up(port) ? "up" : "down", "mbps",
	                 (json_int_t)(port->speed_kbps / 1000));
}

int sdn_report_ports(struct sdn_report *report, const char *datapath, json_t *reply,
                     struct why *why)
{
	json_t *rows = json_array();
	char *end;
	int err;

	json_object_set_new(reply, "switch_ports", rows);
	err = ask_for(report, SDN_VIEW_SWITCH, why);
	if (err)
		return err;
	report->view.datapath_id = strtoull(datapath, &end, 16);
	if (*end || !*datapath)
		return why_fail(why, -EINVAL, "%s is not a datapath id, 16 hexadecimal digits",
		                datapath);
	err = ask(report, why);
	if (err)
		return err;
	if (!report->view.found)
		return why_fail(why, -ENOENT, "no switch with the datapath id %s is connected",
		                datapath);
	for (unsigned i = 0; i < report->view.len; i++)
		json_array_append_new(rows, port_json(&report->view.ports[i].port));
	return 0;
}

// clang-format off
#define SWITCH(name, kind, help) {"sdn_switch", NULL, NULL, #name, help, kind, offsetof(struct sdn_report_metric, name)},
static const struct metric_row metric_rows[] = {
	SWITCH(packets_in, METRIC_COUNTER, "packet-ins of the switch")
	SWITCH(flows_made, METRIC_COUNTER, "flows that were made on it")
	SWITCH(packets_out, METRIC_COUNTER, "packet-outs sent to it")
	SWITCH(errors, METRIC_COUNTER, "errors that it reported")
	SWITCH(packets_in_rate, METRIC_GAUGE, "packet-ins a second, over the time between two readings of its counters")
	SWITCH(echo_us, METRIC_GAUGE, "round trip of its last echo, in microseconds; 0: none yet")
	SWITCH(answer_us, METRIC_GAUGE, "time that it took to answer the last reading of its counters; with sdn.api")
	SWITCH(ports, METRIC_GAUGE, "ports that it has listed")
	SWITCH(flows, METRIC_GAUGE, "entries of all its tables; with sdn.api")
	SWITCH(flows_max, METRIC_GAUGE, "entries that it has room for; 0: not reported")
	{"sdn_switch", NULL, NULL, "fill", "flows / flows_max", METRIC_RATIO,
	 offsetof(struct sdn_report_metric, flows), offsetof(struct sdn_report_metric, flows_max)},
	{0},
};
// clang-format on

static struct sdn_report_metric metric_of(const struct sdn_view_switch *row)
{
	struct sdn_report_metric metric = {.packets_in = row->packet_ins,
	                                   .flows_made = row->flow_mods,
	                                   .packets_out = row->packet_outs,
	                                   .errors = row->errors,
	                                   .packets_in_rate = row->packet_ins_per_s,
	                                   .echo_us = row->echo_us,
	                                   .answer_us = row->answer_us,
	                                   .flows = row->tables.entries,
	                                   .flows_max = row->tables.entries_max,
	                                   .ports = row->ports};

	snprintf(metric.name, sizeof(metric.name), "%016jx", (uintmax_t)row->datapath_id);
	return metric;
}

// One that is not known by its id yet, or no more, might stand there twice.
static bool is_measured(const struct sdn_view_switch *row)
{
	return row->state == SDN_SWITCH_CHECKING || row->state == SDN_SWITCH_SERVING;
}

unsigned sdn_report_metrics(struct sdn_report *report, struct metric_source *source)
{
	unsigned len = 0;
	struct why why;

	// A worker that has switches takes turns.
	if (counter_get(&report->of->metric.switches) == 0 ||
	    ask_for(report, SDN_VIEW_SWITCHES, &why))
		return 0;
	*source = (struct metric_source){
	        .rows = metric_rows, .each = "datapath", .names = report->metric_name};
	while (len < SDN_REPORT_MEASURED && report->view.from != SDN_VIEW_END) {
		if (ask(report, &why))
			return 0;
		for (unsigned i = 0; i < report->view.len && len < SDN_REPORT_MEASURED; i++) {
			if (!is_measured(&report->view.switches[i]))
				continue;
			report->metric[len] = metric_of(&report->view.switches[i]);
			report->metric_name[len] = report->metric[len].name;
			source->of[len] = &report->metric[len];
			len++;
		}
	}
	source->len = len;
	return len > 0;
}
