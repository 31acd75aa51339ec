// dpdk_segments: TCP packets of several segments by drivers of DPDK's, over the two ends of one
// vhost-user socket: net_virtio_user sends them whole, net_vhost hands them out joined. Neither
// needs privileges.
#include "harness.h"

#include "backends/dpdk/dpdk.h"
#include "proto/tcpip/eth_wire.h"
#include "proto/tcpip/ipv4_wire.h"
#include "proto/tcpip/ipv6_wire.h"
#include "proto/tcpip/tcp_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SEGMENT 1000
#define PAGES   20
#define PAYLOAD (PAGES * SEGMENT)
#define TRIES   2000 // of a millisecond, for a link and for a frame
#define RING    256
#define ROUNDS  30 // a page lost in each would be more than the ring may hold

static char dir[] = "/tmp/wadi-XXXXXX";
static struct netif *netifs[2];
#define vhost  (netifs[0])
#define virtio (netifs[1])

static uint32_t avail(const struct netif *netif)
{
	return netif->pool[0]->avail(netif->pool[0]);
}

static uint32_t avail_before;

static bool link_up(struct netif *netif)
{
	struct netif_status status;

	netif->ops->status(netif, &status);
	return status.link_up;
}

static int ports_open(void **state)
{
	static char device[2][128]; // borrowed as long as the ports are open
	struct backend_conf confs[2];
	struct why why;

	if (!mkdtemp(dir))
		return -1;
	snprintf(device[0], sizeof(device[0]), "vdev:net_vhost0,iface=%s/sock,tso=1", dir);
	snprintf(device[1], sizeof(device[1]), "vdev:net_virtio_user0,path=%s/sock,queue_size=%d",
	         dir, RING);
	for (unsigned i = 0; i < 2; i++) {
		if (backend_conf_parse(&confs[i], &dpdk_backend, device[i], &why))
			return -1;
		confs[i].queues = 1;
	}
	if (dpdk_backend.open("dpdk_segments_test", confs, 2, netifs, &why)) {
		print_error("%s\n", why.text);
		return -1;
	}
	for (unsigned i = 0; i < 2; i++)
		netifs[i]->metric[0] = &harness_metric;
	for (unsigned i = 0; i < TRIES && !(link_up(vhost) && link_up(virtio)); i++)
		usleep(1000);
	return 0;
}

static int ports_close(void **state)
{
	char path[64];

	for (unsigned i = 2; i-- > 0;)
		netifs[i]->ops->close(netifs[i]);
	dpdk_backend.close();
	snprintf(path, sizeof(path), "%s/sock", dir);
	unlink(path);
	return rmdir(dir);
}

static uint8_t byte_at(uint32_t at)
{
	return (uint8_t)(at * 7 + at / 251);
}

// The headers of a packet of all segments; the checksum as the stack leaves it.
static struct pkt *headers_new(bool ipv6)
{
	struct pkt *pkt = pkt_alloc(virtio->pool[0]);
	uint16_t l3_len = ipv6 ? sizeof(struct ipv6_hdr) : sizeof(struct ipv4_hdr);
	struct eth_hdr *eth;

	assert_non_null(pkt);
	pkt_set_len(pkt, (uint16_t)(sizeof(*eth) + l3_len + sizeof(struct tcp_hdr)));
	memset(pkt_data(pkt), 0, pkt->len);
	pkt->l2 = pkt->off;
	pkt->l3 = (uint16_t)(pkt->off + sizeof(*eth));
	pkt->l4 = (uint16_t)(pkt->l3 + l3_len);
	eth = (struct eth_hdr *)pkt_data(pkt);
	eth->type = be16(ipv6 ? ETH_TYPE_IPV6 : ETH_TYPE_IPV4);
	if (ipv6)
		*ipv6_hdr_of(pkt) =
		        (struct ipv6_hdr){.version_class_flow = be32(UINT32_C(6) << 28),
		                          .payload_len = be16(sizeof(struct tcp_hdr) + PAYLOAD),
		                          .next = 6,
		                          .hop_limit = 64};
	else
		*ipv4_hdr_of(pkt) =
		        (struct ipv4_hdr){.version_ihl = 0x45,
		                          .total_len = be16(sizeof(struct ipv4_hdr) +
		                                            sizeof(struct tcp_hdr) + PAYLOAD),
		                          .ttl = 64,
		                          .protocol = 6};
	tcp_hdr_of(pkt)->offset = 5 << 4;
	pkt->tx_flags = PKT_TX_TCP_CKSUM | (ipv6 ? PKT_TX_IPV6 : 0);
	pkt->gso_size = SEGMENT;
	return pkt;
}

