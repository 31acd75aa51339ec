// acd: how an address is searched for, given up, taken again, announced and defended, on
// virtual time; the stack as its only worker and as one of two. Two whole nodes with one
// address are in tests/sim/conflict_sim.c.
#include "lab.h"

#include "proto/tcpip/iface_board.h"

#define SOLICITED  4u
#define OVERRIDE   2u
#define GROUP_OF_2 "ff02::1:ff00:2"

// Indices of the lab's addresses on the board: 10.0.0.2, the link-local one, fd00::2.
enum { V4, LINK_LOCAL, V6, ADDRS };

static struct iface_board board;

static void reopen(enum stack_check check, bool hold)
{
	lab_close();
	lab_init();
	lab.conf.announce = true;
	lab.conf.iface[0].check = check;
	lab.conf.iface[0].hold = hold;
	lab.conf.iface[0].board = &board;
	iface_board_init(&board, 1, &lab.conf.iface[0]);
	lab_open();
}

static unsigned state_of(unsigned index)
{
	return atomic_load(&board.addr[index].state);
}

// Of the frames that were sent since lab_clear: how many are of a kind.
struct sent {
	unsigned probes4, claims4, probes6, adverts6, others;
};

static struct sent sent(void)
{
	struct sent sent = {0};

	while (lab_waiting()) {
		struct frame f = lab_take();
		bool arp = get16(f.b + 12) == 0x0806;
		bool nobody = arp && memcmp(f.b + f.l3 + 14, "\0\0\0\0", 4) == 0;

		if (arp)
			nobody ? sent.probes4++ : sent.claims4++;
		else if (f.b[f.l4] == 135 && f.b[f.l3 + 8] == 0)
			sent.probes6++;
		else if (f.b[f.l4] == 136)
			sent.adverts6++;
		else
			sent.others++;
	}
	lab_clear();
	return sent;
}

// In small steps, so that the batch does not fill.
static struct sent run(uint64_t us)
{
	struct sent sum = {0};

	for (uint64_t done = 0; done < us; done += 50 * MS_US) {
		struct sent now;

		lab_advance(50 * MS_US);
		now = sent();
		sum.probes4 += now.probes4;
		sum.claims4 += now.claims4;
		sum.probes6 += now.probes6;
		sum.adverts6 += now.adverts6;
		sum.others += now.others;
	}
	return sum;
}

static bool answers(const char *src, const char *dst)
{
	struct frame f = frame_udp(src, dst, 4000, 7, "x");
	unsigned before = lab.datagrams;

	lab_in(&f);
	lab_clear();
	return lab.datagrams > before;
}

static bool serves4(void)
{
	return answers("10.0.0.9", "10.0.0.2");
}

static bool serves6(void)
{
	return answers("fd00::9", "fd00::2");
}

static void test_addresses_are_used_after_the_search(void **state)
{
	struct frame request = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "x");
	struct frame arp = frame_arp(HOST, 1, "10.0.0.9", "10.0.0.2");
	struct frame solicit = frame_ndp("fd00::9", GROUP_OF_2, 135, 0, "fd00::2", HOST);
	struct sent all;

	reopen(STACK_CHECK_FIRST, true);
	assert_int_equal(sent().claims4, 0);
	lab_refuses(&request, DROP_IPV4_HELD);
	lab_refuses(&arp, DROP_ARP_NOT_OURS);
	lab_refuses(&solicit, DROP_ICMP6_NDP_NOT_OURS);
	request = frame_udp("fd00::9", "fd00::2", 4000, 7, "x");
	lab_refuses(&request, DROP_IPV6_HELD);
	all = run(10 * SEC_US);
	assert_int_equal(all.probes4, 3);
	assert_int_equal(all.probes6, 2);
	assert_int_equal(all.claims4, 2);
	assert_int_equal(all.adverts6, 4);
	assert_true(serves4() && serves6());
}

// RFC 5227 section 1.1: at the earliest and at the latest.
static void test_the_search_takes_its_time(void **state)
{
	reopen(STACK_CHECK_FIRST, true);
	sent();
	run(3900 * MS_US); // no wait, two intervals of a second, two seconds to the end
	assert_false(serves4());
	run(3200 * MS_US);
	assert_true(serves4());
}

