// sdn_host: hosts learned of frames at edges, their addresses, moves, ageing and every bound; and a
// random life against a plain list.
#include "frames.h"
#include "network.h"

#include "core/rand.h"
#include "proto/sdn/sdn_host.h"

#include <stdio.h>

static struct network network;
static struct sdn_hosts hosts;
static uint32_t port[4]; // edges of switch 1

static void open_with(const struct sdn_host_conf *conf)
{
	struct sdn_host_conf with = *conf;

	network_open(&network);
	for (uint32_t i = 0; i < ARRAY_LEN(port); i++)
		port[i] = network_port_set(&network, 1, i + 1, true, true);
	with.changes = &network.changes;
	with.seed = 7;
	assert_int_equal(sdn_host_open(&hosts, &with, network.topology), 0);
}

static void open_default(void)
{
	struct sdn_host_conf conf = sdn_host_defaults;

	conf.hosts_max = conf.addresses_max = 64;
	conf.port_hosts_max = 16;
	conf.host_addresses_max = 3;
	open_with(&conf);
}

static void close_all(void)
{
	sdn_host_close(&hosts);
	sdn_topology_close(network.topology);
}

static int setup(void **state)
{
	open_default();
	return 0;
}

static int teardown(void **state)
{
	close_all();
	return 0;
}

static enum sdn_host_fault input(const struct frames_bytes *bytes, uint16_t vid, uint32_t at)
{
	struct sdn_frame frame;

	assert_int_equal(sdn_frame_decode(&frame, bytes->bytes, bytes->len), SDN_FRAME_SOUND);
	return sdn_host_input(&hosts, &frame, vid, at, network.now);
}

// Host n says by ARP that it has the address.
static const char *arp(uint8_t n, const char *addr, uint32_t at)
{
	struct frames_arp arp = frames_arp_of(n, addr, "10.9.9.9");
	struct frames_bytes bytes;

	frames_arp(&bytes, &arp);
	return sdn_host_fault_name(input(&bytes, 5, at));
}

static void assert_at(uint8_t n, uint32_t at)
{
	uint32_t host = sdn_host_find(&hosts, frames_mac(n), 5);

	if (at == SDN_LIST_NONE) {
		assert_int_equal(host, SDN_LIST_NONE);
		return;
	}
	assert_true(host != SDN_LIST_NONE);
	assert_int_equal(hosts.host[host].port, at);
}

// Which host has the address; 0: none.
static void assert_owner(const char *addr, uint8_t n)
{
	uint32_t address = sdn_host_find_address(&hosts, frames_addr(addr), 5);

	assert_int_equal(
	        address == SDN_LIST_NONE ? 0 : hosts.host[hosts.address[address].host].mac.bits,
	        n ? frames_mac(n).bits : 0);
}

static void wait_us(uint64_t us)
{
	network.now = mono_add(network.now, us);
	sdn_host_tick(&hosts, 1000, network.now);
}

static void assert_last_change(enum sdn_change_kind kind, uint32_t end, uint32_t peer)
{
	struct sdn_change change = {0};

	while (sdn_change_take(&network.changes, &change))
		;
	assert_string_equal(sdn_change_name(change.kind), sdn_change_name(kind));
	assert_int_equal(change.end.port, end);
	assert_int_equal(change.peer.port, peer);
	assert_int_equal(change.vid, 5);
}

static void test_learned_of_arp(void **state)
{
	assert_string_equal(arp(1, "10.0.0.1", port[0]), "none");
	assert_at(1, port[0]);
	assert_owner("10.0.0.1", 1);
	assert_last_change(SDN_CHANGE_ADDRESS_NEW, 1, 0);
	// In another VLAN it is another host.
	assert_int_equal(sdn_host_find(&hosts, frames_mac(1), 6), SDN_LIST_NONE);
	assert_int_equal(sdn_host_find_address(&hosts, frames_addr("10.0.0.1"), 6), SDN_LIST_NONE);
	// A probe of RFC 5227 claims nothing.
	assert_string_equal(arp(2, "0.0.0.0", port[1]), "none");
	assert_at(2, port[1]);
	assert_int_equal(hosts.addresses_len, 1);
}

