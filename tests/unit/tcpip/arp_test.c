// arp: the header's checks, and conversations about IPv4 neighbours.
#include "lab.h"

#include "proto/tcpip/arp_wire.h"

// A message the stack sent: that it says so, from US.
static void assert_arp(const struct frame *f, unsigned oper, const char *spa, const char *tpa)
{
	uint8_t bytes[4];

	assert_int_equal(get16(f->b + f->l3 - 2), 0x0806);
	assert_int_equal(get16(f->b + f->l3 + 6), oper);
	assert_int_equal(f->b[f->l3 + 13], US);
	put_ip(bytes, ip(spa));
	assert_memory_equal(f->b + f->l3 + 14, bytes, 4);
	put_ip(bytes, ip(tpa));
	assert_memory_equal(f->b + f->l3 + 24, bytes, 4);
}

static bool is_broadcast(const struct frame *f)
{
	return memcmp(f->b, "\xff\xff\xff\xff\xff\xff", 6) == 0;
}

static void test_the_header_round_trips(void **state)
{
	struct frame f = frame_arp(HOST, 2, "10.0.0.9", "10.0.0.2");
	const struct arp_hdr *arp = (const struct arp_hdr *)(f.b + f.l3);
	struct arp_hdr built;

	assert_int_equal(arp_check(arp, 28), DROP_NONE);
	arp_build(&built, ARP_REPLY, mac_load(arp->sha), arp->spa, mac_load(arp->tha), arp->tpa);
	assert_memory_equal(&built, arp, sizeof(built));
	for (size_t len = 0; len < 28; len++)
		assert_int_equal(arp_check(arp, len), DROP_ARP_SHORT);
}

static void test_a_request_is_answered_and_its_sender_learnt(void **state)
{
	struct frame f = frame_arp(HOST, 1, "10.0.0.9", "10.0.0.2");
	struct frame request = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "x");

	frame_to_group(&f);
	lab_in(&f);
	f = lab_take();
	assert_arp(&f, 2, "10.0.0.2", "10.0.0.9");
	assert_int_equal(f.b[5], HOST);
	lab_in(&request);
	f = lab_take();
	assert_int_equal(f.b[5], HOST);
}

// The first burst of a client on the link: each answer goes back to where its request came
// from, while the client is asked for once.
static void test_answers_to_an_unknown_host_on_the_link_leave_at_once(void **state)
{
	struct frame request = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "now"), f;

	for (unsigned i = 0; i < 20; i++) {
		lab_in(&request);
		f = lab_take();
		assert_int_equal(f.b[5], HOST);
		assert_memory_equal(f.b + f.l4 + 8, "NOW", 3);
		if (i == 0) {
			f = lab_take();
			assert_arp(&f, 1, "10.0.0.2", "10.0.0.9");
			assert_true(is_broadcast(&f));
		}
		assert_int_equal(lab_waiting(), 0);
		lab_clear();
	}
	assert_int_equal(harness_drops(DROP_NEIGH_QUEUE_FULL), 0);
}

// Nor is a sender believed that was not asked: the next answer goes to its own request's
// source, and after ARP to where ARP says.
static void test_a_datagram_teaches_nothing_about_its_sender(void **state)
{
	struct frame forged = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "x");
	struct frame request = forged, arp = frame_arp(HOST, 2, "10.0.0.9", "10.0.0.2"), f;

	put_mac(forged.b + 6, OTHER);
	lab_in(&forged);
	assert_int_equal(lab_take().b[5], OTHER);
	lab_clear();
	lab_in(&request);
	assert_int_equal(lab_take().b[5], HOST);
	lab_in(&arp);
	lab_in(&forged);
	f = lab_take();
	assert_int_equal(f.b[5], HOST);
	assert_int_equal(lab_waiting(), 0);
}

// The frame of a far client comes from a router, any host can say so.
static void test_an_answer_to_a_far_host_waits_for_the_gateway(void **state)
{
	struct frame request = frame_udp("192.0.2.1", "10.0.0.2", 4000, 7, "wait");
	struct frame reply = frame_arp(ROUTER, 2, "10.0.0.1", "10.0.0.2"), f;

	put_mac(request.b + 6, OTHER);
	lab_in(&request);
	f = lab_take();
	assert_arp(&f, 1, "10.0.0.2", "10.0.0.1");
	assert_int_equal(lab_waiting(), 0);
	lab_in(&reply);
	f = lab_take();
	assert_int_equal(f.b[5], ROUTER);
	assert_memory_equal(f.b + f.l4 + 8, "WAIT", 4);
}

static void test_who_never_answers_is_asked_three_times(void **state)
{
	struct frame request = frame_udp("192.0.2.1", "10.0.0.2", 4000, 7, "x");

	lab_in(&request);
	for (unsigned i = 0; i < 50; i++)
		lab_advance(100 * MS_US);
	assert_int_equal(lab_waiting(), 3);
	assert_int_equal(harness_drops(DROP_NEIGH_UNREACHABLE), 1);
}

