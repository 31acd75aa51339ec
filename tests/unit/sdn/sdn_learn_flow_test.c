// What a learning switch asks for, in every version: encoded, decoded, and read back.
#include "harness.h"

#include "proto/sdn/sdn_learn_flow.h"

static const enum of_version versions[] = {OF10, OF13, OF14, OF15};
static const struct sdn_learn_flow_conf conf = {.owner = 0x77616469, .idle_s = 60, .hard_s = 150};
static const struct sdn_learn_flow pair = {.in_port = 3,
                                           .out_port = 4,
                                           .vlan_match = 0x1005,
                                           .src = {2, 0, 0, 0, 0, 1},
                                           .dst = {2, 0, 0, 0, 0, 2}};

static uint8_t bytes[OF_MESSAGE_MAX_BYTES];

// As a switch gets it; it refers to bytes.
static struct of_msg arrived(struct of_msg msg, enum of_version version)
{
	struct fill out = fill_of(bytes, sizeof(bytes));
	struct of_msg read;

	msg.version = (uint8_t)version;
	assert_int_equal(of_encode(&msg, &out), OF_FAULT_NONE);
	assert_int_equal(of_decode(&read, bytes, fill_len(&out), NULL), OF_FAULT_NONE);
	return read;
}

// As a switch lists a flow that was added.
static struct of_flow_stats listed(const struct of_msg *msg)
{
	assert_int_equal(msg->type, OF_FLOW_MOD);
	assert_int_equal(msg->flow_mod.command, OF_FLOW_ADD);
	return (struct of_flow_stats){.priority = msg->flow_mod.priority,
	                              .cookie = msg->flow_mod.cookie,
	                              .match = msg->flow_mod.match,
	                              .instructions = msg->flow_mod.instructions};
}

static void test_a_pair_is_read_back(void **state)
{
	static const uint16_t vlans[] = {0, 0x1000, 0x1001, 0x1fff};
	static const uint32_t ports[] = {1, 0xfeff, OF_PORT_MAX, OF_PORT_LOCAL};

	for (unsigned i = 0; i < ARRAY_LEN(versions) * 16; i++) {
		struct sdn_learn_flow_scratch scratch;
		struct sdn_learn_flow flow = pair, read = {0};
		struct of_flow_stats stats;
		struct of_msg msg;

		flow.vlan_match = vlans[i % 4];
		flow.in_port = flow.out_port = ports[i / 4 % 4];
		assert_true(sdn_learn_flow_is_port(flow.in_port));
		sdn_learn_flow_add(&msg, &scratch, versions[i / 16], &conf, &flow, 9);
		msg = arrived(msg, versions[i / 16]);
		assert_int_equal(msg.flow_mod.buffer_id, 9);
		assert_int_equal(msg.flow_mod.idle_timeout_s, 60);
		assert_int_equal(msg.flow_mod.hard_timeout_s, 150);
		stats = listed(&msg);
		assert_int_equal(sdn_learn_flow_read(&stats, &conf, &read), SDN_LEARN_FLOW_PAIR);
		assert_memory_equal(&read, &flow, offsetof(struct sdn_learn_flow, dst) + 6);
	}
}

static void test_ports_that_are_none(void **state)
{
	static const uint32_t ports[] = {0,
	                                 OF_PORT_MAX + 1,
	                                 OF_PORT_IN_PORT,
	                                 OF_PORT_TABLE,
	                                 OF_PORT_NORMAL,
	                                 OF_PORT_FLOOD,
	                                 OF_PORT_ALL,
	                                 OF_PORT_CONTROLLER,
	                                 OF_PORT_ANY};

	for (unsigned i = 0; i < ARRAY_LEN(ports); i++)
		assert_false(sdn_learn_flow_is_port(ports[i]));
}

static void test_the_flow_of_everything_else(void **state)
{
	for (unsigned i = 0; i < ARRAY_LEN(versions); i++) {
		struct sdn_learn_flow_scratch scratch;
		struct of_flow_stats stats;
		struct sdn_learn_flow read;
		struct of_msg msg;

		sdn_learn_flow_miss(&msg, &scratch, versions[i], &conf);
		msg = arrived(msg, versions[i]);
		assert_int_equal(msg.flow_mod.idle_timeout_s + msg.flow_mod.hard_timeout_s, 0);
		stats = listed(&msg);
		assert_int_equal(sdn_learn_flow_read(&stats, &conf, &read), SDN_LEARN_FLOW_MISS);
		stats.priority = 1;
		assert_int_equal(sdn_learn_flow_read(&stats, &conf, &read), SDN_LEARN_FLOW_STRANGE);
	}
}

static void test_flows_of_others_and_strange_ones(void **state)
{
	for (unsigned i = 0; i < ARRAY_LEN(versions); i++) {
		struct sdn_learn_flow_scratch scratch;
		struct of_flow_stats stats, other;
		struct sdn_learn_flow read;
		uint8_t fields[64];
		struct fill match = fill_of(fields, sizeof(fields));
		struct of_msg msg;

		sdn_learn_flow_add(&msg, &scratch, versions[i], &conf, &pair, OF_NO_BUFFER);
		msg = arrived(msg, versions[i]);
		stats = listed(&msg);
		other = stats;
		other.cookie ^= UINT64_C(1) << 32;
		assert_int_equal(sdn_learn_flow_read(&other, &conf, &read), SDN_LEARN_FLOW_FOREIGN);
		other = stats;
		other.instructions.len = 0;
		assert_int_equal(sdn_learn_flow_read(&other, &conf, &read), SDN_LEARN_FLOW_STRANGE);
		other = stats;
		other.priority++;
		assert_int_equal(sdn_learn_flow_read(&other, &conf, &read), SDN_LEARN_FLOW_STRANGE);
		other = stats;
		other.table_id = 1;
		assert_int_equal(sdn_learn_flow_read(&other, &conf, &read), SDN_LEARN_FLOW_STRANGE);
		other = stats;
		of_match_put_number(&match, OF_FIELD_ETH_TYPE, 0x0800);
		other.match = of_match_of(&match);
		assert_int_equal(sdn_learn_flow_read(&other, &conf, &read), SDN_LEARN_FLOW_STRANGE);
	}
}

