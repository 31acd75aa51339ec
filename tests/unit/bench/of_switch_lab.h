// of_switch_lab: one emulated switch and a controller of scripts, on virtual time.
#ifndef UNIT_BENCH_OF_SWITCH_LAB_H
#define UNIT_BENCH_OF_SWITCH_LAB_H

#include "harness.h"

#include "proto/bench/of_switch.h"
#include "proto/openflow/of_error.h"

#define LAB_WINDOW 4

struct lab {
	struct of_switch_conf conf;
	struct of_tally tally;
	struct of_switch sw;
	struct of_switch_slot slots[16];
	uint8_t gather[OF_MESSAGE_MAX_BYTES];
	uint8_t room[4 * OF_MESSAGE_MAX_BYTES];
	struct fill out;
	size_t read; // of what the switch wrote
	mono_t now;
};

static struct lab lab;

static inline void lab_start(enum of_version version)
{
	lab.conf = (struct of_switch_conf){
	        .hosts = {.switches = 4, .per_switch = 8, .ports = 4, .seed = 1},
	        .version = version,
	        .window = LAB_WINDOW,
	        .timeout_us = SEC_US,
	        .echo_us = 5 * SEC_US,
	        .datapath_id = 0x100};
	assert_true(of_switch_slots(LAB_WINDOW) <= ARRAY_LEN(lab.slots));
	of_tally_clear(&lab.tally);
	of_switch_init(&lab.sw, &lab.conf, &lab.tally, 2, lab.slots, lab.gather);
	lab.out = fill_of(lab.room, sizeof(lab.room));
	lab.read = 0;
	lab.now = (mono_t){1000000};
	of_switch_open(&lab.sw, &lab.out, lab.now);
}

// The next message of the switch; false if there is none.
static inline bool lab_next(struct of_msg *msg)
{
	const uint8_t *at = lab.room + lab.read;
	size_t left = fill_len(&lab.out) - lab.read;
	unsigned len = of_hdr_message_len(at, left);

	if (left == 0)
		return false;
	assert_true(len >= sizeof(struct of_hdr) && len <= left);
	assert_int_equal(of_decode(msg, at, len, NULL), OF_FAULT_NONE);
	lab.read += len;
	return true;
}

static inline bool lab_input(const void *bytes, size_t len)
{
	struct span part = span_of(bytes, len);

	return of_switch_input(&lab.sw, &part, &lab.out, lab.now);
}

// The controller says it; its version and, unless it has one, an xid are filled in.
static inline bool lab_say(struct of_msg msg)
{
	static uint8_t room[OF_MESSAGE_MAX_BYTES];
	struct fill out = fill_of(room, sizeof(room));

	msg.version = (uint8_t)lab.conf.version;
	if (!msg.xid)
		msg.xid = 77;
	assert_int_equal(of_encode(&msg, &out), OF_FAULT_NONE);
	return lab_input(room, fill_len(&out));
}

static inline struct of_msg lab_expect(enum of_type type)
{
	struct of_msg msg = {0};

	assert_true(lab_next(&msg));
	assert_int_equal(msg.type, type);
	return msg;
}

static inline void lab_expect_nothing(void)
{
	struct of_msg msg;

	assert_false(lab_next(&msg));
}

static inline void lab_expect_error(uint16_t type, uint16_t code)
{
	struct of_msg msg = lab_expect(OF_ERROR);

	assert_int_equal(msg.error.type, type);
	assert_int_equal(msg.error.code, code);
}

// A list of one output.
static inline struct of_list lab_output(uint32_t port, uint16_t max_len)
{
	static uint8_t room[64];
	struct fill out = fill_of(room, sizeof(room));
	struct of_action action = {.type = OF_ACTION_OUTPUT, .port = port, .max_len = max_len};

	assert_int_equal(of_action_put(&out, lab.conf.version, &action), OF_FAULT_NONE);
	return of_list_of(OF_FAMILY_ACTION, lab.conf.version, &out);
}

static inline struct of_list lab_apply(struct of_list actions)
{
	static uint8_t room[128];
	struct fill out = fill_of(room, sizeof(room));
	struct of_instruction apply = {.type = OF_INSTRUCTION_APPLY_ACTIONS, .actions = actions};

	assert_int_equal(of_instruction_put(&out, lab.conf.version, &apply), OF_FAULT_NONE);
	return of_list_of(OF_FAMILY_INSTRUCTION, lab.conf.version, &out);
}

static inline bool lab_flow(uint32_t buffer_id, struct of_match match, uint32_t port,
                            uint16_t max_len)
{
	struct of_msg msg = {.type = OF_FLOW_MOD};

	msg.flow_mod = (struct of_flow_mod){.cookie = 0x55,
	                                    .priority = 1,
	                                    .buffer_id = buffer_id,
	                                    .out_port = OF_PORT_ANY,
	                                    .out_group = OF_GROUP_ANY,
	                                    .match = match,
	                                    .instructions = lab_apply(lab_output(port, max_len))};
	return lab_say(msg);
}

// Until the switch may send packet-ins; max_len is that of the flow to the controller.
static inline void lab_connect(uint16_t max_len)
{
	assert_true(lab_say((struct of_msg){.type = OF_HELLO}));
	assert_true(lab_say((struct of_msg){.type = OF_FEATURES_REQUEST}));
	if (lab.conf.version != OF10)
		assert_true(
		        lab_flow(OF_NO_BUFFER, (struct of_match){0}, OF_PORT_CONTROLLER, max_len));
	assert_true(of_switch_may_ask(&lab.sw));
	lab.read = fill_len(&lab.out);
}

static inline struct of_msg lab_ask(void)
{
	assert_true(of_switch_may_ask(&lab.sw));
	of_switch_ask(&lab.sw, lab.now, &lab.out, lab.now);
	return lab_expect(OF_PACKET_IN);
}

// The match of a learning switch.
static inline struct of_match lab_match(const struct of_msg *packet_in)
{
	static uint8_t room[64];
	struct fill out = fill_of(room, sizeof(room));

	of_match_put_number(&out, OF_FIELD_IN_PORT, packet_in->packet_in.in_port);
	of_match_put_bytes(&out, OF_FIELD_ETH_DST, packet_in->packet_in.data.p, NULL);
	of_match_put_bytes(&out, OF_FIELD_ETH_SRC, packet_in->packet_in.data.p + 6, NULL);
	return of_match_of(&out);
}

// The port of the host that the packet is for.
static inline uint32_t lab_port(const struct of_msg *packet_in)
{
	uint32_t h;

	assert_true(of_hosts_find(&lab.conf.hosts, 2, packet_in->packet_in.data.p, &h));
	return of_hosts_port(&lab.conf.hosts, h);
}

static inline bool lab_packet_out(uint32_t buffer_id, struct of_bytes data, uint32_t port)
{
	struct of_msg msg = {.type = OF_PACKET_OUT};

	msg.packet_out = (struct of_packet_out){
	        .buffer_id = buffer_id, .in_port = 1, .actions = lab_output(port, 0), .data = data};
	return lab_say(msg);
}

// All announcements, each flooded.
static inline void lab_announce(void)
{
	for (uint32_t i = 0; i < lab.conf.hosts.per_switch; i++) {
		struct of_msg in = lab_ask();

		assert_true(lab_packet_out(in.packet_in.buffer_id,
		                           in.packet_in.buffer_id == OF_NO_BUFFER
		                                   ? in.packet_in.data
		                                   : (struct of_bytes){0},
		                           OF_PORT_FLOOD));
	}
}

#define LAB_COUNT(name) counter_get(&lab.tally.name)

#endif
