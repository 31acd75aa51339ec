// sdn_lab: apps/sdn on virtual time: a worker with its switches, and switches of an emulator that
// connect by wadi's own TCP, have flows, and note what they are asked to do.
#ifndef SIM_SDN_LAB_H
#define SIM_SDN_LAB_H

#define SIM_PAGES     2048
#define SIM_TCP_CONNS 64
#define SIM_TCP_PAGES 1024
#include "sim.h"

#include "apps/sdn/sdn_session.h"
#include "core/host/control_loop.h"
#include "core/rand.h"
#include "proto/openflow/of_version.h"

#include <stdlib.h>

#define SWITCHES   6
#define FLOWS_MAX  64
#define FRAME_LEN  60
#define PORTS      4
#define EVENTS_MAX 64

static struct sim sim;

static struct {
	struct service_worker service;
	struct sdn_conf conf;
	struct sdn_switches *switches;
	struct sdn_events events;
	struct control_loop loop;
} server;

// An emulated switch: it has flows, and notes what it is asked to send.
struct flow {
	uint64_t cookie;
	struct sdn_learn_flow of;
	uint16_t priority;
	bool is_pair;
};

static struct emulated {
	struct tcp_conn *tcp;
	struct of_conn conn;
	struct of_conn_metric metric;
	void *memory;
	uint64_t datapath_id;
	uint8_t auxiliary_id;     // of the connection; 0: it is the main one
	bool ready, closed, mute; // mute: it does not answer echo requests
	bool portless;            // it does not list its ports
	bool roleless;            // it knows no roles
	uint32_t role;            // enum of_role_kind; 0: none was asked for
	uint64_t generation;      // the highest that it was asked for a role with
	unsigned roles;           // requests
	struct flow flow[FLOWS_MAX];
	unsigned flows_len, packet_outs;
	uint32_t out_port; // of the last packet-out
} emulated[SWITCHES];

static void emulated_output(struct emulated *sw)
{
	struct span waits = of_conn_output(&sw->conn);

	while (sw->tcp && span_left(&waits) > 0) {
		uint32_t n = tcp_send(sw->tcp, waits.p, (uint32_t)span_left(&waits));

		if (n == 0)
			return;
		of_conn_sent(&sw->conn, n, sim.now);
		waits = of_conn_output(&sw->conn);
	}
}

static void reply(struct emulated *sw, struct of_msg msg, uint32_t xid)
{
	msg.xid = xid;
	assert_int_equal(of_conn_send(&sw->conn, OF_CONN_CONTROL, &msg, sim.now), OF_FAULT_NONE);
}

static void reply_features(struct emulated *sw, uint32_t xid, const struct of_list *ports)
{
	struct of_msg msg = {.type = OF_FEATURES_REPLY};

	msg.features = (struct of_features){
	        .datapath_id = sw->datapath_id, .n_tables = 254, .auxiliary_id = sw->auxiliary_id};
	if (sw->conn.version == OF10)
		msg.features.ports = *ports;
	reply(sw, msg, xid);
}

// Its flows, as a reply.
static void reply_flows(struct emulated *sw, uint32_t xid)
{
	static uint8_t body[32768];
	struct fill out = fill_of(body, sizeof(body));
	enum of_version version = (enum of_version)sw->conn.version;
	struct of_msg msg = {.type = OF_MULTIPART_REPLY, .multipart = {.type = OF_MULTIPART_FLOW}};

	for (unsigned i = 0; i < sw->flows_len; i++) {
		const struct sdn_learn_flow_conf conf = {
		        .owner = (uint32_t)(sw->flow[i].cookie >> 32)};
		struct sdn_learn_flow_scratch scratch;
		struct of_flow_stats stats;
		struct of_msg mod;

		if (sw->flow[i].is_pair)
			sdn_learn_flow_add(&mod, &scratch, version, &conf, &sw->flow[i].of,
			                   OF_NO_BUFFER);
		else
			sdn_learn_flow_miss(&mod, &scratch, version, &conf);
		stats = (struct of_flow_stats){.priority = mod.flow_mod.priority,
		                               .cookie = sw->flow[i].cookie,
		                               .match = mod.flow_mod.match,
		                               .instructions = mod.flow_mod.instructions};
		assert_int_equal(of_flow_stats_put(&out, version, &stats), OF_FAULT_NONE);
	}
	msg.multipart.body = of_list_of(OF_FAMILY_FLOW_STATS, version, &out);
	reply(sw, msg, xid);
}

