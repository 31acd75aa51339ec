// probe: a datagram of the stack to itself: it takes the way of a received one, and nothing of
// it reaches the link.
#include "lab.h"

#define SIZE 64

static uint8_t reply[SIZE];

static struct stack_probe probe_of(bool ipv6, uint16_t port, const char *text)
{
	return (struct stack_probe){.netif = &lab.netif,
	                            .ipv6 = ipv6,
	                            .port = port,
	                            .len = (uint16_t)strlen(text),
	                            .size = SIZE,
	                            .bytes = (const uint8_t *)text,
	                            .reply = reply};
}

static void assert_link_is_quiet(void)
{
	assert_int_equal(lab.out.len, lab.taken);
}

static void test_both_families_are_answered(void **state)
{
	static const struct {
		bool ipv6;
		const char *dst;
	} cases[] = {{false, "10.0.0.2"}, {true, "fd00::2"}};

	lab_clear();
	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		struct stack_probe probe = probe_of(cases[i].ipv6, 7, "is it there");
		char text[ADDR_TEXT_BYTES];

		assert_int_equal(stack_probe(lab.stack, &probe, lab.now), STACK_PROBE_ANSWERED);
		assert_int_equal(probe.reply_len, 11);
		assert_memory_equal(reply, "IS IT THERE", 11);
		assert_string_equal(addr_text(probe.dst, text), cases[i].dst);
	}
	assert_int_equal(lab.datagrams, 2);
	assert_link_is_quiet();
}

static void test_it_is_counted_as_a_datagram_and_not_as_one_of_the_device(void **state)
{
	struct stack_probe probe = probe_of(false, 7, "x");

	assert_int_equal(stack_probe(lab.stack, &probe, lab.now), STACK_PROBE_ANSWERED);
	assert_int_equal(counter_get(&harness_metric.stage[STAGE_UDP].pkts), 1);
	assert_int_equal(counter_get(&harness_metric.stage[STAGE_RX].pkts), 0);
}

static void test_a_reply_is_cut_at_the_room_for_it(void **state)
{
	struct stack_probe probe = probe_of(true, 7, "0123456789");

	probe.size = 4;
	assert_int_equal(stack_probe(lab.stack, &probe, lab.now), STACK_PROBE_ANSWERED);
	assert_int_equal(probe.reply_len, 4);
	assert_memory_equal(reply, "0123", 4);
}

static void test_no_listener_is_silence_and_no_error_leaves(void **state)
{
	for (unsigned ipv6 = 0; ipv6 < 2; ipv6++) {
		struct stack_probe probe = probe_of(ipv6, 9, "x");

		lab_clear();
		assert_int_equal(stack_probe(lab.stack, &probe, lab.now), STACK_PROBE_SILENT);
		assert_link_is_quiet();
	}
	assert_int_equal(harness_drops(DROP_UDP_NO_LISTENER), 2);
}

static void test_a_drop_of_the_listener_is_silence(void **state)
{
	struct stack_probe probe = probe_of(false, 7, "x");

	lab.echo_drops = DROP_DNS_SHORT;
	assert_int_equal(stack_probe(lab.stack, &probe, lab.now), STACK_PROBE_SILENT);
	assert_int_equal(harness_drops(DROP_DNS_SHORT), 1);
}

// The link is as it was: an unknown host still gets its answers, and is solicited.
static void test_the_interface_is_as_before(void **state)
{
	struct stack_probe probe = probe_of(false, 7, "x");
	struct frame frame = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "abc");

	assert_int_equal(stack_probe(lab.stack, &probe, lab.now), STACK_PROBE_ANSWERED);
	lab_clear();
	lab_in(&frame);
	assert_int_equal(lab_waiting(), 2);
}

static void test_a_family_without_addresses_is_not_asked(void **state)
{
	struct stack_probe probe = probe_of(true, 7, "x");

	lab_close();
	lab_init();
	lab.conf.iface[0].ipv6_len = 0;
	lab_open();
	assert_int_equal(stack_probe(lab.stack, &probe, lab.now), STACK_PROBE_NO_ADDRESS);
	assert_int_equal(lab.datagrams, 0);
}

static void test_a_tagged_interface_is_asked_with_its_tag(void **state)
{
	struct stack_probe probe = probe_of(true, 7, "x");

	lab_close();
	lab_init();
	lab.conf.iface[0].vlan = 7;
	lab_open();
	assert_int_equal(stack_probe(lab.stack, &probe, lab.now), STACK_PROBE_ANSWERED);
}

static void test_an_empty_pool_says_so(void **state)
{
	struct stack_probe probe = probe_of(false, 7, "x");
	struct page_pool *pool = &harness_pages.pool;
	struct pkt *taken = NULL, *pkt;

	while ((pkt = pkt_alloc(pool)) != NULL) {
		pkt->next = taken;
		taken = pkt;
	}
	assert_int_equal(stack_probe(lab.stack, &probe, lab.now), STACK_PROBE_NO_PAGE);
	if (taken)
		pkt_put(taken);
	assert_int_equal(harness_drops(DROP_TX_NO_PAGE), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        LAB_TEST(test_both_families_are_answered),
	        LAB_TEST(test_it_is_counted_as_a_datagram_and_not_as_one_of_the_device),
	        LAB_TEST(test_a_reply_is_cut_at_the_room_for_it),
	        LAB_TEST(test_no_listener_is_silence_and_no_error_leaves),
	        LAB_TEST(test_a_drop_of_the_listener_is_silence),
	        LAB_TEST(test_the_interface_is_as_before),
	        LAB_TEST(test_a_family_without_addresses_is_not_asked),
	        LAB_TEST(test_a_tagged_interface_is_asked_with_its_tag),
	        LAB_TEST(test_an_empty_pool_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
