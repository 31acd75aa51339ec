// stack: conversations over one port on virtual time: echo, datagrams, VLANs,
// several addresses, gateways, errors. What is refused is in hostile_test.c.
#include "lab.h"

#include "proto/tcpip/iface_board.h"

static void assert_from_us_to(const struct frame *f, uint8_t last)
{
	uint8_t us[6], dst[6];

	put_mac(us, US);
	put_mac(dst, last);
	assert_memory_equal(f->b, dst, 6);
	assert_memory_equal(f->b + 6, us, 6);
}

// That the packet goes from src to dst.
static void assert_ip(const struct frame *f, const char *src, const char *dst)
{
	uint8_t bytes[32];
	size_t n = put_ip(bytes, ip(src));
	size_t at = f->l3 + (n == 4 ? 12 : 8);

	put_ip(bytes + n, ip(dst));
	assert_memory_equal(f->b + at, bytes, 2 * n);
}

static void assert_udp(const struct frame *f, unsigned src_port, unsigned dst_port,
                       const char *text)
{
	assert_int_equal(get16(f->b + f->l4), src_port);
	assert_int_equal(get16(f->b + f->l4 + 2), dst_port);
	assert_int_equal(f->len - f->l4 - 8, strlen(text));
	assert_memory_equal(f->b + f->l4 + 8, text, strlen(text));
}

static void test_ping_is_answered(void **state)
{
	static const char *const pairs[][2] = {{"10.0.0.9", "10.0.0.2"}, {"fd00::9", "fd00::2"}};

	lab_meet();
	for (unsigned i = 0; i < ARRAY_LEN(pairs); i++) {
		struct frame ping = frame_ping(pairs[i][0], pairs[i][1]), pong;

		lab_in(&ping);
		pong = lab_take();
		assert_from_us_to(&pong, HOST);
		assert_ip(&pong, pairs[i][1], pairs[i][0]);
		assert_int_equal(pong.b[pong.l4], i == 0 ? 0 : 129);
		assert_memory_equal(pong.b + pong.l4 + 4, ping.b + ping.l4 + 4, 8);
	}
}

static void test_datagrams_are_answered_in_both_families(void **state)
{
	struct frame request, reply;

	lab_meet();
	request = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "hello");
	lab_in(&request);
	reply = lab_take();
	assert_from_us_to(&reply, HOST);
	assert_ip(&reply, "10.0.0.2", "10.0.0.9");
	assert_udp(&reply, 7, 4000, "HELLO");
	request = frame_udp("fd00::9", "fd00::2", 4001, 7, "hi");
	lab_in(&request);
	reply = lab_take();
	assert_from_us_to(&reply, HOST);
	assert_ip(&reply, "fd00::2", "fd00::9");
	assert_udp(&reply, 7, 4001, "HI");
}

// RFC 862: what is sent back may be no bytes at all.
static void test_an_empty_datagram_is_answered(void **state)
{
	struct frame v4 = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "");
	struct frame v6 = frame_udp("fd00::9", "fd00::2", 4000, 7, ""), reply;

	lab_meet();
	lab_in(&v4);
	reply = lab_take();
	assert_udp(&reply, 7, 4000, "");
	lab_in(&v6);
	reply = lab_take();
	assert_udp(&reply, 7, 4000, "");
}

static void test_an_answer_is_an_atomic_datagram(void **state)
{
	struct frame request = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "x"), reply;

	lab_meet();
	request.b[request.l3 + 1] = 0xff;
	put16(request.b + request.l3 + 4, 0x1234);
	request.b[request.l3 + 8] = 0;
	frame_fix(&request, 17);
	lab_in(&request);
	reply = lab_take();
	assert_int_equal(reply.b[reply.l3 + 1], 0);
	assert_int_equal(get16(reply.b + reply.l3 + 4), 0);
	assert_int_equal(get16(reply.b + reply.l3 + 6), 0x4000);
	assert_int_equal(reply.b[reply.l3 + 8], 64);
}

