// of_packet_in: what OpenFlow costs a controller for each packet of which a switch asks. "codec":
// the packet-in is decoded, and the flow mod with a match of three fields and one output that
// answers it is encoded. "learn": as wadi-sdn does it without TCP: the connection's bytes, what is
// learned of LEARN_SWITCHES switches with LEARN_HOSTS hosts each, the flow mod into the
// connection's queue.
#include "measure.h"

#include "core/rand.h"
#include "proto/openflow/of_conn.h"
#include "proto/openflow/of_match.h"
#include "proto/openflow/of_msg.h"
#include "proto/openflow/of_version.h"
#include "proto/sdn/sdn_learn.h"
#include "proto/sdn/sdn_learn_form.h"

#include <stdio.h>
#include <stdlib.h>

#define ITEMS  256
#define SLICES 64

#define LEARN_SWITCHES 16
#define LEARN_HOSTS    1000
#define LEARN_BYTES    128 // of a packet-in, at most

struct bench {
	uint8_t packet_in[256];
	size_t len;
	uint8_t version;
	uint8_t out[512];
	uint64_t sink;
};

static void match_put(struct fill *out, const struct of_packet_in *in)
{
	of_match_put_number(out, OF_FIELD_IN_PORT, in->in_port);
	of_match_put_bytes(out, OF_FIELD_ETH_DST, in->data.p, NULL);
	of_match_put_bytes(out, OF_FIELD_ETH_SRC, in->data.p + 6, NULL);
}

// As a learning switch answers.
static size_t answer(struct bench *bench, const struct of_msg *in)
{
	struct of_msg msg = {.version = bench->version, .type = OF_FLOW_MOD, .xid = in->xid};
	struct of_action output = {.type = OF_ACTION_OUTPUT, .port = in->packet_in.in_port + 1};
	struct of_instruction apply = {.type = OF_INSTRUCTION_APPLY_ACTIONS};
	uint8_t fields[64], actions[16], instructions[32];
	struct fill match = fill_of(fields, sizeof(fields)),
	            list = fill_of(actions, sizeof(actions)),
	            outer = fill_of(instructions, sizeof(instructions)),
	            out = fill_of(bench->out, sizeof(bench->out));
	enum of_version version = (enum of_version)bench->version;

	match_put(&match, &in->packet_in);
	if (of_action_put(&list, version, &output) != OF_FAULT_NONE)
		abort();
	apply.actions = of_list_of(OF_FAMILY_ACTION, version, &list);
	if (of_instruction_put(&outer, version, &apply) != OF_FAULT_NONE)
		abort();
	msg.flow_mod = (struct of_flow_mod){.cookie = 1,
	                                    .priority = 100,
	                                    .idle_timeout_s = 30,
	                                    .buffer_id = in->packet_in.buffer_id,
	                                    .out_port = OF_PORT_ANY,
	                                    .out_group = OF_GROUP_ANY,
	                                    .match = of_match_of(&match)};
	msg.flow_mod.instructions = of_list_of(OF_FAMILY_INSTRUCTION, version, &outer);
	if (of_encode(&msg, &out) != OF_FAULT_NONE)
		abort();
	return fill_len(&out);
}

static void run(void *ctx, unsigned slice)
{
	struct bench *bench = ctx;

	for (unsigned i = 0; i < ITEMS; i++) {
		struct of_msg msg;

		if (of_decode(&msg, bench->packet_in, bench->len, NULL) != OF_FAULT_NONE)
			abort();
		bench->sink += answer(bench, &msg);
	}
}

static void packet_in_init(struct bench *bench, uint8_t version)
{
	static const uint8_t frame[60] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
	struct of_msg msg = {.version = version, .type = OF_PACKET_IN, .xid = 1};
	struct fill out = fill_of(bench->packet_in, sizeof(bench->packet_in));

	msg.packet_in = (struct of_packet_in){.buffer_id = 7,
	                                      .total_len = sizeof(frame),
	                                      .in_port = 3,
	                                      .data = {frame, sizeof(frame)}};
	if (of_encode(&msg, &out) != OF_FAULT_NONE)
		abort();
	bench->len = fill_len(&out);
	bench->version = version;
}

