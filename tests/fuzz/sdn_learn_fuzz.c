// What a switch may send a controller that learns: whatever frame a packet-in has, and whatever
// flow is listed, the answers are well-formed messages, and a flow that is read as one of ours is
// made of ports that exist.
#include "proto/sdn/sdn_learn.h"
#include "proto/sdn/sdn_learn_form.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct sdn_learn_flow_conf conf = {.owner = 0, .idle_s = 60, .hard_s = 150};
static uint8_t bytes[2 * OF_MESSAGE_MAX_BYTES];

// Messages that were written decode.
static void check(const struct fill *out)
{
	struct span left = span_of(out->start, fill_len(out));
	struct of_msg msg;

	while (span_left(&left) > 0) {
		unsigned len = of_hdr_message_len(left.p, span_left(&left));
		const uint8_t *p = span_take(&left, len);

		if (!p || of_decode(&msg, p, len, NULL) != OF_FAULT_NONE)
			abort();
	}
}

static void on_packet_in(struct sdn_learn *learn, enum of_version version,
                         const struct of_packet_in *in)
{
	struct fill out = fill_of(bytes, sizeof(bytes));
	struct sdn_learn_forms forms;
	struct sdn_learn_outcome outcome;
	struct sdn_learn_frame frame;
	struct sdn_learn_flow flow = {.in_port = in->in_port, .out_port = OF_PORT_LOCAL};

	if (!sdn_learn_flow_is_port(in->in_port) ||
	    !sdn_learn_frame_parse(&frame, span_of(in->data.p, in->data.len)))
		return;
	outcome = sdn_learn_input(learn, 0, in->in_port, &frame, (mono_t){SEC_US});
	if (outcome.verdict == SDN_LEARN_FORWARD)
		flow.out_port = outcome.port;
	flow.vlan_match = frame.vlan_match;
	sdn_learn_form_init(&forms, version, &conf);
	if (!sdn_learn_form_flow(&forms, &out, 1, &flow, in->buffer_id))
		abort();
	(void)!sdn_learn_form_packet(&forms, &out, 2, in->in_port, flow.out_port, in->buffer_id,
	                             in->data);
	check(&out);
}

static void on_flow(enum of_version version, const struct of_flow_stats *stats)
{
	const struct sdn_learn_flow_conf owner = {.owner = (uint32_t)(stats->cookie >> 32)};
	struct fill out = fill_of(bytes, sizeof(bytes));
	struct sdn_learn_flow flow = {0};
	struct of_msg msg;

	if (sdn_learn_flow_read(stats, &owner, &flow) == SDN_LEARN_FLOW_FOREIGN)
		abort();
	sdn_learn_flow_delete_exact(&msg, stats);
	msg.version = (uint8_t)version;
	if (of_encode(&msg, &out) == OF_FAULT_NONE)
		check(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sdn_learn_conf small = {.switches = 1,
	                                            .hosts = 2,
	                                            .ports = 2,
	                                            .hosts_per_port = 1,
	                                            .ports_per_switch = 2,
	                                            .floods_per_s = 1,
	                                            .moves_per_s = 1,
	                                            .ageing_us = SEC_US};
	struct of_flow_stats stats;
	struct sdn_learn learn;
	struct of_msg msg;

	if (size > OF_MESSAGE_MAX_BYTES || of_decode(&msg, data, size, NULL) != OF_FAULT_NONE)
		return 0;
	if (sdn_learn_open(&learn, &small))
		abort();
	if (msg.type == OF_PACKET_IN)
		on_packet_in(&learn, (enum of_version)msg.version, &msg.packet_in);
	if (msg.type == OF_MULTIPART_REPLY && msg.multipart.body.family == OF_FAMILY_FLOW_STATS)
		while (of_flow_stats_next(&msg.multipart.body, &stats))
			on_flow((enum of_version)msg.version, &stats);
	sdn_learn_close(&learn);
	return 0;
}