static void test_learned_of_neighbour_discovery(void **state)
{
	struct frames_ndp ndp = frames_solicit_of(1, "fd00::1", "fd00::9");
	struct frames_bytes bytes;
	uint32_t address;

	frames_ndp(&bytes, &ndp);
	assert_int_equal(input(&bytes, 5, port[0]), SDN_HOST_LEARNED);
	assert_owner("fd00::1", 1);
	address = sdn_host_find_address(&hosts, frames_addr("fd00::1"), 5);
	assert_false(hosts.address[address].advertised);
	ndp = frames_advert_of(1, "fd00::1", 0x80000000);
	frames_ndp(&bytes, &ndp);
	assert_int_equal(input(&bytes, 5, port[0]), SDN_HOST_LEARNED);
	assert_true(hosts.address[address].advertised && hosts.address[address].router);
}

static void test_learned_of_dhcp(void **state)
{
	struct frames_dhcp dhcp = frames_dhcp_of(1, true, 3, "0.0.0.0");
	struct frames_bytes client, ack;

	frames_dhcp(&client, &dhcp);
	dhcp = frames_dhcp_of(1, false, 5, "10.0.0.7");
	frames_dhcp(&ack, &dhcp);
	assert_int_equal(input(&client, 5, port[0]), SDN_HOST_LEARNED);
	// Of a port that is no server's it is not believed, but its sender is a host.
	assert_int_equal(input(&ack, 5, port[1]), SDN_HOST_GRANT);
	assert_owner("10.0.0.7", 0);
	assert_at(0xfe, port[1]);
	sdn_host_set_server(&hosts, port[1], true);
	assert_int_equal(input(&ack, 5, port[1]), SDN_HOST_LEARNED);
	assert_owner("10.0.0.7", 1);
	assert_at(1, port[0]);
	// Of a client that was not seen nothing is known.
	dhcp = frames_dhcp_of(9, false, 5, "10.0.0.8");
	frames_dhcp(&ack, &dhcp);
	assert_int_equal(input(&ack, 5, port[1]), SDN_HOST_LEARNED);
	assert_owner("10.0.0.8", 0);
}

static void test_only_at_edges(void **state)
{
	uint32_t a = network_port(&network, 1, 9), b = network_port(&network, 2, 1);

	assert_string_equal(arp(1, "10.0.0.1", a), "host.not_edge"); // not known yet
	network_join(&network, a, b);
	network_run(&network, SEC_US);
	assert_string_equal(arp(1, "10.0.0.1", a), "host.not_edge"); // a link
	assert_int_equal(hosts.len, 0);
	network.cable[a] = network.cable[b] = SDN_LIST_NONE;
	network_run(&network, 2 * network.conf.link_us);
	assert_string_equal(arp(1, "10.0.0.1", a), "none");
	assert_int_equal(hosts.refused[SDN_HOST_NOT_EDGE], 2);
}

// What was learned at a port is not found any more once that ceased to be an edge, at once, nor
// when it is one again.
static void test_forgotten_with_the_port(void **state)
{
	arp(1, "10.0.0.1", port[0]);
	arp(2, "10.0.0.2", port[0]);
	arp(3, "10.0.0.3", port[1]);
	network_port_set(&network, 1, 1, false, true);
	assert_at(1, SDN_LIST_NONE);
	assert_owner("10.0.0.2", 0);
	assert_owner("10.0.0.3", 3);
	network_port_set(&network, 1, 1, true, true);
	assert_at(1, SDN_LIST_NONE);
	assert_int_equal(hosts.len, 3);
	assert_string_equal(arp(1, "10.0.0.1", port[0]), "none");
	assert_at(1, port[0]);
	assert_at(2, SDN_LIST_NONE);
	assert_int_equal(hosts.len, 2);
	// Or when asked.
	network_port_set(&network, 1, 2, false, true);
	sdn_host_purge(&hosts, port[1], network.now);
	assert_int_equal(hosts.len, 1);
	assert_int_equal(hosts.addresses_len, 1);
	assert_last_change(SDN_CHANGE_HOST_GONE, 2, 0);
	sdn_host_purge(&hosts, port[0], network.now); // an edge: no effect
	assert_at(1, port[0]);
}

