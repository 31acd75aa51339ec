// An emulated switch asks a controller of scripts: what is an answer, a wrong, late or second one,
// in each version; what is lost; and how a stream in parts is read.
#include "of_switch_lab.h"

static const enum of_version versions[] = {OF10, OF13, OF14, OF15};

static void test_handshake(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		struct of_msg msg;

		lab_start(versions[i]);
		msg = lab_expect(OF_HELLO);
		assert_int_equal(msg.version, versions[i]);
		assert_true(lab_say((struct of_msg){.type = OF_HELLO}));
		assert_true(lab_say((struct of_msg){.type = OF_FEATURES_REQUEST, .xid = 9}));
		msg = lab_expect(OF_FEATURES_REPLY);
		assert_int_equal(msg.xid, 9);
		assert_int_equal(msg.features.datapath_id, 0x102);
		assert_int_equal(msg.features.n_buffers, of_switch_slots(LAB_WINDOW));
		assert_int_equal(of_switch_may_ask(&lab.sw), versions[i] == OF10);
		if (versions[i] == OF10)
			continue;
		assert_true(lab_flow(OF_NO_BUFFER, (struct of_match){0}, OF_PORT_CONTROLLER, 64));
		assert_true(of_switch_may_ask(&lab.sw));
		lab_expect_nothing();
	}
}

// A flow to another port does not make the switch ask, nor one to the controller before the
// features were asked for.
static void test_ready(void **state)
{
	lab_start(OF13);
	assert_true(lab_say((struct of_msg){.type = OF_HELLO}));
	assert_true(lab_flow(OF_NO_BUFFER, (struct of_match){0}, 1, 0));
	assert_true(lab_say((struct of_msg){.type = OF_FEATURES_REQUEST}));
	assert_false(of_switch_may_ask(&lab.sw));
	lab_start(OF13);
	assert_true(lab_say((struct of_msg){.type = OF_HELLO}));
	assert_true(lab_flow(OF_NO_BUFFER, (struct of_match){0}, OF_PORT_CONTROLLER, 64));
	assert_false(of_switch_may_ask(&lab.sw));
	assert_true(lab_say((struct of_msg){.type = OF_FEATURES_REQUEST}));
	assert_true(of_switch_may_ask(&lab.sw));
}

// What is written apart is what of_encode writes.
static void test_packet_in(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		uint8_t room[256];
		struct fill out = fill_of(room, sizeof(room));
		struct of_msg msg;
		size_t from;

		lab_start(versions[i]);
		lab_connect(128);
		from = lab.read;
		msg = lab_ask();
		assert_int_equal(msg.packet_in.buffer_id, 0);
		assert_int_equal(msg.packet_in.in_port, 1);
		assert_int_equal(msg.packet_in.total_len, 60);
		assert_int_equal(msg.packet_in.data.len, 60);
		assert_int_equal(msg.packet_in.cookie, versions[i] == OF10 ? 0 : 0x55);
		assert_int_equal(of_encode(&msg, &out), OF_FAULT_NONE);
		assert_int_equal(fill_len(&out), lab.read - from);
		assert_memory_equal(room, lab.room + from, fill_len(&out));
	}
}

// As long as the controller wants packets to be; whole ones if it wants no buffers.
static void test_packet_bytes(void **state)
{
	struct of_msg msg = {.type = OF_SET_CONFIG, .config = {0, 20}};

	lab_start(OF13);
	lab_connect(40);
	assert_int_equal(lab_ask().packet_in.data.len, 40);
	lab_start(OF13);
	lab_connect(OF_MAX_LEN_WHOLE);
	assert_int_equal(lab_ask().packet_in.buffer_id, OF_NO_BUFFER);
	lab_start(OF10);
	lab_connect(0);
	assert_true(lab_say(msg));
	msg = lab_ask();
	assert_int_equal(msg.packet_in.data.len, 20);
	assert_int_equal(msg.packet_in.total_len, 60);
}

