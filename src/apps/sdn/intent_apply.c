// intent_apply: see the header.
#include "apps/sdn/intent_apply.h"

#include "apps/sdn/intent_router.h"
#include "apps/sdn/intent_send.h"
#include "apps/sdn/intent_tables.h"
#include "apps/sdn/intent_teach.h"
#include "apps/sdn/sdn_fabric.h"
#include "core/hash.h"
#include "core/host/conf_json.h"
#include "proto/sdn/sdn_group.h"
#include "proto/sdn/sdn_keep.h"

#include <errno.h>
#include <stdlib.h>

#define READ_FLOWS    65536 // of a switch, of all owners
#define READ_ACTIONS  (4 * READ_FLOWS)
#define READ_GROUPS   4096
#define READ_METERS   4096
#define TABLES        254 // of a switch that does not say how many it has
#define METER_ALL     UINT32_MAX
#define ANSWERS_PER_S 1000                  // of routers, by one switch
#define SENT_ROOM     512                   // flows of hosts beside those of a whole table
#define SENT_BYTES    (UINT64_C(128) << 20) // of all switches; of others what was sent is not kept

// Replies that are due, by the tags of their requests.
#define DUE(tag) (1u << ((tag)-INTENT_APPLY_FLOWS))

// OFPGFC_SELECT_LIVENESS (section 7.3.5.11).
#define GROUPS_SELECT_LIVENESS 2u

static int digest_make(const struct intent_conf *conf, uint64_t *digest)
{
	json_t *json = conf_json(&intent_conf_section, conf);
	char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);

	if (text)
		*digest = hash_key(0, text, strlen(text));
	free(text);
	json_decref(json);
	return text ? 0 : -ENOMEM;
}

struct intent_set *intent_apply_set(const struct intent_conf *conf, uint64_t number)
{
	struct intent_set *set = calloc(1, sizeof(*set));

	if (!set)
		return NULL;
	if (digest_make(conf, &set->digest)) {
		free(set);
		return NULL;
	}
	set->intent = intent_conf_build(conf, &set->arena);
	set->number = number;
	return set;
}

void intent_apply_set_free(struct intent_set *set)
{
	if (!set)
		return;
	arena_fini(&set->arena);
	free(set);
}

static const struct intent_set *set_of(const struct sdn_switch *sw)
{
	return intent_net_set(sw->all);
}

// The switch's number in the intents; SDN_NONE.
static uint16_t number_of(const struct sdn_switch *sw, const struct intent_set *set)
{
	return intent_net_number(sw, set);
}

static bool send_msg(struct sdn_switch *sw, struct of_msg *msg, mono_t now)
{
	return of_conn_send(&sw->conn, OF_CONN_CONTROL, msg, now) == OF_FAULT_NONE;
}

// Reading.

static bool ask_flows(struct sdn_switch *sw, mono_t now)
{
	struct of_flow_request all = {
	        .table_id = OF_TABLE_ALL, .out_port = OF_PORT_ANY, .out_group = OF_GROUP_ANY};
	enum of_version version = (enum of_version)sw->conn.version;
	uint8_t room[64];
	struct fill body = fill_of(room, sizeof(room));
	struct of_msg msg = {.type = OF_MULTIPART_REQUEST};

	if (of_flow_request_put(&body, version, &all) != OF_FAULT_NONE)
		return false;
	msg.multipart =
	        (struct of_multipart){.type = OF_MULTIPART_FLOW,
	                              .body = of_list_of(OF_FAMILY_FLOW_REQUEST, version, &body)};
	return of_conn_ask(&sw->conn, OF_CONN_BULK, &msg, INTENT_APPLY_FLOWS, now) == OF_FAULT_NONE;
}

static bool ask_meters(struct sdn_switch *sw, mono_t now)
{
	struct of_meter_request all = {METER_ALL};
	enum of_version version = (enum of_version)sw->conn.version;
	uint8_t room[64];
	struct fill body = fill_of(room, sizeof(room));
	struct of_msg msg = {.type = OF_MULTIPART_REQUEST};

	if (of_meter_request_put(&body, version, &all) != OF_FAULT_NONE)
		return false;
	msg.multipart =
	        (struct of_multipart){.type = OF_MULTIPART_METER_CONFIG,
	                              .body = of_list_of(OF_FAMILY_METER_REQUEST, version, &body)};
	return of_conn_ask(&sw->conn, OF_CONN_BULK, &msg, INTENT_APPLY_METERS, now) ==
	       OF_FAULT_NONE;
}

