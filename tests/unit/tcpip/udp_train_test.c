// udp_train: each datagram of a train is the frame that udp_send would have sent, whatever the
// device completes; and what a train does when its next hop is unknown, or has moved.
#include "lab.h"

#include "proto/tcpip/cksum.h"
#include "proto/tcpip/udp_train.h"

static struct udp_train train;

static void reopen(uint32_t offloads, uint16_t vlan)
{
	lab_close();
	lab_init();
	lab.netif.offloads = offloads;
	lab.conf.iface[0].vlan = vlan;
	lab_open();
	train = (struct udp_train){.built = false};
}

static bool send(uint16_t src_port, const void *bytes, uint16_t len)
{
	uint8_t *payload = udp_train_next(&train, len);

	if (!payload)
		return false;
	memcpy(payload, bytes, len);
	udp_train_send(&train, src_port, len, cksum_add((cksum_t){0}, bytes, len).sum);
	return true;
}

// The last two packets of the batch are equal, flags and layers included.
static void assert_twins(void)
{
	const struct pkt *a = lab.out.pkt[lab.out.len - 2], *b = lab.out.pkt[lab.out.len - 1];

	assert_int_equal(a->len, b->len);
	assert_memory_equal(pkt_data(a), pkt_data(b), a->len);
	assert_int_equal(a->tx_flags, b->tx_flags);
	assert_int_equal(a->l2 - a->off, b->l2 - b->off);
	assert_int_equal(a->l3 - a->off, b->l3 - b->off);
	assert_int_equal(a->l4 - a->off, b->l4 - b->off);
	lab_clear();
}

static void meet(uint16_t vlan)
{
	struct frame f = frame_arp(HOST, 1, "10.0.0.9", "10.0.0.2");

	if (vlan)
		frame_tag(&f, vlan);
	lab_in(&f);
	f = frame_ndp("fd00::9", "fd00::2", 135, 0, "fd00::2", HOST);
	if (vlan)
		frame_tag(&f, vlan);
	lab_in(&f);
	lab_clear();
}

static void test_each_is_what_udp_send_would_send(void **state)
{
	static const uint32_t offloads[] = {0, NETIF_TX_L4_CKSUM,
	                                    NETIF_TX_L4_CKSUM | NETIF_TX_IPV4_CKSUM};
	static const uint16_t lens[] = {0, 1, 2, 17, 18, 19, 63, 512, 1400, 1452};
	static uint8_t bytes[1500];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 + 3);
	for (unsigned round = 0; round < 4 * ARRAY_LEN(offloads); round++) {
		struct udp_flow flow = {.dst = ip(round & 1 ? "fd00::9" : "10.0.0.9"),
		                        .dst_port = 53,
		                        .ttl = (uint8_t)(round & 4 ? 9 : 0),
		                        .tos = 0x28};
		uint16_t vlan = round & 2 ? 5 : 0;

		reopen(offloads[round / 4], vlan);
		meet(vlan);
		assert_true(udp_train_open(&train, lab.udp, &flow, lab.now));
		for (unsigned i = 0; i < ARRAY_LEN(lens); i++) {
			flow.src_port = (uint16_t)(1000 + i * 9999);
			udp_send(lab.udp, &flow, bytes, lens[i], lab.now);
			assert_true(send(flow.src_port, bytes, lens[i]));
			assert_twins();
		}
	}
}

static void test_a_sum_of_zero_is_sent_as_ones(void **state)
{
	struct udp_flow flow = {.dst = ip("10.0.0.9"), .src_port = 1, .dst_port = 2};

	reopen(0, 0);
	meet(0);
	assert_true(udp_train_open(&train, lab.udp, &flow, lab.now));
	for (unsigned value = 0; value < 65536; value += 1) {
		uint8_t bytes[2] = {(uint8_t)(value >> 8), (uint8_t)value};

		assert_true(send(1, bytes, 2));
		assert_int_not_equal(get16(pkt_data(lab.out.pkt[0]) + 14 + 20 + 6), 0);
		lab_clear();
	}
}

static void test_an_unknown_neighbour_is_solicited(void **state)
{
	const struct udp_flow flow = {.dst = ip("10.0.0.9"), .dst_port = 53};
	struct frame f;

	reopen(0, 0);
	assert_false(udp_train_open(&train, lab.udp, &flow, lab.now));
	assert_int_equal(lab_waiting(), 1);
	f = lab_take();
	assert_int_equal(get16(f.b + 12), 0x0806);
	assert_false(udp_train_open(&train, lab.udp, &flow, lab.now));
	meet(0);
	assert_true(udp_train_open(&train, lab.udp, &flow, lab.now));
}

static void test_a_neighbour_that_has_moved_is_followed(void **state)
{
	struct udp_flow flow = {.dst = ip("10.0.0.9"), .src_port = 7, .dst_port = 53};
	struct frame f;

	reopen(0, 0);
	meet(0);
	assert_true(udp_train_open(&train, lab.udp, &flow, lab.now));
	f = frame_arp(OTHER, 1, "10.0.0.9", "10.0.0.2");
	lab_in(&f);
	lab_clear();
	assert_true(udp_train_open(&train, lab.udp, &flow, lab.now));
	udp_send(lab.udp, &flow, "x", 1, lab.now);
	assert_true(send(7, "x", 1));
	assert_int_equal(pkt_data(lab.out.pkt[1])[5], OTHER);
	assert_twins();
	// And to another host, by way of the router.
	flow.dst = ip("192.0.2.1");
	f = frame_arp(ROUTER, 1, "10.0.0.1", "10.0.0.2");
	lab_in(&f);
	lab_clear();
	assert_true(udp_train_open(&train, lab.udp, &flow, lab.now));
	udp_send(lab.udp, &flow, "x", 1, lab.now);
	assert_true(send(7, "x", 1));
	assert_twins();
}

static void test_what_cannot_be_sent_is_counted(void **state)
{
	struct udp_flow flow = {.dst = ip("10.0.0.9"), .dst_port = 53};
	struct pkt *held[HARNESS_PAGES + 1];
	unsigned n = 0;

	reopen(0, 0);
	meet(0);
	assert_true(udp_train_open(&train, lab.udp, &flow, lab.now));
	assert_null(udp_train_next(&train, 1473));
	assert_int_equal(harness_drops(DROP_TX_TOO_LONG), 1);
	while (n < ARRAY_LEN(held) && (held[n] = pkt_alloc(&harness_pages.pool)))
		n++;
	assert_null(udp_train_next(&train, 1));
	assert_int_equal(harness_drops(DROP_TX_NO_PAGE), 1);
	while (n)
		pkt_put(held[--n]);
	flow.src = ip("fd00::2"); // of the other family
	assert_false(udp_train_open(&train, lab.udp, &flow, lab.now));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        LAB_TEST(test_each_is_what_udp_send_would_send),
	        LAB_TEST(test_a_sum_of_zero_is_sent_as_ones),
	        LAB_TEST(test_an_unknown_neighbour_is_solicited),
	        LAB_TEST(test_a_neighbour_that_has_moved_is_followed),
	        LAB_TEST(test_what_cannot_be_sent_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