static void test_answer_by_flow(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		struct of_msg in;

		lab_start(versions[i]);
		lab_connect(128);
		lab_announce();
		assert_int_equal(LAB_COUNT(flooded), 8);
		in = lab_ask();
		lab.now.us += 250;
		assert_true(lab_flow(in.packet_in.buffer_id, lab_match(&in), lab_port(&in), 0));
		assert_int_equal(LAB_COUNT(answered), 9);
		assert_int_equal(LAB_COUNT(by_flow), 1);
		assert_int_equal(LAB_COUNT(wrong), 0);
		assert_int_equal(counter_get(&lab.sw.answered), 9);
		assert_int_equal(counter_get(&lab.tally.latency.max_us), 250);
		lab_expect_nothing();
	}
}

static void test_answer_by_packet(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		struct of_msg in;

		lab_start(versions[i]);
		lab.conf.unbuffered = true;
		of_switch_open(&lab.sw, &lab.out, lab.now);
		lab_connect(128);
		lab_announce();
		in = lab_ask();
		assert_int_equal(in.packet_in.buffer_id, OF_NO_BUFFER);
		assert_true(lab_flow(OF_NO_BUFFER, lab_match(&in), lab_port(&in), 0));
		assert_int_equal(LAB_COUNT(answered), 8);
		assert_true(lab_packet_out(OF_NO_BUFFER, in.packet_in.data, lab_port(&in)));
		assert_int_equal(LAB_COUNT(answered), 9);
		assert_int_equal(LAB_COUNT(by_flow), 0);
		assert_int_equal(LAB_COUNT(wrong) + LAB_COUNT(wrong_flows), 0);
		lab_expect_nothing();
	}
}

static void test_latency_from_due(void **state)
{
	mono_t due;
	struct of_msg in;

	lab_start(OF13);
	lab_connect(128);
	due = lab.now;
	lab.now.us += 70;
	of_switch_ask(&lab.sw, due, &lab.out, lab.now);
	in = lab_expect(OF_PACKET_IN);
	lab.now.us += 30;
	assert_true(lab_packet_out(in.packet_in.buffer_id, (struct of_bytes){0}, OF_PORT_FLOOD));
	assert_int_equal(counter_get(&lab.tally.latency.max_us), 100);
}

static void test_wrong(void **state)
{
	struct of_msg in, other;

	lab_start(OF13);
	lab_connect(128);
	lab_announce();
	in = lab_ask();
	assert_true(lab_flow(in.packet_in.buffer_id, lab_match(&in), lab_port(&in) % 4 + 1, 0));
	assert_int_equal(LAB_COUNT(wrong), 1);
	other = lab_ask();
	in = lab_ask(); // the match is that of another packet
	assert_true(lab_flow(in.packet_in.buffer_id, lab_match(&other), lab_port(&in), 0));
	assert_int_equal(LAB_COUNT(wrong), 2);
	assert_true(lab_packet_out(other.packet_in.buffer_id, (struct of_bytes){0},
	                           OF_PORT_CONTROLLER)); // it goes to no port
	assert_int_equal(LAB_COUNT(wrong), 3);
	assert_int_equal(LAB_COUNT(answered), 8);
	assert_int_equal(LAB_COUNT(by_flow), 0);
	assert_int_equal(lab.sw.outstanding, 0);
}

// An announcement goes to a port that there is, or to all.
static void test_wrong_broadcast(void **state)
{
	static const struct {
		uint32_t port;
		bool right;
	} rows[] = {{99, false}, {2, false}, {4, true}, {OF_PORT_ALL, true}}; // 2: whence it came

	lab_start(OF13);
	lab_connect(128);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t answered = LAB_COUNT(answered);

		assert_true(lab_packet_out(lab_ask().packet_in.buffer_id, (struct of_bytes){0},
		                           rows[i].port));
		assert_int_equal(LAB_COUNT(answered) - answered, rows[i].right);
	}
	assert_int_equal(LAB_COUNT(wrong), 2);
}