// In 1.5 the request names a group (section 7.3.5.10), before it has no body.
static bool ask_groups(struct sdn_switch *sw, mono_t now)
{
	struct of_group_request all = {OF_GROUP_ALL};
	enum of_version version = (enum of_version)sw->conn.version;
	uint8_t room[64];
	struct fill body = fill_of(room, sizeof(room));
	struct of_msg msg = {.type = OF_MULTIPART_REQUEST,
	                     .multipart = {.type = OF_MULTIPART_GROUP_DESC}};

	if (version == OF15) {
		if (of_group_request_put(&body, version, &all) != OF_FAULT_NONE)
			return false;
		msg.multipart.body = of_list_of(OF_FAMILY_GROUP_REQUEST, version, &body);
	}
	return of_conn_ask(&sw->conn, OF_CONN_BULK, &msg, INTENT_APPLY_GROUPS, now) ==
	       OF_FAULT_NONE;
}

static bool ask_features(struct sdn_switch *sw, mono_t now)
{
	struct of_msg msg = {.type = OF_MULTIPART_REQUEST,
	                     .multipart = {.type = OF_MULTIPART_GROUP_FEATURES}};

	return of_conn_ask(&sw->conn, OF_CONN_BULK, &msg, INTENT_APPLY_FEATURES, now) ==
	       OF_FAULT_NONE;
}

// Asks for all that the switch has; false: a queue has no room.
static bool ask_all(struct sdn_switch *sw, mono_t now)
{
	sw->apply.due = DUE(INTENT_APPLY_FLOWS);
	if (!ask_flows(sw, now))
		return false;
	if (sw->conn.version == OF10)
		return true;
	sw->apply.due |=
	        DUE(INTENT_APPLY_METERS) | DUE(INTENT_APPLY_GROUPS) | DUE(INTENT_APPLY_FEATURES);
	return ask_meters(sw, now) && ask_groups(sw, now) && ask_features(sw, now);
}

static bool is_flat(const struct sdn_switch *sw)
{
	struct sdn_known known;

	intent_apply_known(sw, &known);
	return sdn_rules_is_flat(&known);
}

// The ports of a switch are not known before its LLDP comes to the controller.
static bool probe_send(struct sdn_switch *sw, const struct intent_set *set, mono_t now)
{
	struct sdn_flow flow;
	struct sdn_action action;
	struct sdn_tables tables = {
	        .flows = &flow, .actions = &action, .flows_max = 1, .actions_max = 1};

	sdn_rules_probe(&set->intent, is_flat(sw), &tables);
	return intent_send_flows(sw, &tables, now);
}

static bool is_settled(struct sdn_switch *sw, const struct intent_set *set, mono_t now)
{
	if (!sw->all->fabric || number_of(sw, set) == SDN_NONE || sw->apply.is_settled)
		return true;
	sdn_fabric_declare(sw->all->fabric, sw, now);
	if (intent_net_is_settled(sw, set, now))
		return true;
	if (!sw->apply.active)
		(void)probe_send(sw, set, now); // the queues are empty
	return false;
}

// Asks for the tables of a switch, to be compared when they are there. False: no memory, or no
// room.
static bool read_begin(struct sdn_switch *sw, mono_t now)
{
	const struct sdn_tables most = {.flows_len = READ_FLOWS,
	                                .actions_len = READ_ACTIONS,
	                                .groups_len = READ_GROUPS,
	                                .meters_len = READ_METERS};
	struct why unused;

	intent_tables_free(&sw->apply.read);
	return intent_tables_alloc(&sw->apply.read, &most, &unused) == 0 && ask_all(sw, now);
}