static void test_a_neighbour_in_use_is_asked_by_unicast(void **state)
{
	struct frame request = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "x"), f;

	lab_meet();
	lab_in(&request);
	lab_clear();
	lab_advance(5 * SEC_US + MS_US);
	f = lab_take();
	assert_arp(&f, 1, "10.0.0.2", "10.0.0.9");
	assert_int_equal(f.b[5], HOST);
}

// RFC 5227 section 2.1.1: a probe has no sender address.
static void test_a_probe_for_our_address_is_answered(void **state)
{
	struct frame f = frame_arp(OTHER, 1, "0.0.0.0", "10.0.0.2");

	frame_to_group(&f);
	lab_in(&f);
	f = lab_take();
	assert_arp(&f, 2, "10.0.0.2", "0.0.0.0");
	assert_int_equal(f.b[5], OTHER);
}

static void test_a_conflict_is_counted_and_answered_once(void **state)
{
	struct frame f = frame_arp(OTHER, 1, "10.0.0.2", "10.0.0.2"), claim;

	lab_refuses(&f, DROP_ARP_CONFLICT);
	claim = lab_take();
	assert_arp(&claim, 1, "10.0.0.2", "10.0.0.2");
	assert_true(is_broadcast(&claim));
	lab_refuses(&f, DROP_ARP_CONFLICT);
	assert_int_equal(lab_waiting(), 0);
	lab_advance(10 * SEC_US);
	lab_refuses(&f, DROP_ARP_CONFLICT);
	assert_int_equal(lab_waiting(), 1);
}

static void test_gratuitous_messages_update_but_do_not_enter(void **state)
{
	struct frame claim = frame_arp(OTHER, 1, "10.0.0.1", "10.0.0.1");
	struct frame request = frame_udp("192.0.2.1", "10.0.0.2", 4000, 7, "x"), f;

	lab_refuses(&claim, DROP_ARP_NOT_OURS);
	lab_in(&request);
	f = lab_take();
	assert_arp(&f, 1, "10.0.0.2", "10.0.0.1"); // not learnt
	lab_refuses(&claim, DROP_ARP_NOT_OURS);
	f = lab_take();
	assert_int_equal(f.b[5], OTHER); // known now
}

// They are never a next hop, so they may not take the place of those who are.
static void test_who_is_not_on_the_link_is_not_learnt(void **state)
{
	struct frame request = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "x"), f;

	lab_meet();
	for (unsigned i = 0; i < 100; i++) {
		f = frame_arp(OTHER, 1, "10.9.9.0", "10.0.0.2");
		f.b[f.l3 + 17] = (uint8_t)i;
		lab_in(&f);
		lab_clear();
	}
	lab_in(&request);
	f = lab_take();
	assert_int_equal(f.b[5], HOST);
	assert_int_equal(get16(f.b + 12), 0x0800);
}

static void test_each_address_is_announced_twice(void **state)
{
	struct frame f;

	lab_close();
	lab_init();
	lab.conf.announce = true;
	lab.conf.iface[0].ipv4[1] = net("10.0.1.2/24");
	lab.conf.iface[0].ipv4_len = 2;
	lab.conf.iface[0].ipv6_len = 0;
	lab_open();
	f = lab_take();
	assert_arp(&f, 1, "10.0.0.2", "10.0.0.2");
	assert_true(is_broadcast(&f));
	f = lab_take();
	assert_arp(&f, 1, "10.0.1.2", "10.0.1.2");
	assert_int_equal(lab_waiting(), 0);
	lab_advance(2 * SEC_US + MS_US);
	assert_int_equal(lab_waiting(), 2);
	lab_advance(60 * SEC_US);
	assert_int_equal(lab_waiting(), 2);
}

static void test_an_empty_pool_is_counted(void **state)
{
	struct frame request = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "x");
	struct pkt *hoard[HARNESS_PAGES], *pkt = harness_pkt(request.b, request.len);
	unsigned n = 0;

	while ((hoard[n] = pkt_alloc(&harness_pages.pool)))
		n++;
	stack_input(lab.stack, &pkt, 1, lab.now);
	assert_int_equal(harness_drops(DROP_TX_NO_PAGE), 1);
	while (n)
		pkt_put(hoard[--n]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_the_header_round_trips),
	        LAB_TEST(test_a_request_is_answered_and_its_sender_learnt),
	        LAB_TEST(test_answers_to_an_unknown_host_on_the_link_leave_at_once),
	        LAB_TEST(test_a_datagram_teaches_nothing_about_its_sender),
	        LAB_TEST(test_an_answer_to_a_far_host_waits_for_the_gateway),
	        LAB_TEST(test_who_never_answers_is_asked_three_times),
	        LAB_TEST(test_a_neighbour_in_use_is_asked_by_unicast),
	        LAB_TEST(test_a_probe_for_our_address_is_answered),
	        LAB_TEST(test_a_conflict_is_counted_and_answered_once),
	        LAB_TEST(test_gratuitous_messages_update_but_do_not_enter),
	        LAB_TEST(test_who_is_not_on_the_link_is_not_learnt),
	        LAB_TEST(test_each_address_is_announced_twice),
	        LAB_TEST(test_an_empty_pool_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
