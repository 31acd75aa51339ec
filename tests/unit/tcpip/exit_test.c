// exit: what an interface does for packets that their protocol left unfinished, on
// devices that can less than is wanted. Frames passed on are in offload_test.c.
#include "lab.h"

#include "proto/tcpip/ip.h"
#include "proto/tcpip/tcp_wire.h"

#define PAYLOAD 4500
#define SEGMENT 1000

static struct netif device;
static struct iface iface;

static int setup(void **state)
{
	int err = harness_setup(state);

	lab_init();
	return err;
}

static void open_iface(uint32_t offloads)
{
	lab.netif.offloads = offloads;
	assert_int_equal(iface_init(&iface, &lab.conf, 0), 0);
}

static int teardown(void **state)
{
	lab_clear();
	iface_fini(&iface);
	return harness_teardown(state);
}

static struct ip_flow flow_to(bool ipv6)
{
	struct addr dst = ip(ipv6 ? "fd00::9" : "10.0.0.9");

	return (struct ip_flow){&iface, iface_source(&iface, dst), dst, IP_PROTOCOL_TCP, 9, 0};
}

static void meet(bool ipv6)
{
	uint8_t host[6];

	put_mac(host, HOST);
	neigh_seen(&iface.neigh, flow_to(ipv6).dst, mac_load(host), lab.now);
}

static void append(struct pkt *pkt, size_t len)
{
	struct pkt *last = pkt, *next = pkt_alloc(&harness_pages.pool);

	while (last->next)
		last = last->next;
	assert_non_null(next);
	pkt_set_len(next, (uint16_t)len);
	memset(pkt_data(next), 'x', len);
	last->next = next;
	pkt->more += (uint32_t)len;
}

// A TCP packet of PAYLOAD bytes, as TCP hands it over: the headers in the first page, the
// data in two more, the checksum the pseudo header's.
static struct pkt *tcp_packet(const struct ip_flow *flow, uint16_t gso_size)
{
	struct pkt *pkt = ip_alloc(flow, sizeof(struct tcp_hdr));

	append(pkt, 2500);
	append(pkt, PAYLOAD - 2500);
	*tcp_hdr_of(pkt) = (struct tcp_hdr){
	        .src_port = be16(80),
	        .dst_port = be16(4000),
	        .seq = be32(0xfffffff0),
	        .offset = 5 << 4,
	        .flags = TCP_ACK | TCP_PSH,
	        .cksum = cksum_fold(cksum_pseudo(flow->src, flow->dst, IP_PROTOCOL_TCP,
	                                         sizeof(struct tcp_hdr) + PAYLOAD)),
	};
	ip_build(flow, pkt, sizeof(struct tcp_hdr) + PAYLOAD);
	pkt->tx_flags |= PKT_TX_TCP_CKSUM;
	pkt->gso_size = gso_size;
	return pkt;
}

// lab_take judges lengths and checksums.
static void assert_segments(void)
{
	unsigned n = (PAYLOAD + SEGMENT - 1) / SEGMENT;

	assert_int_equal(lab_waiting(), n);
	for (unsigned i = 0; i < n; i++) {
		struct frame f = lab_take();
		uint32_t seq = (uint32_t)get16(f.b + f.l4 + 4) << 16 | get16(f.b + f.l4 + 6);

		assert_int_equal(f.b[5], HOST);
		assert_int_equal(seq, 0xfffffff0 + i * SEGMENT);
		assert_int_equal(f.b[f.l4 + 13], i == n - 1 ? TCP_ACK | TCP_PSH : TCP_ACK);
		assert_int_equal(f.len - f.l4 - 20, i == n - 1 ? PAYLOAD % SEGMENT : SEGMENT);
		for (size_t at = f.l4 + 20; at < f.len; at++)
			assert_int_equal(f.b[at], 'x');
	}
}

static void test_segments_for_a_device_that_does_not_cut(void **state)
{
	open_iface(0);
	for (unsigned ipv6 = 0; ipv6 < 2; ipv6++) {
		struct ip_flow flow = flow_to(ipv6);

		meet(ipv6);
		ip_send(&flow, tcp_packet(&flow, SEGMENT), lab.now);
		assert_segments();
		lab_clear();
	}
}

static void test_a_device_that_cuts_gets_it_whole(void **state)
{
	open_iface(NETIF_TX_IPV4_CKSUM | NETIF_TX_L4_CKSUM | NETIF_TX_TSO4 | NETIF_TX_TSO6);
	for (unsigned ipv6 = 0; ipv6 < 2; ipv6++) {
		struct ip_flow flow = flow_to(ipv6);
		struct pkt *pkt = tcp_packet(&flow, SEGMENT);

		meet(ipv6);
		ip_send(&flow, pkt, lab.now);
		assert_int_equal(lab_waiting(), 1);
		assert_ptr_equal(lab.out.pkt[0], pkt);
		assert_int_equal(pkt->gso_size, SEGMENT);
		assert_int_equal(pkt->tx_flags,
		                 PKT_TX_TCP_CKSUM | (ipv6 ? PKT_TX_IPV6 : PKT_TX_IPV4_CKSUM));
		lab_clear();
	}
}

