// of_packet_in: what OpenFlow costs a controller for each packet of which a switch asks: the
// packet-in is decoded, and the flow mod with a match of three fields and one output that answers
// it is encoded. Learning and TCP are not in it.
#include "measure.h"

#include "proto/openflow/of_match.h"
#include "proto/openflow/of_msg.h"

#include <stdio.h>
#include <stdlib.h>

#define ITEMS  256
#define SLICES 64

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

int main(int argc, char **argv)
{
	static const struct measure_about about = {
	        .bench = "of_packet_in",
	        .text = "Measures a packet-in decoded and the flow mod that answers it encoded.\n"
	                "Kinds are the versions.\n",
	        .item = "packet-in",
	};
	static const struct {
		const char *kind;
		uint8_t version;
	} kinds[] = {{"1.0", OF10}, {"1.3", OF13}, {"1.5", OF15}};
	static struct measure measure;
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
	measure_close(&measure);
	return 0;
}
