// Snapshots of switches: what one controller knows is what another one knows after it, links,
// edges, hosts and addresses; what is gone is gone; and what is malformed changes nothing.
#include "harness.h"

#include "core/rand.h"
#include "proto/sdn/sdn_snapshot.h"

static struct sdn_forward from, to;
static uint8_t bytes[SDN_SNAPSHOT_BYTES];

static const mono_t start = {1000 * SEC_US};

static mono_t after_s(uint64_t s)
{
	return mono_add(start, s * SEC_US);
}

static void forward_open(struct sdn_forward *forward)
{
	struct sdn_forward_conf conf = {
	        .topology = sdn_topology_defaults, .hosts = sdn_host_defaults, .floods_per_s = 100};

	conf.topology.switches_max = 8;
	conf.topology.ports_max = 64;
	conf.hosts.hosts_max = conf.hosts.addresses_max = 2048;
	assert_int_equal(sdn_forward_open(forward, &conf), 0);
}

static int lab_open(void **state)
{
	forward_open(&from);
	forward_open(&to);
	return 0;
}

static int lab_close(void **state)
{
	sdn_forward_close(&from);
	sdn_forward_close(&to);
	return 0;
}

static uint32_t port_of(struct sdn_forward *forward, uint64_t datapath_id, uint32_t number)
{
	uint32_t at = sdn_topology_find_switch(&forward->topology, datapath_id);

	return at == SDN_LIST_NONE ? at : sdn_topology_find_port(&forward->topology, at, number);
}

static enum sdn_port_state state_of(struct sdn_forward *forward, uint64_t datapath_id,
                                    uint32_t number)
{
	uint32_t port = port_of(forward, datapath_id, number);

	return port == SDN_LIST_NONE ? SDN_PORT_DOWN
	                             : (enum sdn_port_state)forward->topology.port[port].state;
}

// Adds the port to what the one controller knows.
static uint32_t port_add(uint64_t datapath_id, uint32_t number, bool edge)
{
	uint32_t at = sdn_topology_add_switch(&from.topology, datapath_id, start);
	struct sdn_port_desc desc = {.number = number, .up = true, .edge = edge};

	return sdn_topology_set_port(&from.topology, at, &desc, start);
}

static uint32_t host_add(uint64_t datapath_id, uint32_t port, uint64_t mac)
{
	uint32_t host = sdn_host_restore(&from.hosts, (struct mac){mac}, 5,
	                                 port_of(&from, datapath_id, port), 0, start);

	assert_int_not_equal(host, SDN_LIST_NONE);
	return host;
}

static bool carry(uint64_t datapath_id, mono_t now)
{
	struct fill out = fill_of(bytes, sizeof(bytes));

	sdn_snapshot_put(&from, datapath_id, &out);
	assert_false(out.bad);
	return sdn_snapshot_take(&to, span_of(bytes, fill_len(&out)), now);
}

static void path_ignore(void *ctx, uint32_t at, uint32_t to_at)
{
}

static void settle(struct sdn_forward *forward)
{
	while (sdn_forward_update(forward, 8, path_ignore, NULL))
		;
}

#define MAC(n) ((uint64_t)(n) << 8 | 2)
#define ADDR   ((struct addr){0, UINT64_C(0x0100000a00000000) | ADDR_IPV4_MAPPED})

// 1.1 host, 1.2 - 2.2 link, 2.1 host, 1.9 not known.
static void network_make(void)
{
	port_add(1, 1, true);
	port_add(2, 1, true);
	sdn_topology_restore_link(&from.topology, port_add(1, 2, false), port_add(2, 2, false),
	                          start);
	port_add(1, 9, false);
	sdn_host_restore_address(&from.hosts, host_add(1, 1, MAC(1)), ADDR, start);
	host_add(2, 1, MAC(2));
}