static void test_wrong_flow(void **state)
{
	struct of_msg in;

	lab_start(OF13);
	lab_connect(OF_MAX_LEN_WHOLE);
	lab_announce();
	in = lab_ask();
	assert_true(lab_flow(OF_NO_BUFFER, lab_match(&in), lab_port(&in) % 4 + 1, 0));
	assert_int_equal(LAB_COUNT(wrong_flows), 1);
	assert_true(lab_flow(OF_NO_BUFFER, lab_match(&in), OF_PORT_FLOOD, 0));
	assert_int_equal(LAB_COUNT(wrong_flows), 1);
}

static void test_duplicate_and_stray(void **state)
{
	struct of_msg in;

	lab_start(OF13);
	lab_connect(128);
	in = lab_ask();
	for (unsigned i = 0; i < 2; i++)
		assert_true(lab_packet_out(in.packet_in.buffer_id, (struct of_bytes){0},
		                           OF_PORT_FLOOD));
	assert_int_equal(LAB_COUNT(duplicate), 1);
	lab_expect_error(OF_ERROR_BAD_REQUEST, 8);
	assert_true(lab_flow(999, lab_match(&in), 1, 0));
	assert_int_equal(LAB_COUNT(stray), 1);
	lab_expect_error(OF_ERROR_BAD_REQUEST, 8);
	assert_int_equal(LAB_COUNT(answered), 1);
}

static void test_lost_and_late(void **state)
{
	struct of_msg in;

	lab_start(OF13);
	lab_connect(128);
	in = lab_ask();
	lab.now.us += SEC_US - 1;
	of_switch_tick(&lab.sw, &lab.out, lab.now);
	assert_int_equal(LAB_COUNT(lost), 0);
	lab.now.us++;
	of_switch_tick(&lab.sw, &lab.out, lab.now);
	assert_int_equal(LAB_COUNT(lost), 1);
	assert_int_equal(lab.sw.outstanding, 0);
	assert_true(lab_packet_out(in.packet_in.buffer_id, (struct of_bytes){0}, OF_PORT_FLOOD));
	assert_int_equal(LAB_COUNT(late), 1);
	assert_int_equal(LAB_COUNT(answered), 0);
}

// Also when no tick came in between, as on a machine that was busy.
static void test_late_without_a_tick(void **state)
{
	struct of_msg in;

	lab_start(OF13);
	lab_connect(128);
	in = lab_ask();
	lab.now.us += SEC_US;
	assert_true(lab_packet_out(in.packet_in.buffer_id, (struct of_bytes){0}, OF_PORT_FLOOD));
	assert_int_equal(LAB_COUNT(lost), 1);
	assert_int_equal(LAB_COUNT(late), 1);
	assert_int_equal(LAB_COUNT(answered), 0);
	assert_int_equal(lab.sw.outstanding, 0);
}

// One packet-in stays without an answer, others go on for laps; the window holds.
static void test_window(void **state)
{
	struct of_msg in;

	lab_start(OF13);
	lab_connect(128);
	in = lab_ask();
	for (unsigned i = 0; i < 100; i++) {
		uint32_t id = lab_ask().packet_in.buffer_id;

		assert_int_not_equal(id, in.packet_in.buffer_id);
		assert_true(lab_packet_out(id, (struct of_bytes){0}, OF_PORT_FLOOD));
	}
	assert_int_equal(LAB_COUNT(answered), 100);
	for (unsigned i = 1; i < LAB_WINDOW; i++)
		(void)lab_ask();
	assert_false(of_switch_may_ask(&lab.sw));
	assert_true(lab_packet_out(in.packet_in.buffer_id, (struct of_bytes){0}, OF_PORT_FLOOD));
	assert_int_equal(LAB_COUNT(answered), 101);
	assert_true(of_switch_may_ask(&lab.sw));
	of_switch_close(&lab.sw);
	assert_int_equal(LAB_COUNT(lost), LAB_WINDOW - 1);
	assert_false(of_switch_may_ask(&lab.sw));
}

