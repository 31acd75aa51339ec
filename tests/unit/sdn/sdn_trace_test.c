// sdn_trace: the steps of a packet as text, and what leaves.
#include "intent_lab.h"

#include "proto/sdn/sdn_trace.h"

static struct sdn_action actions[] = {
        {SDN_PUSH_VLAN, {0}, 0, 10}, {SDN_OUTPUT, {0}, 0, 3}, {SDN_POP_VLAN, {0}, 0, 0},
        {SDN_OUTPUT, {0}, 0, 2},     {SDN_OUTPUT, {0}, 0, 1},
};

static void steps_are_printed(void **state)
{
	struct sdn_intent_rule rule = {.number = 4, .limit = SDN_NONE};
	struct sdn_intent_acl acl = {"guests", &rule, 1, true};
	struct sdn_intent intent = {.acls = &acl, .acls_len = 1};
	struct sdn_flow flows[] = {
	        {.priority = 9,
	         .next = 1,
	         .actions = actions,
	         .actions_len = 1,
	         .origin = {SDN_ORIGIN_PORT, 0, 1}},
	        {.table = 1, .priority = 9, .origin = {SDN_ORIGIN_ACL, 4, 0}},
	};
	struct sdn_tables tables = {.flows = flows, .flows_len = 2, .flows_max = 2};
	struct sdn_key packet = {.in_port = be32(1),
	                         .eth_type = be16(0x0800),
	                         .ip_proto = 6,
	                         .src_port = be16(1024),
	                         .dst_port = be16(22),
	                         .eth_src = {2, 0, 0, 0, 0, 1},
	                         .eth_dst = {2, 0, 0, 0, 0, 2},
	                         .src = {10, 0, 0, 1},
	                         .dst = {10, 0, 0, 2}};
	char text[1024] = "";
	struct of_text out = {.out = fill_of(text, sizeof(text) - 1)};
	struct sdn_traced traced;

	(void)state;
	SDN_MATCH_SET(&flows[0].match, in_port, be32(1));
	SDN_MATCH_SET(&flows[1].match, eth_type, be16(0x0800));
	SDN_MATCH_SET(&flows[1].match, ip_proto, 6);
	SDN_MATCH_SET(&flows[1].match, dst_port, be16(22));
	sdn_trace_packet_text(&packet, &out);
	of_text_put(&out, "\n");
	traced = sdn_trace(&tables, &intent, &packet, NULL, NULL, &out);
	assert_string_equal(
	        text, "port 1, 02:00:00:00:00:01 > 02:00:00:00:00:02, 10.0.0.1 port 1024 > "
	              "10.0.0.2 port 22, protocol 6\n"
	              "table 0: in_port=1 -> push_vlan:10,goto_table:1 (port 1)\n"
	              "table 1: eth_type=0x800,ip_proto=6,tcp_dst=22 -> drop (acl \"guests\", "
	              "rule 4)\n");
	assert_ptr_equal(traced.last, &flows[1]);
	assert_int_equal(traced.ports, 0);
}

// With a tag, without, and not back where the packet came from.
static void copies_leave_as_they_are(void **state)
{
	struct sdn_flow flow = {.actions = actions, .actions_len = 5};
	struct sdn_tables tables = {.flows = &flow, .flows_len = 1, .flows_max = 1};
	struct sdn_key packet = {.in_port = be32(1)};
	struct lab_copies copies = {.len = 0};
	struct sdn_traced traced;

	(void)state;
	traced = sdn_trace(&tables, NULL, &packet, lab_leaves, &copies, NULL);
	assert_int_equal(traced.ports, 2);
	assert_int_equal(copies.len, 2);
	assert_int_equal(copies.copy[0].port, 3);
	assert_int_equal(be16_get(copies.copy[0].packet.vlan), OXM_VLAN_PRESENT | 10);
	assert_int_equal(copies.copy[1].port, 2);
	assert_int_equal(be16_get(copies.copy[1].packet.vlan), 0);
}

static void no_flow_drops(void **state)
{
	struct sdn_tables none = {0};
	struct sdn_key packet = {.in_port = be32(1)};
	char text[256] = "";
	struct of_text out = {.out = fill_of(text, sizeof(text) - 1)};
	struct sdn_traced traced = sdn_trace(&none, NULL, &packet, NULL, NULL, &out);

	(void)state;
	assert_null(traced.last);
	assert_string_equal(text, "table 0: no flow matches, which drops\n");
}

// A switch's flow that was read may lead back; a walk ends nevertheless.
static void a_walk_ends(void **state)
{
	struct sdn_flow flow = {.table = 1, .next = 1}, first = {.next = 1};
	struct sdn_flow flows[] = {first, flow};
	struct sdn_tables tables = {.flows = flows, .flows_len = 2, .flows_max = 2};
	struct sdn_key packet = {.in_port = be32(1)};

	(void)state;
	assert_ptr_equal(sdn_trace(&tables, NULL, &packet, NULL, NULL, NULL).last, &flows[1]);
	flows[1].odd = true;
	assert_true(sdn_trace(&tables, NULL, &packet, NULL, NULL, NULL).odd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(steps_are_printed),
	        cmocka_unit_test(copies_leave_as_they_are),
	        cmocka_unit_test(no_flow_drops),
	        cmocka_unit_test(a_walk_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