// Behind the headers PAGES pages of one segment each, every byte told by its place.
static struct pkt *packet_new(bool ipv6)
{
	struct pkt *first = headers_new(ipv6), *last = first;

	for (uint32_t at = 0; at < PAYLOAD; at += SEGMENT) {
		last->next = pkt_alloc(virtio->pool[0]);
		last = last->next;
		assert_non_null(last);
		pkt_set_len(last, SEGMENT);
		for (uint32_t i = 0; i < SEGMENT; i++)
			pkt_data(last)[i] = byte_at(at + i);
	}
	first->more = PAYLOAD;
	return first;
}

static struct pkt *plain_new(void)
{
	struct pkt *pkt = pkt_alloc(virtio->pool[0]);

	assert_non_null(pkt);
	pkt_set_len(pkt, 60);
	memset(pkt_data(pkt), 0xbb, 60);
	return pkt;
}

// The next frame that comes out of net_vhost.
static struct pkt *receive(void)
{
	struct pkt *pkt = NULL;

	for (unsigned i = 0; i < TRIES && !pkt; i++)
		if (vhost->ops->rx_burst(vhost, 0, &pkt, 1) == 0) {
			pkt = NULL;
			usleep(1000);
		}
	assert_non_null(pkt);
	return pkt;
}

static void check_packet(struct pkt *pkt, uint32_t hdr_len)
{
	uint8_t bytes[PAYLOAD];

	assert_int_equal(pkt_total_len(pkt), hdr_len + PAYLOAD);
	assert_int_equal(pkt->gso_size, SEGMENT);
	assert_int_equal(pkt->rx_flags & (PKT_RX_L4_CKSUM_OK | PKT_RX_L4_CKSUM_BLANK),
	                 PKT_RX_L4_CKSUM_OK | PKT_RX_L4_CKSUM_BLANK);
	pkt_read(pkt, hdr_len, bytes, PAYLOAD);
	for (uint32_t i = 0; i < PAYLOAD; i++)
		if (bytes[i] != byte_at(i))
			fail_msg("byte %u of the payload differs", i);
	pkt_put(pkt);
}

static void check_plain(struct pkt *pkt)
{
	assert_int_equal(pkt->len, 60);
	assert_int_equal(pkt->gso_size, 0);
	assert_int_equal(pkt_data(pkt)[59], 0xbb);
	pkt_put(pkt);
}

static unsigned send(struct pkt **pkts, unsigned n)
{
	return virtio->ops->tx_burst(virtio, 0, pkts, n);
}

static int count_reset(void **state)
{
	harness_metric = (struct worker_metric){0};
	avail_before = avail_before ? avail_before : avail(virtio);
	return 0;
}

// The driver gives pages back only when its ring needs room.
static int balance_check(void **state)
{
	return avail(virtio) + RING < avail_before;
}

static void test_what_the_drivers_can(void **state)
{
	assert_true(link_up(vhost) && link_up(virtio));
	assert_int_equal(virtio->offloads & (NETIF_TX_TSO4 | NETIF_TX_TSO6),
	                 NETIF_TX_TSO4 | NETIF_TX_TSO6);
	assert_true(virtio->tso_pages > PAGES);
	assert_int_equal(vhost->offloads & NETIF_RX_CKSUM, NETIF_RX_CKSUM);
}

static void test_a_packet_of_several_segments_stays_one(void **state)
{
	struct pkt *four[] = {plain_new(), packet_new(false), plain_new()};
	struct pkt *six = packet_new(true);

	assert_int_equal(send(four, 3), 3);
	check_plain(receive());
	check_packet(receive(), 54);
	check_plain(receive());
	assert_int_equal(send(&six, 1), 1);
	check_packet(receive(), 74);
}