static void test_far_hosts_are_answered_by_the_gateway(void **state)
{
	struct frame request = frame_udp("192.0.2.1", "10.0.0.2", 4000, 7, "far"), reply;

	lab_meet();
	lab_in(&request);
	reply = lab_take();
	assert_from_us_to(&reply, ROUTER);
	assert_ip(&reply, "10.0.0.2", "192.0.2.1");
	request = frame_udp("2001:db8::1", "fd00::2", 4000, 7, "far");
	lab_in(&request);
	reply = lab_take();
	assert_from_us_to(&reply, ROUTER);
}

static void test_without_a_gateway_far_hosts_get_nothing(void **state)
{
	struct frame request = frame_udp("192.0.2.1", "10.0.0.2", 4000, 7, "far");

	lab_close();
	lab_init();
	lab.conf.iface[0].gateway4 = (struct addr){0};
	lab_open();
	lab_refuses(&request, DROP_NEIGH_NO_ROUTE);
}

// Two workers have the interface, and the router's answers reach the other one only. A far
// client's frame may come from any host, so it says nothing about the router.
static void test_workers_of_one_interface_share_what_they_hear(void **state)
{
	static struct iface_board board;
	struct frame far4 = frame_udp("192.0.2.1", "10.0.0.2", 4000, 7, "far");
	struct frame far6 = frame_udp("2001:db8::1", "fd00::2", 4000, 7, "far");
	struct frame answers[] = {
	        frame_arp(ROUTER, 2, "10.0.0.1", "10.0.0.2"),
	        frame_ndp("fd00::1", "fd00::2", 136, 6, "fd00::1", ROUTER),
	};
	struct stack *other, *self;
	struct frame reply;

	lab_close();
	lab_init();
	lab.netif.queues = 2;
	iface_board_init(&board, 1, &lab.conf.iface[0]);
	lab.conf.iface[0].board = &board;
	lab_open();
	self = lab.stack;
	other = stack_open(&lab.conf, lab.now);
	assert_non_null(other);
	put_mac(far4.b + 6, OTHER);
	put_mac(far6.b + 6, OTHER);
	lab_in(&far4);
	lab_in(&far6);
	assert_int_equal(lab_waiting(), 2); // the router is asked for, no more
	lab_clear();
	lab.stack = other;
	for (unsigned i = 0; i < ARRAY_LEN(answers); i++)
		lab_in(&answers[i]);
	lab.stack = self;
	lab_advance(SEC_US + MS_US);
	for (unsigned i = 0; i < 2; i++) {
		reply = lab_take();
		assert_from_us_to(&reply, ROUTER);
	}
	assert_int_equal(lab_waiting(), 0);
	stack_close(other);
}

static void test_a_pinned_gateway_is_believed_before_what_the_link_says(void **state)
{
	struct frame far = frame_udp("192.0.2.1", "10.0.0.2", 4000, 7, "far");
	struct frame forged = frame_arp(OTHER, 2, "10.0.0.1", "10.0.0.2"), reply;

	lab_close();
	lab_init();
	lab.conf.iface[0].pinned[0] = (struct stack_neigh){ip("10.0.0.1"), {2, 0, 0, 0, 0, ROUTER}};
	lab.conf.iface[0].pinned_len = 1;
	lab_open();
	lab_in(&forged);
	lab_in(&far);
	reply = lab_take();
	assert_from_us_to(&reply, ROUTER);
	assert_int_equal(lab_waiting(), 0);
}

static void test_a_burst_is_handed_over_at_once(void **state)
{
	struct frame request = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "x");
	struct pkt *burst[40];

	lab_meet();
	for (unsigned i = 0; i < 40; i++)
		burst[i] = harness_pkt(request.b, request.len);
	stack_input(lab.stack, burst, 40, lab.now);
	assert_int_equal(lab.datagrams, 40);
	assert_int_equal(lab.bursts, 2);
	assert_int_equal(lab_waiting(), 40);
	assert_int_equal(counter_get(&harness_metric.stage[STAGE_APP].pkts), 40);
	assert_int_equal(counter_get(&harness_metric.stage[STAGE_UDP].pkts), 40);
}