// To verify does not make up for a check that is due.
bool intent_apply_begin(struct sdn_switch *sw, bool verify, mono_t now)
{
	const struct intent_set *set = set_of(sw);
	bool due = sw->recheck && verify;

	if (number_of(sw, set) == SDN_NONE && !sw->apply.active)
		return false;
	if (!sw->apply.active) {
		rate_init(&sw->apply.answers, rate_interval_us(ANSWERS_PER_S), ANSWERS_PER_S);
		sw->apply.since = now;
	}
	sw->recheck = !is_settled(sw, set, now);
	sw->apply.active = true;
	if (sw->recheck)
		return true;
	if (sw->all->fabric && set && sw->apply.set_number != set->number)
		sdn_fabric_declare(sw->all->fabric, sw, now);
	if (!verify)
		sw->apply.set_number = set ? set->number : 0;
	sw->apply.verifying = verify;
	sw->checking = read_begin(sw, now);
	sw->recheck = due || !sw->checking;
	return true;
}

static void sent_drop(struct sdn_switch *sw)
{
	if (sw->all->fabric)
		sw->all->fabric->net.sent_bytes -= intent_tables_bytes(&sw->apply.sent);
	intent_tables_free(&sw->apply.sent);
	sw->apply.is_sent = false;
}

void intent_apply_end(struct sdn_switch *sw)
{
	sent_drop(sw);
	sdn_reach_close(&sw->apply.view);
	intent_tables_free(&sw->apply.read);
	free(sw->apply.drift);
	sw->apply = (struct intent_apply){0};
}

// A flow that no intended one is compared with: deleted if it is ours, of either kind.
static void read_other(struct sdn_switch *sw, const struct of_flow_stats *stats, mono_t now)
{
	struct of_msg msg;

	sdn_learn_flow_delete_exact(&msg, stats);
	if (!sw->apply.verifying)
		sw->recheck |= !send_msg(sw, &msg, now);
}

static void read_flow(struct sdn_switch *sw, const struct of_flow_stats *stats, mono_t now)
{
	struct sdn_tables *read = &sw->apply.read;
	const struct sdn_flow *flow;

	if (stats->cookie >> 32 == sw->all->flow.owner) {
		read_other(sw, stats, now);
		return;
	}
	sdn_flow_read(read, stats);
	if (sdn_tables_full(read))
		return;
	flow = &read->flows[read->flows_len - 1];
	if (!flow->odd_match)
		return;
	// Its match lies in the message.
	if (sdn_flow_owned(flow))
		read_other(sw, stats, now);
	read->flows_len--;
}

static void read_body(struct sdn_switch *sw, struct of_list list, mono_t now)
{
	struct of_group_features features;
	struct of_flow_stats stats;
	struct of_meter_config config;
	struct of_group_desc desc;

	if (list.family == OF_FAMILY_FLOW_STATS) {
		while (of_flow_stats_next(&list, &stats))
			read_flow(sw, &stats, now);
	} else if (list.family == OF_FAMILY_METER_CONFIG) {
		while (of_meter_config_next(&list, &config))
			sdn_flow_read_meter(&sw->apply.read, &config);
	} else if (list.family == OF_FAMILY_GROUP_DESC) {
		while (of_group_desc_next(&list, &desc))
			if (sdn_group_owned(desc.group_id))
				sdn_group_read(&sw->apply.read, &desc);
	} else if (list.family == OF_FAMILY_GROUP_FEATURES &&
	           of_group_features_next(&list, &features)) {
		sw->apply.groups = features.types;
		sw->apply.select_watches = features.capabilities & GROUPS_SELECT_LIVENESS;
	}
}

// What is intended.

static uint16_t network_of(const struct sdn_intent *intent, uint16_t vlan)
{
	for (uint32_t i = 0; i < intent->networks_len; i++)
		if ((OXM_VLAN_PRESENT | intent->networks[i].vid) == vlan)
			return (uint16_t)i;
	return SDN_NONE;
}

static bool is_declared(const struct sdn_station *stations, uint32_t len, uint16_t network,
                        const uint8_t mac[6])
{
	for (uint32_t i = 0; i < len; i++)
		if (stations[i].network == network && stations[i].port &&
		    memcmp(stations[i].mac, mac, 6) == 0)
			return true;
	return false;
}

