// A learning switch: where frames go, and the bounds of what is learned.
#include "harness.h"

#include "core/rand.h"
#include "proto/sdn/sdn_learn.h"

#include <errno.h>

static struct sdn_learn learn;
static mono_t now;

static const struct sdn_learn_conf roomy = {.switches = 4,
                                            .hosts = 100,
                                            .ports = 50,
                                            .hosts_per_port = 50,
                                            .ports_per_switch = 20,
                                            .floods_per_s = 1000,
                                            .moves_per_s = 3,
                                            .ageing_us = 300 * SEC_US,
                                            .seed = 7};

static void lab_open(struct sdn_learn_conf conf)
{
	assert_int_equal(sdn_learn_open(&learn, &conf), 0);
	now = (mono_t){100 * SEC_US};
}

static void lab_close(void)
{
	sdn_learn_close(&learn);
}

// A host's address is 02:00:00:00 and its number.
static struct sdn_learn_frame frame_of(uint16_t src, uint16_t dst, uint16_t vlan)
{
	struct sdn_learn_frame frame = {.src = {2, 0, 0, 0, (uint8_t)(src >> 8), (uint8_t)src},
	                                .dst = {2, 0, 0, 0, (uint8_t)(dst >> 8), (uint8_t)dst},
	                                .vlan = vlan,
	                                .vlan_match = vlan};

	return frame;
}

static struct sdn_learn_outcome input(uint32_t port, uint16_t src, uint16_t dst)
{
	struct sdn_learn_frame frame = frame_of(src, dst, 0);

	return sdn_learn_input(&learn, 0, port, &frame, now);
}

static struct sdn_learn_outcome broadcast(uint32_t port, uint16_t src)
{
	struct sdn_learn_frame frame = frame_of(src, 0, 0);

	memset(frame.dst, 0xff, sizeof(frame.dst));
	return sdn_learn_input(&learn, 0, port, &frame, now);
}

static void forwards(struct sdn_learn_outcome outcome, uint32_t port)
{
	assert_int_equal(outcome.verdict, SDN_LEARN_FORWARD);
	assert_int_equal(outcome.port, port);
}

static void verdict_is(struct sdn_learn_outcome outcome, enum sdn_learn_verdict verdict)
{
	assert_int_equal(outcome.verdict, verdict);
}

static void test_headers(void **state)
{
	static const struct {
		const char *title;
		uint8_t bytes[18];
		size_t len;
		bool whole;
		uint16_t vlan, vlan_match, ethertype;
	} rows[] = {
	        {"nothing", {0}, 0, false, 0, 0, 0},
	        {"13 bytes", {0}, 13, false, 0, 0, 0},
	        {"untagged", {[12] = 8}, 14, true, 0, 0, 0x0800},
	        {"VLAN 5", {[12] = 0x81, [14] = 0xe0, 5, 8}, 18, true, 0x1005, 0x1005, 0x0800},
	        {"priority", {[12] = 0x81, [14] = 0xe0, 0, 8}, 18, true, 0, 0x1000, 0x0800},
	        {"service tag",
	         {[12] = 0x88, 0xa8, 0x0f, 0xff, 0x81},
	         18,
	         true,
	         0x1fff,
	         0x1fff,
	         0x8100},
	        {"half a tag", {[12] = 0x81}, 17, false, 0, 0, 0},
	};

	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		struct sdn_learn_frame frame;
		bool whole = sdn_learn_frame_parse(&frame, span_of(rows[i].bytes, rows[i].len));

		if (whole != rows[i].whole)
			fail_msg("%s", rows[i].title);
		if (!whole)
			continue;
		assert_int_equal(frame.vlan, rows[i].vlan);
		assert_int_equal(frame.vlan_match, rows[i].vlan_match);
		assert_int_equal(frame.ethertype, rows[i].ethertype);
	}
}

static void test_learns_and_forwards(void **state)
{
	struct sdn_learn_outcome outcome;

	lab_open(roomy);
	outcome = input(1, 1, 2);
	verdict_is(outcome, SDN_LEARN_FLOOD);
	assert_true(outcome.known);
	assert_false(outcome.moved);
	forwards(input(2, 2, 1), 1);
	forwards(input(1, 1, 2), 2);
	verdict_is(input(2, 3, 2), SDN_LEARN_SAME_PORT);
	assert_int_equal(counter_get(&learn.metric.learned), 3);
	lab_close();
}