static struct of_list ports_of(struct emulated *sw, uint8_t *bytes, size_t size)
{
	enum of_version version = (enum of_version)sw->conn.version;
	struct fill out = fill_of(bytes, size);

	for (uint32_t i = 1; i <= PORTS && !sw->portless; i++) {
		struct of_port port = {.port_no = i, .name = {(const uint8_t *)"p", 1}};

		assert_int_equal(of_port_put(&out, version, &port), OF_FAULT_NONE);
	}
	return of_list_of(OF_FAMILY_PORT, version, &out);
}

static void on_multipart(struct emulated *sw, const struct of_msg *asked)
{
	struct of_msg msg = {.type = OF_MULTIPART_REPLY,
	                     .multipart = {.type = asked->multipart.type}};
	uint8_t bytes[1024];

	if (asked->multipart.type == OF_MULTIPART_FLOW) {
		reply_flows(sw, asked->xid);
		return;
	}
	if (asked->multipart.type == OF_MULTIPART_PORT_DESC && !sw->portless) {
		assert_true((asked->multipart.body.len > 0) == (sw->conn.version == OF15));
		msg.multipart.body = ports_of(sw, bytes, sizeof(bytes));
		reply(sw, msg, asked->xid);
		return;
	}
	reply(sw, (struct of_msg){.type = OF_ERROR, .error = {.type = 1, .code = 2}}, asked->xid);
}

static bool flow_eq(const struct flow *a, const struct flow *b)
{
	return a->priority == b->priority && a->of.in_port == b->of.in_port &&
	       a->of.vlan_match == b->of.vlan_match && !memcmp(a->of.src, b->of.src, 6) &&
	       !memcmp(a->of.dst, b->of.dst, 6);
}

static void flow_del(struct emulated *sw, unsigned i)
{
	sw->flow[i] = sw->flow[--sw->flows_len];
}

static void on_flow_mod(struct emulated *sw, const struct of_flow_mod *mod)
{
	struct of_flow_stats stats = {.priority = mod->priority,
	                              .cookie = mod->cookie,
	                              .match = mod->match,
	                              .instructions = mod->instructions};
	const struct sdn_learn_flow_conf conf = {.owner = (uint32_t)(mod->cookie >> 32)};
	struct flow flow = {.cookie = mod->cookie, .priority = mod->priority};

	flow.is_pair = sdn_learn_flow_read(&stats, &conf, &flow.of) == SDN_LEARN_FLOW_PAIR;
	if (mod->command == OF_FLOW_DELETE) {
		struct of_match_walk walk = of_match_walk_of(&mod->match);
		struct of_oxm oxm;
		bool by_dst = of_match_walk_next(&walk, &oxm);

		for (unsigned i = sw->flows_len; i-- > 0;)
			if ((!by_dst || !memcmp(sw->flow[i].of.dst, oxm.value, 6)) &&
			    sw->flow[i].cookie == mod->cookie &&
			    (mod->out_port == OF_PORT_ANY ||
			     sw->flow[i].of.out_port == mod->out_port))
				flow_del(sw, i);
		return;
	}
	// A strict delete has no instructions, and so was not read as a pair.
	if (mod->command == OF_FLOW_DELETE_STRICT) {
		stats.instructions = (struct of_list){0};
		flow.of.in_port = of_match_in_port(&mod->match);
		for (unsigned i = sw->flows_len; i-- > 0;)
			if (sw->flow[i].cookie == mod->cookie &&
			    sw->flow[i].of.in_port == flow.of.in_port)
				flow_del(sw, i);
		return;
	}
	for (unsigned i = sw->flows_len; i-- > 0;)
		if (flow_eq(&sw->flow[i], &flow))
			flow_del(sw, i);
	assert_true(sw->flows_len < FLOWS_MAX);
	sw->flow[sw->flows_len++] = flow;
}

static void on_packet_out(struct emulated *sw, struct of_packet_out *out)
{
	struct of_action action;

	sw->packet_outs++;
	assert_true(of_action_next(&out->actions, &action));
	sw->out_port = action.port;
}

