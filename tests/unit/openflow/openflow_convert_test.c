// Conversion: what a controller builds once is encoded in each version, and decoded to the same.
// What a version cannot express is refused, and nothing is written.
#include "harness.h"

#include "proto/openflow/of_match.h"
#include "proto/openflow/of_print.h"
#include "proto/openflow/of_version.h"

static const uint8_t versions[] = {OF10, OF13, OF14, OF15};
static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};

// A rule that all versions can express: match, set fields, output.
struct rule {
	uint8_t match[128], actions[256], instructions[256];
	struct fill fields, list, outer;
	struct of_msg msg;
};

static void put_set_field(struct rule *rule, enum of_field field, uint64_t value)
{
	uint8_t bytes[32];
	struct fill f = fill_of(bytes, sizeof(bytes));
	struct of_action action = {.type = OF_ACTION_SET_FIELD};

	of_match_put_number(&f, field, value);
	action.field = of_match_of(&f);
	assert_int_equal(of_action_put(&rule->list, OF15, &action), OF_FAULT_NONE);
}

static void put_output(struct rule *rule, uint32_t port)
{
	struct of_action action = {.type = OF_ACTION_OUTPUT, .port = port};

	assert_int_equal(of_action_put(&rule->list, OF15, &action), OF_FAULT_NONE);
}

static void rule_init(struct rule *rule)
{
	rule->fields = fill_of(rule->match, sizeof(rule->match));
	rule->list = fill_of(rule->actions, sizeof(rule->actions));
	rule->outer = fill_of(rule->instructions, sizeof(rule->instructions));
	rule->msg = (struct of_msg){.version = OF15, .type = OF_FLOW_MOD, .xid = 7};
	rule->msg.flow_mod = (struct of_flow_mod){.cookie = 1,
	                                          .priority = 100,
	                                          .buffer_id = OF_NO_BUFFER,
	                                          .out_port = OF_PORT_ANY,
	                                          .out_group = OF_GROUP_ANY,
	                                          .flags = OF_FLOW_SEND_REMOVED};
}

static void rule_close(struct rule *rule)
{
	struct of_instruction apply = {.type = OF_INSTRUCTION_APPLY_ACTIONS};

	apply.actions = of_list_of(OF_FAMILY_ACTION, OF15, &rule->list);
	assert_int_equal(of_instruction_put(&rule->outer, OF15, &apply), OF_FAULT_NONE);
	rule->msg.flow_mod.match = of_match_of(&rule->fields);
	rule->msg.flow_mod.instructions = of_list_of(OF_FAMILY_INSTRUCTION, OF15, &rule->outer);
}

static enum of_fault encode(struct of_msg *msg, uint8_t version, uint8_t *bytes, size_t size,
                            size_t *len)
{
	struct fill out = fill_of(bytes, size);
	enum of_fault fault;

	msg->version = version;
	fault = of_encode(msg, &out);
	*len = fill_len(&out);
	if (fault != OF_FAULT_NONE)
		assert_int_equal(*len, 0);
	return fault;
}

static void assert_printed(const uint8_t *bytes, size_t len, const char *part)
{
	static char text[8192];
	struct fill out = fill_of(text, sizeof(text) - 1);

	of_print(&out, bytes, len);
	text[fill_len(&out)] = '\0';
	if (!strstr(text, part))
		fail_msg("%s is not in: %s", part, text);
}