static void test_another_one_knows_the_same(void **state)
{
	uint32_t host, at;

	network_make();
	assert_true(carry(1, after_s(1)));
	assert_int_equal(state_of(&to, 2, 2), SDN_PORT_LINK); // by its other end
	assert_true(carry(2, after_s(1)));
	settle(&to);
	assert_int_equal(state_of(&to, 1, 1), SDN_PORT_EDGE);
	assert_int_equal(state_of(&to, 1, 9), SDN_PORT_DOWN);
	assert_int_equal(to.topology.links, 1);
	host = sdn_host_find_address(&to.hosts, ADDR, 5);
	assert_int_not_equal(host, SDN_LIST_NONE);
	host = sdn_host_find(&to.hosts, (struct mac){MAC(1)}, 5);
	assert_int_equal(to.hosts.host[host].port, port_of(&to, 1, 1));
	at = sdn_topology_find_switch(&to.topology, 2);
	assert_int_equal(sdn_forward_next(&to, at, (struct mac){MAC(2)}, (struct mac){MAC(1)}, 5),
	                 2);
	// Once more: nothing changes.
	at = (uint32_t)to.topology.graph_version;
	assert_true(carry(1, after_s(2)) && carry(2, after_s(2)));
	assert_int_equal(to.topology.graph_version, at);
	assert_int_equal(to.hosts.len, 2);
}

// While a switch is held nothing ages; when this controller is its master, all goes on from there.
static void test_it_lasts_until_the_takeover_and_goes_on(void **state)
{
	struct sdn_port_desc desc = {.number = 1, .up = true};
	uint32_t at;

	network_make();
	assert_true(carry(1, after_s(1)) && carry(2, after_s(1)));
	for (unsigned s = 2; s < 1000; s += 10) {
		sdn_topology_tick(&to.topology, 64, after_s(s));
		sdn_host_tick(&to.hosts, 64, after_s(s));
	}
	assert_int_equal(to.hosts.len, 2);
	assert_int_equal(to.hosts.addresses_len, 1);
	assert_int_equal(to.topology.links, 1);
	at = sdn_topology_find_switch(&to.topology, 1);
	sdn_topology_hold_switch(&to.topology, at, false, start);
	sdn_topology_set_port(&to.topology, at, &desc, after_s(1000));
	assert_int_equal(state_of(&to, 1, 1), SDN_PORT_EDGE);
	assert_int_not_equal(sdn_host_find(&to.hosts, (struct mac){MAC(1)}, 5), SDN_LIST_NONE);
	assert_false(carry(1, after_s(1001))); // this one knows better now
	sdn_host_tick(&to.hosts, 64, after_s(1400));
	assert_int_equal(sdn_host_find(&to.hosts, (struct mac){MAC(1)}, 5), SDN_LIST_NONE);
}

static void test_what_is_gone_is_gone(void **state)
{
	uint32_t first;

	network_make();
	host_add(1, 1, MAC(3));
	assert_true(carry(1, after_s(1)) && carry(2, after_s(1)));
	assert_int_equal(to.hosts.len, 3);
	// One host moves to the other switch, and one port is gone with its link.
	host_add(2, 1, MAC(3));
	sdn_topology_del_port(&from.topology, port_of(&from, 1, 2), start);
	assert_true(carry(1, after_s(2)));
	assert_int_equal(to.hosts.len, 2);
	assert_int_equal(to.topology.links, 0);
	assert_true(carry(2, after_s(2)));
	first = sdn_host_find(&to.hosts, (struct mac){MAC(3)}, 5);
	assert_int_equal(to.hosts.host[first].port, port_of(&to, 2, 1));
	assert_int_equal(state_of(&to, 1, 2), SDN_PORT_DOWN);
	// The switch.
	sdn_topology_del_switch(&from.topology, sdn_topology_find_switch(&from.topology, 2), start);
	assert_true(carry(2, after_s(3)));
	assert_int_equal(sdn_topology_find_switch(&to.topology, 2), SDN_LIST_NONE);
	assert_int_equal(sdn_host_find(&to.hosts, (struct mac){MAC(2)}, 5), SDN_LIST_NONE);
}

// A link is an edge now, and the other way round.
static void test_a_port_changes(void **state)
{
	network_make();
	assert_true(carry(1, after_s(1)) && carry(2, after_s(1)));
	sdn_topology_restore_edge(&from.topology, port_of(&from, 1, 2), start);
	sdn_topology_restore_edge(&from.topology, port_of(&from, 2, 2), start);
	assert_true(carry(1, after_s(2)) && carry(2, after_s(2)));
	assert_int_equal(state_of(&to, 1, 2), SDN_PORT_EDGE);
	assert_int_equal(to.topology.links, 0);
	host_add(1, 2, MAC(4));
	assert_true(carry(1, after_s(3)));
	sdn_topology_restore_link(&from.topology, port_of(&from, 1, 2), port_of(&from, 2, 2),
	                          start);
	assert_true(carry(1, after_s(4)));
	assert_int_equal(to.topology.links, 1);
	assert_int_equal(sdn_host_find(&to.hosts, (struct mac){MAC(4)}, 5), SDN_LIST_NONE);
}