static void test_a_handler_may_refuse_or_keep_silent(void **state)
{
	struct frame request = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "x");

	lab.echo_drops = DROP_IMPAIR_LOSS;
	lab_refuses(&request, DROP_IMPAIR_LOSS);
	lab.echo_drops = DROP_NONE;
	lab.echo_silent = true;
	lab_in(&request);
	assert_int_equal(lab.datagrams, 2);
	assert_int_equal(lab_waiting(), 0);
}

static void test_room_is_what_the_mtu_leaves(void **state)
{
	struct frame v4 = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "x");
	struct frame v6 = frame_udp("fd00::9", "fd00::2", 4000, 7, "x");

	lab_in(&v4);
	assert_int_equal(lab.room, 1500 - 28);
	lab_in(&v6);
	assert_int_equal(lab.room, 1500 - 48);
}

static void test_a_packet_beyond_the_mtu_is_not_sent(void **state)
{
	struct frame ping = frame_ping("10.0.0.9", "10.0.0.2");

	lab_meet();
	ping.len += 1500 - 27;
	frame_fix(&ping, 1);
	lab_refuses(&ping, DROP_TX_TOO_LONG);
}

static void test_options_are_left_out_of_answers(void **state)
{
	static const uint8_t record_route[12] = {1, 7, 11, 4};
	struct frame request = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "opt"), reply;

	lab_meet();
	frame_insert(&request, request.l4, record_route, sizeof(record_route));
	request.b[request.l3] = 0x48;
	frame_fix(&request, 17);
	lab_in(&request);
	reply = lab_take();
	assert_from_us_to(&reply, HOST);
	assert_udp(&reply, 7, 4000, "OPT");
}

static void test_a_tagged_port_speaks_its_vlan_only(void **state)
{
	struct frame arp = frame_arp(HOST, 1, "10.0.0.9", "10.0.0.2");
	struct frame request = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "vlan"), reply;
	struct frame far = frame_udp("192.0.2.1", "10.0.0.2", 4000, 7, "far");

	lab_close();
	lab_init();
	lab.conf.iface[0].vlan = 42;
	lab_open();
	lab_refuses(&arp, DROP_ETH_VLAN);
	frame_tag(&arp, 42);
	lab_in(&arp);
	reply = lab_take();
	assert_int_equal(get16(reply.b + 14), 42);
	frame_tag(&request, 0xe000 | 42);
	lab_in(&request);
	reply = lab_take();
	assert_int_equal(get16(reply.b + 14), 0xe000 | 42);
	assert_udp(&reply, 7, 4000, "VLAN");
	frame_tag(&far, 42);
	lab_in(&far);
	reply = lab_take(); // our own ARP request for the gateway
	assert_int_equal(get16(reply.b + 14), 42);
	assert_int_equal(get16(reply.b + 16), 0x0806);
}

static void test_a_priority_tag_is_answered_likewise(void **state)
{
	struct frame request = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "p"), reply;

	lab_meet();
	frame_tag(&request, 0xa000);
	lab_in(&request);
	reply = lab_take();
	assert_int_equal(get16(reply.b + 12), 0x8100);
	assert_int_equal(get16(reply.b + 14), 0xa000);
}

static void test_each_of_our_addresses_answers_as_itself(void **state)
{
	struct frame request = frame_udp("10.0.0.9", "10.0.0.3", 4000, 7, "two"), reply;

	lab_close();
	lab_init();
	lab.conf.iface[0].ipv4[1] = net("10.0.0.3/24");
	lab.conf.iface[0].ipv4_len = 2;
	lab_open();
	lab_meet();
	lab_in(&request);
	reply = lab_take();
	assert_ip(&reply, "10.0.0.3", "10.0.0.9");
}

static void test_a_closed_port_is_reported(void **state)
{
	struct frame v4 = frame_udp("10.0.0.9", "10.0.0.2", 4000, 8, "v4"), error;
	struct frame v6 = frame_udp("fd00::9", "fd00::2", 4000, 8, "v6");

	lab_meet();
	lab_refuses(&v4, DROP_UDP_NO_LISTENER);
	error = lab_take();
	assert_from_us_to(&error, HOST);
	assert_ip(&error, "10.0.0.2", "10.0.0.9");
	assert_int_equal(get16(error.b + error.l4), 0x0303);
	assert_memory_equal(error.b + error.l4 + 8, v4.b + v4.l3, v4.len - v4.l3);
	lab_refuses(&v6, DROP_UDP_NO_LISTENER);
	error = lab_take();
	assert_int_equal(get16(error.b + error.l4), 0x0104);
	assert_memory_equal(error.b + error.l4 + 8, v6.b + v6.l3, v6.len - v6.l3);
}