// The declared hosts, and those that were learned at the switch; *stations is to be freed.
static uint32_t stations_make(struct sdn_switch *sw, const struct sdn_intent *intent,
                              uint16_t number, struct sdn_station **stations)
{
	uint32_t max = intent->hosts_len + sw->all->learn.hosts.len, len, declared, from = 0;
	struct sdn_learn_row rows[64];

	*stations = calloc(max + 1u, sizeof(**stations));
	if (!*stations)
		return 0;
	len = declared = intent_tables_stations(intent, number, *stations);
	while (from != UINT32_MAX) {
		unsigned n = sdn_learn_hosts(&sw->all->learn, &from, 4096, rows, ARRAY_LEN(rows));

		for (unsigned i = 0; i < n && len < max; i++) {
			uint16_t network = network_of(intent, rows[i].vlan);

			if (rows[i].switch_number != sdn_switch_number(sw) || network == SDN_NONE ||
			    is_declared(*stations, declared, network, rows[i].mac))
				continue;
			(*stations)[len] =
			        (struct sdn_station){.network = network, .port = rows[i].port};
			memcpy((*stations)[len++].mac, rows[i].mac, 6);
		}
	}
	return len;
}

void intent_apply_known(const struct sdn_switch *sw, struct sdn_known *known)
{
	*known = (struct sdn_known){.version = sw->conn.version,
	                            .tables = sw->tables ? sw->tables : TABLES,
	                            .groups = sw->apply.groups,
	                            .select_watches = sw->apply.select_watches};
	if (sw->all->fabric)
		sdn_reach_known(&sw->apply.view, known);
}

// Of a switch by itself.
static int intended_alone(struct sdn_switch *sw, const struct intent_set *set, uint16_t number,
                          struct sdn_tables *intended, struct why *why)
{
	struct sdn_station *stations;
	struct sdn_known known;
	int err;

	intent_apply_known(sw, &known);
	known.stations_len = stations_make(sw, &set->intent, number, &stations);
	known.stations = stations;
	err = stations ? intent_tables_make(&set->intent, number, &known, intended, why) : -ENOMEM;
	free(stations);
	return err;
}

// Of one that is part of a network, of which it gets a new view.
static int intended_network(struct sdn_switch *sw, const struct intent_set *set, uint16_t number,
                            struct sdn_tables *intended, struct why *why)
{
	struct intent_stations stations = {0};
	struct sdn_known known;
	struct sdn_reach view;
	int err = intent_net_view(sw, set, &view);

	if (err)
		return err;
	sdn_reach_close(&sw->apply.view);
	sw->apply.view = view;
	intent_apply_known(sw, &known);
	err = intent_net_stations(sw, set, &view, &stations);
	known.stations = stations.at;
	known.stations_len = stations.len;
	sw->apply.is_flat = is_flat(sw);
	if (!err)
		err = intent_tables_make(&set->intent, number, &known, intended, why);
	intent_net_stations_free(&stations);
	return err;
}

static int intended_make(struct sdn_switch *sw, struct sdn_tables *intended)
{
	const struct intent_set *set = set_of(sw);
	uint16_t number = number_of(sw, set);
	struct why why;

	if (number == SDN_NONE)
		return intent_tables_alloc(intended, &(struct sdn_tables){0}, &why);
	return sw->all->fabric ? intended_network(sw, set, number, intended, &why)
	                       : intended_alone(sw, set, number, intended, &why);
}

// What was sent.

bool intent_apply_note(struct sdn_switch *sw, const struct sdn_tables *tables)
{
	struct sdn_tables *sent = &sw->apply.sent;

	if (sent->flows_len + tables->flows_len > sent->flows_max ||
	    sent->actions_len + tables->actions_len > sent->actions_max)
		return false;
	for (uint32_t i = 0; i < tables->flows_len; i++)
		sdn_flow_add(sent, &tables->flows[i]);
	return true;
}

