// ndp: the header's checks, and conversations about IPv6 neighbours.
#include "lab.h"

#include "proto/tcpip/ndp_wire.h"

#define SOLICITED 4u
#define OVERRIDE  2u

// Our link-local address by RFC 4291 appendix A, and groups.
#define LINK_LOCAL "fe80::ff:fe00:1"
#define GROUP_OF_2 "ff02::1:ff00:2"
#define GROUP_OF_9 "ff02::1:ff00:9"

static void assert_ip(const struct frame *f, const char *src, const char *dst)
{
	uint8_t bytes[32];

	put_ip(bytes, ip(src));
	put_ip(bytes + 16, ip(dst));
	assert_memory_equal(f->b + f->l3 + 8, bytes, 32);
	assert_int_equal(f->b[f->l3 + 7], 255);
}

// An advertisement or solicitation the stack sent, with our hardware address.
static void assert_ndp(const struct frame *f, unsigned type, unsigned flags, const char *target)
{
	uint8_t bytes[16];

	assert_int_equal(f->len - f->l4, 32);
	assert_int_equal(f->b[f->l4], type);
	assert_int_equal(f->b[f->l4 + 4], flags << 4);
	put_ip(bytes, ip(target));
	assert_memory_equal(f->b + f->l4 + 8, bytes, 16);
	assert_int_equal(get16(f->b + f->l4 + 24), type == 135 ? 0x0101 : 0x0201);
	assert_int_equal(f->b[f->l4 + 31], US);
}

static void test_check_finds_the_option(void **state)
{
	struct frame f = frame_ndp("fd00::9", GROUP_OF_2, 135, 0, "fd00::2", HOST);
	const struct ndp_hdr *ndp = (const struct ndp_hdr *)(f.b + f.l4);
	struct ndp_options found;

	assert_int_equal(ndp_check(ndp, 32, 255, NDP_OPTION_SOURCE_MAC, &found), DROP_NONE);
	assert_ptr_equal(found.mac, f.b + f.l4 + 26);
	assert_int_equal(ndp_check(ndp, 32, 255, NDP_OPTION_TARGET_MAC, &found), DROP_NONE);
	assert_null(found.mac);
	assert_int_equal(ndp_check(ndp, 24, 255, NDP_OPTION_SOURCE_MAC, &found), DROP_NONE);
	assert_null(found.mac);
	for (size_t len = 0; len < 24; len++)
		assert_int_equal(ndp_check(ndp, len, 255, 1, &found), DROP_ICMP6_NDP_SHORT);
	for (size_t len = 25; len < 32; len++)
		assert_int_equal(ndp_check(ndp, len, 255, 1, &found), DROP_ICMP6_NDP_OPTION);
}

static void test_a_solicitation_is_answered_and_its_sender_learnt(void **state)
{
	struct frame f = frame_ndp("fd00::9", GROUP_OF_2, 135, 0, "fd00::2", HOST);
	struct frame request = frame_udp("fd00::9", "fd00::2", 4000, 7, "x");

	lab_in(&f);
	f = lab_take();
	assert_ip(&f, "fd00::2", "fd00::9");
	assert_ndp(&f, 136, SOLICITED | OVERRIDE, "fd00::2");
	assert_int_equal(f.b[5], HOST);
	lab_in(&request);
	f = lab_take();
	assert_int_equal(f.b[5], HOST);
}

static void test_our_link_local_address_is_made_of_the_mac(void **state)
{
	struct frame f = frame_ndp("fe80::9", "ff02::1:ff00:1", 135, 0, LINK_LOCAL, HOST);

	lab_in(&f);
	f = lab_take();
	assert_ip(&f, LINK_LOCAL, "fe80::9");
	assert_ndp(&f, 136, SOLICITED | OVERRIDE, LINK_LOCAL);
}

// RFC 4862 section 5.4: somebody checks whether the address is free.
static void test_duplicate_address_detection_hears_all_nodes(void **state)
{
	struct frame f = frame_ndp("::", GROUP_OF_2, 135, 0, "fd00::2", 0);

	lab_in(&f);
	f = lab_take();
	assert_ip(&f, "fd00::2", "ff02::1");
	assert_ndp(&f, 136, OVERRIDE, "fd00::2");
	assert_memory_equal(f.b, "\x33\x33\0\0\0\1", 6);
}

static void test_answers_to_an_unknown_host_on_the_link_leave_at_once(void **state)
{
	struct frame request = frame_udp("fd00::9", "fd00::2", 4000, 7, "now"), f;

	for (unsigned i = 0; i < 20; i++) {
		lab_in(&request);
		f = lab_take();
		assert_int_equal(f.b[5], HOST);
		assert_memory_equal(f.b + f.l4 + 8, "NOW", 3);
		if (i == 0) {
			f = lab_take();
			assert_ip(&f, "fd00::2", GROUP_OF_9);
			assert_ndp(&f, 135, 0, "fd00::9");
			assert_memory_equal(f.b, "\x33\x33\xff\0\0\x09", 6);
		}
		assert_int_equal(lab_waiting(), 0);
		lab_clear();
	}
}

