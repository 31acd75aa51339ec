// rx_ring: a ring that the test fills as the kernel does: each frame becomes the packet
// that left its sender, or a drop with its reason, and each slot goes back.
#include "harness.h"

#include "backends/linux/rx_ring.h"

#include <linux/if_packet.h>

#define SLOTS      4
#define SLOT_BYTES 2048
#define MAC_OFFSET 66 // where the kernel lays an untagged Ethernet frame
#define MTU        1500

static _Alignas(64) uint8_t memory[SLOTS * SLOT_BYTES];
static struct rx_ring ring;
static struct netif netif;

static int ring_setup(void **state)
{
	memset(memory, 0, sizeof(memory));
	ring = (struct rx_ring){memory, SLOTS, SLOT_BYTES, 0};
	netif = (struct netif){.mtu = MTU, .queues = 1, .iface = 3};
	netif.pool[0] = &harness_pages.pool;
	netif.metric[0] = &harness_metric;
	return harness_setup(state);
}

static struct tpacket2_hdr *slot(unsigned n)
{
	return (struct tpacket2_hdr *)(void *)(memory + (size_t)n * SLOT_BYTES);
}

// Puts a frame of `len` bytes, of which the n-th is n, into a slot.
static void fill(unsigned n, uint32_t len, uint32_t status)
{
	struct tpacket2_hdr *header = slot(n);

	*header = (struct tpacket2_hdr){.tp_status = TP_STATUS_USER | status,
	                                .tp_len = len,
	                                .tp_snaplen = len,
	                                .tp_mac = MAC_OFFSET,
	                                .tp_vlan_tci = 0x2035,
	                                .tp_vlan_tpid = 0x88a8};
	for (uint32_t i = 0; i < len; i++)
		((uint8_t *)header)[MAC_OFFSET + i] = (uint8_t)i;
}

static unsigned burst(struct pkt **pkts, unsigned n)
{
	return rx_ring_burst(&ring, &netif, 0, pkts, n);
}

static void test_what_the_kernel_says_of_checksums(void **state)
{
	static const struct {
		uint32_t status;
		uint8_t flags;
	} cases[] = {
	        {0, 0},
	        {TP_STATUS_LOSING, 0},
	        {TP_STATUS_CSUM_VALID, PKT_RX_L4_CKSUM_OK},
	        {TP_STATUS_CSUMNOTREADY, PKT_RX_L4_CKSUM_OK | PKT_RX_L4_CKSUM_BLANK},
	};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		struct pkt *pkt;

		fill(i, 60 + i, cases[i].status);
		assert_int_equal(burst(&pkt, 1), 1);
		assert_int_equal(pkt->rx_flags, cases[i].flags);
		assert_int_equal(pkt->len, 60 + i);
		assert_int_equal(pkt->iface, 3);
		assert_int_equal(pkt_data(pkt)[59], 59);
		assert_int_equal(slot(i)->tp_status, TP_STATUS_KERNEL);
		pkt_put(pkt);
	}
}

// The kernel takes a tag out of the frame; the stack judges it.
static void test_tags_return_to_their_place(void **state)
{
	static const struct {
		uint32_t status;
		uint8_t tag[4];
	} cases[] = {
	        {TP_STATUS_VLAN_VALID, {0x81, 0x00, 0x20, 0x35}},
	        {TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID, {0x88, 0xa8, 0x20, 0x35}},
	};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		struct pkt *pkt;

		fill(i, MTU + 14, cases[i].status);
		assert_int_equal(burst(&pkt, 1), 1);
		assert_int_equal(pkt->len, MTU + 18);
		assert_int_equal(pkt_data(pkt)[11], 11);
		assert_memory_equal(pkt_data(pkt) + 12, cases[i].tag, 4);
		assert_int_equal(pkt_data(pkt)[16], 12);
		assert_int_equal(pkt_data(pkt)[pkt->len - 1], (MTU + 13) % 256);
		pkt_put(pkt);
	}
}

