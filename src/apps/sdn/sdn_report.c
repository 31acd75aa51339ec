// sdn_report: see the header.
#include "apps/sdn/sdn_report.h"

#include "apps/sdn/sdn_cluster.h"
#include "apps/sdn/sdn_fabric.h"
#include "core/host/clock.h"
#include "proto/openflow/of_version.h"

#include <errno.h>
#include <stdio.h>

#define LOOKS_AT_ONCE 4096 // places of a table
#define PATIENCE_US   (2 * SEC_US)

// In the worker.

static void switch_copy(struct sdn_report *report, const struct sdn_switch *sw, mono_t now)
{
	struct sdn_report_switch *row = &report->switches[report->len++];

	*row = (struct sdn_report_switch){.datapath_id = sw->datapath_id,
	                                  .peers = tcp_peers(sw->tcp),
	                                  .version = sw->conn.version,
	                                  .state = sw->state,
	                                  .tls = sw->tls != NULL,
	                                  .ports = sw->ports_len,
	                                  .echo_us = sw->conn.echo_rtt_us,
	                                  .age_s = mono_until(sw->since, now) / SEC_US,
	                                  .packet_ins = sw->packet_ins,
	                                  .flow_mods = sw->flow_mods,
	                                  .packet_outs = sw->packet_outs,
	                                  .errors = sw->errors,
	                                  .flows = sw->flows};
	memcpy(row->desc, sw->desc, sizeof(row->desc));
}

static void copy_switches(struct sdn_report *report, mono_t now)
{
	const struct sdn_switches *all = report->of;
	uint32_t i = report->from;

	for (; i < all->used && report->len < SDN_REPORT_ROWS; i++)
		if (all->sw[i].state != SDN_SWITCH_FREE)
			switch_copy(report, &all->sw[i], now);
	report->from = i < all->used ? i : UINT32_MAX;
}

static void copy_hosts(struct sdn_report *report, mono_t now)
{
	struct sdn_learn_row rows[SDN_REPORT_ROWS];

	report->len = sdn_learn_hosts(&report->of->learn, &report->from, LOOKS_AT_ONCE, rows,
	                              SDN_REPORT_ROWS);
	for (unsigned i = 0; i < report->len; i++)
		report->hosts[i] = (struct sdn_report_host){
		        .row = rows[i],
		        .datapath_id = report->of->sw[rows[i].switch_number].datapath_id,
		        .silent_s = mono_until(rows[i].seen, now) / SEC_US};
}

static void copy_ports(struct sdn_report *report)
{
	const struct sdn_switch *sw = sdn_switches_find(report->of, report->datapath_id);

	report->found = sw != NULL;
	report->from = UINT32_MAX;
	if (!sw)
		return;
	report->len = sw->ports_len;
	memcpy(report->ports, sw->ports, sw->ports_len * sizeof(*sw->ports));
}

static void copy_links(struct sdn_report *report)
{
	const struct sdn_forward *forward = &report->of->fabric->forward;
	const struct sdn_topology *topology = &forward->topology;
	uint32_t i = report->from;

	for (; i < topology->ports_used && report->len < SDN_REPORT_ROWS; i++) {
		const struct sdn_topology_port *port = &topology->port[i];

		if (!port->up)
			continue;
		report->links[report->len++] = (struct sdn_report_link){
		        .end = sdn_topology_end(topology, i),
		        .peer = sdn_topology_end(topology, port->to),
		        .state = port->state,
		        .in_tree = sdn_tree_has(&forward->tree, i),
		};
	}
	report->from = i < topology->ports_used ? i : UINT32_MAX;
}

// A mailbox_fn.
static void copy(void *ctx, mono_t now)
{
	struct sdn_report *report = ctx;

	report->len = 0;
	if (report->kind == SDN_REPORT_SWITCHES)
		copy_switches(report, now);
	else if (report->kind == SDN_REPORT_HOSTS)
		copy_hosts(report, now);
	else if (report->kind == SDN_REPORT_LINKS)
		copy_links(report);
	else if (report->kind == SDN_REPORT_CLUSTER)
		report->cluster = (struct sdn_report_cluster){report->of->cluster->election, now};
	else
		copy_ports(report);
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
static int ask_for(struct sdn_report *report, enum sdn_report_kind kind, struct why *why)
{
	if (task_is_out(&report->task))
		return why_fail(why, -ETIMEDOUT, "the worker takes no turns; try again");
	report->kind = kind;
	report->from = 0;
	return 0;
}

static json_t *datapath_text(uint64_t datapath_id)
{
	return json_sprintf("%016jx", (uintmax_t)datapath_id);
}

static json_t *switch_json(const struct sdn_report_switch *row)
{
	static const char *const states[SDN_SWITCH_STATES] = {
	        "free", "handshake", "checking", "serving", "standby", "auxiliary", "closing"};
	const char *version = of_version_name(row->version);
	char address[ADDR_TEXT_BYTES];

	return json_pack("{s:o, s:s, s:o, s:s, s:s, s:I, s:i, s:I, s:I, s:I, s:I, s:I, s:o, s:s}",
	                 "datapath", datapath_text(row->datapath_id), "version",
	                 version ? version : "", "peer",
	                 json_sprintf(addr_is_ipv4(row->peers.remote) ? "%s:%u" : "[%s]:%u",
	                              addr_text(row->peers.remote, address),
	                              row->peers.remote_port),
	                 "transport", row->tls ? "tls" : "tcp", "state", states[row->state],
	                 "age_s", (json_int_t)row->age_s, "ports", row->ports, "packet_ins",
	                 (json_int_t)row->packet_ins, "flow_mods", (json_int_t)row->flow_mods,
	                 "packet_outs", (json_int_t)row->packet_outs, "errors",
	                 (json_int_t)row->errors, "flows_read", (json_int_t)row->flows, "echo_ms",
	                 json_sprintf("%.3f", row->echo_us / 1e3), "hardware", row->desc);
}

int sdn_report_switches(struct sdn_report *report, json_t *reply, struct why *why)
{
	json_t *rows = json_array();
	int err = ask_for(report, SDN_REPORT_SWITCHES, why);

	json_object_set_new(reply, "switches", rows);
	while (!err && report->from != UINT32_MAX) {
		err = ask(report, why);
		for (unsigned i = 0; !err && i < report->len; i++)
			json_array_append_new(rows, switch_json(&report->switches[i]));
	}
	return err;
}

static json_t *mac_text(const uint8_t mac[6])
{
	return json_sprintf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
	                    mac[5]);
}