// Packets of the controller's own are neither answers nor wrong.
static void test_probe(void **state)
{
	static const uint8_t lldp[60] = {0x01, 0x80, 0xc2, 0, 0, 0x0e, 2,
	                                 0,    0,    0,    0, 1, 0x88, 0xcc};

	lab_start(OF13);
	lab_connect(128);
	assert_true(lab_packet_out(OF_NO_BUFFER, (struct of_bytes){lldp, sizeof(lldp)}, 1));
	assert_int_equal(LAB_COUNT(probes), 1);
	assert_int_equal(LAB_COUNT(stray), 0);
	lab_expect_nothing();
}

static void test_echo(void **state)
{
	static const uint8_t data[] = {1, 2, 3};
	struct of_msg msg;

	lab_start(OF13);
	lab_connect(128);
	assert_true(lab_say((struct of_msg){.type = OF_ECHO_REQUEST, .echo = {{data, 3}}}));
	msg = lab_expect(OF_ECHO_REPLY);
	assert_int_equal(msg.echo.data.len, 3);
	assert_memory_equal(msg.echo.data.p, data, 3);
	lab.now.us += 5 * SEC_US;
	of_switch_tick(&lab.sw, &lab.out, lab.now);
	msg = lab_expect(OF_ECHO_REQUEST);
	lab.now.us += 40;
	assert_true(lab_say((struct of_msg){.type = OF_ECHO_REPLY, .xid = msg.xid + 1}));
	assert_int_equal(LAB_COUNT(echo_answered), 0);
	assert_true(lab_say((struct of_msg){.type = OF_ECHO_REPLY, .xid = msg.xid}));
	assert_int_equal(LAB_COUNT(echo_answered), 1);
	assert_int_equal(counter_get(&lab.tally.echo.max_us), 40);
}

// The same bytes, cut anywhere, are the same messages.
static void test_parts(void **state)
{
	static uint8_t said[2048];
	struct fill said_out = fill_of(said, sizeof(said));
	static const enum of_type types[] = {OF_HELLO, OF_FEATURES_REQUEST, OF_BARRIER_REQUEST,
	                                     OF_GET_CONFIG_REQUEST};
	size_t len;

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		struct of_msg msg = {.version = OF13, .type = types[i], .xid = (uint32_t)i};

		assert_int_equal(of_encode(&msg, &said_out), OF_FAULT_NONE);
	}
	len = fill_len(&said_out);
	for (size_t step = 1; step <= len; step++) {
		lab_start(OF13);
		for (size_t at = 0; at < len; at += step)
			assert_true(lab_input(said + at, size_min(step, len - at)));
		(void)lab_expect(OF_HELLO);
		(void)lab_expect(OF_FEATURES_REPLY);
		(void)lab_expect(OF_BARRIER_REPLY);
		(void)lab_expect(OF_GET_CONFIG_REPLY);
		lab_expect_nothing();
	}
}

// Without room nothing is read; what was not read stays in the part.
static void test_no_room(void **state)
{
	uint8_t barrier[] = {OF13, OF_BARRIER_REQUEST, 0, 8, 0, 0, 0, 1};
	static uint8_t small[OF_SWITCH_INPUT_ROOM - 1];
	struct fill out = fill_of(small, sizeof(small));
	struct span part = span_of(barrier, sizeof(barrier));

	lab_start(OF13);
	lab_connect(128);
	assert_true(of_switch_input(&lab.sw, &part, &out, lab.now));
	assert_int_equal(span_left(&part), sizeof(barrier));
	assert_int_equal(fill_len(&out), 0);
}