static void test_an_answer_to_a_far_host_waits_for_the_gateway(void **state)
{
	struct frame request = frame_udp("2001:db8::1", "fd00::2", 4000, 7, "wait");
	struct frame advert =
	        frame_ndp("fd00::1", "fd00::2", 136, SOLICITED | OVERRIDE, "fd00::1", ROUTER);
	struct frame f;

	put_mac(request.b + 6, OTHER);
	lab_in(&request);
	f = lab_take();
	assert_ndp(&f, 135, 0, "fd00::1");
	assert_int_equal(lab_waiting(), 0);
	lab_in(&advert);
	f = lab_take();
	assert_int_equal(f.b[5], ROUTER);
	assert_memory_equal(f.b + f.l4 + 8, "WAIT", 4);
}

// As with ARP: zero, a group's and our own hardware address belong to no neighbour.
static void test_addresses_that_no_neighbour_has_are_refused(void **state)
{
	static const struct {
		uint8_t mac[6];
		enum drop reason;
	} cases[] = {
	        {{0}, DROP_ICMP6_NDP_MAC},
	        {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, DROP_ICMP6_NDP_MAC},
	        {{0x33, 0x33, 0, 0, 0, 1}, DROP_ICMP6_NDP_MAC},
	        {{2, 0, 0, 0, 0, US}, DROP_ICMP6_NDP_OWN},
	};
	struct frame arp = frame_arp(HOST, 2, "10.0.0.9", "10.0.0.2");

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		for (unsigned type = 135; type <= 136; type++) {
			struct frame f =
			        frame_ndp("fd00::9", "fd00::2", type, type == 136 ? SOLICITED : 0,
			                  type == 136 ? "fd00::9" : "fd00::2", HOST);

			memcpy(f.b + f.l4 + 26, cases[i].mac, 6);
			frame_fix(&f, 58);
			lab_refuses(&f, cases[i].reason);
		}
		memcpy(arp.b + arp.l3 + 8, cases[i].mac, 6);
		lab_refuses(&arp,
		            cases[i].reason == DROP_ICMP6_NDP_OWN ? DROP_ARP_OWN : DROP_ARP_SENDER);
	}
}

static void test_a_neighbour_in_use_is_asked_by_unicast(void **state)
{
	struct frame f = frame_ndp("fd00::9", GROUP_OF_2, 135, 0, "fd00::2", HOST);

	lab_in(&f); // the answer uses the neighbour
	lab_clear();
	lab_advance(5 * SEC_US + MS_US);
	f = lab_take();
	assert_ip(&f, "fd00::2", "fd00::9");
	assert_int_equal(f.b[5], HOST);
}

static void test_a_solicitation_without_option_is_answered_by_resolution(void **state)
{
	struct frame f = frame_ndp("fd00::9", "fd00::2", 135, 0, "fd00::2", 0);

	lab_in(&f);
	f = lab_take();
	assert_ndp(&f, 136, SOLICITED | OVERRIDE, "fd00::2");
	assert_int_equal(f.b[5], HOST);
	f = lab_take();
	assert_ndp(&f, 135, 0, "fd00::9");
}

// Each answer goes to all nodes, so a flood of forged ones would reach the whole link.
static void test_answers_to_a_flood_of_duplicate_address_detection_are_limited(void **state)
{
	struct frame f = frame_ndp("::", GROUP_OF_2, 135, 0, "fd00::2", 0);
	unsigned answers = 0;

	for (unsigned i = 0; i < 1000; i++) {
		lab_in(&f);
		answers += lab_waiting();
		lab_clear();
		lab_advance(MS_US);
	}
	assert_in_range(answers, 20, 45);
	assert_int_equal(harness_drops(DROP_ICMP6_GROUP_RATE), 1000 - answers);
}

static void test_echos_to_a_group_are_limited_and_others_are_not(void **state)
{
	struct frame group = frame_ping("fd00::9", "ff02::1"),
	             one = frame_ping("fd00::9", "fd00::2");
	unsigned answers = 0;

	frame_to_group(&group);
	lab_meet();
	for (unsigned i = 0; i < 1000; i++) {
		lab_in(&group);
		answers += lab_waiting();
		lab_clear();
		lab_in(&one);
		assert_int_equal(lab_waiting(), 1);
		lab_clear();
		lab_advance(MS_US);
	}
	assert_in_range(answers, 20, 45);
}

// They are never a next hop, so they may not take the place of those who are.
static void test_who_is_not_on_the_link_is_not_learnt(void **state)
{
	struct frame request = frame_udp("fd00::9", "fd00::2", 4000, 7, "x"), f;

	lab_meet();
	for (unsigned i = 0; i < 100; i++) {
		f = frame_ndp("2001:db8::9", "fd00::2", 135, 0, "fd00::2", OTHER);
		f.b[f.l3 + 23] = (uint8_t)i;
		frame_fix(&f, 58);
		lab_in(&f);
		f = lab_take();
		assert_int_equal(f.b[5], ROUTER);
		lab_clear();
	}
	lab_in(&request);
	f = lab_take();
	assert_int_equal(f.b[5], HOST);
	assert_int_equal(f.b[f.l3 + 6], 17);
}