// A neighbour's queue holds few packets, but one may stand for many segments.
static void test_segments_are_cut_when_the_neighbour_is_known(void **state)
{
	struct ip_flow flow;

	open_iface(0);
	flow = flow_to(false);
	ip_send(&flow, tcp_packet(&flow, SEGMENT), lab.now);
	assert_int_equal(lab_waiting(), 1);
	lab_take(); // asks for it
	meet(false);
	assert_segments();
}

// The device may be another one when the neighbour answers, as after a resume.
static void test_what_a_new_device_lacks_is_completed(void **state)
{
	struct ip_flow flow;

	open_iface(NETIF_TX_IPV4_CKSUM | NETIF_TX_L4_CKSUM | NETIF_TX_TSO4);
	flow = flow_to(false);
	ip_send(&flow, tcp_packet(&flow, SEGMENT), lab.now);
	lab_take();
	device = lab.netif;
	device.offloads = lab.netif.offloads = 0;
	iface_relink(&iface, &device, lab.now);
	meet(false);
	assert_segments();
}

// The same for a packet that is one segment; the device takes it as a chain.
static void test_one_segment_is_completed(void **state)
{
	for (unsigned ipv6 = 0; ipv6 < 2; ipv6++) {
		static uint8_t bytes[PAYLOAD + 100];
		struct ip_flow flow;
		struct pkt *pkt;
		size_t l3, l4;

		lab.netif.mtu = 9000;
		open_iface(NETIF_TX_IPV4_CKSUM | NETIF_TX_L4_CKSUM);
		flow = flow_to(ipv6);
		pkt = tcp_packet(&flow, 0);
		iface.exit.lacks = offload_lacks(0);
		device = lab.netif;
		device.offloads = 0;
		iface.exit.netif = &device;
		meet(ipv6);
		ip_send(&flow, pkt, lab.now);
		assert_int_equal(lab_waiting(), 1);
		assert_ptr_equal(lab.out.pkt[0], pkt);
		assert_int_equal(pkt->tx_flags, 0);
		pkt_read(pkt, 0, bytes, pkt_total_len(pkt));
		l3 = pkt->l3 - pkt->off;
		l4 = pkt->l4 - pkt->off;
		if (!ipv6)
			assert_int_equal(slow_sum(0, bytes + l3, 20), 0xffff);
		assert_int_equal(slow_sum(slow_sum(6 + PAYLOAD + 20, bytes + l3 + (ipv6 ? 8 : 12),
		                                   ipv6 ? 32 : 8),
		                          bytes + l4, PAYLOAD + 20),
		                 0xffff);
		lab_clear();
		if (!ipv6)
			iface_fini(&iface);
	}
}

static void test_what_cannot_be_cut_is_counted(void **state)
{
	struct pkt *pkt, *held[HARNESS_PAGES + 1];
	struct ip_flow flow;
	unsigned n = 0;

	open_iface(0);
	meet(false);
	flow = flow_to(false);
	ip_send(&flow, tcp_packet(&flow, 1461), lab.now);
	assert_int_equal(harness_drops(DROP_TX_TOO_LONG), 1);
	ip_send(&flow, tcp_packet(&flow, 0), lab.now);
	assert_int_equal(harness_drops(DROP_TX_TOO_LONG), 2);
	pkt = tcp_packet(&flow, 60); // 75 segments
	ip_send(&flow, pkt, lab.now);
	assert_int_equal(harness_drops(DROP_OFFLOAD_SEGMENTS), 1);
	assert_int_equal(lab_waiting(), 0);
	pkt = tcp_packet(&flow, SEGMENT);
	while ((held[n] = pkt_alloc(&harness_pages.pool)))
		n++;
	pkt_put(held[--n]);
	pkt_put(held[--n]);
	ip_send(&flow, pkt, lab.now);
	assert_int_equal(lab_waiting(), 2);
	assert_int_equal(harness_drops(DROP_TX_NO_PAGE), 1);
	while (n)
		pkt_put(held[--n]);
}

#define EXIT_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        EXIT_TEST(test_segments_for_a_device_that_does_not_cut),
	        EXIT_TEST(test_a_device_that_cuts_gets_it_whole),
	        EXIT_TEST(test_segments_are_cut_when_the_neighbour_is_known),
	        EXIT_TEST(test_what_a_new_device_lacks_is_completed),
	        EXIT_TEST(test_one_segment_is_completed),
	        EXIT_TEST(test_what_cannot_be_cut_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
