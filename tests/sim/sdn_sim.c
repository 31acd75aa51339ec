// sdn: switches of an emulator at apps/sdn: good ones, ones that come twice, and ones that lie.
#include "sdn_lab.h"

static void test_frames_are_forwarded_in_each_version(void **state)
{
	for (unsigned v = 0; v < ARRAY_LEN(versions); v++) {
		struct emulated *sw;

		lab_open();
		sw = emulated_open(0, 7, versions[v]);
		assert_true(sw->ready);
		assert_int_equal(sw->flows_len, 1); // that of everything else
		packet_in(sw, 1, 1, 2);
		assert_int_equal(sw->out_port, OF_PORT_FLOOD);
		packet_in(sw, 2, 2, 1);
		assert_int_equal(sw->out_port, 1);
		assert_int_equal(sw->packet_outs, 2);
		assert_int_equal(sw->flows_len, 2);
		assert_true(sw->flow[1].is_pair);
		assert_int_equal(sw->flow[1].of.out_port, 1);
		assert_int_equal(METRIC(packet_ins), 2);
		assert_int_equal(METRIC(flooded), 1);
		assert_int_equal(METRIC(forwarded), 1);
		lab_close();
	}
}

static void test_a_move_deletes_flows_to_the_host(void **state)
{
	for (unsigned v = 0; v < ARRAY_LEN(versions); v++) {
		struct emulated *sw;

		lab_open();
		sw = emulated_open(0, 7, versions[v]);
		packet_in(sw, 1, 1, 0);
		packet_in(sw, 2, 2, 1);
		assert_int_equal(sw->flows_len, 2);
		packet_in(sw, 3, 1, 0);
		assert_int_equal(sw->flows_len, 1);
		packet_in(sw, 2, 2, 1);
		assert_int_equal(sw->flow[1].of.out_port, 3);
		lab_close();
	}
}

static void test_a_port_goes_down(void **state)
{
	for (unsigned v = 0; v < ARRAY_LEN(versions); v++) {
		struct emulated *sw;

		lab_open();
		sw = emulated_open(0, 7, versions[v]);
		packet_in(sw, 1, 1, 0);
		packet_in(sw, 2, 2, 1);
		emulated_say(sw,
		             (struct of_msg){.type = OF_PORT_STATUS,
		                             .port_status = {.reason = 2,
		                                             .port = {.port_no = 1, .state = 1}}});
		assert_int_equal(sw->flows_len, 1);
		packet_in(sw, 2, 2, 1);
		assert_int_equal(sw->out_port, OF_PORT_FLOOD);
		assert_int_equal(events("port_down"), 1);
		lab_close();
	}
}

// What a switch has is kept when it connects again, and taught to a controller that knows nothing;
// flows of others are left alone, and those that are wrong are deleted.
static void test_flows_are_reconciled(void **state)
{
	for (unsigned v = 0; v < ARRAY_LEN(versions); v++) {
		const struct flow pair = {.cookie = UINT64_C(0x7761646900000001),
		                          .priority = SDN_LEARN_FLOW_PRIORITY,
		                          .is_pair = true,
		                          .of = {2, 1, 0, {2, 0, 0, 0, 0, 2}, {2, 0, 0, 0, 0, 1}}};
		struct emulated *sw = &emulated[0];

		lab_open();
		sw->flow[0] = sw->flow[1] = sw->flow[2] = pair;
		sw->flow[1].of.in_port = 3; // contradicts: host 2 is at port 2
		sw->flow[2].cookie = 5;     // another's
		sw->flow[2].of.in_port = 4;
		sw->flows_len = 3;
		emulated_open(0, 7, versions[v]);
		assert_true(sw->ready);
		assert_int_equal(sw->flows_len, 3); // one deleted, one added
		assert_int_equal(METRIC(flows_kept), 1);
		assert_int_equal(METRIC(flows_deleted), 1);
		assert_int_equal(METRIC(flows_foreign), 1);
		packet_in(sw, 1, 1, 2);
		assert_int_equal(sw->out_port, 2);
		tcp_abort(sw->tcp);
		run_ms(100);
		assert_int_equal(server.switches->learn.hosts.len, 0);
		emulated_open(0, 7, versions[v]);
		assert_int_equal(METRIC(flows_deleted), 1);
		assert_int_equal(server.switches->learn.hosts.len, 2);
		assert_int_equal(events("down"), 1);
		lab_close();
	}
}