// Section 6.3.9: a generation of the past is refused.
static void on_role_request(struct emulated *sw, const struct of_msg *msg)
{
	struct of_role role = msg->role;

	sw->roles++;
	if (sw->roleless) {
		reply(sw, (struct of_msg){.type = OF_ERROR, .error = {.type = 1, .code = 1}},
		      msg->xid);
		return;
	}
	if (role.role >= OF_ROLE_MASTER && (int64_t)(role.generation_id - sw->generation) < 0) {
		reply(sw, (struct of_msg){.type = OF_ERROR, .error = {.type = 11}}, msg->xid);
		return;
	}
	if (role.role != OF_ROLE_NOCHANGE) {
		sw->role = role.role;
		sw->generation = role.generation_id;
	}
	role = (struct of_role){.role = sw->role, .generation_id = sw->generation};
	reply(sw, (struct of_msg){.type = OF_ROLE_REPLY, .role = role}, msg->xid);
}

// Nicira's role request of 1.0: subtype 10, and 11 in the reply.
static void on_experiment(struct emulated *sw, const struct of_msg *msg)
{
	uint8_t bytes[8] = {0, 0, 0, 11};
	const uint8_t *data = msg->experiment.data.p;

	assert_int_equal(msg->experiment.experimenter, 0x2320);
	assert_int_equal(msg->experiment.data.len, 8);
	assert_int_equal(data[3], 10);
	sw->roles++;
	sw->role = data[7] == 1 ? OF_ROLE_MASTER : OF_ROLE_SLAVE;
	bytes[7] = data[7];
	reply(sw,
	      (struct of_msg){.type = OF_EXPERIMENT,
	                      .experiment = {.experimenter = 0x2320, .data = {bytes, 8}}},
	      msg->xid);
}

static void on_message(struct emulated *sw, struct of_msg *msg)
{
	uint8_t bytes[1024];
	struct of_list ports;

	switch (msg->type) {
	case OF_FEATURES_REQUEST:
		ports = ports_of(sw, bytes, sizeof(bytes));
		reply_features(sw, msg->xid, &ports);
		break;
	case OF_MULTIPART_REQUEST:
		on_multipart(sw, msg);
		break;
	case OF_BARRIER_REQUEST:
		reply(sw, (struct of_msg){.type = OF_BARRIER_REPLY}, msg->xid);
		sw->ready = true;
		break;
	case OF_FLOW_MOD:
		on_flow_mod(sw, &msg->flow_mod);
		break;
	case OF_PACKET_OUT:
		on_packet_out(sw, &msg->packet_out);
		break;
	case OF_ROLE_REQUEST:
		on_role_request(sw, msg);
		break;
	case OF_EXPERIMENT:
		on_experiment(sw, msg);
		break;
	default:
		break;
	}
}

static unsigned emulated_data(void *ctx, struct tcp_conn *tcp, struct tcp_data *data, unsigned n,
                              mono_t now)
{
	struct emulated *sw = ctx;

	for (unsigned i = 0; i < n && !sw->mute; i++) {
		struct span part = span_of(data[i].bytes, data[i].len);
		enum of_conn_event event;
		struct of_msg msg;

		while ((event = of_conn_next(&sw->conn, &part, &msg, now)) != OF_CONN_MORE &&
		       event != OF_CONN_CLOSE)
			if (event == OF_CONN_MESSAGE)
				on_message(sw, &msg);
	}
	if (!sw->mute)
		emulated_output(sw);
	return n;
}

static void emulated_opened(void *ctx, struct tcp_conn *tcp, mono_t now)
{
	emulated_output(ctx);
}

static void emulated_closed(void *ctx, struct tcp_conn *tcp, enum tcp_end how, mono_t now)
{
	struct emulated *sw = ctx;

	sw->tcp = NULL;
	sw->closed = true;
}

static const struct tcp_ops emulated_ops = {
        .opened = emulated_opened, .data = emulated_data, .closed = emulated_closed};

static void run_ms(uint64_t ms)
{
	sim_run_until(&sim, mono_add(sim.now, ms * MS_US));
}

// Connects; flows are kept, as of a switch that connects again.
static struct emulated *emulated_open(unsigned number, uint64_t datapath_id,
                                      enum of_version version)
{
	struct emulated *sw = &emulated[number];
	struct tcp_connect_conf conf = {
	        .remote_port = OF_PORT, .ops = &emulated_ops, .ctx = sw, .nodelay = true};

