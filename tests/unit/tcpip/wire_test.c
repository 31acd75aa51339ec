// wire: the checks of Ethernet, IPv4, IPv6 and UDP headers on their own: each
// length that is impossible, each that is just possible, and values that come
// back as they went in. ARP, NDP and MLD are with their engines' tests.
#include "frames.h"

#include "proto/tcpip/eth_wire.h"
#include "proto/tcpip/ipv4_wire.h"
#include "proto/tcpip/ipv6_wire.h"
#include "proto/tcpip/udp_wire.h"

static void test_hardware_addresses_round_trip(void **state)
{
	static const uint8_t bytes[6] = {0x02, 0x11, 0x22, 0x33, 0x44, 0x55};
	uint8_t copy[8] = {[6] = 0x77, [7] = 0x77};

	mac_store(copy, mac_load(bytes));
	assert_memory_equal(copy, bytes, 6);
	assert_int_equal(copy[6], 0x77);
	assert_true(mac_eq(mac_load(bytes), mac_load(copy)));
	assert_false(mac_is_group(mac_load(bytes)));
	assert_true(mac_is_group(MAC_BROADCAST));
	assert_false(mac_is_ipv6_group(MAC_BROADCAST));
}

// RFC 2464 section 7.
static void test_groups_map_to_hardware_addresses(void **state)
{
	uint8_t bytes[6];

	mac_store(bytes, mac_of_ipv6_group(ip("ff02::1:ff28:9c5a")));
	assert_memory_equal(bytes, "\x33\x33\xff\x28\x9c\x5a", 6);
	assert_true(mac_is_ipv6_group(mac_load(bytes)));
}

static void test_ethernet_headers_and_tags(void **state)
{
	struct frame f = frame_eth(HOST, US, 0x0800);
	uint16_t hdr_len, type;

	for (size_t len = 0; len < 14; len++)
		assert_int_equal(eth_check(f.b, len, &hdr_len, &type), DROP_ETH_SHORT);
	assert_int_equal(eth_check(f.b, 14, &hdr_len, &type), DROP_NONE);
	assert_int_equal(hdr_len, 14);
	assert_int_equal(type, 0x0800);
	assert_int_equal(eth_vid(f.b, hdr_len), 0);
	frame_tag(&f, 0xf123);
	for (size_t len = 14; len < 18; len++)
		assert_int_equal(eth_check(f.b, len, &hdr_len, &type), DROP_ETH_SHORT);
	assert_int_equal(eth_check(f.b, 18, &hdr_len, &type), DROP_NONE);
	assert_int_equal(hdr_len, 18);
	assert_int_equal(type, 0x0800);
	assert_int_equal(eth_vid(f.b, hdr_len), 0x123);
	put16(f.b + 16, 0x05ff);
	assert_int_equal(eth_check(f.b, 18, &hdr_len, &type), DROP_ETH_LLC);
	put16(f.b + 16, 0x0600);
	assert_int_equal(eth_check(f.b, 18, &hdr_len, &type), DROP_NONE);
}

static void test_ipv4_lengths(void **state)
{
	struct frame f =
	        frame_udp("10.0.0.9", "10.0.0.2", 1, 2, "12345678901234567890123456789012");
	const struct ipv4_hdr *ip4 = (const struct ipv4_hdr *)(f.b + 14);
	size_t len = f.len - 14;

	assert_int_equal(be16_get(ip4->total_len), len);
	for (size_t n = 0; n < len; n++)
		assert_int_equal(ipv4_check(ip4, n, n),
		                 n < 20 ? DROP_IPV4_SHORT : DROP_IPV4_TOTAL_LEN);
	assert_int_equal(ipv4_check(ip4, len, len), DROP_NONE);
	assert_int_equal(ipv4_check(ip4, len + 1, len + 1), DROP_NONE); // padding
	for (unsigned ihl = 0; ihl < 16; ihl++) {
		f.b[14] = (uint8_t)(0x40 | ihl);
		assert_int_equal(ipv4_check(ip4, len, len),
		                 ihl < 5 ? DROP_IPV4_HEADER_LEN : DROP_NONE);
		if (ihl >= 5)
			assert_int_equal(ipv4_hdr_len(ip4), ihl * 4);
	}
	for (unsigned total = 0; total < 60; total++) {
		put16(f.b + 16, total); // ihl is 15 now
		assert_int_equal(ipv4_check(ip4, len, len), DROP_IPV4_TOTAL_LEN);
	}
}

