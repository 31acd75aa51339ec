// vnet: the header before each frame of a TAP, read as anyone may have written it, and written for
// all that the stack sends.
#include "harness.h"

#include "backends/linux/vnet.h"

#define MAX 1518

enum {
	NEEDS = VIRTIO_NET_HDR_F_NEEDS_CSUM,
	VALID = VIRTIO_NET_HDR_F_DATA_VALID,
	V4 = VIRTIO_NET_HDR_GSO_TCPV4,
	V6 = VIRTIO_NET_HDR_GSO_TCPV6,
	UDP = VIRTIO_NET_HDR_GSO_UDP,
	ECN = VIRTIO_NET_HDR_GSO_ECN,
	OK = PKT_RX_L4_CKSUM_OK,
	BLANK = PKT_RX_L4_CKSUM_OK | PKT_RX_L4_CKSUM_BLANK,
};

static void test_a_header_is_read(void **state)
{
	static const struct {
		const char *name;
		uint32_t len;
		struct virtio_net_hdr hdr;
		enum drop drop;
		uint8_t rx_flags;
		uint16_t gso_size;
	} cases[] = {
	        {"nothing", 60, {0}, DROP_NONE, 0, 0},
	        {"the longest", MAX, {0}, DROP_NONE, 0, 0},
	        {"too long", MAX + 1, {0}, DROP_RX_TOO_LONG, 0, 0},
	        {"far too long", 60000, {.gso_size = 1448}, DROP_RX_TOO_LONG, 0, 0},
	        {"a size without a kind", 60, {.gso_size = 1448}, DROP_NONE, 0, 0},
	        {"valid", 60, {.flags = VALID}, DROP_NONE, OK, 0},
	        {"unknown flags", 60, {.flags = 0xf8}, DROP_NONE, 0, 0},
	        {"blank", 60, {NEEDS, 0, 0, 0, 34, 16}, DROP_NONE, BLANK, 0},
	        {"blank at the end", 60, {NEEDS, 0, 0, 0, 42, 16}, DROP_NONE, BLANK, 0},
	        {"blank beyond the end", 60, {NEEDS, 0, 0, 0, 43, 16}, DROP_RX_BAD, 0, 0},
	        {"blank far away", 60, {NEEDS, 0, 0, 0, 65535, 65535}, DROP_RX_BAD, 0, 0},
	        {"joined", 60000, {NEEDS, V4, 66, 1448, 34, 16}, DROP_NONE, BLANK, 1448},
	        {"joined, IPv6", 60000, {NEEDS, V6, 86, 1428, 54, 16}, DROP_NONE, BLANK, 1428},
	        {"joined, ECN", 60000, {NEEDS, V4 | ECN, 66, 1448, 34, 16}, DROP_NONE, BLANK, 1448},
	        {"joined, valid", 60000, {VALID, V4, 66, 1448, 0, 0}, DROP_NONE, OK, 1448},
	        {"of size 0", 60000, {NEEDS, V4, 66, 0, 34, 16}, DROP_RX_BAD, 0, 0},
	        {"of UDP", 60000, {NEEDS, UDP, 42, 1448, 34, 6}, DROP_RX_BAD, 0, 0},
	        {"of no kind", 60000, {NEEDS, 2, 42, 1448, 34, 6}, DROP_RX_BAD, 0, 0},
	        {"ECN alone", 60000, {NEEDS, ECN, 42, 1448, 34, 6}, DROP_RX_BAD, 0, 0},
	        {"joined, blank beyond", 60, {NEEDS, V4, 66, 9, 50, 16}, DROP_RX_BAD, 0, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pkt *pkt = pkt_alloc(&harness_pages.pool);
		enum drop drop;

		pkt->len = (uint16_t)size_min(cases[i].len, 2000);
		pkt->more = cases[i].len - pkt->len;
		drop = vnet_read(&cases[i].hdr, MAX, pkt);
		if (drop != cases[i].drop)
			fail_msg("%s: %s", cases[i].name, drop_name(drop));
		if (!drop &&
		    (pkt->rx_flags != cases[i].rx_flags || pkt->gso_size != cases[i].gso_size))
			fail_msg("%s: flags %x size %u", cases[i].name, pkt->rx_flags,
			         pkt->gso_size);
		pkt_put(pkt);
	}
}

static void test_a_header_is_written(void **state)
{
	static const struct {
		const char *name;
		uint8_t tx_flags;
		uint16_t gso_size;
		struct virtio_net_hdr hdr;
	} cases[] = {
	        {"complete", 0, 0, {0}},
	        {"UDP", PKT_TX_UDP_CKSUM, 0, {NEEDS, 0, 0, 0, 34, 6}},
	        {"UDP over IPv6", PKT_TX_UDP_CKSUM | PKT_TX_IPV6, 0, {NEEDS, 0, 0, 0, 34, 6}},
	        {"TCP", PKT_TX_TCP_CKSUM, 0, {NEEDS, 0, 0, 0, 34, 16}},
	        {"segments", PKT_TX_TCP_CKSUM, 1448, {NEEDS, V4, 66, 1448, 34, 16}},
	        {"segments, IPv6",
	         PKT_TX_TCP_CKSUM | PKT_TX_IPV6,
	         1428,
	         {NEEDS, V6, 66, 1428, 34, 16}},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pkt *pkt = pkt_alloc(&harness_pages.pool);
		struct virtio_net_hdr hdr;

		pkt_set_len(pkt, 200);
		memset(pkt_data(pkt), 0, 200);
		pkt->l4 = (uint16_t)(pkt->off + 34);
		pkt_data(pkt)[34 + 12] = 8 << 4; // 32 bytes of TCP header
		pkt->tx_flags = cases[i].tx_flags;
		pkt->gso_size = cases[i].gso_size;
		hdr = vnet_write(pkt);
		if (memcmp(&hdr, &cases[i].hdr, sizeof(hdr)))
			fail_msg("%s", cases[i].name);
		pkt_put(pkt);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        POOL_TEST(test_a_header_is_read),
	        POOL_TEST(test_a_header_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