static void test_vlans_and_switches_are_apart(void **state)
{
	struct sdn_learn_frame frame;
	uint32_t port;

	lab_open(roomy);
	input(1, 1, 2);
	frame = frame_of(2, 1, 0x1005);
	verdict_is(sdn_learn_input(&learn, 0, 2, &frame, now), SDN_LEARN_FLOOD);
	frame = frame_of(2, 1, 0);
	verdict_is(sdn_learn_input(&learn, 1, 2, &frame, now), SDN_LEARN_FLOOD);
	assert_true(sdn_learn_find(&learn, 0, 0, frame.dst, &port));
	assert_int_equal(port, 1);
	assert_false(sdn_learn_find(&learn, 0, 0x1005, frame.dst, &port));
	assert_false(sdn_learn_find(&learn, 1, 0, frame.dst, &port));
	lab_close();
}

static void test_addresses_that_are_no_hosts(void **state)
{
	struct sdn_learn_frame frame = frame_of(1, 2, 0);

	lab_open(roomy);
	frame.src[0] = 3;
	verdict_is(sdn_learn_input(&learn, 0, 1, &frame, now), SDN_LEARN_SOURCE);
	memset(frame.src, 0, 6);
	verdict_is(sdn_learn_input(&learn, 0, 1, &frame, now), SDN_LEARN_SOURCE);
	assert_false(sdn_learn_add(&learn, 0, 1, 0, frame.src, now));
	frame = frame_of(1, 2, 0);
	memcpy(frame.dst, (uint8_t[]){1, 0x80, 0xc2, 0, 0, 0x0e}, 6);
	verdict_is(sdn_learn_input(&learn, 0, 1, &frame, now), SDN_LEARN_RESERVED);
	frame.dst[5] = 0x10;
	verdict_is(sdn_learn_input(&learn, 0, 1, &frame, now), SDN_LEARN_FLOOD);
	assert_int_equal(learn.hosts.len, 1);
	lab_close();
}

static void test_a_host_moves(void **state)
{
	struct sdn_learn_outcome outcome;

	lab_open(roomy);
	input(1, 1, 9);
	input(2, 2, 1);
	outcome = input(3, 1, 2);
	forwards(outcome, 2);
	assert_true(outcome.moved);
	forwards(input(2, 2, 1), 3);
	assert_true(input(1, 1, 2).moved);
	assert_true(input(3, 1, 2).moved);
	verdict_is(input(1, 1, 2), SDN_LEARN_FLAPPING);
	forwards(input(2, 2, 1), 3);
	now = mono_add(now, SEC_US);
	assert_true(input(1, 1, 2).moved);
	assert_int_equal(counter_get(&learn.metric.moved), 4);
	lab_close();
}

static void test_storms_are_limited_by_port(void **state)
{
	struct sdn_learn_conf conf = roomy;

	conf.floods_per_s = 10;
	lab_open(conf);
	for (unsigned i = 0; i < 10; i++)
		verdict_is(broadcast(1, 1), SDN_LEARN_FLOOD);
	verdict_is(broadcast(1, 1), SDN_LEARN_STORM);
	verdict_is(broadcast(2, 2), SDN_LEARN_FLOOD);
	forwards(input(1, 1, 2), 2);
	verdict_is(input(1, 1, 77), SDN_LEARN_STORM);
	now = mono_add(now, SEC_US / 10);
	verdict_is(broadcast(1, 1), SDN_LEARN_FLOOD);
	verdict_is(broadcast(1, 1), SDN_LEARN_STORM);
	lab_close();
}

static void test_silent_hosts_are_forgotten(void **state)
{
	mono_t begin;

	lab_open(roomy);
	begin = now;
	assert_int_equal(sdn_learn_tick(&learn, 100, now).us, MONO_NEVER.us);
	for (uint16_t i = 1; i <= 3; i++, now = mono_add(now, 10 * SEC_US))
		broadcast(i, i);
	broadcast(1, 1); // is heard again, after the others
	assert_int_equal(sdn_learn_tick(&learn, 100, now).us,
	                 begin.us + 10 * SEC_US + roomy.ageing_us);
	now = mono_add(begin, 25 * SEC_US + roomy.ageing_us);
	assert_int_equal(sdn_learn_tick(&learn, 1, now).us, now.us);
	assert_int_equal(sdn_learn_tick(&learn, 100, now).us,
	                 begin.us + 30 * SEC_US + roomy.ageing_us);
	assert_int_equal(learn.hosts.len, 1);
	assert_int_equal(counter_get(&learn.metric.aged), 2);
	verdict_is(input(1, 1, 2), SDN_LEARN_FLOOD);
	lab_close();
}

