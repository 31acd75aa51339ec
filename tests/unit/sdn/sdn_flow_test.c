// sdn_flow: flows and meters to messages of every version and back; flows of a switch that intents
// do not have; their order.
#include "intent_lab.h"

// The message as a switch has it: its bytes, decoded.
struct sent {
	uint8_t bytes[65535];
	struct of_msg msg;
};

static void send_flow(struct sent *sent, const struct sdn_flow *flow, uint8_t command,
                      uint8_t version)
{
	static struct sdn_scratch scratch;
	struct fill out = fill_of(sent->bytes, sizeof(sent->bytes));
	struct of_msg msg;

	assert_int_equal(sdn_flow_message(flow, command, version, &scratch, &msg), OF_FAULT_NONE);
	assert_int_equal(of_encode(&msg, &out), OF_FAULT_NONE);
	assert_int_equal(of_decode(&sent->msg, sent->bytes, fill_len(&out), NULL), OF_FAULT_NONE);
	assert_int_equal(sent->msg.type, OF_FLOW_MOD);
}

// As a switch lists a flow that it was sent.
static void read_back(const struct sent *sent, struct sdn_tables *tables)
{
	const struct of_flow_mod *mod = &sent->msg.flow_mod;
	struct of_flow_stats stats = {.table_id = mod->table_id,
	                              .priority = mod->priority,
	                              .cookie = mod->cookie,
	                              .match = mod->match,
	                              .instructions = mod->instructions};

	sdn_flow_read(tables, &stats);
}

static void flows_survive_a_switch(void **state)
{
	static const uint8_t versions[] = {OF10, OF13, OF14, OF15};
	static struct sent sent;
	unsigned flows = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 16; seed++) {
		uint8_t version = versions[seed % 4];
		struct sdn_tables tables, flat = lab_tables(1 << 16);
		struct why why;
		struct rand rand;
		struct lab lab;

		rand_init(&rand, seed);
		lab_init(&lab, &rand, version == OF10);
		tables = lab_make(&lab);
		if (version == OF10)
			assert_int_equal(sdn_rules_flatten(&lab.intent, &tables, OF10, &flat, &why),
			                 0);
		for (uint32_t i = 0; i < (version == OF10 ? flat : tables).flows_len; i++) {
			const struct sdn_flow *flow = &(version == OF10 ? flat : tables).flows[i];
			struct sdn_tables back = lab_tables(8);

			send_flow(&sent, flow, OF_FLOW_ADD, version);
			read_back(&sent, &back);
			assert_false(sdn_tables_full(&back));
			assert_int_equal(sdn_flow_order(&back.flows[0], flow), 0);
			assert_true(sdn_flow_acts_as(&back.flows[0], flow));
			assert_int_equal(back.flows[0].cookie, flow->cookie);
			lab_tables_close(&back);
			flows++;
		}
		lab_tables_close(&tables);
		lab_tables_close(&flat);
	}
	assert_true(flows > 1000);
}

static void deletes_name_the_flow(void **state)
{
	static struct sent sent;
	struct sdn_flow flow = {.cookie = SDN_COOKIE_INTENT | 7, .priority = 9, .table = 3};

	(void)state;
	SDN_MATCH_SET(&flow.match, in_port, be32(4));
	send_flow(&sent, &flow, OF_FLOW_DELETE_STRICT, OF13);
	assert_int_equal(sent.msg.flow_mod.priority, 9);
	assert_int_equal(sent.msg.flow_mod.table_id, 3);
	assert_int_equal(sent.msg.flow_mod.cookie_mask, UINT64_MAX);
	assert_int_equal(sent.msg.flow_mod.out_port, OF_PORT_ANY);
	assert_int_equal(of_match_in_port(&sent.msg.flow_mod.match), 4);
	assert_int_equal(sent.msg.flow_mod.instructions.len, 0);
}

static void meters_survive_a_switch(void **state)
{
	static const struct sdn_meter meter = {77, 1000, 200, {0}};
	struct sdn_tables tables = lab_tables(1);
	struct sdn_scratch scratch;
	struct of_msg msg;
	uint8_t bytes[256];
	struct fill out = fill_of(bytes, sizeof(bytes));
	struct of_meter_config config;

	(void)state;
	assert_int_equal(sdn_flow_message_meter(&meter, SDN_METER_ADD, OF10, &scratch, &msg),
	                 OF_FAULT_INEXPRESSIBLE);
	assert_int_equal(sdn_flow_message_meter(&meter, SDN_METER_ADD, OF13, &scratch, &msg),
	                 OF_FAULT_NONE);
	assert_int_equal(of_encode(&msg, &out), OF_FAULT_NONE);
	assert_int_equal(of_decode(&msg, bytes, fill_len(&out), NULL), OF_FAULT_NONE);
	config = (struct of_meter_config){msg.meter_mod.flags, msg.meter_mod.meter_id,
	                                  msg.meter_mod.bands};
	sdn_flow_read_meter(&tables, &config);
	assert_int_equal(tables.meters_len, 1);
	assert_int_equal(tables.meters[0].id, 77);
	assert_int_equal(tables.meters[0].rate_kbps, 1000);
	assert_int_equal(tables.meters[0].burst_kbits, 200);
	config.flags = 0; // of packets
	sdn_flow_read_meter(&tables, &config);
	assert_int_equal(tables.meters[1].rate_kbps, 0);
	lab_tables_close(&tables);
}

