// relink: a port whose link was made anew, as after a guest woke up elsewhere: it
// says again who it is, under its new address, and doubts its neighbours.
#include "lab.h"

#include "proto/tcpip/iface.h"

#define NEW 7 // last byte of the new hardware address

static void relink(void)
{
	lab.netif.mac[5] = NEW;
	stack_link(lab.stack, &lab.netif, lab.now);
}

static void open_announcing(void)
{
	lab_close();
	lab_init();
	lab.conf.announce = true;
	lab_open();
	lab_advance(10 * SEC_US);
	lab_clear();
}

static void test_it_says_twice_who_it_is(void **state)
{
	open_announcing();
	relink();
	for (unsigned round = 0; round < 2; round++) {
		// Gratuitous ARP, a report of groups, two advertisements.
		assert_int_equal(lab_waiting(), 4);
		for (unsigned i = 0; i < 4; i++) {
			struct frame f = lab_take();

			assert_int_equal(f.b[11], NEW);
			if (i == 0)
				assert_int_equal(get16(f.b + 12), 0x0806);
			if (i >= 2)
				assert_int_equal(f.b[f.l4], 136);
		}
		lab_clear();
		lab_advance(2 * SEC_US + MS_US);
	}
	assert_int_equal(lab_waiting(), 0);
}

static void test_a_second_link_begins_anew(void **state)
{
	open_announcing();
	relink();
	lab_clear();
	lab_advance(SEC_US);
	relink();
	assert_int_equal(lab_waiting(), 4);
	lab_clear();
	lab_advance(2 * SEC_US + MS_US);
	assert_int_equal(lab_waiting(), 4);
	lab_clear();
	lab_advance(10 * SEC_US);
	assert_int_equal(lab_waiting(), 0);
}

static void test_a_worker_that_does_not_announce_keeps_silent(void **state)
{
	relink();
	lab_advance(10 * SEC_US);
	assert_int_equal(lab_waiting(), 0);
}

static void test_frames_go_to_the_new_address_only(void **state)
{
	struct frame ping = frame_ping("10.0.0.9", "10.0.0.2");

	lab_meet();
	lab_clear();
	relink();
	lab_refuses(&ping, DROP_ETH_NOT_OURS);
	ping.b[5] = NEW;
	lab_in(&ping);
	assert_int_equal(lab_waiting(), 1);
	assert_int_equal(lab_take().b[11], NEW);
}

static void test_the_link_local_address_and_its_group_follow(void **state)
{
	static const uint8_t wanted[3][6] = {{0x33, 0x33, 0, 0, 0, 1},
	                                     {0x33, 0x33, 0xff, 0, 0, NEW},
	                                     {0x33, 0x33, 0xff, 0, 0, 2}};
	uint8_t macs[3][6];

	relink();
	assert_int_equal(stack_groups(lab.stack, &lab.netif, macs, 3), 3);
	assert_memory_equal(macs, wanted, sizeof(wanted));
	assert_int_equal(stack_groups(lab.stack, &lab.netif, macs, 1), 3);
}

static void test_what_is_received_for(void **state)
{
	struct addr addrs[STACK_OWN_MAX];
	uint16_t vlan;

	relink();
	assert_int_equal(stack_own(lab.stack, &lab.netif, addrs, &vlan), 3);
	assert_int_equal(vlan, 0);
	assert_true(addr_is_ipv4(addrs[0]));
	assert_true(addr_is_link_local(addrs[1]));
	assert_int_equal(addrs[1].lo >> 56, NEW);
	assert_true(addr_eq(addrs[2], lab.conf.iface[0].ipv6[0].addr));
}

static void test_a_port_without_ipv6_has_no_groups(void **state)
{
	uint8_t macs[1][6];

	lab_close();
	lab_init();
	lab.conf.iface[0].ipv6_len = 0;
	lab_open();
	assert_int_equal(stack_groups(lab.stack, &lab.netif, macs, 1), 0);
}

static unsigned asked;

static void count_asked(void *ctx, struct addr addr, const struct mac *mac)
{
	asked += mac != NULL;
}

// A neighbour that was reachable is sent to at once, and asked again after the
// delay.
static void test_neighbours_are_doubted(void **state)
{
	struct batch out = {.len = 0};
	struct offload_iface way_out = {.out = &out, .metric = &harness_metric};
	struct wheel wheel;
	struct neigh_conf conf = {.capacity = 4,
	                          .wheel = &wheel,
	                          .out = &way_out,
	                          .metric = &harness_metric,
	                          .solicit = count_asked};
	struct neigh_table table;
	struct addr addr = ip("10.0.0.9");
	struct mac mac = mac_load((const uint8_t[6]){2, 0, 0, 0, 0, 9});
	mono_t now = {SEC_US};

	asked = 0;
	wheel_init(&wheel, now);
	assert_int_equal(neigh_open(&table, &conf), 0);
	neigh_seen(&table, addr, mac, now);
	neigh_advertised(&table, addr, &mac, true, true, now);
	assert_int_equal(neigh_find(&table, addr)->state, NEIGH_REACHABLE);
	neigh_doubt(&table, now);
	assert_int_equal(neigh_find(&table, addr)->state, NEIGH_STALE);
	neigh_send(&table, addr, harness_pkt("01234567890123", 14), now);
	assert_int_equal(out.len, 1);
	assert_int_equal(neigh_find(&table, addr)->state, NEIGH_DELAY);
	wheel_tick(&wheel, mono_add(now, NEIGH_DELAY_US + MS_US));
	assert_int_equal(asked, 1);
	pkt_put(out.pkt[0]);
	neigh_close(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        LAB_TEST(test_it_says_twice_who_it_is),
	        LAB_TEST(test_a_second_link_begins_anew),
	        LAB_TEST(test_a_worker_that_does_not_announce_keeps_silent),
	        LAB_TEST(test_frames_go_to_the_new_address_only),
	        LAB_TEST(test_the_link_local_address_and_its_group_follow),
	        LAB_TEST(test_what_is_received_for),
	        LAB_TEST(test_a_port_without_ipv6_has_no_groups),
	        POOL_TEST(test_neighbours_are_doubted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