static void test_addresses_are_used_beside_the_search(void **state)
{
	struct sent all;

	reopen(STACK_CHECK_PARALLEL, true);
	assert_true(serves4() && serves6());
	assert_int_equal(state_of(V4), IFACE_ADDR_PROBED);
	all = run(2 * SEC_US);
	assert_int_equal(all.probes4, 2); // and one at once
	assert_int_equal(state_of(V4), IFACE_ADDR_USED);
	assert_int_equal(state_of(V6), IFACE_ADDR_USED);
	run(2 * SEC_US);
	assert_int_equal(run(60 * SEC_US).claims4, 0); // announced twice, then silence
}

// Each message from which RFC 5227 and RFC 4862 conclude that another host has it.
static void test_another_host_with_an_address_ends_its_use(void **state)
{
	const struct {
		struct frame frame;
		unsigned index;
		enum drop reason;
	} cases[] = {
	        {frame_arp(OTHER, 2, "10.0.0.2", "10.0.0.2"), V4, DROP_ARP_CONFLICT},
	        {frame_arp(OTHER, 1, "10.0.0.2", "10.0.0.9"), V4, DROP_ARP_CONFLICT},
	        {frame_arp(OTHER, 1, "0.0.0.0", "10.0.0.2"), V4, DROP_ARP_CONFLICT},
	        {frame_ndp("fd00::2", "ff02::1", 136, OVERRIDE, "fd00::2", OTHER), V6,
	         DROP_ICMP6_NDP_CONFLICT},
	        {frame_ndp("fe80::9", "ff02::1", 136, 0, "fd00::2", OTHER), V6,
	         DROP_ICMP6_NDP_CONFLICT},
	        {frame_ndp("::", GROUP_OF_2, 135, 0, "fd00::2", 0), V6, DROP_ICMP6_NDP_CONFLICT},
	};

	for (unsigned check = STACK_CHECK_PARALLEL; check <= STACK_CHECK_FIRST; check++) {
		for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
			reopen((enum stack_check)check, true);
			sent();
			lab_refuses(&cases[i].frame, cases[i].reason);
			assert_int_equal(state_of(cases[i].index), IFACE_ADDR_HELD);
			assert_int_equal(atomic_load(&board.addr[cases[i].index].conflicts), 1);
			assert_int_equal(atomic_load(&board.addr[cases[i].index].mac) >> 40,
			                 i == 5 ? HOST : OTHER);
			run(9 * SEC_US);
			assert_int_equal(serves4(), cases[i].index != V4);
			assert_int_equal(serves6(), cases[i].index != V6);
		}
	}
}

static void test_our_own_solicitation_that_is_looped_back_is_no_conflict(void **state)
{
	struct frame f, other;

	reopen(STACK_CHECK_FIRST, true);
	do {
		if (!lab_waiting())
			lab_advance(10 * MS_US);
		f = lab_waiting() ? lab_take() : (struct frame){0};
	} while (f.len == 0 || get16(f.b + 12) != 0x86dd || f.b[f.l4] != 135);
	assert_int_equal(f.b[f.l4 + 24], 14); // RFC 7527: a nonce, no hardware address
	assert_int_equal(f.len - f.l4, 32);
	lab_refuses(&f, DROP_ICMP6_NDP_OWN);
	other = f;
	other.b[other.l4 + 26] ^= 1;
	frame_fix(&other, 58);
	lab_refuses(&other, DROP_ICMP6_NDP_CONFLICT);
}

static void test_a_held_address_is_taken_when_it_is_free(void **state)
{
	struct frame claim = frame_arp(OTHER, 2, "10.0.0.2", "10.0.0.2");

	reopen(STACK_CHECK_PARALLEL, true);
	sent();
	for (unsigned i = 0; i < 3; i++) { // the other host answers each search
		lab_refuses(&claim, DROP_ARP_CONFLICT);
		assert_int_equal(state_of(V4), IFACE_ADDR_HELD);
		assert_int_equal(run(9 * SEC_US).probes4, 0);
		while (state_of(V4) == IFACE_ADDR_HELD)
			run(50 * MS_US);
	}
	run(3 * SEC_US);
	assert_true(serves4());
	assert_int_equal(state_of(V4), IFACE_ADDR_USED);
}

// RFC 5227 section 2.1.1: after ten conflicts no more than one search in a minute.
static void test_searches_become_rare_when_they_are_in_vain(void **state)
{
	struct frame claim = frame_arp(OTHER, 2, "10.0.0.2", "10.0.0.2");
	unsigned searches = 0;

	reopen(STACK_CHECK_PARALLEL, true);
	sent();
	for (unsigned s = 0; s < 20 * 1200; s++) {
		run(50 * MS_US);
		if (state_of(V4) != IFACE_ADDR_PROBED)
			continue;
		lab_in(&claim);
		searches++;
	}
	assert_in_range(searches, 20, 32); // in 20 minutes
}