// Of a rule with a field that 1.0 has, too.
static void test_rule(void **state)
{
	static const char *const actions[] = {
	        "apply_actions:set_vlan_vid:100,set_tp_dst:81,output:IN_PORT",
	        "apply_actions:set_field:vlan_vid=0x1064,set_field:tcp_dst=81,output:IN_PORT"};
	uint8_t bytes[1024];
	struct rule rule;
	size_t len;

	rule_init(&rule);
	of_match_put_number(&rule.fields, OF_FIELD_IN_PORT, OF_PORT_LOCAL);
	of_match_put_bytes(&rule.fields, OF_FIELD_ETH_SRC, mac, NULL);
	of_match_put_number(&rule.fields, OF_FIELD_ETH_TYPE, 0x0800);
	of_match_put_number(&rule.fields, OF_FIELD_VLAN_VID, 0);
	of_match_put_number(&rule.fields, OF_FIELD_IP_DSCP, 46);
	of_match_put_number(&rule.fields, OF_FIELD_IP_PROTO, 6);
	of_match_put_bytes(&rule.fields, OF_FIELD_IPV4_DST, "\x0a\x00\x00\x00", "\xff\xff\x00\x00");
	of_match_put_number(&rule.fields, OF_FIELD_TCP_DST, 80);
	put_set_field(&rule, OF_FIELD_VLAN_VID, OXM_VLAN_PRESENT | 100);
	put_set_field(&rule, OF_FIELD_TCP_DST, 81);
	put_output(&rule, OF_PORT_IN_PORT);
	rule_close(&rule);
	for (unsigned i = 0; i < ARRAY_LEN(versions); i++) {
		assert_int_equal(encode(&rule.msg, versions[i], bytes, sizeof(bytes), &len),
		                 OF_FAULT_NONE);
		assert_printed(
		        bytes, len,
		        "match=in_port=LOCAL,eth_src=02:00:00:00:00:01,eth_type=0x800,"
		        "vlan_vid=0x0,ip_dscp=46,ip_proto=6,ipv4_dst=10.0.0.0/16,tcp_dst=80");
		assert_printed(bytes, len, "priority=100");
		assert_printed(bytes, len, actions[i > 0]);
	}
	(void)state;
}

// What 1.0 has no form for.
static void test_inexpressible(void **state)
{
	uint8_t bytes[1024];
	struct rule rule;
	size_t len;

	rule_init(&rule);
	of_match_put_number(&rule.fields, OF_FIELD_TCP_DST, 80); // its prerequisites are missing
	put_output(&rule, 1);
	rule_close(&rule);
	assert_int_equal(encode(&rule.msg, OF10, bytes, sizeof(bytes), &len),
	                 OF_FAULT_INEXPRESSIBLE);
	assert_int_equal(encode(&rule.msg, OF13, bytes, sizeof(bytes), &len), OF_FAULT_NONE);

	rule_init(&rule);
	of_match_put_number(&rule.fields, OF_FIELD_METADATA, 1);
	rule_close(&rule);
	assert_int_equal(encode(&rule.msg, OF10, bytes, sizeof(bytes), &len),
	                 OF_FAULT_INEXPRESSIBLE);

	rule_init(&rule);
	put_output(&rule, 0xff00); // a port above those of 1.0
	rule_close(&rule);
	assert_int_equal(encode(&rule.msg, OF10, bytes, sizeof(bytes), &len),
	                 OF_FAULT_INEXPRESSIBLE);
	assert_int_equal(encode(&rule.msg, OF14, bytes, sizeof(bytes), &len), OF_FAULT_NONE);

	rule_init(&rule);
	put_set_field(&rule, OF_FIELD_METADATA, 1);
	rule_close(&rule);
	assert_int_equal(encode(&rule.msg, OF10, bytes, sizeof(bytes), &len),
	                 OF_FAULT_INEXPRESSIBLE);

	rule_init(&rule);
	rule.msg.flow_mod.flags = OF_FLOW_RESET_COUNTS;
	assert_int_equal(encode(&rule.msg, OF10, bytes, sizeof(bytes), &len),
	                 OF_FAULT_INEXPRESSIBLE);
	assert_int_equal(encode(&rule.msg, OF13, bytes, 40, &len), OF_FAULT_TOO_LONG);

	rule.msg = (struct of_msg){.type = OF_ROLE_REQUEST};
	assert_int_equal(encode(&rule.msg, OF10, bytes, sizeof(bytes), &len),
	                 OF_FAULT_INEXPRESSIBLE);
	// Its bytes have no meaning in a version that knows the type.
	rule.msg = (struct of_msg){.type = OF_UNKNOWN, .unknown.type = 30};
	assert_int_equal(encode(&rule.msg, OF14, bytes, sizeof(bytes), &len),
	                 OF_FAULT_INEXPRESSIBLE);
	assert_int_equal(encode(&rule.msg, OF13, bytes, sizeof(bytes), &len), OF_FAULT_NONE);
	rule.msg = (struct of_msg){.type = OF_BARRIER_REQUEST};
	assert_int_equal(encode(&rule.msg, 3, bytes, sizeof(bytes), &len), OF_FAULT_VERSION);
	(void)state;
}