// Reads a flow with these match fields and this action.
static struct sdn_flow read_one(const struct fill *fields, const struct of_action *action,
                                uint16_t idle_s, struct sdn_tables *tables)
{
	uint8_t room[256], list[256];
	struct fill actions = fill_of(room, sizeof(room)), all = fill_of(list, sizeof(list));
	struct of_instruction apply = {.type = OF_INSTRUCTION_APPLY_ACTIONS};
	struct of_flow_stats stats = {.idle_timeout_s = idle_s};

	if (action)
		assert_int_equal(of_action_put(&actions, OF13, action), OF_FAULT_NONE);
	apply.actions = of_list_of(OF_FAMILY_ACTION, OF13, &actions);
	assert_int_equal(of_instruction_put(&all, OF13, &apply), OF_FAULT_NONE);
	stats.instructions = of_list_of(OF_FAMILY_INSTRUCTION, OF13, &all);
	if (fields)
		stats.match = of_match_of(fields);
	tables->flows_len = tables->actions_len = 0;
	sdn_flow_read(tables, &stats);
	return tables->flows[0];
}

static void what_intents_do_not_have_is_odd(void **state)
{
	static const struct of_action queue = {.type = OF_ACTION_SET_QUEUE, .queue_id = 3};
	static const struct of_action push = {.type = OF_ACTION_PUSH_VLAN, .ethertype = 0x8100};
	static const struct of_action output = {.type = OF_ACTION_OUTPUT, .port = 3};
	struct sdn_tables tables = lab_tables(8);
	uint8_t room[64];
	struct fill fields = fill_of(room, sizeof(room));
	struct sdn_flow flow;

	(void)state;
	flow = read_one(NULL, &output, 0, &tables);
	assert_false(flow.odd || flow.odd_match);
	assert_true(read_one(NULL, &output, 5, &tables).odd);
	assert_true(read_one(NULL, &queue, 0, &tables).odd);
	assert_true(read_one(NULL, &push, 0, &tables).odd);
	of_match_put_number(&fields, OF_FIELD_METADATA, 1);
	assert_true(read_one(&fields, &output, 0, &tables).odd_match);
	fields = fill_of(room, sizeof(room));
	of_match_put_number(&fields, OF_FIELD_ARP_OP, 0x101);
	assert_true(read_one(&fields, &output, 0, &tables).odd_match);
	lab_tables_close(&tables);
}

static void flows_are_sorted(void **state)
{
	struct sdn_tables tables = lab_tables(512);
	struct rand rand;

	(void)state;
	rand_init(&rand, 9);
	for (unsigned i = 0; i < 500; i++) {
		struct sdn_flow flow = {.table = (uint8_t)rand_below(&rand, 4),
		                        .priority = (uint16_t)rand_below(&rand, 4)};

		SDN_MATCH_SET(&flow.match, in_port, be32((uint32_t)rand_u64(&rand)));
		sdn_flow_add(&tables, &flow);
	}
	sdn_flow_sort(&tables);
	for (unsigned i = 1; i < 500; i++)
		assert_true(sdn_flow_order(&tables.flows[i - 1], &tables.flows[i]) < 0);
	lab_tables_close(&tables);
}

static void fields_of_no_protocol_are_not_sent(void **state)
{
	struct sdn_flow flow = {.priority = 1};
	struct sdn_scratch scratch;
	struct of_msg msg;

	(void)state;
	SDN_MATCH_SET(&flow.match, dst_port, be16(80));
	assert_int_equal(sdn_flow_message(&flow, OF_FLOW_ADD, OF13, &scratch, &msg),
	                 OF_FAULT_INEXPRESSIBLE);
	SDN_MATCH_SET(&flow.match, eth_type, be16(0x0800));
	SDN_MATCH_SET(&flow.match, ip_proto, 17);
	assert_int_equal(sdn_flow_message(&flow, OF_FLOW_ADD, OF13, &scratch, &msg), OF_FAULT_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(flows_survive_a_switch),
	        cmocka_unit_test(deletes_name_the_flow),
	        cmocka_unit_test(meters_survive_a_switch),
	        cmocka_unit_test(what_intents_do_not_have_is_odd),
	        cmocka_unit_test(flows_are_sorted),
	        cmocka_unit_test(fields_of_no_protocol_are_not_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