static void test_broken(void **state)
{
	for (uint8_t len = 0; len < 8; len++) {
		const uint8_t bytes[] = {OF13, OF_BARRIER_REQUEST, 0, len, 0, 0, 0, 1, 0, 0};

		lab_start(OF13);
		lab_connect(128);
		assert_false(lab_input(bytes, sizeof(bytes)));
		assert_int_equal(LAB_COUNT(malformed), 1);
		assert_false(lab_input(bytes, sizeof(bytes)));
		lab_start(OF13);
		lab_connect(128);
		assert_true(lab_input(bytes, 5));
		assert_false(lab_input(bytes + 5, 5));
	}
}

static void test_malformed(void **state)
{
	static const uint8_t flow_mod[] = {OF13, OF_FLOW_MOD, 0, 12, 0, 0, 0, 5, 0, 0, 0, 0};
	static const uint8_t other[] = {OF10, OF_BARRIER_REQUEST - 2, 0, 8, 0, 0, 0, 5};
	struct of_msg msg;

	lab_start(OF13);
	lab_connect(128);
	assert_true(lab_input(flow_mod, sizeof(flow_mod)));
	msg = lab_expect(OF_ERROR);
	assert_int_equal(msg.xid, 5);
	assert_int_equal(msg.error.code, 6);
	assert_memory_equal(msg.error.data.p, flow_mod, sizeof(flow_mod));
	assert_true(lab_input(other, sizeof(other)));
	lab_expect_error(OF_ERROR_BAD_REQUEST, 0);
	assert_int_equal(LAB_COUNT(malformed), 2);
}

static void test_hello_refused(void **state)
{
	static const uint8_t hello10[] = {OF10, OF_HELLO, 0, 8, 0, 0, 0, 1};
	static const uint8_t error[] = {OF13, OF_ERROR, 0, 12, 0, 0, 0, 1, 0, 0, 0, 0};
	static const uint8_t early[] = {OF13, OF_BARRIER_REQUEST, 0, 8, 0, 0, 0, 1};

	lab_start(OF13);
	(void)lab_expect(OF_HELLO);
	assert_false(lab_input(hello10, sizeof(hello10)));
	lab_expect_error(OF_ERROR_HELLO_FAILED, 0);
	lab_start(OF13);
	assert_false(lab_input(error, sizeof(error)));
	assert_int_equal(LAB_COUNT(errors_received), 1);
	lab_start(OF13);
	assert_false(lab_input(early, sizeof(early)));
}

// A connection after another begins again.
static void test_reopened(void **state)
{
	lab_start(OF13);
	lab_connect(128);
	(void)lab_ask();
	(void)lab_ask();
	of_switch_close(&lab.sw);
	of_switch_open(&lab.sw, &lab.out, lab.now);
	lab_connect(128);
	assert_int_equal(LAB_COUNT(lost), 2);
	assert_int_equal(lab_ask().packet_in.buffer_id, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_handshake),
	        cmocka_unit_test(test_ready),
	        cmocka_unit_test(test_packet_in),
	        cmocka_unit_test(test_packet_bytes),
	        cmocka_unit_test(test_answer_by_flow),
	        cmocka_unit_test(test_answer_by_packet),
	        cmocka_unit_test(test_latency_from_due),
	        cmocka_unit_test(test_wrong),
	        cmocka_unit_test(test_wrong_broadcast),
	        cmocka_unit_test(test_wrong_flow),
	        cmocka_unit_test(test_duplicate_and_stray),
	        cmocka_unit_test(test_lost_and_late),
	        cmocka_unit_test(test_late_without_a_tick),
	        cmocka_unit_test(test_window),
	        cmocka_unit_test(test_probe),
	        cmocka_unit_test(test_echo),
	        cmocka_unit_test(test_parts),
	        cmocka_unit_test(test_no_room),
	        cmocka_unit_test(test_broken),
	        cmocka_unit_test(test_malformed),
	        cmocka_unit_test(test_hello_refused),
	        cmocka_unit_test(test_reopened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