static void test_frames_that_are_no_packets(void **state)
{
	static const struct {
		uint32_t len, snaplen, status;
		enum drop drop;
	} cases[] = {
	        {MTU + 19, MTU + 19, 0, DROP_RX_TOO_LONG},
	        {MTU + 15, MTU + 15, TP_STATUS_VLAN_VALID, DROP_RX_TOO_LONG},
	        {9000, 1982, 0, DROP_RX_TOO_LONG}, // several segments of TCP, cut to the slot
	        {100, 60, 0, DROP_RX_BAD},
	        {11, 11, 0, DROP_RX_BAD},
	        {0, 0, 0, DROP_RX_BAD},
	};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		uint64_t before = harness_drops(cases[i].drop);
		struct pkt *pkts[2];

		fill(ring.next, 1982, cases[i].status);
		slot(ring.next)->tp_len = cases[i].len;
		slot(ring.next)->tp_snaplen = cases[i].snaplen;
		assert_int_equal(burst(pkts, 2), 0);
		assert_int_equal(harness_drops(cases[i].drop), before + 1);
		assert_int_equal(slot(i % SLOTS)->tp_status, TP_STATUS_KERNEL);
	}
}

static void test_the_ring_goes_around_in_order(void **state)
{
	struct pkt *pkts[2 * SLOTS];

	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < SLOTS - 1; i++)
			fill((round * (SLOTS - 1) + i) % SLOTS, 60 + i, 0);
		assert_int_equal(burst(pkts, ARRAY_LEN(pkts)), SLOTS - 1);
		for (unsigned i = 0; i < SLOTS - 1; i++) {
			assert_int_equal(pkts[i]->len, 60 + i);
			pkt_put(pkts[i]);
		}
		assert_int_equal(burst(pkts, 1), 0);
	}
}

static void test_a_burst_ends_at_its_limit(void **state)
{
	struct pkt *pkts[SLOTS];

	for (unsigned i = 0; i < SLOTS; i++)
		fill(i, i == 0 ? 5 : 60, 0);
	assert_int_equal(burst(pkts, 2), 1);
	assert_int_equal(burst(pkts + 1, SLOTS), 2);
	for (unsigned i = 0; i < 3; i++)
		pkt_put(pkts[i]);
}

static void test_a_frame_without_a_page_waits(void **state)
{
	struct pkt *all[HARNESS_PAGES], *pkt;

	for (unsigned i = 0; i < HARNESS_PAGES; i++)
		all[i] = pkt_alloc(&harness_pages.pool);
	fill(0, 60, 0);
	assert_int_equal(burst(&pkt, 1), 0);
	assert_int_equal(slot(0)->tp_status, TP_STATUS_USER);
	for (unsigned i = 0; i < HARNESS_PAGES; i++)
		pkt_put(all[i]);
	assert_int_equal(burst(&pkt, 1), 1);
	pkt_put(pkt);
}

static void test_slots_hold_frames_of_the_mtu(void **state)
{
	static const struct {
		uint16_t mtu;
		uint32_t bytes;
	} cases[] = {{68, 2048}, {1500, 2048}, {1964, 2048}, {1965, 4096}, {2900, 4096}};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(rx_ring_slot_bytes(cases[i].mtu), cases[i].bytes);
}

#define RING_TEST(fn) cmocka_unit_test_setup_teardown(fn, ring_setup, harness_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        RING_TEST(test_what_the_kernel_says_of_checksums),
	        RING_TEST(test_tags_return_to_their_place),
	        RING_TEST(test_frames_that_are_no_packets),
	        RING_TEST(test_the_ring_goes_around_in_order),
	        RING_TEST(test_a_burst_ends_at_its_limit),
	        RING_TEST(test_a_frame_without_a_page_waits),
	        RING_TEST(test_slots_hold_frames_of_the_mtu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
