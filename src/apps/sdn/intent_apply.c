// intent_apply: see the header.
#include "apps/sdn/intent_apply.h"

#include "apps/sdn/intent_tables.h"
#include "apps/sdn/sdn_switches.h"
#include "proto/sdn/sdn_diff.h"
#include "proto/sdn/sdn_keep.h"

#include <stdlib.h>

#define READ_FLOWS   65536 // of a switch, of all owners
#define READ_ACTIONS (4 * READ_FLOWS)
#define READ_METERS  4096
#define TABLES       254 // a switch of 1.3 and later has as many, or says that it lacks one
#define BUNDLE_MAX   256 // changes: more are a beginning, which no traffic depends on yet
#define METER_ALL    UINT32_MAX
#define DUE_FLOWS    1u
#define DUE_METERS   2u

struct intent_set *intent_apply_set(const struct intent_conf *conf, uint64_t number)
{
	struct intent_set *set = calloc(1, sizeof(*set));

	if (!set)
		return NULL;
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
	return sw->all->intents ? swap_read(sw->all->intents) : NULL;
}

// The switch's number in the intents; SDN_NONE.
static uint16_t number_of(const struct sdn_switch *sw, const struct intent_set *set)
{
	return set ? sdn_intent_switch(&set->intent, sw->datapath_id) : SDN_NONE;
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

bool intent_apply_begin(struct sdn_switch *sw, bool verify, mono_t now)
{
	const struct intent_set *set = set_of(sw);
	struct why unused;

	sw->apply.set_number = set ? set->number : 0;
	if (number_of(sw, set) == SDN_NONE && !sw->apply.active)
		return false;
	intent_tables_free(&sw->apply.read);
	sw->apply.active = true;
	sw->apply.verifying = verify;
	sw->apply.due = sw->conn.version == OF10 ? DUE_FLOWS : DUE_FLOWS | DUE_METERS;
	sw->recheck = intent_tables_alloc(&sw->apply.read, READ_FLOWS, READ_ACTIONS, READ_METERS,
	                                  &unused) != 0 ||
	              !ask_flows(sw, now) || (sw->conn.version != OF10 && !ask_meters(sw, now));
	sw->checking = !sw->recheck;
	return true;
}

void intent_apply_end(struct sdn_switch *sw)
{
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
	struct of_flow_stats stats;
	struct of_meter_config config;

	if (list.family == OF_FAMILY_FLOW_STATS)
		while (of_flow_stats_next(&list, &stats))
			read_flow(sw, &stats, now);
	else if (list.family == OF_FAMILY_METER_CONFIG)
		while (of_meter_config_next(&list, &config))
			sdn_flow_read_meter(&sw->apply.read, &config);
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

static int intended_make(struct sdn_switch *sw, struct sdn_tables *intended)
{
	const struct intent_set *set = set_of(sw);
	uint16_t number = number_of(sw, set);
	struct sdn_known known = {.version = sw->conn.version, .tables = TABLES};
	struct sdn_station *stations;
	struct why why;
	int err;

	if (number == SDN_NONE)
		return intent_tables_alloc(intended, 0, 0, 0, &why);
	known.stations_len = stations_make(sw, &set->intent, number, &stations);
	known.stations = stations;
	err = stations ? intent_tables_make(&set->intent, number, &known, intended, &why) : -ENOMEM;
	free(stations);
	return err;
}

// Sending.

struct sender {
	struct sdn_switch *sw;
	mono_t now;
	uint32_t bundle; // 0: none
	bool failed;     // a queue had no room
};

static void bundle_control(struct sender *s, enum of_bundle_type type)
{
	struct of_msg msg = {.type = OF_BUNDLE_CONTROL,
	                     .bundle_control = {.bundle_id = s->bundle,
	                                        .type = (uint16_t)type,
	                                        .flags = OF_BUNDLE_ATOMIC | OF_BUNDLE_ORDERED}};

	s->failed |= !send_msg(s->sw, &msg, s->now);
}

// Both messages have to have one xid.
static void bundle_add(struct sender *s, struct of_msg *msg)
{
	static _Thread_local uint8_t bytes[OF_MESSAGE_MAX_BYTES];
	struct fill out = fill_of(bytes, sizeof(bytes));
	struct of_msg add = {.type = OF_BUNDLE_ADD_MESSAGE, .xid = of_conn_xid(&s->sw->conn)};

	msg->xid = add.xid;
	s->failed |= of_encode(msg, &out) != OF_FAULT_NONE;
	add.bundle_add = (struct of_bundle_add){.bundle_id = s->bundle,
	                                        .flags = OF_BUNDLE_ATOMIC | OF_BUNDLE_ORDERED,
	                                        .message = {bytes, (uint32_t)fill_len(&out)}};
	s->failed |= s->failed || !send_msg(s->sw, &add, s->now);
}

static void send_change(struct sender *s, const struct sdn_diff_change *change)
{
	static _Thread_local struct sdn_scratch scratch;
	struct of_msg msg, barrier = {.type = OF_BARRIER_REQUEST};

	if (change->barrier && !s->bundle)
		s->failed |= !send_msg(s->sw, &barrier, s->now);
	if (s->failed ||
	    sdn_diff_message(change, s->sw->conn.version, &scratch, &msg) != OF_FAULT_NONE) {
		s->failed = true;
		return;
	}
	if (s->bundle && change->flow)
		bundle_add(s, &msg);
	else
		s->failed |= !send_msg(s->sw, &msg, s->now);
}

// Meters are no messages of bundles: those that are added precede it, others follow.
static void send_changes(struct sender *s, const struct sdn_diff_change *changes, uint32_t len)
{
	uint32_t i = 0, flows = 0;

	for (uint32_t k = 0; k < len; k++)
		flows += changes[k].flow != NULL;
	for (; i < len && !changes[i].flow; i++)
		send_change(s, &changes[i]);
	if (flows > 1 && flows <= BUNDLE_MAX && s->sw->conn.version >= OF14) {
		s->bundle = of_conn_xid(&s->sw->conn);
		bundle_control(s, OF_BUNDLE_OPEN_REQUEST);
	}
	for (; i < len && changes[i].flow; i++)
		send_change(s, &changes[i]);
	if (s->bundle)
		bundle_control(s, s->failed ? OF_BUNDLE_DISCARD_REQUEST : OF_BUNDLE_COMMIT_REQUEST);
	s->bundle = 0;
	for (; i < len; i++)
		send_change(s, &changes[i]);
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

// Compares what was read, and sends what differs.
static void tables_mend(struct sdn_switch *sw, mono_t now)
{
	struct sender s = {.sw = sw, .now = now};
	struct sdn_tables intended, *read = &sw->apply.read;
	struct sdn_diff_change *changes;
	uint32_t most;

	if (intended_make(sw, &intended) != 0) {
		sdn_switches_event(sw, (struct sdn_event){.kind = SDN_EVENT_INTENTS_REFUSED});
		return;
	}
	sdn_flow_sort(read);
	sdn_keep(&intended, read);
	most = read->flows_len + intended.flows_len + read->meters_len + intended.meters_len;
	changes = calloc(most + 1u, sizeof(*changes));
	if (changes) {
		sw->apply.differs = sdn_diff(read, &intended, changes, most);
		if (sw->apply.verifying)
			drift_note(sw, changes, sw->apply.differs);
		else
			send_changes(&s, changes, sw->apply.differs);
	}
	sw->flows = intended.flows_len;
	sw->recheck |= s.failed || !changes;
	free(changes);
	intent_tables_free(&intended);
}

// One of the replies has come, or never will. True: it was the last.
static bool reply_end(struct sdn_switch *sw, mono_t now)
{
	sw->apply.due &=
	        (uint8_t) ~(sw->conn.answered_tag == INTENT_APPLY_FLOWS ? DUE_FLOWS : DUE_METERS);
	if (sw->apply.due)
		return false;
	sw->checking = false;
	if (sdn_tables_full(&sw->apply.read))
		sdn_switches_event(sw, (struct sdn_event){.kind = SDN_EVENT_FLOWS_UNREAD});
	else
		tables_mend(sw, now);
	intent_tables_free(&sw->apply.read);
	if (number_of(sw, set_of(sw)) == SDN_NONE) {
		sw->apply.active = false; // it learns again, as one without intents
		sw->recheck = true;
	}
	return true;
}

bool intent_apply_reply(struct sdn_switch *sw, const struct of_msg *msg, mono_t now)
{
	if (!sw->apply.due || msg->type != OF_MULTIPART_REPLY)
		return false;
	read_body(sw, msg->multipart.body, now);
	return sw->conn.answered_last && reply_end(sw, now);
}

// A switch without meters says so: then a flow that needs one is refused by the switch.
bool intent_apply_failed(struct sdn_switch *sw, bool refused, mono_t now)
{
	if (refused && sw->apply.due && sw->conn.answered_tag == INTENT_APPLY_METERS)
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

// Flows of a host that was learned now, of a switch with the pipeline.
static void host_send(struct sdn_switch *sw, const struct intent_set *set, uint16_t network,
                      uint32_t port, const uint8_t mac[6], mono_t now)
{
	struct sdn_flow flows[4];
	struct sdn_action actions[16];
	struct sdn_tables tables = {
	        .flows = flows, .actions = actions, .flows_max = 4, .actions_max = 16};
	struct sdn_station station = {.network = network, .port = port};
	struct sender s = {.sw = sw, .now = now};

	memcpy(station.mac, mac, sizeof(station.mac));
	sdn_rules_station(&set->intent, number_of(sw, set), &station, &tables);
	for (uint32_t i = tables.flows_len;
	     i-- > 0;) // where the host is first, then that it is known
		send_change(&s, &(struct sdn_diff_change){.kind = SDN_DIFF_ADD, .flow = &flows[i]});
	sw->recheck |= s.failed;
	sw->flow_mods += tables.flows_len;
	counter_add(&sw->all->metric.flow_mods, tables.flows_len);
}

void intent_apply_packet(struct sdn_switch *sw, const struct of_packet_in *in, mono_t now)
{
	const struct intent_set *set = set_of(sw);
	struct sdn_learn_outcome outcome;
	struct sdn_learn_frame frame;
	uint16_t network;

	if (number_of(sw, set) == SDN_NONE ||
	    !sdn_learn_frame_parse(&frame, span_of(in->data.p, in->data.len)))
		return;
	network = network_of(&set->intent, frame.vlan);
	if (network == SDN_NONE)
		return;
	outcome = sdn_learn_input(&sw->all->learn, sdn_switch_number(sw), in->in_port, &frame, now);
	if (!outcome.known)
		return;
	if (sw->conn.version == OF10)
		sw->recheck = true; // all of it is one table
	else
		host_send(sw, set, network, in->in_port, frame.src, now);
}
