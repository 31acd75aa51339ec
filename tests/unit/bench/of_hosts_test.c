// Hosts of emulated switches: addresses that differ and are found again, packets that go to another
// port, frames that are as they should be, and matches that take them.
#include "harness.h"

#include "proto/bench/of_hosts.h"
#include "proto/tcpip/arp_wire.h"
#include "proto/tcpip/cksum.h"
#include "proto/tcpip/eth_wire.h"
#include "proto/tcpip/ip_wire.h"
#include "proto/tcpip/ipv4_wire.h"
#include "proto/tcpip/tcp_wire.h"
#include "proto/tcpip/udp_wire.h"

static const struct of_hosts plans[] = {
        {.switches = 16, .per_switch = 1000, .ports = 4, .seed = 1},
        {.switches = 3, .per_switch = 2, .ports = 2, .seed = 2},
        {.switches = 7, .per_switch = 67, .ports = 64, .seed = 3},
};

// The address leads back to its host, so no two hosts of a plan share one.
static void test_addresses(void **state)
{
	for (size_t p = 0; p < ARRAY_LEN(plans); p++) {
		const struct of_hosts *hosts = &plans[p];
		uint32_t global = 0;

		for (uint32_t s = 0; s < hosts->switches; s++) {
			for (uint32_t h = 0; h < hosts->per_switch; h++, global++) {
				uint8_t mac[6];
				uint32_t found;

				of_hosts_mac(hosts, s, h, mac);
				assert_int_equal(mac[0] & 1, 0);
				assert_true(of_hosts_find(hosts, s, mac, &found));
				assert_int_equal(found, h);
				assert_false(of_hosts_find(hosts, s + 1, mac, &found));
				assert_int_equal(of_hosts_ipv4(hosts, s, h), 0x0a000001 + global);
			}
		}
	}
}

static void test_addresses_of_others(void **state)
{
	static const uint8_t others[][6] = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	                                    {2, 0, 0, 0, 0, 1},
	                                    {0x01, 0x80, 0xc2, 0, 0, 0x0e},
	                                    {0x52, 0x54, 0x00, 0xff, 0xff, 0xff}};
	uint32_t h;

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_false(of_hosts_find(&plans[0], 0, others[i], &h));
}

// The largest plan: the last host's address is still in 10.0.0.0/8.
static void test_addresses_last(void **state)
{
	const struct of_hosts hosts = {.switches = 1, .per_switch = OF_HOSTS_MAX - 2, .ports = 2};
	uint8_t mac[6];
	uint32_t h;

	of_hosts_mac(&hosts, 0, OF_HOSTS_MAX - 3, mac);
	assert_true(of_hosts_find(&hosts, 0, mac, &h));
	assert_int_equal(h, OF_HOSTS_MAX - 3);
	assert_int_equal(of_hosts_ipv4(&hosts, 0, h), 0x0afffffe);
}

static void test_packets(void **state)
{
	for (size_t p = 0; p < ARRAY_LEN(plans); p++) {
		const struct of_hosts *hosts = &plans[p];
		unsigned kinds[4] = {0};

		for (uint32_t n = 0; n < hosts->per_switch + 2000; n++) {
			struct of_hosts_packet packet = of_hosts_packet(hosts, 1, n);

			kinds[packet.kind]++;
			assert_true(packet.from < hosts->per_switch);
			assert_int_equal(packet.kind == OF_HOSTS_ANNOUNCE, n < hosts->per_switch);
			if (packet.kind == OF_HOSTS_ANNOUNCE) {
				assert_int_equal(packet.from, n);
				continue;
			}
			assert_true(packet.to < hosts->per_switch);
			assert_int_not_equal(of_hosts_port(hosts, packet.from),
			                     of_hosts_port(hosts, packet.to));
		}
		assert_true(kinds[OF_HOSTS_ARP] > 150 && kinds[OF_HOSTS_UDP] > 500 &&
		            kinds[OF_HOSTS_TCP] > 700);
	}
}

// Each host sends and receives.
static void test_packets_of_all(void **state)
{
	static uint8_t from[1000], to[1000];
	const struct of_hosts *hosts = &plans[0];

	for (uint32_t n = hosts->per_switch; n < 20000; n++) {
		struct of_hosts_packet packet = of_hosts_packet(hosts, 0, n);

		from[packet.from] = to[packet.to] = 1;
	}
	for (uint32_t h = 0; h < hosts->per_switch; h++)
		assert_true(from[h] && to[h]);
}