static void test_host_moves_with_its_addresses(void **state)
{
	arp(1, "10.0.0.1", port[0]);
	wait_us(SEC_US);
	assert_string_equal(arp(1, "0.0.0.0", port[1]), "none");
	assert_at(1, port[1]);
	assert_owner("10.0.0.1", 1);
	assert_last_change(SDN_CHANGE_HOST_MOVED, 2, 1);
	// Back again at once: a loop, or two hosts with one address.
	assert_string_equal(arp(1, "10.0.0.1", port[0]), "host.flapping");
	assert_at(1, port[1]);
	wait_us(hosts.conf.move_us);
	assert_string_equal(arp(1, "10.0.0.1", port[0]), "none");
	assert_at(1, port[0]);
	// When its port went down it may move at once.
	network_port_set(&network, 1, 1, false, true);
	assert_string_equal(arp(1, "10.0.0.1", port[2]), "none");
	assert_at(1, port[2]);
}

static void test_address_moves_to_the_host_that_claims_it(void **state)
{
	arp(1, "10.0.0.1", port[0]);
	arp(2, "10.0.0.1", port[1]);
	assert_owner("10.0.0.1", 2);
	assert_int_equal(hosts.addresses_len, 1);
	assert_last_change(SDN_CHANGE_ADDRESS_MOVED, 2, 1);
	assert_at(1, port[0]);
}

static void test_ageing(void **state)
{
	arp(1, "10.0.0.1", port[0]);
	wait_us(hosts.conf.host_us / 2);
	arp(1, "10.0.0.2", port[0]); // has changed its address
	wait_us(hosts.conf.host_us / 2);
	assert_owner("10.0.0.1", 0);
	assert_owner("10.0.0.2", 1);
	assert_int_equal(sdn_host_next(&hosts).us, network.now.us + hosts.conf.host_us / 2);
	wait_us(hosts.conf.host_us / 2);
	assert_at(1, SDN_LIST_NONE);
	assert_int_equal(hosts.len, 0);
	assert_int_equal(hosts.addresses_len, 0);
	assert_int_equal(sdn_host_next(&hosts).us, MONO_NEVER.us);
}

static void test_oldest_address_of_a_host_gives_way(void **state)
{
	arp(1, "10.0.0.1", port[0]);
	arp(1, "10.0.0.2", port[0]);
	arp(1, "10.0.0.3", port[0]);
	arp(1, "10.0.0.1", port[0]);
	assert_string_equal(arp(1, "10.0.0.4", port[0]), "none");
	assert_owner("10.0.0.2", 0);
	assert_owner("10.0.0.1", 1);
	assert_owner("10.0.0.4", 1);
	assert_int_equal(hosts.addresses_len, 3);
}

static void test_hosts_of_a_port_are_bounded(void **state)
{
	for (uint8_t n = 1; n <= 16; n++)
		assert_string_equal(arp(n, "0.0.0.0", port[0]), "none");
	assert_string_equal(arp(17, "0.0.0.0", port[0]), "host.port_full");
	assert_string_equal(arp(17, "0.0.0.0", port[1]), "none");
	wait_us(SEC_US);
	assert_string_equal(arp(17, "0.0.0.0", port[0]), "host.port_full");
	assert_at(17, port[1]);
}

static void test_new_hosts_per_second_are_bounded(void **state)
{
	struct sdn_host_conf conf = hosts.conf;

	close_all();
	conf.fresh_per_s = 4;
	open_with(&conf);
	arp(1, "10.0.0.1", port[0]); // a host and an address
	arp(2, "10.0.0.2", port[0]);
	assert_string_equal(arp(3, "0.0.0.0", port[0]), "host.rate");
	assert_string_equal(arp(1, "10.0.0.9", port[0]), "host.rate");
	assert_string_equal(arp(1, "10.0.0.1", port[0]), "none"); // nothing new
	assert_string_equal(arp(3, "0.0.0.0", port[1]), "none");  // another port
	wait_us(SEC_US);
	assert_string_equal(arp(4, "0.0.0.0", port[0]), "none");
	assert_int_equal(hosts.refused[SDN_HOST_RATE], 2);
}

static void test_tables_are_bounded(void **state)
{
	struct sdn_host_conf conf = hosts.conf;
	char addr[16];

	close_all();
	conf.addresses_max = 5;
	conf.hosts_max = 8;
	open_with(&conf);
	for (uint8_t n = 1; n <= 5; n++) {
		snprintf(addr, sizeof(addr), "10.0.0.%u", n);
		assert_string_equal(arp(n, addr, port[n % 4]), "none");
	}
	assert_string_equal(arp(6, "10.0.0.6", port[0]), "host.address_full");
	assert_at(6, port[0]);
	assert_string_equal(arp(7, "0.0.0.0", port[0]), "none");
	assert_string_equal(arp(8, "0.0.0.0", port[0]), "none");
	assert_string_equal(arp(9, "0.0.0.0", port[0]), "host.full");
}