static void test_an_unknown_protocol_is_reported(void **state)
{
	struct frame v4 = frame_ip(ip("10.0.0.9"), ip("10.0.0.2"), 99, "12345678", 8), error;
	struct frame v6 = frame_ip(ip("fd00::9"), ip("fd00::2"), 99, "12345678", 8);

	lab_meet();
	lab_refuses(&v4, DROP_IPV4_PROTOCOL);
	error = lab_take();
	assert_int_equal(get16(error.b + error.l4), 0x0302);
	lab_refuses(&v6, DROP_IPV6_PROTOCOL);
	error = lab_take();
	assert_int_equal(get16(error.b + error.l4), 0x0401);
	assert_int_equal(get16(error.b + error.l4 + 6), 6);
}

// A flood of them is dropped before it costs what a reply does.
static void test_answers_to_pings_are_limited_in_rate(void **state)
{
	struct frame v4 = frame_ping("10.0.0.9", "10.0.0.2"), v6 = frame_ping("fd00::9", "fd00::2");

	lab_meet();
	for (unsigned i = 0; i < STACK_ECHOES_PER_S; i++) {
		lab_in(i % 2 ? &v4 : &v6);
		assert_int_equal(lab_waiting(), 1);
		lab_clear();
	}
	lab_refuses(&v4, DROP_ICMP4_ECHO_RATE);
	lab_refuses(&v6, DROP_ICMP6_ECHO_RATE);
	lab_advance(SEC_US / 100);
	lab_in(&v4);
	assert_int_equal(lab_waiting(), 1);
}

static void test_errors_are_limited_in_rate(void **state)
{
	struct frame v4 = frame_udp("10.0.0.9", "10.0.0.2", 4000, 8, "v4");
	struct frame v6 = frame_udp("fd00::9", "fd00::2", 4000, 8, "v6");

	lab_meet();
	for (unsigned i = 0; i < 30; i++) {
		lab_in(&v4);
		lab_clear();
	}
	assert_int_equal(harness_drops(DROP_ICMP4_RATE), 30 - 11);
	lab_in(&v6);
	assert_int_equal(harness_drops(DROP_ICMP6_RATE), 1);
	lab_advance(SEC_US / 100);
	lab_in(&v6);
	assert_int_equal(lab_waiting(), 1);
}

static void test_long_packets_are_quoted_in_part(void **state)
{
	struct frame v4 = frame_udp("10.0.0.9", "10.0.0.2", 4000, 8, "v4"), error;
	struct frame v6 = frame_udp("fd00::9", "fd00::2", 4000, 8, "v6");

	lab_meet();
	v4.len = v6.len = 1514;
	frame_fix(&v4, 17);
	frame_fix(&v6, 17);
	lab_in(&v4);
	error = lab_take();
	assert_int_equal(error.len - error.l3, 576);
	lab_in(&v6);
	error = lab_take();
	assert_int_equal(error.len - error.l3, 1280);
}

static void test_what_the_device_verified_is_believed(void **state)
{
	struct frame f = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "dev");
	struct pkt *pkt;

	lab_meet();
	f.b[f.l3 + 10] ^= 1;
	f.b[f.l4 + 6] ^= 1;
	pkt = harness_pkt(f.b, f.len);
	pkt->rx_flags = PKT_RX_IPV4_CKSUM_OK | PKT_RX_L4_CKSUM_OK;
	stack_input(lab.stack, &pkt, 1, lab.now);
	assert_int_equal(lab.datagrams, 1);
}

static void test_what_the_device_found_bad_is_dropped(void **state)
{
	struct frame f = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "dev");
	struct pkt *pkt = harness_pkt(f.b, f.len);

	pkt->rx_flags = PKT_RX_IPV4_CKSUM_BAD;
	stack_input(lab.stack, &pkt, 1, lab.now);
	assert_int_equal(harness_drops(DROP_IPV4_CKSUM), 1);
	pkt = harness_pkt(f.b, f.len);
	pkt->rx_flags = PKT_RX_L4_CKSUM_BAD;
	stack_input(lab.stack, &pkt, 1, lab.now);
	assert_int_equal(harness_drops(DROP_UDP_CKSUM), 1);
}

