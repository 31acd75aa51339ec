// sdn_role: what an election's outcome does to switches, and what they may say about it.
#include "sdn_lab.h"

#include "apps/sdn/sdn_cluster.h"
#include "apps/sdn/sdn_role.h"

// The election's outcome is set by hand, and its timer does nothing.
static struct sdn_cluster cluster;

static void timer_ignore(struct wheel_timer *timer, mono_t now)
{
}

static void cluster_lab_open(void)
{
	const struct cluster_member_conf conf = {.election = {.id = 1,
	                                                      .silence_us = 3600 * SEC_US,
	                                                      .beat_us = SEC_US,
	                                                      .answer_us = SEC_US,
	                                                      .name = "a"},
	                                         .switches_max = 8};

	lab_open();
	memset(&cluster, 0, sizeof(cluster));
	cluster.all = server.switches;
	wheel_timer_init(&cluster.timer, timer_ignore);
	assert_int_equal(cluster_member_open(&cluster.member, &conf, sim.now), 0);
	cluster.member.election.act_until = MONO_NEVER;
	server.switches->cluster = &cluster;
}

static void cluster_lab_close(void)
{
	server.switches->cluster = NULL;
	wheel_del(server.switches->wheel, &cluster.timer);
	cluster_member_close(&cluster.member);
	lab_close();
}

static void elect(bool master, uint64_t generation)
{
	cluster.member.election.master = master;
	cluster.member.election.doubts = false;
	cluster.member.election.generation = cluster.member.election.highest = generation;
	sdn_role_tell_all(server.switches, sim.now);
	run_ms(100);
}

static void test_a_standby_does_nothing_until_it_is_master(void **state)
{
	for (unsigned v = 0; v < ARRAY_LEN(versions); v++) {
		struct emulated *sw;

		cluster_lab_open();
		sw = emulated_open(0, 7, versions[v]);
		assert_int_equal(sw->roles, 0); // nothing is known of a master
		elect(false, 0x10002);
		assert_int_equal(sw->role, OF_ROLE_SLAVE);
		packet_in(sw, 1, 1, 2);
		assert_int_equal(drops(SDN_DROP_STANDBY), 1);
		assert_int_equal(sw->packet_outs + sw->flows_len, 0);
		run_ms(3000);
		assert_int_equal(sw->roles, 1); // it has agreed, and is not asked again
		elect(true, 0x20001);
		assert_int_equal(sw->role, OF_ROLE_MASTER);
		assert_int_equal(sw->generation, versions[v] == OF10 ? 0 : 0x20001);
		assert_true(sw->ready);
		assert_int_equal(sw->flows_len, 1);
		packet_in(sw, 1, 1, 2);
		assert_int_equal(sw->packet_outs, 1);
		elect(false, 0x30002);
		assert_int_equal(sw->role, OF_ROLE_SLAVE);
		packet_in(sw, 2, 2, 1);
		assert_int_equal(sw->packet_outs, 1);
		assert_int_equal(server.switches->learn.hosts.len, 0);
		cluster_lab_close();
	}
}

static void test_a_master_that_was_away_does_not_act(void **state)
{
	struct emulated *sw;

	cluster_lab_open();
	sw = emulated_open(0, 7, OF13);
	elect(true, 0x10001);
	cluster.member.election.act_until = sim.now;
	packet_in(sw, 1, 1, 2);
	assert_int_equal(drops(SDN_DROP_STANDBY), 1);
	assert_int_equal(sw->packet_outs, 0);
	cluster_lab_close();
}