static void test_a_full_table_forgets_the_oldest(void **state)
{
	struct sdn_learn_conf conf = roomy;

	conf.hosts = 3;
	lab_open(conf);
	for (uint16_t i = 1; i <= 3; i++, now = mono_add(now, 2 * SEC_US))
		broadcast(i, i);
	broadcast(1, 1);
	assert_true(broadcast(4, 4).known);
	assert_int_equal(counter_get(&learn.metric.evicted), 1);
	forwards(input(4, 4, 1), 1);
	forwards(input(4, 4, 3), 3);
	verdict_is(input(4, 4, 2), SDN_LEARN_FLOOD);
	lab_close();
}

static void test_a_port_cannot_push_out_others(void **state)
{
	struct sdn_learn_conf conf = roomy;
	struct sdn_learn_outcome outcome;

	conf.hosts = 10;
	conf.hosts_per_port = 5;
	lab_open(conf);
	broadcast(1, 1);
	for (uint16_t i = 100; i < 200; i++, now = mono_add(now, SEC_US))
		broadcast(2, i);
	assert_int_equal(learn.hosts.len, 6);
	assert_int_equal(counter_get(&learn.metric.refused), 95);
	assert_int_equal(counter_get(&learn.metric.evicted), 0);
	// Frames of hosts that are not learned get through, without a flow.
	outcome = input(2, 199, 1);
	forwards(outcome, 1);
	assert_false(outcome.known);
	// Nor may a host move there.
	verdict_is(input(2, 1, 100), SDN_LEARN_PORT_FULL);
	forwards(input(2, 100, 1), 1);
	lab_close();
}

static void test_ports_have_a_bound(void **state)
{
	struct sdn_learn_conf conf = roomy;

	conf.ports_per_switch = 3;
	conf.ports = 4;
	lab_open(conf);
	for (uint16_t i = 1; i <= 3; i++)
		verdict_is(broadcast(i, i), SDN_LEARN_FLOOD);
	verdict_is(broadcast(4, 4), SDN_LEARN_PORT_FULL);
	forwards(input(4, 4, 3), 3);
	verdict_is(input(4, 1, 3), SDN_LEARN_PORT_FULL); // would move
	// Those of another switch are of the same table.
	for (uint32_t i = 1; i <= 2; i++) {
		struct sdn_learn_frame frame = frame_of((uint16_t)i, 77, 0);

		verdict_is(sdn_learn_input(&learn, 1, i, &frame, now),
		           i == 1 ? SDN_LEARN_FLOOD : SDN_LEARN_PORT_FULL);
	}
	sdn_learn_leave(&learn, 0);
	assert_int_equal(learn.hosts.len, 1);
	verdict_is(broadcast(4, 4), SDN_LEARN_FLOOD);
	lab_close();
}

static void test_a_port_goes_down(void **state)
{
	lab_open(roomy);
	broadcast(1, 1);
	broadcast(1, 2);
	broadcast(2, 3);
	sdn_learn_port_forget(&learn, 0, 1);
	sdn_learn_port_forget(&learn, 0, 9);
	sdn_learn_port_forget(&learn, 1, 2);
	verdict_is(input(2, 3, 1), SDN_LEARN_FLOOD);
	forwards(input(1, 1, 3), 2);
	assert_int_equal(learn.hosts.len, 2);
	lab_close();
}

static void test_flows_teach(void **state)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};

	lab_open(roomy);
	assert_true(sdn_learn_add(&learn, 0, 4, 0, mac, now));
	assert_true(sdn_learn_add(&learn, 0, 4, 0, mac, now));
	assert_false(sdn_learn_add(&learn, 0, 5, 0, mac, now));
	forwards(input(2, 2, 1), 4);
	lab_close();
}

static void test_hosts_are_listed_in_parts(void **state)
{
	struct sdn_learn_row rows[4];
	uint32_t from = 0;
	unsigned n = 0;
	bool seen[31] = {false};

	lab_open(roomy);
	for (uint16_t i = 1; i <= 30; i++)
		broadcast(i % 2 + 1, i);
	sdn_learn_port_forget(&learn, 0, 1); // the even ones
	while (from != UINT32_MAX) {
		unsigned found = sdn_learn_hosts(&learn, &from, 7, rows, ARRAY_LEN(rows));

		for (unsigned i = 0; i < found; i++, n++) {
			assert_int_equal(rows[i].port, 2);
			assert_false(seen[rows[i].mac[5]]);
			seen[rows[i].mac[5]] = true;
		}
	}
	assert_int_equal(n, 15);
	lab_close();
}