	assert_null(sw->tcp);
	assert_true(addr_parse(number % 2 ? "10.0.0.2" : "fd00::2", &conf.remote));
	if (!sw->memory)
		sw->memory = malloc(of_conn_memory(&of_conn_limits_default));
	sw->ready = sw->closed = sw->mute = false;
	sw->datapath_id = datapath_id;
	of_conn_init(&sw->conn, &of_conn_limits_default, &sw->metric, sw->memory,
	             OF_VERSION_BIT(version), true, sim.now);
	assert_int_equal(tcp_connect(stack_tcp(sim.client.stack), &conf, &sw->tcp, sim.now), 0);
	run_ms(200);
	return sw;
}

static void emulated_say(struct emulated *sw, struct of_msg msg)
{
	assert_int_equal(of_conn_send(&sw->conn, OF_CONN_BULK, &msg, sim.now), OF_FAULT_NONE);
	emulated_output(sw);
	run_ms(20);
}

// A frame of host src to host dst, 0 for all, comes in.
static void packet_in(struct emulated *sw, uint32_t port, uint8_t src, uint8_t dst)
{
	uint8_t frame[FRAME_LEN] = {2, 0, 0, 0, 0, dst, 2, 0, 0, 0, 0, src, 8, 0};

	if (dst == 0)
		memset(frame, 0xff, 6);
	emulated_say(sw, (struct of_msg){.type = OF_PACKET_IN,
	                                 .packet_in = {.buffer_id = OF_NO_BUFFER,
	                                               .total_len = FRAME_LEN,
	                                               .in_port = port,
	                                               .data = {frame, FRAME_LEN}}});
}

static void lab_open(void)
{
	struct why why;

	sim_open(&sim, (struct impair_conf){.delay_us = MS_US});
	memset(&server, 0, sizeof(server));
	memset(emulated, 0, sizeof(emulated));
	server.conf = (struct sdn_conf){.port = OF_PORT,
	                                .cookie = 0x77616469,
	                                .max_switches = 4,
	                                .max_hosts = 64,
	                                .max_ports = 64,
	                                .hosts_per_port = 32,
	                                .floods_per_s = 100,
	                                .moves_per_s = 5,
	                                .ageing_s = 300,
	                                .idle_s = 60,
	                                .echo_s = 5,
	                                .timeout_s = 5};
	server.service = (struct service_worker){.stack = sim.server.stack,
	                                         .pipeline = &sim.server.pipeline,
	                                         .metric = &sim.server.metric,
	                                         .drops_begin = (enum drop)DROP_COUNT};
	assert_int_equal(control_loop_init(&server.loop), 0);
	assert_int_equal(sdn_events_open(&server.events, &server.loop), 0);
	server.switches = sdn_switches_open(&server.conf, &server.events, &server.service, &why);
	assert_non_null(server.switches);
}

static uint64_t drops(enum sdn_drop drop)
{
	return counter_get(&sim.server.metric.drop[DROP_COUNT + (unsigned)drop]);
}

#define METRIC(name) counter_get(&server.switches->metric.name)

static void lab_close(void)
{
	for (unsigned i = 0; i < SWITCHES; i++)
		if (emulated[i].tcp)
			tcp_abort(emulated[i].tcp);
	run_ms(10000);
	sim_run_until(&sim, mono_add(sim.now, 61 * SEC_US)); // TIME-WAIT
	assert_int_equal(METRIC(switches), 0);
	assert_int_equal(server.switches->datapaths.len, 0);
	assert_int_equal(server.switches->learn.hosts.len, 0);
	sdn_switches_close(server.switches);
	sim_close(&sim);
	sdn_events_close(&server.events);
	control_loop_fini(&server.loop);
	for (unsigned i = 0; i < SWITCHES; i++)
		free(emulated[i].memory);
}

// How many of the last events are of the kind.
static unsigned events(const char *kind)
{
	json_t *reply = json_object(), *row;
	unsigned n = 0;
	size_t i;

	sdn_events_report(&server.events, reply);
	json_array_foreach (json_object_get(reply, "events"), i, row)
		n += strcmp(json_string_value(json_object_get(row, "event")), kind) == 0;
	json_decref(reply);
	return n;
}

static const enum of_version versions[] = {OF10, OF13, OF14, OF15};

#endif