static json_t *host_json(const struct sdn_report_host *host)
{
	return json_pack("{s:o, s:I, s:o, s:I, s:I}", "mac", mac_text(host->row.mac), "vlan",
	                 (json_int_t)(host->row.vlan & 0x0fff), "datapath",
	                 datapath_text(host->datapath_id), "port", (json_int_t)host->row.port,
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
	err = ask_for(report, SDN_REPORT_HOSTS, why);
	while (!err && n < max && report->from != UINT32_MAX) {
		err = ask(report, why);
		for (unsigned i = 0; !err && i < report->len && n < max; i++, n++)
			json_array_append_new(rows, host_json(&report->hosts[i]));
	}
	json_object_set_new(reply, "known", json_integer((json_int_t)report->of->learn.hosts.len));
	return err;
}

static json_t *link_json(const struct sdn_report_link *link)
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
	int err = ask_for(report, SDN_REPORT_LINKS, why);

	json_object_set_new(reply, "links", rows);
	if (!err && !report->of->fabric)
		err = why_fail(why, -ENOENT, "links are not looked for: sdn.topology is false");
	while (!err && report->from != UINT32_MAX) {
		err = ask(report, why);
		for (unsigned i = 0; !err && i < report->len; i++)
			json_array_append_new(rows, link_json(&report->links[i]));
	}
	return err;
}

int sdn_report_cluster(struct sdn_report *report, json_t *reply, struct why *why)
{
	const struct cluster_election *election = &report->cluster.election;
	int err = ask_for(report, SDN_REPORT_CLUSTER, why);

	if (!err && !report->of->cluster)
		err = why_fail(why, -ENOENT,
		               "this controller is alone: sdn.cluster has no endpoints");
	if (!err)
		err = ask(report, why);
	if (err)
		return err;
	json_object_update_new(
	        reply, json_pack("{s:s, s:s, s:s, s:I, s:b, s:b}", "name", election->conf.name,
	                         "role", election->master ? "master" : "standby", "master",
	                         election->seen.owner ? election->seen.name : "", "generation",
	                         (json_int_t)cluster_election_generation(election), "acts",
	                         cluster_election_acts(election, report->cluster.now), "etcd",
	                         counter_get(&report->of->cluster->metric.store_lost) == 0));
	return 0;
}

static json_t *port_json(const struct sdn_port *port)
{
	bool down = (port->config & OF_PORT_CONFIG_DOWN) || (port->state & OF_PORT_STATE_LINK_DOWN);

	return json_pack("{s:o, s:s, s:s, s:I}", "port",
	                 port->port_no == OF_PORT_LOCAL ? json_string("local")
	                                                : json_sprintf("%u", port->port_no),
	                 "name", port->name, "link", down ? "down" : "up", "mbps",
	                 (json_int_t)(port->speed_kbps / 1000));
}

int sdn_report_ports(struct sdn_report *report, const char *datapath, json_t *reply,
                     struct why *why)
{
	json_t *rows = json_array();
	char *end;
	int err;

	json_object_set_new(reply, "switch_ports", rows);
	err = ask_for(report, SDN_REPORT_PORTS, why);
	if (err)
		return err;
	report->datapath_id = strtoull(datapath, &end, 16);
	if (*end || !*datapath)
		return why_fail(why, -EINVAL, "%s is not a datapath id, 16 hexadecimal digits",
		                datapath);
	err = ask(report, why);
	if (err)
		return err;
	if (!report->found)
		return why_fail(why, -ENOENT, "no switch with the datapath id %s is connected",
		                datapath);
	for (unsigned i = 0; i < report->len; i++)
		json_array_append_new(rows, port_json(&report->ports[i]));
	return 0;
}