// Keeps the tables, with room for more, if that is to be compared later.
static void sent_keep(struct sdn_switch *sw, const struct sdn_tables *tables)
{
	struct sdn_tables *sent = &sw->apply.sent;
	struct why unused;

	sent_drop(sw);
	sw->apply.is_dirty = false;
	if (!sw->all->fabric || number_of(sw, set_of(sw)) == SDN_NONE ||
	    sw->all->fabric->net.sent_bytes > SENT_BYTES ||
	    intent_tables_alloc(
	            sent,
	            &(struct sdn_tables){.flows_len = tables->flows_len + SENT_ROOM,
	                                 .actions_len = tables->actions_len + 4 * SENT_ROOM,
	                                 .groups_len = tables->groups_len,
	                                 .meters_len = tables->meters_len},
	            &unused))
		return;
	for (uint32_t i = 0; i < tables->flows_len; i++)
		sdn_flow_add(sent, &tables->flows[i]);
	memcpy(sent->groups, tables->groups, tables->groups_len * sizeof(*sent->groups));
	memcpy(sent->meters, tables->meters, tables->meters_len * sizeof(*sent->meters));
	sent->groups_len = tables->groups_len;
	sent->meters_len = tables->meters_len;
	sw->all->fabric->net.sent_bytes += intent_tables_bytes(sent);
	sw->apply.is_sent = true;
}

// What differs, by the words for what was found rather than for what is to be done.
static void drift_note(struct sdn_switch *sw, const struct sdn_diff_change *changes, uint32_t len)
{
	const struct intent_set *set = set_of(sw);
	struct of_text text;

	if (!sw->apply.drift)
		sw->apply.drift = malloc(INTENT_APPLY_DRIFT_BYTES);
	if (!sw->apply.drift)
		return;
	text = (struct of_text){.out = fill_of(sw->apply.drift, INTENT_APPLY_DRIFT_BYTES - 1)};
	for (uint32_t i = 0; i < len && !text.out.bad; i++) {
		uint8_t *line = text.out.p;

		sdn_diff_text_drift(&set->intent, &changes[i], &text);
		of_text_put(&text, "\n");
		if (text.out.bad)
			text.out.p = line;
	}
	*text.out.p = '\0';
}

// Compares what the switch has with what is intended, and sends what differs, or notes it.
static void tables_compare(struct sdn_switch *sw, struct sdn_tables *has, bool verify, mono_t now)
{
	struct sdn_tables intended;
	struct sdn_diff_change *changes;
	uint32_t most, differs = 0;

	if (intended_make(sw, &intended) != 0) {
		sdn_switches_event(sw, (struct sdn_event){.kind = SDN_EVENT_INTENTS_REFUSED});
		sent_drop(sw);
		return;
	}
	sdn_flow_sort(has);
	sdn_keep(&intended, has);
	most = has->flows_len + intended.flows_len + has->groups_len + intended.groups_len +
	       has->meters_len + intended.meters_len;
	changes = calloc(most + 1u, sizeof(*changes));
	sw->recheck |= !changes;
	if (changes)
		differs = sdn_diff(has, &intended, changes, most);
	if (verify)
		drift_note(sw, changes, differs);
	else if (changes)
		sw->recheck |= !intent_send_changes(sw, changes, differs, now);
	sw->apply.differs = differs;
	sw->flows = intended.flows_len;
	free(changes);
	if (!verify)
		sent_keep(sw, &intended);
	intent_tables_free(&intended);
}

void intent_apply_refresh(struct sdn_switch *sw, mono_t now)
{
	uint32_t differs = sw->apply.differs;

	tables_compare(sw, &sw->apply.sent, false, now);
	sw->flow_mods += sw->apply.differs;
	counter_add(&sw->all->metric.flow_mods, sw->apply.differs);
	sw->apply.differs = differs; // of what was read
}

// The first time that tables are read by a controller that has just started, hosts are learned from
// them, on all switches, before they are compared. True: that was done, and they are read again.
static bool teach(struct sdn_switch *sw, mono_t now)
{
	if (sw->apply.is_taught || sw->apply.verifying || !intent_net_is_young(sw->all, now) ||
	    sdn_tables_full(&sw->apply.read))
		return false;
	sw->apply.is_taught = true;
	if (!intent_teach(sw, &sw->apply.read, now))
		return false;
	sw->recheck = true;
	intent_tables_free(&sw->apply.read);
	return true;
}