static void test_while_held_the_other_host_is_a_neighbour(void **state)
{
	struct frame claim = frame_arp(OTHER, 2, "10.0.0.2", "10.0.0.2");

	reopen(STACK_CHECK_PARALLEL, true);
	lab_in(&claim);
	sent();
	lab_refuses(&claim, DROP_ARP_NOT_OURS);
	assert_int_equal(sent().claims4, 0); // nor is the address defended
	assert_int_equal(atomic_load(&board.addr[V4].conflicts), 1);
}

// RFC 5227 section 2.4, RFC 4862 section 5.4: neither as the sender of a solicitation nor as the
// source of an answer, whatever began while the address was used.
static void test_nothing_is_sent_from_a_held_address(void **state)
{
	struct frame seen = frame_arp(HOST, 1, "10.0.0.9", "10.0.0.2");
	struct frame request = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "x");
	struct frame claim = frame_arp(OTHER, 2, "10.0.0.2", "10.0.0.2");

	reopen(STACK_CHECK_PARALLEL, true);
	lab_in(&seen);
	lab_in(&request); // the neighbour is to be confirmed in five seconds
	lab_in(&claim);
	sent();
	assert_int_equal(state_of(V4), IFACE_ADDR_HELD);
	assert_int_equal(run(9 * SEC_US).claims4, 0);
}

static void test_a_group_is_not_answered_without_an_address(void **state)
{
	struct frame ping = frame_ping("fd00::9", "ff02::1");
	struct frame option = frame_udp("fd00::9", "ff02::1", 4000, 7, "x");

	frame_to_group(&ping);
	frame_extend(&option, 60, 1, (const uint8_t[6]){0x9e, 4, 0, 0, 0, 0});
	frame_to_group(&option);
	frame_fix(&option, 17);
	reopen(STACK_CHECK_FIRST, true);
	sent();
	lab_refuses(&ping, DROP_IPV6_HELD);
	lab_refuses(&option, DROP_IPV6_OPTION);
	assert_int_equal(sent().others, 0);
	run(10 * SEC_US);
	lab_in(&ping);
	lab_in(&option);
	assert_int_equal(sent().others, 2);
}

static void test_warn_only_keeps_the_address(void **state)
{
	struct frame claim = frame_arp(OTHER, 2, "10.0.0.2", "10.0.0.2");

	reopen(STACK_CHECK_PARALLEL, false);
	sent();
	lab_refuses(&claim, DROP_ARP_CONFLICT);
	assert_true(serves4());
	run(3 * SEC_US);
	assert_int_equal(state_of(V4), IFACE_ADDR_USED);
	assert_int_equal(atomic_load(&board.addr[V4].conflicts), 1);
}

// RFC 5227 section 2.4 (c): one forged message does not end a server.
static void test_an_address_in_use_is_defended_not_given_up(void **state)
{
	struct frame claim = frame_arp(OTHER, 2, "10.0.0.2", "10.0.0.2");
	struct sent all;

	reopen(STACK_CHECK_PARALLEL, true);
	run(10 * SEC_US);
	for (unsigned i = 0; i < 50; i++)
		lab_refuses(&claim, DROP_ARP_CONFLICT);
	all = sent();
	assert_int_equal(all.claims4, 1);
	assert_true(serves4());
	assert_int_equal(atomic_load(&board.addr[V4].conflicts), 50);
}

// An attacker who claims one address does not use up the defence of another.
static void test_each_address_is_defended_by_itself(void **state)
{
	struct frame first = frame_arp(OTHER, 2, "10.0.0.2", "10.0.0.2");
	struct frame second = frame_arp(OTHER, 2, "10.0.1.2", "10.0.1.2");

	lab_close();
	lab_init();
	lab.conf.iface[0].ipv4[1] = net("10.0.1.2/24");
	lab.conf.iface[0].ipv4_len = 2;
	lab_open();
	lab_refuses(&first, DROP_ARP_CONFLICT);
	lab_refuses(&second, DROP_ARP_CONFLICT);
	assert_int_equal(sent().claims4, 2);
}

