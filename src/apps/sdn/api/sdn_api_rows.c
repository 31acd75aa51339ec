// sdn_api_rows: rows of sdn_view.h as the JSON of openapi.json.
#include "apps/sdn/api/sdn_api_internal.h"

#include "apps/sdn/sdn_fabric.h"
#include "proto/openflow/of_version.h"

#include <stdio.h>

// A number of a switch's: JSON readers have 63 bits.
static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)u64_min(value, INT64_MAX));
}

static json_t *number_if(bool is, uint64_t value)
{
	return is ? number(value) : json_null();
}

static json_t *counter(uint64_t value)
{
	return number_if(value != SDN_LOAD_UNKNOWN, value);
}

json_t *sdn_api_datapath_json(uint64_t datapath_id)
{
	return json_sprintf("%016jx", (uintmax_t)datapath_id);
}

json_t *sdn_api_mac_json(const uint8_t mac[6])
{
	return json_sprintf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
	                    mac[5]);
}

static json_t *text_or_null(const char *text)
{
	return text && *text ? json_text(text) : json_null();
}

static json_t *end_json(const struct sdn_change_end *end)
{
	return json_pack("{s:o, s:I}", "datapath", sdn_api_datapath_json(end->datapath_id), "port",
	                 (json_int_t)end->port);
}

static json_t *next_json(const struct sdn_view *view)
{
	return view->from == SDN_VIEW_END ? json_null() : json_sprintf("%u", view->from);
}

json_t *sdn_api_rows_status(const struct sdn_api_call *call, const struct sdn_intent *intent,
                            mono_t now)
{
	const struct sdn_api *api = call->api;
	const struct sdn_fabric *fabric = api->of->fabric;
	uint64_t links = fabric ? counter_get(&fabric->metric.links) / 2 : 0;

	return json_pack(
	        "{s:s, s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:b, s:b}", "name", "wadi-sdn", "version",
	        WADI_VERSION, "uptime_s", number(mono_until(api->began, now) / SEC_US), "mode",
	        fabric                     ? "topology"
	        : intent->switches_len > 0 ? "intents"
	                                   : "learning",
	        "poll_s", number(api->conf.poll_s), "switches",
	        number(counter_get(&api->of->metric.switches)), "hosts", number(call->view.known),
	        "links", number(links), "may_write", call->right == HTTP_RIGHT_ALL, "intents_file",
	        *api->conf.intents_file != '\0');
}

static const char *switch_name(const struct sdn_intent *intent, uint64_t datapath_id)
{
	uint16_t i = sdn_intent_switch(intent, datapath_id);

	return i == SDN_NONE ? NULL : intent->switches[i].name;
}

static json_t *switch_json(const struct sdn_view_switch *row, const struct sdn_intent *intent)
{
	static const char *const states[SDN_SWITCH_STATES] = {
	        "closing", "handshake", "checking", "serving", "standby", "auxiliary", "closing"};
	static const char *const roles[] = {"equal", "equal", "master", "slave"};
	const char *version = of_version_name(row->version);
	char address[ADDR_TEXT_BYTES];
	json_t *json = json_pack("{s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:i, s:o, s:I, s:s, s:i}",
	                         "datapath", sdn_api_datapath_json(row->datapath_id), "name",
	                         text_or_null(switch_name(intent, row->datapath_id)), "version",
	                         version ? version : "", "role", roles[row->role], "transport",
	                         row->tls ? "tls" : "tcp", "state", states[row->state], "address",
	                         addr_text(row->peers.remote, address), "port",
	                         (int)row->peers.remote_port, "connected_s", number(row->age_s),
	                         "echo_us", (json_int_t)row->echo_us, "hardware", row->desc,
	                         "ports", (int)row->ports);

	json_object_set_new(json, "master", text_or_null(row->master));
	json_object_set_new(json, "answer_us", number_if(row->answer_us > 0, row->answer_us));
	json_object_set_new(json, "flows", number_if(row->tables_known, row->tables.entries));
	json_object_set_new(json, "flows_max",
	                    number_if(row->tables_known && row->tables.entries_max > 0,
	                              row->tables.entries_max));
	json_object_set_new(json, "packet_ins", number(row->packet_ins));
	json_object_set_new(json, "flow_mods", number(row->flow_mods));
	json_object_set_new(json, "packet_outs", number(row->packet_outs));
	json_object_set_new(json, "errors", number(row->errors));
	json_object_set_new(json, "packet_ins_per_s", number_if(row->rated, row->packet_ins_per_s));
	return json;
}