static cksum_t pseudo(const struct ipv4_hdr *ip, uint16_t len)
{
	return cksum_pseudo(addr_from_ipv4(ip->src), addr_from_ipv4(ip->dst), ip->protocol, len);
}

static void check_ipv4(const struct of_hosts *hosts, const struct of_hosts_packet *packet,
                       const uint8_t *frame)
{
	const struct ipv4_hdr *ip = (const struct ipv4_hdr *)(frame + 14);
	const struct udp_hdr *udp = (const struct udp_hdr *)(frame + 34);
	const struct tcp_hdr *tcp = (const struct tcp_hdr *)(frame + 34);
	uint16_t len = (uint16_t)(packet->len - 34);

	assert_int_equal(be16_get(ip->total_len), packet->len - 14);
	assert_true(cksum_ok(cksum_add((cksum_t){0}, ip, sizeof(*ip))));
	assert_true(cksum_ok(cksum_add(pseudo(ip, len), udp, len)));
	assert_int_equal(be32_get(ip->src), of_hosts_ipv4(hosts, 2, packet->from));
	assert_int_equal(be32_get(ip->dst), of_hosts_ipv4(hosts, 2, packet->to));
	if (packet->kind == OF_HOSTS_UDP) {
		assert_int_equal(ip->protocol, IP_PROTOCOL_UDP);
		assert_int_equal(be16_get(udp->len), len);
	} else {
		assert_int_equal(ip->protocol, IP_PROTOCOL_TCP);
		assert_int_equal(tcp->flags, TCP_SYN);
		assert_int_equal(tcp->offset >> 4, len / 4);
	}
}

static void test_frames(void **state)
{
	const struct of_hosts *hosts = &plans[0];

	for (uint32_t n = 990; n < 1200; n++) {
		struct of_hosts_packet packet = of_hosts_packet(hosts, 2, n);
		uint8_t frame[OF_HOSTS_FRAME_BYTES], mac[6];
		const struct eth_hdr *eth = (const struct eth_hdr *)frame;
		const struct arp_hdr *arp = (const struct arp_hdr *)(frame + 14);
		uint32_t number;

		memset(frame, 0xaa, sizeof(frame));
		of_hosts_write(hosts, 2, &packet, frame);
		of_hosts_mac(hosts, 2, packet.from, mac);
		assert_memory_equal(eth->src, mac, 6);
		assert_true(of_hosts_number(frame, packet.len, &number));
		assert_int_equal(number, n);
		if (packet.kind == OF_HOSTS_UDP || packet.kind == OF_HOSTS_TCP) {
			assert_int_equal(be16_get(eth->type), ETH_TYPE_IPV4);
			check_ipv4(hosts, &packet, frame);
			continue;
		}
		assert_int_equal(be16_get(eth->type), ETH_TYPE_ARP);
		assert_memory_equal(arp->sha, mac, 6);
		assert_int_equal(be32_get(arp->spa), of_hosts_ipv4(hosts, 2, packet.from));
		assert_int_equal(be32_get(arp->tpa), of_hosts_ipv4(hosts, 2, packet.to));
	}
}

static void test_numbers_of_others(void **state)
{
	uint8_t frame[OF_HOSTS_FRAME_BYTES] = {0};
	uint32_t n;

	for (size_t len = 0; len < 60; len++)
		assert_false(of_hosts_number(frame, len, &n));
	frame[12] = 0x88;
	frame[13] = 0xcc;
	assert_false(of_hosts_number(frame, 60, &n));
}

// A match of one field of the packet, changed by `flip` in its last byte.
static bool takes(enum of_hosts_kind kind, enum of_field field, const uint8_t *mask, uint8_t flip)
{
	static const uint8_t at[OF_FIELDS] = {
	        [OF_FIELD_ETH_DST] = 0,   [OF_FIELD_ETH_SRC] = 6,   [OF_FIELD_ETH_TYPE] = 12,
	        [OF_FIELD_IP_PROTO] = 23, [OF_FIELD_IPV4_SRC] = 26, [OF_FIELD_IPV4_DST] = 30,
	        [OF_FIELD_UDP_SRC] = 34,  [OF_FIELD_UDP_DST] = 36,  [OF_FIELD_TCP_SRC] = 34,
	        [OF_FIELD_TCP_DST] = 36,  [OF_FIELD_ARP_OP] = 20,   [OF_FIELD_ARP_SHA] = 22,
	        [OF_FIELD_ARP_SPA] = 28,  [OF_FIELD_ARP_THA] = 32,  [OF_FIELD_ARP_TPA] = 38};
	const struct of_hosts *hosts = &plans[0];
	uint8_t frame[OF_HOSTS_FRAME_BYTES], value[8], room[64];
	struct of_hosts_packet packet;
	struct fill out = fill_of(room, sizeof(room));
	struct of_match match;
	uint8_t bytes = of_field_rows[field].bytes;
	uint32_t n = kind == OF_HOSTS_ANNOUNCE ? 0 : hosts->per_switch;

	while ((packet = of_hosts_packet(hosts, 0, n)).kind != kind)
		n++;
	of_hosts_write(hosts, 0, &packet, frame);
	memcpy(value, frame + at[field], bytes);
	if (field == OF_FIELD_IN_PORT)
		memcpy(value, &(be32_t){be32(of_hosts_port(hosts, packet.from)).be}, 4);
	else if (at[field] == 0 && field != OF_FIELD_ETH_DST)
		memset(value, 0, sizeof(value));
	value[bytes - 1] ^= flip;
	of_match_put_bytes(&out, field, value, mask);
	match = of_match_of(&out);
	return of_hosts_match(hosts, &packet, frame, &match);
}