// The port of a packet is in its match from 1.3 on, of a packet that is sent from 1.5 on.
static void test_in_port(void **state)
{
	uint8_t bytes[256];
	struct of_msg in = {.type = OF_PACKET_IN}, out = {.type = OF_PACKET_OUT}, read;
	size_t len;

	in.packet_in =
	        (struct of_packet_in){.buffer_id = 1, .in_port = 7, .data = {mac, sizeof(mac)}};
	out.packet_out = (struct of_packet_out){.buffer_id = 2, .in_port = OF_PORT_CONTROLLER};
	for (unsigned i = 0; i < ARRAY_LEN(versions); i++) {
		assert_int_equal(encode(&in, versions[i], bytes, sizeof(bytes), &len),
		                 OF_FAULT_NONE);
		assert_int_equal(of_decode(&read, bytes, len, NULL), OF_FAULT_NONE);
		assert_int_equal(read.packet_in.in_port, 7);
		assert_int_equal(read.packet_in.data.len, sizeof(mac));
		assert_memory_equal(read.packet_in.data.p, mac, sizeof(mac));
		assert_int_equal(encode(&out, versions[i], bytes, sizeof(bytes), &len),
		                 OF_FAULT_NONE);
		assert_int_equal(of_decode(&read, bytes, len, NULL), OF_FAULT_NONE);
		assert_int_equal(read.packet_out.in_port, OF_PORT_CONTROLLER);
	}
	(void)state;
}

// Members that are properties in 1.4 and 1.5.
static void test_properties(void **state)
{
	uint8_t bytes[512], bucket[128], list[128];
	struct fill actions = fill_of(list, sizeof(list)),
	            buckets = fill_of(bucket, sizeof(bucket));
	struct of_msg status = {.type = OF_PORT_STATUS}, group = {.type = OF_GROUP_MOD}, read;
	struct of_action output = {.type = OF_ACTION_OUTPUT, .port = 3};
	struct of_bucket one = {.weight = 2, .watch_port = 3, .watch_group = OF_GROUP_ANY};
	size_t len;

	status.port_status.port = (struct of_port){.port_no = 4,
	                                           .name = {(const uint8_t *)"eth4", 4},
	                                           .curr = 0x20,
	                                           .curr_speed_kbps = 1000000};
	assert_int_equal(of_action_put(&actions, OF15, &output), OF_FAULT_NONE);
	one.actions = of_list_of(OF_FAMILY_ACTION, OF15, &actions);
	assert_int_equal(of_bucket_put(&buckets, OF15, &one), OF_FAULT_NONE);
	group.group_mod = (struct of_group_mod){.type = OF_GROUP_TYPE_FF, .group_id = 9};
	group.group_mod.buckets = of_list_of(OF_FAMILY_BUCKET, OF15, &buckets);
	for (unsigned i = 0; i < ARRAY_LEN(versions); i++) {
		assert_int_equal(encode(&status, versions[i], bytes, sizeof(bytes), &len),
		                 OF_FAULT_NONE);
		assert_int_equal(of_decode(&read, bytes, len, NULL), OF_FAULT_NONE);
		assert_int_equal(read.port_status.port.curr, 0x20);
		assert_int_equal(read.port_status.port.curr_speed_kbps, i ? 1000000 : 0);
		if (versions[i] == OF10)
			continue;
		assert_int_equal(encode(&group, versions[i], bytes, sizeof(bytes), &len),
		                 OF_FAULT_NONE);
		assert_int_equal(of_decode(&read, bytes, len, NULL), OF_FAULT_NONE);
		assert_true(of_bucket_next(&read.group_mod.buckets, &one));
		assert_int_equal(one.weight, 2);
		assert_int_equal(one.watch_port, 3);
		assert_int_equal(one.watch_group, OF_GROUP_ANY);
		assert_true(of_action_next(&one.actions, &output));
		assert_int_equal(output.port, 3);
		assert_false(of_action_next(&one.actions, &output));
		assert_false(of_bucket_next(&read.group_mod.buckets, &one));
	}
	(void)state;
}