json_t *sdn_api_rows_switches(const struct sdn_view *view, const struct sdn_intent *intent)
{
	json_t *rows = json_array();

	for (unsigned i = 0; i < view->len; i++)
		json_array_append_new(rows, switch_json(&view->switches[i], intent));
	return json_pack("{s:o, s:o}", "switches", rows, "next", next_json(view));
}

static json_t *counters_json(const struct sdn_load *load)
{
	const struct sdn_load_counters *counters = &load->counters;

	if (!load->known)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "rx_packets",
	                 counter(counters->rx_packets), "tx_packets", counter(counters->tx_packets),
	                 "rx_bytes", counter(counters->rx_bytes), "tx_bytes",
	                 counter(counters->tx_bytes), "rx_dropped", counter(counters->rx_dropped),
	                 "tx_dropped", counter(counters->tx_dropped), "rx_errors",
	                 counter(counters->rx_errors), "tx_errors", counter(counters->tx_errors));
}

static json_t *rates_json(const struct sdn_load *load)
{
	const struct sdn_load_rates *rates = &load->rates;

	if (!load->rated)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "rx_bps", number(rates->rx_bps), "tx_bps",
	                 number(rates->tx_bps), "rx_pps", number(rates->rx_pps), "tx_pps",
	                 number(rates->tx_pps), "dropped_pps", number(rates->dropped_pps));
}

static json_t *port_json(const struct sdn_view_port *row)
{
	static const char *const leads_to[] = {
	        [SDN_PORT_DOWN] = "unknown", [SDN_PORT_PROBING] = "probing",
	        [SDN_PORT_EDGE] = "host",    [SDN_PORT_ONE_WAY] = "one_way",
	        [SDN_PORT_LINK] = "switch",  [SDN_PORT_LOOPED] = "looped",
	};
	const struct sdn_port *port = &row->port;
	const struct sdn_load *load = &port->load;

	return json_pack("{s:I, s:s, s:s, s:o, s:s, s:o, s:o, s:o, s:o}", "port",
	                 (json_int_t)port->port_no, "name", port->name, "link",
	                 sdn_port_is_up(port) ? "up" : "down", "capacity_bps",
	                 number_if(port->speed_kbps > 0, port->speed_kbps * UINT64_C(1000)),
	                 "leads_to", leads_to[row->state], "peer",
	                 row->peer.datapath_id ? end_json(&row->peer) : json_null(), "counters",
	                 counters_json(load), "rates", rates_json(load), "sampled_ms",
	                 number_if(load->known, row->read_ms));
}

json_t *sdn_api_rows_switch(const struct sdn_view *view, const struct sdn_intent *intent)
{
	json_t *rows = json_array();

	for (unsigned i = 0; i < view->len; i++)
		json_array_append_new(rows, port_json(&view->ports[i]));
	return json_pack("{s:o, s:o}", "switch", switch_json(&view->one, intent), "ports", rows);
}

// The slower end's.
static json_t *capacity_json(const struct sdn_view_link *row)
{
	uint64_t a = row->speed_kbps, b = row->peer_speed_kbps;
	uint64_t kbps = a && b ? u64_min(a, b) : a ? a : b;

	return number_if(kbps > 0, kbps * 1000);
}