static void test_frames_are_sent(void **state)
{
	static const uint8_t frame[60] = {1, 2, 3};

	for (unsigned i = 0; i < ARRAY_LEN(versions); i++) {
		struct sdn_learn_flow_scratch scratch;
		struct of_msg msg;
		struct of_action action;
		uint32_t in_port;

		sdn_learn_flow_packet(&msg, &scratch, versions[i], 3, OF_PORT_FLOOD, OF_NO_BUFFER,
		                      (struct of_bytes){frame, sizeof(frame)});
		msg = arrived(msg, versions[i]);
		in_port = versions[i] == OF15 ? of_match_in_port(&msg.packet_out.match)
		                              : msg.packet_out.in_port;
		assert_int_equal(in_port, 3);
		assert_int_equal(msg.packet_out.data.len, sizeof(frame));
		assert_memory_equal(msg.packet_out.data.p, frame, sizeof(frame));
		assert_true(of_action_next(&msg.packet_out.actions, &action));
		assert_int_equal(action.type, OF_ACTION_OUTPUT);
		assert_int_equal(action.port, OF_PORT_FLOOD);
		sdn_learn_flow_packet(&msg, &scratch, versions[i], 3, 4, 77,
		                      (struct of_bytes){frame, sizeof(frame)});
		msg = arrived(msg, versions[i]);
		assert_int_equal(msg.packet_out.buffer_id, 77);
		assert_int_equal(msg.packet_out.data.len, 0);
	}
}

static void test_flows_are_deleted_by_owner(void **state)
{
	const struct sdn_learn_flow_filter filter = {.out_port = 7, .dst = pair.dst};

	for (unsigned i = 1; i < ARRAY_LEN(versions); i++) {
		struct sdn_learn_flow_scratch scratch;
		struct of_msg msg;
		struct of_match_walk walk;
		struct of_oxm oxm;

		sdn_learn_flow_delete(&msg, &scratch, versions[i], &conf, &filter);
		msg = arrived(msg, versions[i]);
		assert_int_equal(msg.flow_mod.command, OF_FLOW_DELETE);
		assert_int_equal(msg.flow_mod.cookie >> 32, conf.owner);
		assert_true(msg.flow_mod.cookie_mask >> 32 == UINT32_MAX);
		assert_int_equal(msg.flow_mod.out_port, 7);
		assert_int_equal(msg.flow_mod.table_id, OF_TABLE_ALL);
		walk = of_match_walk_of(&msg.flow_mod.match);
		assert_true(of_match_walk_next(&walk, &oxm));
		assert_int_equal(oxm.field, OF_FIELD_ETH_DST);
		assert_memory_equal(oxm.value, pair.dst, 6);
		assert_false(of_match_walk_next(&walk, &oxm));
	}
}

static void test_flows_are_asked_for_and_deleted_one_by_one(void **state)
{
	const struct sdn_learn_flow_filter all = {.out_port = OF_PORT_ANY};

	for (unsigned i = 0; i < ARRAY_LEN(versions); i++) {
		struct sdn_learn_flow_scratch scratch;
		struct of_flow_request request;
		struct of_flow_stats stats;
		struct of_msg msg;

		sdn_learn_flow_ask(&msg, &scratch, versions[i], &conf, &all);
		msg = arrived(msg, versions[i]);
		assert_int_equal(msg.multipart.type, OF_MULTIPART_FLOW);
		assert_true(of_flow_request_next(&msg.multipart.body, &request));
		assert_int_equal(request.table_id, OF_TABLE_ALL);
		assert_int_equal(request.out_port, OF_PORT_ANY);
		if (versions[i] != OF10)
			assert_true(request.cookie_mask == SDN_LEARN_FLOW_COOKIE_MASK);
		sdn_learn_flow_add(&msg, &scratch, versions[i], &conf, &pair, OF_NO_BUFFER);
		stats = listed(&msg);
		sdn_learn_flow_delete_exact(&msg, &stats);
		msg = arrived(msg, versions[i]);
		assert_int_equal(msg.flow_mod.command, OF_FLOW_DELETE_STRICT);
		assert_int_equal(msg.flow_mod.priority, SDN_LEARN_FLOW_PRIORITY);
		assert_int_equal(of_match_in_port(&msg.flow_mod.match), pair.in_port);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_pair_is_read_back),
	        cmocka_unit_test(test_ports_that_are_none),
	        cmocka_unit_test(test_the_flow_of_everything_else),
	        cmocka_unit_test(test_flows_of_others_and_strange_ones),
	        cmocka_unit_test(test_frames_are_sent),
	        cmocka_unit_test(test_flows_are_deleted_by_owner),
	        cmocka_unit_test(test_flows_are_asked_for_and_deleted_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