// One of the replies has come, or never will. True: it was the last.
static bool reply_end(struct sdn_switch *sw, mono_t now)
{
	sw->apply.due &= (uint8_t)~DUE(sw->conn.answered_tag);
	if (sw->apply.due)
		return false;
	sw->checking = false;
	if (teach(sw, now))
		return false;
	if (sdn_tables_full(&sw->apply.read))
		sdn_switches_event(sw, (struct sdn_event){.kind = SDN_EVENT_FLOWS_UNREAD});
	else
		tables_compare(sw, &sw->apply.read, sw->apply.verifying, now);
	intent_tables_free(&sw->apply.read);
	if (number_of(sw, set_of(sw)) == SDN_NONE) {
		sw->apply.active = false; // it learns again, as one without intents
		sw->recheck = true;
	}
	// What became due while it was verified is not put off by the next one.
	return !(sw->apply.verifying && (sw->recheck || intent_apply_is_stale(sw)) &&
	         intent_apply_begin(sw, false, now));
}

bool intent_apply_reply(struct sdn_switch *sw, const struct of_msg *msg, mono_t now)
{
	if (!sw->apply.due || msg->type != OF_MULTIPART_REPLY)
		return false;
	read_body(sw, msg->multipart.body, now);
	return sw->conn.answered_last && reply_end(sw, now);
}

// A switch without meters or groups says so: then a flow that needs a meter is refused by the
// switch, and groups are not used.
bool intent_apply_failed(struct sdn_switch *sw, bool refused, mono_t now)
{
	if (refused && sw->apply.due && sw->conn.answered_tag > INTENT_APPLY_FLOWS)
		return reply_end(sw, now);
	intent_tables_free(&sw->apply.read);
	sw->apply.due = 0;
	sw->checking = false;
	sw->recheck = true;
	return false;
}

bool intent_apply_is_stale(const struct sdn_switch *sw)
{
	const struct intent_set *set = set_of(sw);

	return set && set->number != sw->apply.set_number &&
	       (sw->apply.active || number_of(sw, set) != SDN_NONE);
}

// Flows of a host that was learned now, of a switch by itself with the pipeline.
static void host_send(struct sdn_switch *sw, const struct intent_set *set, uint16_t network,
                      uint32_t port, const uint8_t mac[6], mono_t now)
{
	struct sdn_flow flows[4];
	struct sdn_action actions[16];
	struct sdn_tables tables = {
	        .flows = flows, .actions = actions, .flows_max = 4, .actions_max = 16};
	struct sdn_station station = {.network = network, .port = port};
	struct sdn_known known;

	memcpy(station.mac, mac, sizeof(station.mac));
	intent_apply_known(sw, &known);
	// Where the host is first, then that it is known.
	sw->recheck |=
	        !sdn_rules_station(&set->intent, number_of(sw, set), &known, &station, &tables) ||
	        !intent_send_flows(sw, &tables, now);
}

static void packet_alone(struct sdn_switch *sw, const struct intent_set *set,
                         const struct of_packet_in *in, mono_t now)
{
	struct sdn_learn_outcome outcome;
	struct sdn_learn_frame frame;
	uint16_t network;

	if (!sdn_learn_frame_parse(&frame, span_of(in->data.p, in->data.len)))
		return;
	network = network_of(&set->intent, frame.vlan);
	if (network == SDN_NONE || intent_router_is_own(&set->intent, network, frame.src))
		return;
	outcome = sdn_learn_input(&sw->all->learn, sdn_switch_number(sw), in->in_port, &frame, now);
	if (!outcome.known)
		return;
	if (is_flat(sw))
		sw->recheck = true; // all of it is one table
	else
		host_send(sw, set, network, in->in_port, frame.src, now);
}

void intent_apply_packet(struct sdn_switch *sw, const struct of_packet_in *in, mono_t now)
{
	const struct intent_set *set = set_of(sw);

	if (number_of(sw, set) == SDN_NONE)
		return;
	if (sw->all->fabric)
		sdn_fabric_learn(sw->all->fabric, sw, &set->intent, in, now);
	else
		packet_alone(sw, set, in, now);
	intent_router_packet(sw, &set->intent, in, now);
}