static void test_matches(void **state)
{
	static const struct {
		enum of_hosts_kind kind;
		enum of_field field;
	} rows[] = {
	        {OF_HOSTS_ANNOUNCE, OF_FIELD_ETH_DST}, {OF_HOSTS_ARP, OF_FIELD_IN_PORT},
	        {OF_HOSTS_ARP, OF_FIELD_ETH_TYPE},     {OF_HOSTS_ARP, OF_FIELD_ARP_OP},
	        {OF_HOSTS_ARP, OF_FIELD_ARP_SHA},      {OF_HOSTS_ARP, OF_FIELD_ARP_SPA},
	        {OF_HOSTS_ARP, OF_FIELD_ARP_THA},      {OF_HOSTS_ARP, OF_FIELD_ARP_TPA},
	        {OF_HOSTS_UDP, OF_FIELD_ETH_SRC},      {OF_HOSTS_UDP, OF_FIELD_VLAN_VID},
	        {OF_HOSTS_UDP, OF_FIELD_IP_PROTO},     {OF_HOSTS_UDP, OF_FIELD_IP_DSCP},
	        {OF_HOSTS_UDP, OF_FIELD_IPV4_SRC},     {OF_HOSTS_UDP, OF_FIELD_IPV4_DST},
	        {OF_HOSTS_UDP, OF_FIELD_UDP_SRC},      {OF_HOSTS_UDP, OF_FIELD_UDP_DST},
	        {OF_HOSTS_TCP, OF_FIELD_TCP_SRC},      {OF_HOSTS_TCP, OF_FIELD_TCP_DST},
	        {OF_HOSTS_TCP, OF_FIELD_METADATA},
	};
	static const uint8_t mask[8] = {0xf0};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_true(takes(rows[i].kind, rows[i].field, NULL, 0));
		assert_false(takes(rows[i].kind, rows[i].field, NULL, 1));
		if (of_field_rows[rows[i].field].bytes > 1) // the mask lets the last byte go
			assert_true(takes(rows[i].kind, rows[i].field, mask, 1));
	}
	assert_false(takes(OF_HOSTS_ARP, OF_FIELD_IPV4_SRC, NULL, 0));
	assert_false(takes(OF_HOSTS_UDP, OF_FIELD_TCP_SRC, NULL, 0));
	assert_false(takes(OF_HOSTS_TCP, OF_FIELD_ARP_OP, NULL, 0));
}

// Fields of Nicira's are not looked at.
static void test_matches_other_classes(void **state)
{
	static const uint8_t value[4] = {1, 2, 3, 4};
	struct of_hosts_packet packet = of_hosts_packet(&plans[0], 0, 0);
	uint8_t frame[OF_HOSTS_FRAME_BYTES], room[64];
	struct fill out = fill_of(room, sizeof(room));
	struct of_match match;

	of_hosts_write(&plans[0], 0, &packet, frame);
	of_match_put(&out,
	             &(const struct of_oxm){.class = OXM_CLASS_NXM_1, .len = 4, .value = value});
	match = of_match_of(&out);
	assert_true(of_hosts_match(&plans[0], &packet, frame, &match));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_addresses),
	        cmocka_unit_test(test_addresses_of_others),
	        cmocka_unit_test(test_addresses_last),
	        cmocka_unit_test(test_packets),
	        cmocka_unit_test(test_packets_of_all),
	        cmocka_unit_test(test_frames),
	        cmocka_unit_test(test_numbers_of_others),
	        cmocka_unit_test(test_matches),
	        cmocka_unit_test(test_matches_other_classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