// Whatever address the other host sends it from, ours included.
static void test_a_conflict_is_counted_and_answered_once(void **state)
{
	const char *const from[] = {"fd00::9", "fd00::2"};

	for (unsigned i = 0; i < ARRAY_LEN(from); i++) {
		struct frame f = frame_ndp(from[i], "ff02::1", 136, OVERRIDE, "fd00::2", OTHER);
		struct frame claim;

		lab_refuses(&f, DROP_ICMP6_NDP_CONFLICT);
		claim = lab_take();
		assert_ip(&claim, "fd00::2", "ff02::1");
		assert_ndp(&claim, 136, OVERRIDE, "fd00::2");
		lab_refuses(&f, DROP_ICMP6_NDP_CONFLICT);
		assert_int_equal(lab_waiting(), 0);
		lab_advance(10 * SEC_US);
	}
}

// Only a message about a conflict comes in from an address of ours.
static void test_nothing_else_is_taken_from_our_own_address(void **state)
{
	struct frame other = frame_ndp("fd00::2", "ff02::1", 136, OVERRIDE, "fd00::9", OTHER);
	struct frame looped = frame_ndp("fd00::2", "ff02::1", 136, OVERRIDE, "fd00::2", US);
	struct frame solicit = frame_ndp("fd00::2", GROUP_OF_2, 135, 0, "fd00::2", OTHER);
	struct frame ping = frame_ping("fd00::2", "fd00::2");
	struct frame cut = ping;

	lab_refuses(&other, DROP_IPV6_OWN);
	lab_refuses(&looped, DROP_IPV6_OWN);
	lab_refuses(&solicit, DROP_IPV6_OWN);
	lab_refuses(&ping, DROP_IPV6_OWN);
	cut.len = cut.l4;
	put16(cut.b + cut.l3 + 4, 0);
	lab_refuses(&cut, DROP_IPV6_OWN);
}

static void test_each_address_is_announced_twice(void **state)
{
	static const char *const ours[] = {LINK_LOCAL, "fd00::2"};

	lab_close();
	lab_init();
	lab.conf.announce = true;
	lab.conf.iface[0].ipv4_len = 0;
	lab_open();
	for (unsigned round = 0; round < 2; round++) {
		assert_int_equal(lab_waiting(), 3);
		lab_take(); // the report of groups, see mld_test.c
		for (unsigned i = 0; i < 2; i++) {
			struct frame f = lab_take();

			assert_ip(&f, ours[i], "ff02::1");
			assert_ndp(&f, 136, OVERRIDE, ours[i]);
		}
		lab_clear();
		lab_advance(2 * SEC_US + MS_US);
	}
	assert_int_equal(lab_waiting(), 0);
}

static void test_the_ping_of_a_group_is_answered_by_a_host(void **state)
{
	struct frame f = frame_ping("fe80::9", "ff02::1"), hello;

	hello = frame_ndp("fe80::9", "ff02::1:ff00:1", 135, 0, LINK_LOCAL, HOST);
	lab_in(&hello);
	lab_clear();
	frame_to_group(&f);
	lab_in(&f);
	f = lab_take();
	assert_int_equal(f.b[f.l4], 129);
	assert_int_equal(f.b[f.l3 + 8], 0xfe);
	assert_int_equal(f.b[f.l3 + 23], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_check_finds_the_option),
	        LAB_TEST(test_a_solicitation_is_answered_and_its_sender_learnt),
	        LAB_TEST(test_our_link_local_address_is_made_of_the_mac),
	        LAB_TEST(test_duplicate_address_detection_hears_all_nodes),
	        LAB_TEST(test_answers_to_an_unknown_host_on_the_link_leave_at_once),
	        LAB_TEST(test_an_answer_to_a_far_host_waits_for_the_gateway),
	        LAB_TEST(test_addresses_that_no_neighbour_has_are_refused),
	        LAB_TEST(test_a_neighbour_in_use_is_asked_by_unicast),
	        LAB_TEST(test_a_solicitation_without_option_is_answered_by_resolution),
	        LAB_TEST(test_answers_to_a_flood_of_duplicate_address_detection_are_limited),
	        LAB_TEST(test_echos_to_a_group_are_limited_and_others_are_not),
	        LAB_TEST(test_who_is_not_on_the_link_is_not_learnt),
	        LAB_TEST(test_a_conflict_is_counted_and_answered_once),
	        LAB_TEST(test_nothing_else_is_taken_from_our_own_address),
	        LAB_TEST(test_each_address_is_announced_twice),
	        LAB_TEST(test_the_ping_of_a_group_is_answered_by_a_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