static void test_tables_that_cannot_be(void **state)
{
	struct sdn_learn_conf conf = roomy;

	conf.hosts = 0;
	assert_int_equal(sdn_learn_open(&learn, &conf), -EINVAL);
	conf = roomy;
	conf.switches = 0;
	assert_int_equal(sdn_learn_open(&learn, &conf), -EINVAL);
	sdn_learn_close(&learn);
}

// The lists and tables agree after anything that may happen.
static void consistent(void)
{
	uint32_t hosts = 0, of_ports = 0, ports = 0;

	for (uint32_t i = learn.oldest; i != UINT32_MAX; i = learn.host[i].newer, hosts++) {
		const struct sdn_learn_host *host = &learn.host[i];

		if (host->newer != UINT32_MAX)
			assert_true(host->seen.us <= learn.host[host->newer].seen.us);
		assert_int_equal(learn.port[host->port].switch_number, host->switch_number);
	}
	for (uint32_t s = 0; s < learn.conf.switches; s++)
		for (uint32_t p = learn.of_switch[s].first; p != UINT32_MAX;
		     p = learn.port[p].next, ports++) {
			uint32_t n = 0;

			for (uint32_t i = learn.port[p].first; i != UINT32_MAX;
			     i = learn.host[i].next, n++)
				assert_int_equal(learn.host[i].port, p);
			assert_int_equal(learn.port[p].hosts, n);
			assert_true(n <= learn.conf.hosts_per_port);
			of_ports += n;
		}
	assert_int_equal(hosts, of_ports);
	assert_int_equal(hosts, learn.hosts.len);
	assert_int_equal(ports, learn.ports.len);
}

static void test_lives(void **state)
{
	struct sdn_learn_conf conf = roomy;
	struct rand rand;

	conf.hosts = 40;
	conf.hosts_per_port = 8;
	conf.ports = 15;
	conf.ports_per_switch = 6;
	conf.ageing_us = 4 * SEC_US;
	lab_open(conf);
	rand_init(&rand, 3);
	for (unsigned i = 0; i < 20000; i++) {
		uint32_t number = (uint32_t)rand_below(&rand, conf.switches);
		uint32_t port = (uint32_t)rand_below(&rand, 8);
		struct sdn_learn_frame frame =
		        frame_of((uint16_t)rand_below(&rand, 30), (uint16_t)rand_below(&rand, 30),
		                 rand_below(&rand, 2) ? 0x1001 : 0);

		now = mono_add(now, rand_below(&rand, 300 * MS_US));
		if (rand_chance(&rand, 1u << 25))
			sdn_learn_leave(&learn, number);
		else if (rand_chance(&rand, 1u << 26))
			sdn_learn_port_forget(&learn, number, port);
		else if (rand_chance(&rand, 1u << 28))
			sdn_learn_tick(&learn, 5, now);
		else
			(void)sdn_learn_input(&learn, number, port, &frame, now);
		if (i % 16 == 0)
			consistent();
	}
	assert_true(counter_get(&learn.metric.aged) > 0);
	assert_true(counter_get(&learn.metric.evicted) > 0);
	assert_true(counter_get(&learn.metric.refused) > 0);
	lab_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_headers),
	        cmocka_unit_test(test_learns_and_forwards),
	        cmocka_unit_test(test_vlans_and_switches_are_apart),
	        cmocka_unit_test(test_addresses_that_are_no_hosts),
	        cmocka_unit_test(test_a_host_moves),
	        cmocka_unit_test(test_storms_are_limited_by_port),
	        cmocka_unit_test(test_silent_hosts_are_forgotten),
	        cmocka_unit_test(test_a_full_table_forgets_the_oldest),
	        cmocka_unit_test(test_a_port_cannot_push_out_others),
	        cmocka_unit_test(test_ports_have_a_bound),
	        cmocka_unit_test(test_a_port_goes_down),
	        cmocka_unit_test(test_flows_teach),
	        cmocka_unit_test(test_hosts_are_listed_in_parts),
	        cmocka_unit_test(test_tables_that_cannot_be),
	        cmocka_unit_test(test_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