// A switch that does not list its ports keeps its flows; one that does loses those to other ports.
static void test_flows_to_ports_that_are_not_listed(void **state)
{
	for (unsigned v = 0; v < 2 * ARRAY_LEN(versions); v++) {
		struct emulated *sw = &emulated[0];

		lab_open();
		sw->portless = v % 2;
		sw->flow[0] = (struct flow){.cookie = UINT64_C(0x7761646900000001),
		                            .priority = SDN_LEARN_FLOW_PRIORITY,
		                            .is_pair = true,
		                            .of = {PORTS + 1, 1, 0, {2}, {4}}};
		sw->flows_len = 1;
		emulated_open(0, 7, versions[v / 2]);
		assert_int_equal(METRIC(flows_kept), sw->portless);
		assert_int_equal(METRIC(flows_deleted), !sw->portless);
		assert_int_equal(sw->flows_len, sw->portless + 1);
		lab_close();
	}
}

static void test_a_datapath_id_twice_is_refused(void **state)
{
	struct emulated *first, *second;

	lab_open();
	first = emulated_open(0, 7, OF13);
	second = emulated_open(1, 7, OF13);
	run_ms(6000);
	assert_true(second->closed);
	assert_true(first->ready && !first->closed);
	assert_int_equal(events("duplicate"), 1);
	packet_in(first, 1, 1, 2);
	assert_int_equal(first->out_port, OF_PORT_FLOOD);
	lab_close();
}

// The former connection of a switch that broke is found to be dead, and the switch is taken.
static void test_a_switch_that_comes_back_is_taken(void **state)
{
	lab_open();
	emulated_open(0, 7, OF13)->mute = true;
	emulated_open(1, 7, OF13);
	run_ms(6000);
	assert_true(emulated[1].closed);
	assert_true(emulated[0].closed);
	assert_int_equal(events("fault"), 1);
	emulated_open(1, 7, OF13);
	assert_true(emulated[1].ready);
	lab_close();
}

static void test_more_than_max_switches_are_refused(void **state)
{
	lab_open();
	for (unsigned i = 0; i < 5; i++)
		emulated_open(i, i + 1, OF15);
	assert_true(emulated[3].ready && !emulated[3].closed);
	assert_true(emulated[4].closed);
	assert_int_equal(METRIC(refused), 1);
	assert_int_equal(events("full"), 1);
	lab_close();
}

// By the number of the emulated switch, odd or even, it has another address.
static struct emulated *auxiliary_open(unsigned number, uint8_t auxiliary_id,
                                       enum of_version version)
{
	emulated[number].auxiliary_id = auxiliary_id;
	return emulated_open(number, 7, version);
}

static void test_packets_leave_by_the_auxiliary_connection(void **state)
{
	for (unsigned v = 1; v < ARRAY_LEN(versions); v++) {
		struct emulated *main, *auxiliary;

		lab_open();
		main = emulated_open(0, 7, versions[v]);
		auxiliary = auxiliary_open(2, 1, versions[v]);
		assert_false(auxiliary->closed);
		assert_int_equal(events("auxiliary_up"), 1);
		packet_in(auxiliary, 1, 1, 0);
		assert_int_equal(auxiliary->packet_outs, 1);
		packet_in(auxiliary, 2, 2, 1); // with a flow, which the main connection gets
		assert_int_equal(auxiliary->packet_outs, 2);
		assert_int_equal(auxiliary->flows_len, 0);
		assert_int_equal(main->packet_outs, 0);
		assert_int_equal(main->flows_len, 2);
		packet_in(main, 3, 3, 1);
		assert_int_equal(main->packet_outs, 1);
		// An auxiliary connection that ends takes nothing along.
		tcp_abort(auxiliary->tcp);
		run_ms(100);
		auxiliary_open(2, 1, versions[v]);
		assert_false(auxiliary->closed);
		// The main one does.
		tcp_abort(main->tcp);
		run_ms(6000);
		assert_true(auxiliary->closed);
		assert_int_equal(METRIC(switches), 0);
		lab_close();
	}
}

static void test_auxiliary_connections_are_refused_by_name(void **state)
{
	lab_open();
	auxiliary_open(2, 1, OF13); // before the main one
	run_ms(6000);
	assert_true(emulated[2].closed);
	emulated_open(0, 7, OF13);
	auxiliary_open(1, 1, OF13); // of another address
	auxiliary_open(4, 1, OF14); // of another version
	run_ms(6000);
	assert_true(emulated[1].closed && emulated[4].closed);
	assert_false(auxiliary_open(2, 1, OF13)->closed);
	auxiliary_open(4, 1, OF13); // the same once more
	run_ms(6000);
	assert_true(emulated[4].closed && !emulated[2].closed && !emulated[0].closed);
	assert_int_equal(events("auxiliary"), 4);
	assert_int_equal(METRIC(refused), 4);
	assert_int_equal(METRIC(switches), 1);
	lab_close();
}