static void test_ipv4_options(void **state)
{
	static const struct {
		uint8_t bytes[8];
		enum drop reason;
	} cases[] = {
	        {{0, 9, 9, 9, 9, 9, 9, 9}, DROP_NONE}, // nothing counts after the end
	        {{1, 1, 1, 1, 1, 1, 1, 1}, DROP_NONE},
	        {{7, 8, 4, 0, 0, 0, 0, 0}, DROP_NONE},
	        {{148, 4, 0, 0, 68, 4, 5, 0}, DROP_NONE}, // router alert, timestamp
	        {{7, 9, 4, 0, 0, 0, 0, 0}, DROP_IPV4_OPTION},
	        {{7, 0, 4, 0, 0, 0, 0, 0}, DROP_IPV4_OPTION},
	        {{1, 1, 1, 1, 1, 1, 1, 68}, DROP_IPV4_OPTION},
	        {{131, 7, 4, 0, 0, 0, 0, 0}, DROP_IPV4_SOURCE_ROUTE},
	        {{1, 1, 1, 1, 1, 137, 3, 4}, DROP_IPV4_SOURCE_ROUTE},
	};
	uint8_t hdr[28] = {0x47};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		memcpy(hdr + 20, cases[i].bytes, 8);
		assert_int_equal(ipv4_check_options((const struct ipv4_hdr *)hdr), cases[i].reason);
	}
}

static void test_ipv6_lengths(void **state)
{
	struct frame f = frame_udp("fd00::9", "fd00::2", 1, 2, "123");
	const struct ipv6_hdr *ip6 = (const struct ipv6_hdr *)(f.b + 14);
	size_t len = f.len - 14;

	for (size_t n = 0; n < len; n++)
		assert_int_equal(ipv6_check(ip6, n, n),
		                 n < 40 ? DROP_IPV6_SHORT : DROP_IPV6_PAYLOAD_LEN);
	assert_int_equal(ipv6_check(ip6, len, len), DROP_NONE);
	assert_int_equal(ipv6_check(ip6, len + 6, len + 6), DROP_NONE); // padding
	for (unsigned version = 0; version < 16; version++) {
		f.b[14] = (uint8_t)(version << 4);
		assert_int_equal(ipv6_check(ip6, len, len),
		                 version == 6 ? DROP_NONE : DROP_IPV6_VERSION);
	}
}

static void test_extension_header_lengths(void **state)
{
	uint8_t bytes[8] = {59, 255};
	const struct ipv6_ext *ext = (const struct ipv6_ext *)bytes;

	for (size_t len = 0; len < 2048; len++)
		assert_int_equal(ipv6_ext_check(ext, len), DROP_IPV6_EXT_SHORT);
	assert_int_equal(ipv6_ext_check(ext, 2048), DROP_NONE);
	bytes[1] = 0;
	assert_int_equal(ipv6_ext_check(ext, 7), DROP_IPV6_EXT_SHORT);
	assert_int_equal(ipv6_ext_check(ext, 8), DROP_NONE);
}

static void test_udp_lengths(void **state)
{
	uint8_t bytes[12] = {0, 1, 0, 2};
	const struct udp_hdr *udp = (const struct udp_hdr *)bytes;

	for (unsigned claimed = 0; claimed < 65536; claimed++) {
		put16(bytes + 4, claimed);
		assert_int_equal(udp_check(udp, sizeof(bytes), sizeof(bytes)),
		                 claimed < 8 || claimed > 12 ? DROP_UDP_LENGTH : DROP_NONE);
	}
	put16(bytes + 4, 8);
	for (size_t len = 0; len < 8; len++)
		assert_int_equal(udp_check(udp, len, len), DROP_UDP_SHORT);
	put16(bytes, 0);
	assert_int_equal(udp_check(udp, sizeof(bytes), sizeof(bytes)), DROP_UDP_SOURCE_PORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_hardware_addresses_round_trip),
	        cmocka_unit_test(test_groups_map_to_hardware_addresses),
	        cmocka_unit_test(test_ethernet_headers_and_tags),
	        cmocka_unit_test(test_ipv4_lengths),
	        cmocka_unit_test(test_ipv4_options),
	        cmocka_unit_test(test_ipv6_lengths),
	        cmocka_unit_test(test_extension_header_lengths),
	        cmocka_unit_test(test_udp_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