// An anycast address, which routers send here: no host of the link resolves it.
static void test_addresses_that_are_a_whole_prefix_are_not_searched_for(void **state)
{
	lab_close();
	lab_init();
	lab.conf.announce = true;
	lab.conf.iface[0].check = STACK_CHECK_FIRST;
	lab.conf.iface[0].hold = true;
	lab.conf.iface[0].ipv4[1] = net("192.0.2.53/32");
	lab.conf.iface[0].ipv4_len = 2;
	lab.conf.iface[0].ipv6[1] = net("2001:db8::53/128");
	lab.conf.iface[0].ipv6_len = 2;
	lab_open();
	lab_clear();
	assert_true(answers("10.0.0.9", "192.0.2.53"));
	assert_true(answers("fd00::9", "2001:db8::53"));
	assert_false(serves4());
}

// A conflict that the other worker hears ends the use by both.
static void test_workers_share_the_state_of_addresses(void **state)
{
	struct frame claim = frame_ndp("fd00::2", "ff02::1", 136, OVERRIDE, "fd00::2", OTHER);
	struct stack *first, *second;
	struct udp_listener_conf echo = {.port = 7, .fn = lab_echo, .ctx = &lab};

	lab_close();
	lab_init();
	lab.netif.queues = 2;
	lab.conf.announce = true;
	lab.conf.iface[0].check = STACK_CHECK_PARALLEL;
	lab.conf.iface[0].hold = true;
	lab.conf.iface[0].board = &board;
	iface_board_init(&board, 1, &lab.conf.iface[0]);
	lab_open();
	first = lab.stack;
	lab.conf.announce = false;
	second = stack_open(&lab.conf, lab.now);
	assert_non_null(second);
	assert_int_equal(udp_listen(stack_udp(second), &echo, NULL), 0);
	lab_clear();
	lab.stack = second;
	assert_true(serves6());
	lab_refuses(&claim, DROP_ICMP6_NDP_CONFLICT);
	run(300 * MS_US);
	assert_int_equal(state_of(V6), IFACE_ADDR_HELD);
	assert_false(serves6());
	lab.stack = first;
	assert_false(serves6());
	run(30 * SEC_US);
	assert_true(serves6());
	lab.stack = second;
	assert_true(serves6());
	lab.stack = first;
	stack_close(second);
}

static void test_a_link_that_comes_back_is_announced_not_searched(void **state)
{
	struct sent all;

	reopen(STACK_CHECK_PARALLEL, true);
	run(10 * SEC_US);
	lab.netif.mac[5] = 7;
	stack_link(lab.stack, &lab.netif, lab.now);
	all = sent();
	assert_int_equal(all.claims4, 1);
	assert_int_equal(all.adverts6, 2);
	all = run(5 * SEC_US);
	assert_int_equal(all.claims4, 1);
	assert_int_equal(all.probes4 + all.probes6, 0);
}

// A report of groups goes out before the link-local address may be its source.
static void test_groups_are_joined_before_the_search(void **state)
{
	struct frame f;

	reopen(STACK_CHECK_FIRST, true);
	f = lab_take();
	assert_int_equal(f.b[f.l4], 143);
	assert_int_equal(f.b[f.l3 + 8], 0); // from the unspecified address
	assert_int_equal(get16(f.b + f.l4 + 6), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        LAB_TEST(test_addresses_are_used_after_the_search),
	        LAB_TEST(test_the_search_takes_its_time),
	        LAB_TEST(test_addresses_are_used_beside_the_search),
	        LAB_TEST(test_another_host_with_an_address_ends_its_use),
	        LAB_TEST(test_our_own_solicitation_that_is_looped_back_is_no_conflict),
	        LAB_TEST(test_a_held_address_is_taken_when_it_is_free),
	        LAB_TEST(test_searches_become_rare_when_they_are_in_vain),
	        LAB_TEST(test_while_held_the_other_host_is_a_neighbour),
	        LAB_TEST(test_nothing_is_sent_from_a_held_address),
	        LAB_TEST(test_a_group_is_not_answered_without_an_address),
	        LAB_TEST(test_warn_only_keeps_the_address),
	        LAB_TEST(test_an_address_in_use_is_defended_not_given_up),
	        LAB_TEST(test_each_address_is_defended_by_itself),
	        LAB_TEST(test_addresses_that_are_a_whole_prefix_are_not_searched_for),
	        LAB_TEST(test_workers_share_the_state_of_addresses),
	        LAB_TEST(test_a_link_that_comes_back_is_announced_not_searched),
	        LAB_TEST(test_groups_are_joined_before_the_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