// Open vSwitch 3.1 sends the features of meters in 1.5 without what 1.5 added.
static void test_short_meter_features(void **state)
{
	static const uint8_t bytes[32] = {
	        6,        OF_MULTIPART_REPLY, 0, 32, [9] = OF_MULTIPART_METER_FEATURES,
	        [18] = 4, [28] = 16};
	struct of_meter_features features;
	struct of_msg msg;

	assert_int_equal(of_decode(&msg, bytes, sizeof(bytes), NULL), OF_FAULT_NONE);
	assert_true(of_meter_features_next(&msg.multipart.body, &features));
	assert_int_equal(features.max_meter, 1024);
	assert_int_equal(features.max_bands, 16);
	assert_int_equal(features.features, 0);
	assert_false(of_meter_features_next(&msg.multipart.body, &features));
	(void)state;
}

// Which version is spoken: ours, the header's of the peer, its bitmap, the result.
static void test_negotiate(void **state)
{
	enum { B10 = 1 << OF10, B12 = 1 << 3, B13 = 1 << OF13, B14 = 1 << OF14, B15 = 1 << OF15 };
	static const struct {
		uint32_t ours;
		uint8_t version;
		uint32_t bitmap;
		uint8_t result;
	} rows[] = {
	        {OF_VERSION_ALL, OF13, 0, OF13}, // no bitmap: the lower one
	        {OF_VERSION_ALL, 0x07, 0, OF15}, // a version to come
	        {OF_VERSION_ALL, OF10, 0, OF10},
	        {B10 | B13, OF15, 0, OF13},
	        {OF_VERSION_ALL, 3, 0, 0}, // 1.2 is not ours
	        {B13, OF10, 0, 0},
	        {OF_VERSION_ALL, OF15, B10 | B13 | B15, OF15}, // the highest in both bitmaps
	        {B10 | B13, OF15, B10 | B13 | B15, OF13},
	        {B14, OF15, B10 | B13 | B15, 0},
	        {OF_VERSION_ALL, 0x07, 1 << 7, 0}, // honest, and nothing in common
	        {OF_VERSION_ALL, OF13, B12, OF13}, // a bitmap without its own version
	        {OF_VERSION_ALL, OF13, 1, OF13},   // a bitmap of nonsense
	        {OF_VERSION_ALL, 0xff, 0, OF15},
	};

	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		const struct of_msg hello = {.version = rows[i].version,
		                             .type = OF_HELLO,
		                             .hello.bitmap = rows[i].bitmap};

		if (of_version_negotiate(rows[i].ours, &hello) != rows[i].result)
			fail_msg("row %u", i);
	}
	(void)state;
}

// Hellos as peers really send them: what follows the header is not trusted.
static void test_hello(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		uint32_t bitmap;
	} rows[] = {
	        {"\4\0\0\x08\0\0\0\1", 8, 0},
	        {"\4\0\0\x10\0\0\0\1\0\1\0\x08\0\0\0\x12", 16, 0x12},
	        {"\4\0\0\x18\0\0\0\1\0\2\0\x06\1\2\0\0\0\1\0\x08\0\0\0\x12", 24,
	         0x12},                                            // one unknown
	        {"\4\0\0\x10\0\0\0\1\0\1\0\x0c\0\0\0\x12", 16, 0}, // longer than the message
	        {"\4\0\0\x10\0\0\0\1\0\1\0\0\0\0\0\x12", 16, 0},   // of no length
	        {"\4\0\0\x0c\0\0\0\1\0\1\0\4", 12, 0},             // empty
	        {"\1\0\0\x0b\0\0\0\1\xff\xff\xff", 11, 0},
	};
	struct of_msg msg;

	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(of_decode(&msg, rows[i].bytes, rows[i].len, NULL), OF_FAULT_NONE);
		assert_int_equal(msg.type, OF_HELLO);
		assert_int_equal(msg.hello.bitmap, rows[i].bitmap);
	}
	msg = of_version_hello(OF_VERSION_ALL, 9);
	assert_int_equal(msg.version, OF15);
	assert_int_equal(msg.hello.bitmap, 0x72);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_rule),
	        cmocka_unit_test(test_inexpressible),
	        cmocka_unit_test(test_in_port),
	        cmocka_unit_test(test_properties),
	        cmocka_unit_test(test_short_meter_features),
	        cmocka_unit_test(test_negotiate),
	        cmocka_unit_test(test_hello),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