// In between the other end of a link said that the port is no edge, so its host is not where it was
// learned, though it is in the table.
static void test_a_port_that_was_a_link_in_between(void **state)
{
	uint32_t port;

	network_make();
	assert_true(carry(1, after_s(1)));
	port = port_of(&from, 1, 1);
	sdn_topology_restore_link(&from.topology, port_add(3, 1, false), port, start);
	assert_true(carry(3, after_s(2)));
	assert_int_equal(state_of(&to, 1, 1), SDN_PORT_LINK);
	sdn_topology_restore_edge(&from.topology, port, start);
	host_add(1, 1, MAC(1));
	assert_true(carry(1, after_s(3)));
	assert_int_equal(state_of(&to, 1, 1), SDN_PORT_EDGE);
	assert_int_not_equal(sdn_host_find(&to.hosts, (struct mac){MAC(1)}, 5), SDN_LIST_NONE);
}

static void test_more_hosts_than_there_is_room_for(void **state)
{
	port_add(1, 1, true);
	for (unsigned i = 0; i < 1000; i++)
		sdn_host_restore_address(&from.hosts, host_add(1, 1, MAC(i + 1)),
		                         (struct addr){7, i}, start);
	assert_true(carry(1, after_s(1)));
	assert_in_range(to.hosts.len, 500, 999);
}

// Every cut, and bytes changed at random.
static void test_malformed(void **state)
{
	struct fill out = fill_of(bytes, sizeof(bytes));
	uint8_t spoiled[256];
	struct rand rand;
	size_t len;

	network_make();
	sdn_snapshot_put(&from, 1, &out);
	len = fill_len(&out);
	assert_true(len <= sizeof(spoiled));
	for (size_t cut = 0; cut < len; cut++)
		if (sdn_snapshot_take(&to, span_of(bytes, cut), after_s(1)))
			assert_int_equal(to.topology.links, 1); // without the last hosts
	rand_init(&rand, 17);
	for (unsigned i = 0; i < 20000; i++) {
		memcpy(spoiled, bytes, len);
		for (unsigned k = 0; k < 2; k++)
			spoiled[4 + rand_below(&rand, len - 4)] = (uint8_t)rand_below(&rand, 256);
		(void)!sdn_snapshot_take(&to, span_of(spoiled, len), after_s(2 + i / 100));
		settle(&to);
	}
}

// The other end of a link is a port of a switch: neither number is 0.
static void test_a_link_to_no_port(void **state)
{
	static const struct sdn_change_end ends[] = {{0, 1}, {2, 0}};

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		struct fill out = fill_of(bytes, sizeof(bytes));

		fill_u32(&out, UINT32_C(0x77736e31));
		fill_u32(&out, 0);
		fill_u32(&out, 1); // of switch 1
		fill_u32(&out, 1); // one port
		fill_u32(&out, 1);
		fill_u8(&out, 1);
		fill_u32(&out, 0);
		fill_u32(&out, (uint32_t)ends[i].datapath_id);
		fill_u32(&out, ends[i].port);
		assert_false(sdn_snapshot_take(&to, span_of(bytes, fill_len(&out)), start));
		assert_int_equal(sdn_topology_find_switch(&to.topology, 1), SDN_LIST_NONE);
	}
}

int main(void)
{
#define LAB_TEST(test) cmocka_unit_test_setup_teardown(test, lab_open, lab_close)
	const struct CMUnitTest tests[] = {
	        LAB_TEST(test_another_one_knows_the_same),
	        LAB_TEST(test_it_lasts_until_the_takeover_and_goes_on),
	        LAB_TEST(test_what_is_gone_is_gone),
	        LAB_TEST(test_a_port_changes),
	        LAB_TEST(test_a_port_that_was_a_link_in_between),
	        LAB_TEST(test_more_hosts_than_there_is_room_for),
	        LAB_TEST(test_malformed),
	        LAB_TEST(test_a_link_to_no_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