static void test_each_fault_has_help(void **state)
{
	for (enum sdn_host_fault fault = SDN_HOST_LEARNED; fault < SDN_HOST_FAULTS_END; fault++)
		assert_true(strlen(sdn_host_fault_help(fault)) > 10);
	for (enum sdn_change_kind kind = SDN_CHANGE_SWITCH_UP; kind < SDN_CHANGE_KINDS; kind++)
		assert_true(strlen(sdn_change_help(kind)) > 10);
}

// A random life of 12 hosts at 4 ports, against a plain list of where each is.
static void test_random_life(void **state)
{
	uint32_t where[13], up = 15;
	struct rand rand;
	char addr[16];

	rand_init(&rand, 1);
	for (unsigned n = 0; n < 13; n++)
		where[n] = SDN_LIST_NONE;
	for (unsigned i = 0; i < 5000; i++) {
		uint8_t n = 1 + (uint8_t)rand_below(&rand, 12);
		uint32_t at = (uint32_t)rand_below(&rand, 4);

		wait_us(hosts.conf.move_us + rand_below(&rand, SEC_US));
		if (rand_below(&rand, 10) == 0) {
			up ^= 1u << at;
			network_port_set(&network, 1, at + 1, up >> at & 1, true);
			for (unsigned k = 1; k < 13; k++)
				if (where[k] == port[at])
					where[k] = SDN_LIST_NONE;
		} else {
			snprintf(addr, sizeof(addr), "10.0.0.%u", n);
			if (strcmp(arp(n, addr, port[at]), "none") == 0)
				where[n] = port[at];
			else
				assert_false(up >> at & 1);
			assert_true(where[n] == SDN_LIST_NONE || !(up >> at & 1) ||
			            where[n] == port[at]);
		}
		for (uint8_t k = 1; k < 13; k++) {
			uint32_t host = sdn_host_find(&hosts, frames_mac(k), 5);

			// A host may have aged, too.
			if (host == SDN_LIST_NONE)
				where[k] = SDN_LIST_NONE;
			assert_at(k, where[k]);
		}
	}
	wait_us(2 * hosts.conf.host_us);
	assert_int_equal(hosts.len, 0);
	assert_int_equal(hosts.addresses_len, 0);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(hosts.port[port[i]].hosts_len, 0);
}

// What the issue asks: 1,000 switches with 48 ports and 100,000 hosts with 200,000 addresses.
static void test_memory_of_a_large_network(void **state)
{
	const struct sdn_topology_conf *t = &sdn_topology_defaults;
	const struct sdn_host_conf *h = &sdn_host_defaults;
	size_t bytes =
	        t->ports_max *
	                (sizeof(struct sdn_topology_port) + 3 * sizeof(struct sdn_list_link) +
	                 sizeof(struct sdn_host_port) + 2 * sizeof(struct sdn_arc)) +
	        (size_t)t->switches_max * t->switches_max * sizeof(uint16_t) +
	        h->hosts_max * (sizeof(struct sdn_host_entry) + 2 * sizeof(struct sdn_list_link)) +
	        h->addresses_max *
	                (sizeof(struct sdn_host_address) + 2 * sizeof(struct sdn_list_link)) +
	        // hash tables: at most 8/3 slots for each entry
	        (t->ports_max + h->hosts_max + h->addresses_max) * 3 * sizeof(struct hash_slot);

	assert_true(t->switches_max >= 1000 && t->ports_max >= 48000 && h->hosts_max >= 100000);
	assert_in_range(bytes, 1 << 20, 64 << 20);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        TEST(test_learned_of_arp),
	        TEST(test_learned_of_neighbour_discovery),
	        TEST(test_learned_of_dhcp),
	        TEST(test_only_at_edges),
	        TEST(test_forgotten_with_the_port),
	        TEST(test_host_moves_with_its_addresses),
	        TEST(test_address_moves_to_the_host_that_claims_it),
	        TEST(test_ageing),
	        TEST(test_oldest_address_of_a_host_gives_way),
	        TEST(test_hosts_of_a_port_are_bounded),
	        TEST(test_new_hosts_per_second_are_bounded),
	        TEST(test_tables_are_bounded),
	        TEST(test_each_fault_has_help),
	        TEST(test_random_life),
	        cmocka_unit_test(test_memory_of_a_large_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