static json_t *link_json(const struct sdn_view_link *row)
{
	return json_pack("{s:o, s:o, s:s, s:b, s:b, s:o, s:o, s:o}", "a", end_json(&row->end), "b",
	                 end_json(&row->peer), "state", row->state == SDN_PORT_LINK ? "up" : "down",
	                 "declared", (int)row->declared, "in_tree", row->in_tree, "capacity_bps",
	                 capacity_json(row), "a_to_b_bps", number_if(row->rated, row->tx_bps),
	                 "b_to_a_bps", number_if(row->peer_rated, row->peer_tx_bps));
}

// Each link once: by the end that has the smaller number.
json_t *sdn_api_rows_links(const struct sdn_view *view)
{
	json_t *rows = json_array();

	for (unsigned i = 0; i < view->len; i++) {
		const struct sdn_view_link *row = &view->links[i];

		if ((row->state == SDN_PORT_LINK || row->declared) &&
		    row->number < row->peer_number)
			json_array_append_new(rows, link_json(row));
	}
	return json_pack("{s:o, s:o}", "links", rows, "next", next_json(view));
}

static const struct sdn_intent_host *host_declared(const struct sdn_intent *intent,
                                                   const uint8_t mac[6], uint16_t vid)
{
	for (uint32_t i = 0; i < intent->hosts_len; i++) {
		const struct sdn_intent_host *host = &intent->hosts[i];

		if (memcmp(host->mac, mac, 6) == 0 &&
		    (vid == 0 || intent->networks[host->network].vid == vid))
			return host;
	}
	return NULL;
}

static json_t *host_json(const struct sdn_view_host *row, const struct sdn_intent *intent)
{
	const struct sdn_intent_host *declared =
	        host_declared(intent, row->mac, row->vlan & 0x0fff);
	uint32_t declared_len = declared ? declared->addresses_len : 0;
	json_t *addresses = json_array();
	char text[ADDR_TEXT_BYTES];

	for (unsigned i = 0; i < row->addresses_len; i++)
		json_array_append_new(addresses, json_string(addr_text(row->address[i], text)));
	for (uint32_t i = 0; i < declared_len && row->addresses_len == 0; i++)
		json_array_append_new(addresses,
		                      json_string(addr_text(declared->addresses[i], text)));
	return json_pack("{s:o, s:i, s:o, s:o, s:o, s:I, s:o}", "mac", sdn_api_mac_json(row->mac),
	                 "vlan", row->vlan & 0x0fff, "name",
	                 text_or_null(declared ? declared->name : NULL), "addresses", addresses,
	                 "datapath", sdn_api_datapath_json(row->datapath_id), "port",
	                 (json_int_t)row->port, "silent_s", number(row->silent_s));
}

json_t *sdn_api_rows_hosts(const struct sdn_view *view, const struct sdn_intent *intent)
{
	json_t *rows = json_array();

	for (unsigned i = 0; i < view->len; i++)
		json_array_append_new(rows, host_json(&view->hosts[i], intent));
	return json_pack("{s:o, s:o, s:o}", "hosts", rows, "known", number(view->known), "next",
	                 next_json(view));
}

static json_t *hop_json(const struct sdn_view_hop *hop)
{
	return json_pack("{s:o, s:I, s:o}", "datapath", sdn_api_datapath_json(hop->datapath_id),
	                 "in_port", (json_int_t)hop->in_port, "out_port",
	                 number_if(hop->out_port != OF_PORT_ANY, hop->out_port));
}

json_t *sdn_api_rows_path(const struct sdn_view *view)
{
	const struct sdn_view_path *path = &view->path;
	json_t *hops = json_array();

	for (unsigned i = 0; i < view->len; i++)
		json_array_append_new(hops, hop_json(&path->hop[i]));
	return json_pack("{s:o, s:o, s:i, s:b, s:o, s:o, s:[]}", "from_host",
	                 path->found ? sdn_api_mac_json(path->from_mac) : json_null(), "to_host",
	                 path->found ? sdn_api_mac_json(path->to_mac) : json_null(), "vlan",
	                 path->vlan & 0x0fff, "reached", !path->reason, "reason",
	                 text_or_null(path->reason), "hops", hops, "trace");
}