// The fields hold zero and the pseudo header's sum; the device does the rest.
static void test_checksums_are_left_to_a_device_that_does_them(void **state)
{
	struct frame f = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "offload");
	struct pkt *pkt;

	lab_close();
	lab_init();
	lab.netif.offloads = NETIF_TX_IPV4_CKSUM | NETIF_TX_L4_CKSUM;
	lab_open();
	lab_meet();
	lab_in(&f);
	pkt = lab.out.pkt[0];
	assert_int_equal(pkt->tx_flags, PKT_TX_IPV4_CKSUM | PKT_TX_UDP_CKSUM);
	assert_int_equal(get16(pkt->page + pkt->l3 + 10), 0);
	assert_int_equal(get16(pkt->page + pkt->l4 + 6), slow_pseudo(&f, 17, 15));
	assert_int_equal(pkt->l3 - pkt->l2, 14);
	assert_int_equal(pkt->l4 - pkt->l3, 20);
}

static void test_a_datagram_without_checksum_is_taken_from_ipv4(void **state)
{
	struct frame f = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "none");

	lab_meet();
	put16(f.b + f.l4 + 6, 0);
	lab_in(&f);
	lab_take();
}

// Among all values of two bytes is one whose sum is zero, which would say that
// there is no checksum (lab_take refuses it).
static void test_no_answer_is_without_checksum(void **state)
{
	struct frame v4 = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "..");
	struct frame v6 = frame_udp("fd00::9", "fd00::2", 4000, 7, "..");

	lab_meet();
	for (unsigned value = 0; value <= 0xffff; value++) {
		put16(v4.b + v4.l4 + 8, value);
		put16(v6.b + v6.l4 + 8, value);
		frame_fix(&v4, 17);
		frame_fix(&v6, 17);
		lab_in(&v4);
		lab_in(&v6);
		lab_take();
		lab_take();
		lab_clear();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        LAB_TEST(test_ping_is_answered),
	        LAB_TEST(test_datagrams_are_answered_in_both_families),
	        LAB_TEST(test_an_empty_datagram_is_answered),
	        LAB_TEST(test_an_answer_is_an_atomic_datagram),
	        LAB_TEST(test_far_hosts_are_answered_by_the_gateway),
	        LAB_TEST(test_without_a_gateway_far_hosts_get_nothing),
	        LAB_TEST(test_workers_of_one_interface_share_what_they_hear),
	        LAB_TEST(test_a_pinned_gateway_is_believed_before_what_the_link_says),
	        LAB_TEST(test_a_burst_is_handed_over_at_once),
	        LAB_TEST(test_a_handler_may_refuse_or_keep_silent),
	        LAB_TEST(test_room_is_what_the_mtu_leaves),
	        LAB_TEST(test_a_packet_beyond_the_mtu_is_not_sent),
	        LAB_TEST(test_options_are_left_out_of_answers),
	        LAB_TEST(test_a_tagged_port_speaks_its_vlan_only),
	        LAB_TEST(test_a_priority_tag_is_answered_likewise),
	        LAB_TEST(test_each_of_our_addresses_answers_as_itself),
	        LAB_TEST(test_a_closed_port_is_reported),
	        LAB_TEST(test_an_unknown_protocol_is_reported),
	        LAB_TEST(test_answers_to_pings_are_limited_in_rate),
	        LAB_TEST(test_errors_are_limited_in_rate),
	        LAB_TEST(test_long_packets_are_quoted_in_part),
	        LAB_TEST(test_what_the_device_verified_is_believed),
	        LAB_TEST(test_what_the_device_found_bad_is_dropped),
	        LAB_TEST(test_checksums_are_left_to_a_device_that_does_them),
	        LAB_TEST(test_a_datagram_without_checksum_is_taken_from_ipv4),
	        LAB_TEST(test_no_answer_is_without_checksum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