// The switch says so by an error, or from 1.4 on by a role status.
static void test_a_switch_with_another_master(void **state)
{
	const struct of_msg said[] = {
	        {.type = OF_ERROR, .error = {.type = 1, .code = 10}},
	        {.type = OF_ROLE_STATUS,
	         .role_status = {.role = OF_ROLE_SLAVE, .generation_id = 0x50002}}};

	for (unsigned i = 0; i < ARRAY_LEN(said); i++) {
		struct emulated *sw;

		cluster_lab_open();
		sw = emulated_open(0, 7, OF14);
		elect(true, 0x10001);
		sw->role = OF_ROLE_SLAVE;
		emulated_say(sw, said[i]);
		assert_int_equal(events("fenced"), 1);
		assert_true(cluster.member.election.doubts);
		assert_int_equal(cluster.member.election.highest, i ? 0x50002 : 0x10001);
		packet_in(sw, 1, 1, 2);
		assert_int_equal(sw->packet_outs, 0);
		cluster_lab_close();
	}
}

static void test_a_stale_generation_is_learned_from_the_switch(void **state)
{
	struct emulated *sw;

	cluster_lab_open();
	sw = emulated_open(0, 7, OF13);
	sw->generation = 0x70009;
	elect(true, 0x10001);
	assert_int_equal(events("stale"), 1);
	assert_int_equal(cluster.member.election.highest, 0x70009);
	assert_int_equal(sw->flows_len, 0);
	elect(true, 0x80001);
	assert_int_equal(sw->role, OF_ROLE_MASTER);
	assert_int_equal(sw->flows_len, 1);
	cluster_lab_close();
}

static void test_a_switch_without_roles_obeys_the_master(void **state)
{
	struct emulated *sw;

	cluster_lab_open();
	sw = emulated_open(0, 7, OF13);
	sw->roleless = true;
	elect(false, 0x10002);
	assert_int_equal(events("roleless"), 1);
	assert_int_equal(sw->flows_len, 0);
	elect(true, 0x20001);
	assert_int_equal(sw->flows_len, 1);
	assert_int_equal(sw->roles, 1);
	cluster_lab_close();
}

// The shares are others: text is their row.
static void share(const char *text)
{
	cluster.member.is_shared = true;
	cluster_share_row(&cluster.member.share, span_of("share", 5), 1,
	                  span_of(text, strlen(text)), sim.now);
	sdn_role_tell_all(server.switches, sim.now);
	run_ms(100);
}

// One switch is ours and one another's; then both are ours, and only what changes is asked.
static void test_a_share_of_the_switches(void **state)
{
	struct emulated *first, *second;

	cluster_lab_open();
	first = emulated_open(0, 7, OF13);
	second = emulated_open(1, 8, OF14);
	share("wadi-1 0000000000010009\n0000000000000001 a 0000000000000007\n"
	      "0000000000000002 b 0000000000000008");
	assert_int_equal(first->role, OF_ROLE_MASTER);
	assert_int_equal(second->role, OF_ROLE_SLAVE);
	assert_int_equal(first->generation, 0x10009);
	assert_int_equal(second->generation, 0x10009);
	packet_in(first, 1, 1, 2);
	packet_in(second, 1, 1, 2);
	assert_int_equal(first->packet_outs, 1);
	assert_int_equal(second->packet_outs, 0);
	share("wadi-1 0000000000020009\n"
	      "0000000000000001 a 0000000000000007-0000000000010009 0000000000000008");
	assert_int_equal(first->roles, 1);
	assert_int_equal(second->role, OF_ROLE_MASTER);
	assert_int_equal(second->generation, 0x20009);
	packet_in(second, 1, 1, 2);
	assert_int_equal(second->packet_outs, 1);
	share("wadi-1 0000000000030009\n0000000000000002 b 0000000000000007");
	assert_int_equal(first->role, OF_ROLE_SLAVE);
	assert_int_equal(second->role, OF_ROLE_SLAVE);
	cluster_lab_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_standby_does_nothing_until_it_is_master),
	        cmocka_unit_test(test_a_master_that_was_away_does_not_act),
	        cmocka_unit_test(test_a_switch_with_another_master),
	        cmocka_unit_test(test_a_stale_generation_is_learned_from_the_switch),
	        cmocka_unit_test(test_a_switch_without_roles_obeys_the_master),
	        cmocka_unit_test(test_a_share_of_the_switches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