// A controller, of which all switches share the connection.
struct learner {
	struct of_conn conn;
	struct of_conn_metric metric;
	struct sdn_learn learn;
	struct sdn_learn_forms forms;
	void *memory;
	uint8_t stream[SLICES][ITEMS * LEARN_BYTES];
	uint32_t len;
};

static void host_mac(uint8_t mac[6], uint32_t number)
{
	static const uint8_t prefix[] = {2, 0, 0};

	memcpy(mac, prefix, sizeof(prefix));
	mac[3] = (uint8_t)(number >> 16);
	mac[4] = (uint8_t)(number >> 8);
	mac[5] = (uint8_t)number;
}

// A frame between two hosts of the switch that is number % LEARN_SWITCHES.
static void learn_packet(struct fill *out, uint8_t version, uint32_t number, uint32_t src,
                         uint32_t dst)
{
	uint8_t frame[60] = {[12] = 0x88, 0xb5};
	struct of_msg msg = {.version = version, .type = OF_PACKET_IN, .xid = number};

	host_mac(frame, dst);
	host_mac(frame + 6, src);
	msg.packet_in = (struct of_packet_in){.buffer_id = 7,
	                                      .total_len = sizeof(frame),
	                                      .in_port = 1 + src % 48,
	                                      .data = {frame, sizeof(frame)}};
	if (of_encode(&msg, out) != OF_FAULT_NONE)
		abort();
}

static void learner_answer(struct learner *learner, const struct of_msg *msg, mono_t now)
{
	const struct of_packet_in *in = &msg->packet_in;
	struct fill out = of_conn_room(&learner->conn, OF_CONN_BULK);
	struct sdn_learn_outcome outcome;
	struct sdn_learn_frame frame;
	struct sdn_learn_flow flow;

	if (!sdn_learn_frame_parse(&frame, span_of(in->data.p, in->data.len)))
		abort();
	outcome = sdn_learn_input(&learner->learn, msg->xid % LEARN_SWITCHES, in->in_port, &frame,
	                          now);
	if (outcome.verdict != SDN_LEARN_FORWARD)
		return;
	flow = (struct sdn_learn_flow){in->in_port, outcome.port, frame.vlan_match, {0}, {0}};
	memcpy(flow.src, frame.src, sizeof(flow.src));
	memcpy(flow.dst, frame.dst, sizeof(flow.dst));
	if (!sdn_learn_form_flow(&learner->forms, &out, of_conn_xid(&learner->conn), &flow,
	                         in->buffer_id))
		abort();
	of_conn_wrote(&learner->conn, OF_CONN_BULK, &out, now);
}

// All that was answered leaves, as with TCP.
static void learner_flush(struct learner *learner, mono_t now)
{
	struct span waits = of_conn_output(&learner->conn);

	for (; span_left(&waits) > 0; waits = of_conn_output(&learner->conn))
		of_conn_sent(&learner->conn, (uint32_t)span_left(&waits), now);
}

static void learn_run(void *ctx, unsigned slice)
{
	struct learner *learner = ctx;
	struct span part = span_of(learner->stream[slice % SLICES], learner->len);
	mono_t now = {SEC_US};
	struct of_msg msg;

	while (of_conn_next(&learner->conn, &part, &msg, now) == OF_CONN_MESSAGE)
		learner_answer(learner, &msg, now);
	learner_flush(learner, now);
}

