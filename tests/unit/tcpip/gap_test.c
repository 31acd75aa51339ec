// gap: a machine that was suspended, or a process that was stopped: between two turns the
// clock moves by hours. What was known is still used, what was counted per second starts
// again, and no timer catches up on what it missed.
#include "lab.h"

#include "proto/tcpip/iface_board.h"

#define BURST 300 // more than any rate has tokens

static const uint64_t gaps_us[] = {
        10 * SEC_US,
        UINT64_C(1) << 32, // where a counter of microseconds would begin again
        8 * 3600 * SEC_US,
        (UINT64_C(1) << 32) * MS_US, // and one of milliseconds
        3650 * 86400 * SEC_US,
};

static struct iface_board board;

static void reopen(enum stack_check check, bool watch_gateways)
{
	lab_close();
	lab_init();
	lab.conf.announce = true;
	lab.conf.iface[0].check = check;
	lab.conf.iface[0].hold = true;
	lab.conf.iface[0].watch_gateways = watch_gateways;
	lab.conf.iface[0].board = &board;
	iface_board_init(&board, 1, &lab.conf.iface[0]);
	lab_open();
}

// How many frames are sent in the time, in steps in which the batch does not fill.
static unsigned run(uint64_t us)
{
	unsigned sum = 0;

	for (uint64_t done = 0; done < us; done += 50 * MS_US) {
		lab_advance(50 * MS_US);
		sum += lab_waiting();
		lab_clear();
	}
	return sum;
}

static void test_neighbours_are_answered_at_once(void **state)
{
	static const struct {
		const char *src, *dst;
		uint8_t to;
	} clients[] = {
	        {"10.0.0.9", "10.0.0.2", HOST},
	        {"192.0.2.1", "10.0.0.2", ROUTER},
	        {"fd00::9", "fd00::2", HOST},
	        {"2001:db8::1", "fd00::2", ROUTER},
	};

	for (unsigned g = 0; g < ARRAY_LEN(gaps_us); g++) {
		reopen(STACK_CHECK_OFF, false);
		lab_clear();
		lab_meet();
		lab_advance(gaps_us[g]);
		lab_clear();
		for (unsigned i = 0; i < ARRAY_LEN(clients); i++) {
			struct frame query =
			        frame_udp(clients[i].src, clients[i].dst, 4000, 7, "x");

			lab_in(&query);
			assert_int_equal(lab_take().b[5], clients[i].to);
			lab_clear();
		}
	}
}

// What waits for a neighbour when the machine is suspended is dropped, once, when the
// neighbour has been asked as often as always; then it is asked for anew.
static void test_what_waits_is_given_up(void **state)
{
	struct frame far = frame_udp("192.0.2.1", "10.0.0.2", 4000, 7, "x");
	struct frame reply = frame_arp(ROUTER, 2, "10.0.0.1", "10.0.0.2");

	for (unsigned g = 0; g < ARRAY_LEN(gaps_us); g++) {
		uint64_t before = harness_drops(DROP_NEIGH_UNREACHABLE);

		reopen(STACK_CHECK_OFF, false);
		lab_clear();
		lab_in(&far);
		lab_advance(gaps_us[g]);
		lab_clear();
		assert_in_range(run(20 * SEC_US), 0, 4);
		assert_int_equal(harness_drops(DROP_NEIGH_UNREACHABLE), before + 1);
		lab_in(&far);
		assert_int_equal(lab_waiting(), 1);
		lab_clear();
		lab_in(&reply);
		assert_int_equal(lab_take().b[5], ROUTER);
	}
}

// The time without a clock is no time in which another host could have answered.
static void test_a_search_goes_on_where_it_was(void **state)
{
	struct frame query = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "x");

	for (unsigned g = 0; g < ARRAY_LEN(gaps_us); g++) {
		reopen(STACK_CHECK_FIRST, false);
		run(1200 * MS_US); // a first probe at least, and not the last
		lab_advance(gaps_us[g]);
		lab_clear();
		lab_refuses(&query, DROP_IPV4_HELD);
		assert_in_range(run(60 * SEC_US), 4, 20);
		assert_int_equal(atomic_load(&board.addr[0].state), IFACE_ADDR_USED);
	}
}

static void test_a_gateway_is_asked_for_once(void **state)
{
	for (unsigned g = 0; g < ARRAY_LEN(gaps_us); g++) {
		reopen(STACK_CHECK_OFF, true);
		run(6 * SEC_US);
		assert_int_equal(atomic_load(&board.gateway[0]), IFACE_GATEWAY_SILENT);
		lab_advance(gaps_us[g]);
		assert_in_range(lab_waiting(), 0, 6); // of both families
		lab_clear();
		assert_in_range(run(100 * SEC_US), 40, 90);
	}
}

// How many of a burst of datagrams for a port without a listener get an error.
static unsigned answers(void)
{
	struct frame closed = frame_udp("10.0.0.9", "10.0.0.2", 4000, 9, "x");
	unsigned sum = 0;

	for (unsigned i = 0; i < BURST; i++) {
		lab_in(&closed);
		sum += lab_waiting();
		lab_clear();
	}
	return sum;
}

static void test_rates_begin_with_a_full_bucket(void **state)
{
	unsigned first;

	reopen(STACK_CHECK_OFF, false);
	lab_clear();
	lab_meet();
	first = answers();
	assert_in_range(first, 1, BURST - 1);
	for (unsigned g = 0; g < ARRAY_LEN(gaps_us); g++) {
		assert_int_equal(answers(), 0);
		lab_advance(gaps_us[g]);
		lab_clear();
		lab_meet(); // who did not answer the probes is forgotten
		assert_int_equal(answers(), first);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        LAB_TEST(test_neighbours_are_answered_at_once),
	        LAB_TEST(test_what_waits_is_given_up),
	        LAB_TEST(test_a_search_goes_on_where_it_was),
	        LAB_TEST(test_a_gateway_is_asked_for_once),
	        LAB_TEST(test_rates_begin_with_a_full_bucket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