// As TCP's pages are: in its queue until they are acknowledged, which may be before the driver
// gives them back, or after.
static void send_kept(void)
{
	struct pkt *pkt = packet_new(false), *kept[PAGES];
	unsigned n = 0;

	for (struct pkt *part = pkt->next; part; part = part->next)
		kept[n++] = pkt_get(part);
	assert_int_equal(send(&pkt, 1), 1);
	for (unsigned i = 0; i < PAGES / 2; i++)
		pkt_put(kept[i]);
	check_packet(receive(), 54);
	for (unsigned i = PAGES / 2; i < PAGES; i++) {
		assert_int_equal(kept[i]->refs, 1);
		assert_int_equal(pkt_data(kept[i])[1], byte_at(i * SEGMENT + 1));
		pkt_put(kept[i]);
	}
}

static void test_pages_have_other_holders(void **state)
{
	for (unsigned i = 0; i < ROUNDS; i++)
		send_kept();
}

// The first page held as well: the chain stays one until it is put, and may leave once more.
static void test_a_packet_is_held_and_sent_again(void **state)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct pkt *pkt = packet_new(false);

		for (unsigned i = 0; i < 2; i++) {
			assert_int_equal(send(&(struct pkt *){pkt_get(pkt)}, 1), 1);
			assert_int_equal(pkt->refs, 1);
			check_packet(receive(), 54);
		}
		pkt_put(pkt);
	}
}

// Its TCP header is in no page as a whole, which this driver does not take.
static void test_what_the_driver_refuses_is_dropped(void **state)
{
	struct pkt *cut = packet_new(false), *pkts[] = {plain_new(), cut, plain_new()};
	uint32_t free_pages = avail(virtio);

	cut->len = 40;
	cut->more = PAYLOAD;
	assert_int_equal(send(pkts, 3), 3);
	assert_int_equal(harness_drops(DROP_TX_REFUSED), 1);
	assert_true(avail(virtio) >= free_pages + PAGES);
	check_plain(receive());
	check_plain(receive());
}

// A ring has fewer places than these have pages: what is not taken stays the caller's, whole.
static void test_what_the_ring_has_no_room_for_stays(void **state)
{
	struct pkt *pkts[ROUNDS];
	unsigned sent = 0, got = 0;

	for (unsigned i = 0; i < ARRAY_LEN(pkts); i++)
		pkts[i] = packet_new(false);
	while (got < ARRAY_LEN(pkts)) {
		unsigned n = send(pkts + sent, (unsigned)ARRAY_LEN(pkts) - sent);

		if (sent == 0)
			assert_in_range(n, 1, ARRAY_LEN(pkts) - 1);
		sent += n;
		while (got < sent) {
			check_packet(receive(), 54);
			got++;
		}
	}
}

// An impairment treats segments one by one: the device is started again without what joins them.
static void test_segments_can_be_kept_apart(void **state)
{
	struct pkt *pkt;

	virtio->ops->apart(virtio);
	for (unsigned i = 0; i < TRIES && !(link_up(vhost) && link_up(virtio)); i++)
		usleep(1000);
	assert_true(link_up(virtio));
	pkt = packet_new(false);
	assert_int_equal(send(&pkt, 1), 1);
	check_packet(receive(), 54);
}

#define PORT_TEST(fn) cmocka_unit_test_setup_teardown(fn, count_reset, balance_check)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        PORT_TEST(test_what_the_drivers_can),
	        PORT_TEST(test_a_packet_of_several_segments_stays_one),
	        PORT_TEST(test_pages_have_other_holders),
	        PORT_TEST(test_a_packet_is_held_and_sent_again),
	        PORT_TEST(test_what_the_driver_refuses_is_dropped),
	        PORT_TEST(test_what_the_ring_has_no_room_for_stays),
	        PORT_TEST(test_segments_can_be_kept_apart),
	};

	return cmocka_run_group_tests(tests, ports_open, ports_close);
}
