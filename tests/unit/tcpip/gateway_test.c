// gateway: how the gateways are kept resolved and what the board says of them, on virtual
// time.
#include "lab.h"

#include "proto/tcpip/iface_board.h"

static struct iface_board board;

static void reopen(bool first)
{
	lab_close();
	lab_init();
	lab.conf.announce = true;
	lab.conf.iface[0].watch_gateways = true;
	lab.conf.iface[0].check = first ? STACK_CHECK_FIRST : STACK_CHECK_OFF;
	lab.conf.iface[0].board = &board;
	iface_board_init(&board, 1, &lab.conf.iface[0]);
	lab_open();
}

static unsigned state_of(unsigned family)
{
	return atomic_load(&board.gateway[family]);
}

// Runs for a while; returns how often the gateway was asked for, by ARP. It answers when
// told.
static unsigned run(uint64_t us, bool answers)
{
	struct frame reply = frame_arp(ROUTER, 2, "10.0.0.1", "10.0.0.2");
	struct frame advert = frame_ndp("fd00::1", "fd00::2", 136, 6, "fd00::1", ROUTER);
	unsigned asked = 0;

	for (uint64_t done = 0; done < us; done += 50 * MS_US) {
		lab_advance(50 * MS_US);
		while (lab_waiting()) {
			struct frame f = lab_take();

			if (get16(f.b + 12) == 0x0806 && f.b[f.l3 + 27] == 1) {
				asked++;
				if (answers)
					lab_in(&reply);
			} else if (f.b[f.l4] == 135 && f.b[f.l4 + 23] == 1 && answers) {
				lab_in(&advert);
			}
		}
		lab_clear();
	}
	return asked;
}

static void test_a_gateway_is_resolved_before_a_client_needs_it(void **state)
{
	struct frame far4 = frame_udp("192.0.2.1", "10.0.0.2", 4000, 7, "x");
	struct frame far6 = frame_udp("2001:db8::1", "fd00::2", 4000, 7, "x");

	reopen(false);
	run(2 * SEC_US, true);
	assert_int_equal(state_of(0), IFACE_GATEWAY_ANSWERS);
	assert_int_equal(state_of(1), IFACE_GATEWAY_ANSWERS);
	lab_in(&far4);
	assert_int_equal(lab_take().b[5], ROUTER);
	lab_in(&far6);
	assert_int_equal(lab_take().b[5], ROUTER);
}

static void test_a_silent_gateway_is_noted_and_asked_for_seldom(void **state)
{
	reopen(false);
	run(2 * SEC_US, false);
	assert_int_equal(state_of(0), IFACE_GATEWAY_UNKNOWN);
	run(3 * SEC_US, false);
	assert_int_equal(state_of(0), IFACE_GATEWAY_SILENT);
	assert_int_equal(state_of(1), IFACE_GATEWAY_SILENT);
	assert_in_range(run(100 * SEC_US, false), 20, 45);
	run(12 * SEC_US, true);
	assert_int_equal(state_of(0), IFACE_GATEWAY_ANSWERS);
	assert_int_equal(state_of(1), IFACE_GATEWAY_ANSWERS);
}

static void test_a_gateway_that_goes_away_is_noted_without_traffic(void **state)
{
	reopen(false);
	run(60 * SEC_US, true);
	assert_int_equal(state_of(0), IFACE_GATEWAY_ANSWERS);
	run(70 * SEC_US, false);
	assert_int_equal(state_of(0), IFACE_GATEWAY_SILENT);
	assert_int_equal(state_of(1), IFACE_GATEWAY_SILENT);
}

static void test_a_gateway_that_answers_is_asked_seldom(void **state)
{
	reopen(false);
	run(10 * SEC_US, true);
	assert_in_range(run(600 * SEC_US, true), 10, 40);
}

// A solicitation from an address that is not ours yet would claim it.
static void test_without_an_address_no_gateway_is_asked_for(void **state)
{
	reopen(true);
	assert_int_equal(run(3500 * MS_US, true), 0);
	run(6 * SEC_US, true);
	assert_int_equal(state_of(0), IFACE_GATEWAY_ANSWERS);
}

static void test_without_a_gateway_there_is_nothing_to_note(void **state)
{
	lab_close();
	lab_init();
	lab.conf.announce = true;
	lab.conf.iface[0].watch_gateways = true;
	lab.conf.iface[0].gateway4 = lab.conf.iface[0].gateway6 = (struct addr){0};
	lab.conf.iface[0].board = &board;
	iface_board_init(&board, 1, &lab.conf.iface[0]);
	lab_open();
	run(20 * SEC_US, true);
	assert_int_equal(state_of(0), IFACE_GATEWAY_UNKNOWN);
	assert_int_equal(state_of(1), IFACE_GATEWAY_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        LAB_TEST(test_a_gateway_is_resolved_before_a_client_needs_it),
	        LAB_TEST(test_a_silent_gateway_is_noted_and_asked_for_seldom),
	        LAB_TEST(test_a_gateway_that_goes_away_is_noted_without_traffic),
	        LAB_TEST(test_a_gateway_that_answers_is_asked_seldom),
	        LAB_TEST(test_without_an_address_no_gateway_is_asked_for),
	        LAB_TEST(test_without_a_gateway_there_is_nothing_to_note),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