static void test_a_full_table_is_survived(void **state)
{
	struct emulated *sw;
	unsigned flows;

	lab_open();
	sw = emulated_open(0, 7, OF13);
	packet_in(sw, 1, 1, 0);
	emulated_say(sw, (struct of_msg){.type = OF_ERROR, .error = {.type = 5, .code = 1}});
	assert_int_equal(events("table_full"), 1);
	flows = sw->flows_len;
	packet_in(sw, 2, 2, 1); // is forwarded, without a flow
	assert_int_equal(sw->out_port, 1);
	assert_int_equal(sw->flows_len, flows);
	run_ms(1000);
	packet_in(sw, 2, 2, 1);
	assert_int_equal(sw->flows_len, flows + 1);
	lab_close();
}

static void test_frames_are_dropped_by_name(void **state)
{
	struct emulated *sw;

	lab_open();
	sw = emulated_open(0, 7, OF13);
	packet_in(sw, OF_PORT_CONTROLLER, 1, 2);
	assert_int_equal(drops(SDN_DROP_BAD_PORT), 1);
	packet_in(sw, 1, 1, 0);
	packet_in(sw, 1, 2, 1);
	assert_int_equal(drops(SDN_DROP_SAME_PORT), 1);
	emulated_say(sw, (struct of_msg){.type = OF_PACKET_IN, .packet_in = {.in_port = 1}});
	assert_int_equal(drops(SDN_DROP_SHORT), 1);
	lab_close();
}

// A peer that sends what it likes, often enough behind a handshake that is right.
static void hostile_life(struct emulated *sw, struct rand *rand)
{
	uint8_t bytes[512];
	struct fill out;
	uint32_t len;

	for (unsigned i = 0; i < 8 && sw->tcp; i++) {
		struct of_hdr *hdr = (struct of_hdr *)bytes;

		for (unsigned k = 0; k < sizeof(bytes); k++)
			bytes[k] = (uint8_t)rand_u64(rand);
		len = 8 + (uint32_t)rand_below(rand, sizeof(bytes) - 8);
		hdr->version = rand_below(rand, 8) ? sw->conn.version
		                                   : (uint8_t)versions[rand_below(rand, 4)];
		hdr->type = (uint8_t)rand_below(rand, 36);
		if (rand_below(rand, 16))
			hdr->len = be16((uint16_t)len);
		hdr->xid = be32((uint32_t)rand_below(rand, 40));
		if (rand_below(rand, 4) == 0) { // a port status of any port, or an early reply
			struct of_msg msg = {.version = sw->conn.version, .type = OF_PORT_STATUS};

			msg.port_status.reason = (uint8_t)rand_below(rand, 4);
			msg.port_status.port.port_no = (uint32_t)rand_below(rand, 6);
			msg.port_status.port.state = (uint32_t)rand_below(rand, 2);
			out = fill_of(bytes, sizeof(bytes));
			if (sw->conn.version && of_encode(&msg, &out) == OF_FAULT_NONE)
				len = (uint32_t)fill_len(&out);
		}
		(void)!tcp_send(sw->tcp, bytes, len);
		run_ms(rand_below(rand, 30));
	}
}

static void test_hostile_lives_leave_others_alone(void **state)
{
	struct emulated *good;
	struct rand rand;

	lab_open();
	rand_init(&rand, 2026);
	good = emulated_open(0, 1, OF13);
	packet_in(good, 1, 1, 0);
	for (unsigned life = 0; life < 200; life++) {
		struct emulated *bad = &emulated[1 + life % 2];
		unsigned flows = good->flows_len;

		if (bad->tcp) {
			tcp_abort(bad->tcp);
			run_ms(20);
		}
		bad->flows_len = 0;
		emulated_open(1 + life % 2, 1 + life % 3, versions[life % 4]);
		hostile_life(bad, &rand);
		packet_in(good, 2, (uint8_t)(2 + life % 20), 1);
		assert_int_equal(good->out_port, 1);
		assert_true(good->flows_len >= flows);
		assert_true(server.switches->used <= server.conf.max_switches);
	}
	assert_false(good->closed);
	assert_true(counter_get(&server.switches->of_metric.malformed) > 100);
	assert_true(counter_get(&server.switches->of_metric.wrong_version) > 10);
	lab_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_frames_are_forwarded_in_each_version),
	        cmocka_unit_test(test_a_move_deletes_flows_to_the_host),
	        cmocka_unit_test(test_a_port_goes_down),
	        cmocka_unit_test(test_flows_are_reconciled),
	        cmocka_unit_test(test_flows_to_ports_that_are_not_listed),
	        cmocka_unit_test(test_a_datapath_id_twice_is_refused),
	        cmocka_unit_test(test_a_switch_that_comes_back_is_taken),
	        cmocka_unit_test(test_more_than_max_switches_are_refused),
	        cmocka_unit_test(test_a_full_table_is_survived),
	        cmocka_unit_test(test_frames_are_dropped_by_name),
	        cmocka_unit_test(test_hostile_lives_leave_others_alone),
	        cmocka_unit_test(test_packets_leave_by_the_auxiliary_connection),
	        cmocka_unit_test(test_auxiliary_connections_are_refused_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