static void learner_hello(struct learner *learner, uint8_t version)
{
	struct of_msg hello = of_version_hello(OF_VERSION_BIT(version), 1), msg;
	uint8_t bytes[128];
	struct fill out = fill_of(bytes, sizeof(bytes));
	struct span part;

	msg = (struct of_msg){.version = version, .type = OF_FEATURES_REPLY, .xid = 2};
	if (of_encode(&hello, &out) != OF_FAULT_NONE || of_encode(&msg, &out) != OF_FAULT_NONE)
		abort();
	part = span_of(bytes, fill_len(&out));
	if (of_conn_next(&learner->conn, &part, &msg, (mono_t){SEC_US}) != OF_CONN_READY)
		abort();
}

static void learner_init(struct learner *learner, uint8_t version)
{
	static const struct sdn_learn_conf conf = {.switches = LEARN_SWITCHES,
	                                           .hosts = LEARN_SWITCHES * LEARN_HOSTS,
	                                           .ports = LEARN_SWITCHES * 48,
	                                           .hosts_per_port = LEARN_HOSTS,
	                                           .ports_per_switch = 48,
	                                           .floods_per_s = 1,
	                                           .moves_per_s = 1,
	                                           .ageing_us = 300 * SEC_US,
	                                           .seed = 1};
	static const struct sdn_learn_flow_conf flow = {.owner = 1, .idle_s = 60, .hard_s = 150};
	struct rand rand;

	rand_init(&rand, 1);
	learner->memory = malloc(of_conn_memory(&of_conn_limits_default));
	if (!learner->memory || sdn_learn_open(&learner->learn, &conf))
		abort();
	of_conn_init(&learner->conn, &of_conn_limits_default, &learner->metric, learner->memory,
	             OF_VERSION_ALL, false, (mono_t){SEC_US});
	learner_hello(learner, version);
	sdn_learn_form_init(&learner->forms, (enum of_version)version, &flow);
	for (uint32_t i = 0; i < LEARN_SWITCHES * LEARN_HOSTS; i++) {
		uint8_t mac[6];

		host_mac(mac, i / LEARN_SWITCHES);
		if (!sdn_learn_add(&learner->learn, i % LEARN_SWITCHES, 1 + i / LEARN_SWITCHES % 48,
		                   0, mac, (mono_t){SEC_US}))
			abort();
	}
	for (unsigned i = 0; i < SLICES; i++) {
		struct fill out = fill_of(learner->stream[i], sizeof(learner->stream[i]));

		for (uint32_t k = 0; k < ITEMS; k++) {
			uint32_t src = (uint32_t)rand_below(&rand, LEARN_HOSTS);

			learn_packet(&out, version, (uint32_t)rand_u64(&rand), src,
			             (src + 1) % LEARN_HOSTS);
		}
		learner->len = (uint32_t)fill_len(&out);
	}
}

static void learner_fini(struct learner *learner)
{
	sdn_learn_close(&learner->learn);
	free(learner->memory);
}

int main(int argc, char **argv)
{
	static const struct measure_about about = {
	        .bench = "of_packet_in",
	        .text = "Measures a packet-in decoded and the flow mod that answers it encoded, "
	                "and "
	                "the same\nin a connection with learning.\nKinds are versions.\n",
	        .item = "packet-in",
	};
	static const struct {
		const char *kind, *learn;
		uint8_t version;
	} kinds[] = {
	        {"1.0", "learn-1.0", OF10}, {"1.3", "learn-1.3", OF13}, {"1.5", "learn-1.5", OF15}};
	static struct measure measure;
	static struct learner learner;
	static struct bench bench;

	measure_open(&measure, &about, argv);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		packet_in_init(&bench, kinds[i].version);
		measure_run(&measure, &(struct measure_case){.kind = kinds[i].kind,
		                                             .slices = SLICES,
		                                             .items = ITEMS,
		                                             .run = run,
		                                             .ctx = &bench});
	}
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		learner_init(&learner, kinds[i].version);
		measure_run(&measure, &(struct measure_case){.kind = kinds[i].learn,
		                                             .slices = SLICES,
		                                             .items = ITEMS,
		                                             .run = learn_run,
		                                             .ctx = &learner});
		learner_fini(&learner);
	}
	measure_close(&measure);
	return 0;
}
