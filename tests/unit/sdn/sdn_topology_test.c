// sdn_topology: links that probes find and lose, ports that are edges, what hosts cannot pretend,
// and tables that are full. On virtual time.
#include "network.h"

#include <stdio.h>

static struct network network;

static int setup(void **state)
{
	network_open(&network);
	return 0;
}

static int teardown(void **state)
{
	sdn_topology_close(network.topology);
	return 0;
}

static void assert_state(uint32_t port, const char *state)
{
	assert_string_equal(network_state(&network, port), state);
}

// The changes so far: "link_up 1:1 2:1|".
static void assert_changes(const char *wanted)
{
	char text[1024] = "";
	size_t len = 0;
	struct sdn_change change;

	while (sdn_change_take(&network.changes, &change)) {
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s %u:%u",
		                        sdn_change_name(change.kind),
		                        (unsigned)change.end.datapath_id, change.end.port);
		if (change.peer.datapath_id)
			len += (size_t)snprintf(text + len, sizeof(text) - len, " %u:%u",
			                        (unsigned)change.peer.datapath_id,
			                        change.peer.port);
		text[len++] = '|';
		text[len] = 0;
	}
	assert_string_equal(text, wanted);
}

static void changes_skip(void)
{
	struct sdn_change change;

	while (sdn_change_take(&network.changes, &change))
		;
}

// Two switches with a cable, as a link.
static void link_make(uint32_t *a, uint32_t *b)
{
	*a = network_port(&network, 1, 1);
	*b = network_port(&network, 2, 1);
	network_join(&network, *a, *b);
	network_run(&network, SEC_US);
	assert_state(*a, "link");
	assert_state(*b, "link");
	changes_skip();
}

static void test_link_needs_both_ways(void **state)
{
	uint32_t a = network_port(&network, 1, 1), b = network_port(&network, 2, 1);

	network.cable[a] = b;
	network_run(&network, SEC_US / 2);
	assert_state(a, "one_way");
	assert_state(b, "one_way");
	assert_int_equal(network.topology->links, 0);
	assert_int_equal(sdn_topology_peer(network.topology, a), SDN_LIST_NONE);
	network.cable[b] = a;
	network_run(&network, SEC_US / 2);
	assert_state(a, "link");
	assert_int_equal(sdn_topology_peer(network.topology, a), b);
	assert_int_equal(sdn_topology_peer(network.topology, b), a);
	assert_int_equal(network.topology->links, 1);
	assert_changes("switch_up 1:0|port_up 1:1|switch_up 2:0|port_up 2:1|"
	               "link_one_way 1:1 2:1|link_up 2:1 1:1|");
}

// One of the two ends is probed first, always.
static void test_link_that_comes_up_is_not_reported_as_one_way(void **state)
{
	uint32_t a = network_port(&network, 1, 1), b = network_port(&network, 2, 1);

	network_join(&network, a, b);
	network_run(&network, SEC_US);
	assert_changes("switch_up 1:0|port_up 1:1|switch_up 2:0|port_up 2:1|link_up 1:1 2:1|");
}

static void test_port_is_an_edge_only_after_a_while(void **state)
{
	uint32_t a = network_port(&network, 1, 1);

	network_run(&network, network.conf.edge_us - 1);
	assert_state(a, "probing");
	network_run(&network, 1);
	assert_state(a, "edge");
	assert_changes("switch_up 1:0|port_up 1:1|port_edge 1:1|");
}

// A cable between two edges of which neither was down is found, too.
static void test_edge_becomes_a_link(void **state)
{
	uint32_t a = network_port(&network, 1, 1), b = network_port(&network, 2, 1);

	network_run(&network, 2 * SEC_US);
	assert_state(a, "edge");
	network_join(&network, a, b);
	network_run(&network, network.conf.probe_us);
	assert_state(a, "link");
	assert_state(b, "link");
	assert_int_equal(network.topology->port[a].left, 1);
}

static void test_port_down_ends_a_link_at_once(void **state)
{
	uint64_t version;
	uint32_t a, b;

	link_make(&a, &b);
	version = network.topology->graph_version;
	network_port_set(&network, 1, 1, false, false);
	assert_state(a, "down");
	assert_state(b, "probing");
	assert_int_equal(network.topology->links, 0);
	assert_true(network.topology->graph_version > version);
	assert_changes("link_down 1:1 2:1|port_down 1:1|");
	// The other end is probed again, at once, and becomes an edge when that is in vain.
	network_run(&network, 2 * SEC_US);
	assert_state(b, "edge");
	network_port_set(&network, 1, 1, true, false);
	network_run(&network, SEC_US / 2);
	assert_state(b, "link");
}

static void test_link_ages_when_probes_are_lost(void **state)
{
	uint32_t a, b;

	link_make(&a, &b);
	network_run(&network, 3 * network.conf.link_us);
	assert_state(a, "link");
	assert_changes("");
	network.cable[a] = SDN_LIST_NONE; // from a to b only
	network_run(&network, network.conf.link_us);
	assert_state(a, "one_way");
	assert_state(b, "one_way");
	assert_changes("link_down 1:1 2:1|link_one_way 2:1 1:1|");
	network.cable[b] = SDN_LIST_NONE;
	network_run(&network, network.conf.link_us + network.conf.edge_us);
	assert_state(a, "edge");
	assert_state(b, "edge");
}

static void test_switch_removed_with_its_links(void **state)
{
	uint32_t a, b, at;

	link_make(&a, &b);
	at = network.topology->port[a].at;
	sdn_topology_del_switch(network.topology, at, network.now);
	assert_state(b, "probing");
	assert_int_equal(sdn_topology_find_switch(network.topology, 1), SDN_LIST_NONE);
	assert_int_equal(sdn_topology_find_port(network.topology, at, 1), SDN_LIST_NONE);
	assert_changes("link_down 1:1 2:1|port_down 1:1|switch_down 1:0|");
}

static void test_held_switch_keeps_its_links(void **state)
{
	uint32_t a, b, at;
	uint64_t probes;

	link_make(&a, &b);
	at = network.topology->port[a].at;
	probes = network.probes[a];
	sdn_topology_hold_switch(network.topology, at, true, network.now);
	network.cable[a] = network.cable[b] = SDN_LIST_NONE;
	network_run(&network, 5 * network.conf.link_us);
	assert_int_equal(network.probes[a], probes);
	assert_state(a, "link");
	assert_state(b, "link");
	sdn_topology_hold_switch(network.topology, at, false, network.now);
	network_run(&network, network.conf.link_us + network.conf.edge_us);
	assert_state(a, "edge");
}

static void test_looped_port_is_no_edge(void **state)
{
	uint32_t a = network_port(&network, 1, 1);

	network.cable[a] = a;
	network_run(&network, 2 * SEC_US);
	assert_state(a, "looped");
	assert_int_equal(network.topology->links, 0);
	network.cable[a] = SDN_LIST_NONE;
	network_run(&network, network.conf.link_us + network.conf.edge_us);
	assert_state(a, "edge");
}

// Both ends at one switch: no edges, and no arc of the graph.
static void test_cable_within_a_switch(void **state)
{
	uint32_t a = network_port(&network, 1, 1), b = network_port(&network, 1, 2);
	struct sdn_graph graph;

	network_join(&network, a, b);
	network_run(&network, SEC_US / 2);
	assert_state(a, "link");
	assert_int_equal(sdn_graph_open(&graph, 64, NETWORK_PORTS), 0);
	sdn_topology_graph(network.topology, &graph);
	assert_int_equal(graph.switches, 1);
	assert_int_equal(graph.arcs, 0);
	sdn_graph_close(&graph);
}

static void assert_refused(enum sdn_lldp_fault fault, enum sdn_lldp_fault got)
{
	assert_string_equal(sdn_lldp_fault_name(got), sdn_lldp_fault_name(fault));
	assert_true(network.topology->input[fault] > 0);
}

static void test_replayed(void **state)
{
	uint32_t a, b, c;

	link_make(&a, &b);
	c = network_port(&network, 3, 1);
	// Keep the last probe, which arrived, and send it again, there and elsewhere.
	network_run(&network, network.conf.probe_us);
	assert_refused(SDN_LLDP_REPLAYED,
	               network_input(&network, b, network.last, network.last_len));
	assert_refused(SDN_LLDP_REPLAYED,
	               network_input(&network, c, network.last, network.last_len));
}

// A probe that a host kept and sends later.
static void test_kept_probe_expires(void **state)
{
	uint32_t a = network_port(&network, 1, 1), b = network_port(&network, 2, 1);

	network_probe(&network);
	network.now = mono_add(network.now, network.conf.probe_valid_us + 1);
	assert_refused(SDN_LLDP_EXPIRED,
	               network_input(&network, a, network.last, network.last_len));
	assert_state(a, "probing");
	assert_state(b, "probing");
}

// A probe of before the port went down is none of its last.
static void test_probe_of_a_former_life(void **state)
{
	uint32_t a, b = network_port(&network, 2, 1);

	network_run(&network, SEC_US);
	a = network_port(&network, 1, 1);
	network_probe(&network);
	network_port_set(&network, 1, 1, false, false);
	assert_refused(SDN_LLDP_UNKNOWN,
	               network_input(&network, b, network.last, network.last_len));
	network_port_set(&network, 1, 1, true, false);
	assert_refused(SDN_LLDP_REPLAYED,
	               network_input(&network, b, network.last, network.last_len));
	assert_state(a, "probing");
}

static void test_third_port_cannot_displace_a_link(void **state)
{
	uint32_t a, b, c;

	link_make(&a, &b);
	c = network_port(&network, 3, 1);
	network.cable[a] = c;
	network_run(&network, 2 * network.conf.probe_us);
	assert_true(network.topology->input[SDN_LLDP_CONFLICT] > 0);
	assert_state(a, "link");
	assert_int_equal(sdn_topology_peer(network.topology, a), b);
}

static void test_declared_edge_takes_no_probes(void **state)
{
	uint32_t a = network_port(&network, 1, 1), b = network_port_set(&network, 2, 1, true, true);

	assert_state(b, "edge"); // at once
	network_join(&network, a, b);
	network_run(&network, 2 * SEC_US);
	assert_refused(SDN_LLDP_EDGE, network.fault);
	assert_int_equal(network.probes[b], 0);
	assert_state(a, "edge");
	// Until it is declared otherwise.
	network_port_set(&network, 2, 1, true, false);
	assert_state(b, "probing");
	network_run(&network, network.conf.probe_us);
	assert_state(b, "link");
	network_port_set(&network, 2, 1, true, true);
	assert_state(b, "edge");
	assert_state(a, "probing");
}

static void test_flood_of_lldp_is_bounded(void **state)
{
	uint32_t a = network_port(&network, 1, 1);
	static const uint8_t junk[64];

	for (unsigned i = 0; i < network.conf.checked_per_s; i++)
		assert_refused(SDN_LLDP_MALFORMED, network_input(&network, a, junk, sizeof(junk)));
	assert_refused(SDN_LLDP_RATE, network_input(&network, a, junk, sizeof(junk)));
	network.now = mono_add(network.now, SEC_US);
	assert_refused(SDN_LLDP_MALFORMED, network_input(&network, a, junk, sizeof(junk)));
}

static void test_probes_are_bounded(void **state)
{
	uint32_t a = network_port(&network, 1, 1);

	network_run(&network, 10 * SEC_US);
	network.probes[a] = 0;
	network_run(&network, 100 * network.conf.probe_us);
	assert_in_range(network.probes[a], 99, 101);
	// While it is not known where a port leads, it is probed more often.
	network_port_set(&network, 1, 1, false, false);
	network.probes[a] = 0;
	network_port_set(&network, 1, 1, true, false);
	network_run(&network, network.conf.edge_us - 1);
	assert_int_equal(network.probes[a], network.conf.edge_us / network.conf.probe_fast_us);
}

static void test_tables_are_bounded(void **state)
{
	uint32_t at;

	assert_int_equal(sdn_topology_add_switch(network.topology, 0, network.now), SDN_LIST_NONE);
	for (uint32_t i = 0; i < network.conf.switches_max; i++)
		assert_int_equal(sdn_topology_add_switch(network.topology, i + 1, network.now), i);
	assert_int_equal(sdn_topology_add_switch(network.topology, 1, network.now), 0);
	assert_int_equal(sdn_topology_add_switch(network.topology, 999, network.now),
	                 SDN_LIST_NONE);
	assert_int_equal(network.topology->switches_full, 2);
	for (uint32_t i = 0; i < network.conf.switch_ports_max; i++)
		assert_true(network_port(&network, 1, i) != SDN_LIST_NONE);
	assert_int_equal(network_port(&network, 1, 5000), SDN_LIST_NONE);
	assert_int_equal(network.topology->ports_full, 1);
	for (uint32_t i = network.conf.switch_ports_max; i < NETWORK_PORTS; i++)
		assert_true(network_port(&network, 2 + i % 60, i) != SDN_LIST_NONE);
	assert_int_equal(network_port(&network, 64, 1), SDN_LIST_NONE);
	// What is removed makes room.
	at = sdn_topology_find_switch(network.topology, 1);
	sdn_topology_del_switch(network.topology, at, network.now);
	assert_int_equal(sdn_topology_add_switch(network.topology, 999, network.now), at);
	assert_true(network_port(&network, 64, 1) != SDN_LIST_NONE);
}

static void test_ports_are_in_order(void **state)
{
	static const uint32_t numbers[] = {5, 1, 9, 3, 0xfffffffe, 7};
	const struct sdn_topology *topology = network.topology;
	uint32_t last = 0, len = 0;

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		network_port(&network, 1, numbers[i]);
	sdn_topology_del_port(network.topology, sdn_topology_find_port(topology, 0, 9),
	                      network.now);
	for (uint32_t p = topology->at[0].ports.head; p != SDN_LIST_NONE;
	     p = topology->port_link[p].next, len++) {
		assert_true(topology->port[p].number > last);
		last = topology->port[p].number;
	}
	assert_int_equal(len, 5);
}

static void test_changes_that_are_not_read_are_counted(void **state)
{
	struct sdn_change change;

	for (uint32_t i = 0; i < SDN_CHANGES_KEPT; i++)
		network_port(&network, 1, i + 1);
	assert_int_equal(network.changes.lost, 1);
	assert_true(sdn_change_take(&network.changes, &change));
	assert_int_equal(change.kind, SDN_CHANGE_PORT_UP);
	assert_int_equal(change.end.port, 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        TEST(test_link_needs_both_ways),
	        TEST(test_link_that_comes_up_is_not_reported_as_one_way),
	        TEST(test_port_is_an_edge_only_after_a_while),
	        TEST(test_edge_becomes_a_link),
	        TEST(test_port_down_ends_a_link_at_once),
	        TEST(test_link_ages_when_probes_are_lost),
	        TEST(test_switch_removed_with_its_links),
	        TEST(test_held_switch_keeps_its_links),
	        TEST(test_looped_port_is_no_edge),
	        TEST(test_cable_within_a_switch),
	        TEST(test_replayed),
	        TEST(test_kept_probe_expires),
	        TEST(test_probe_of_a_former_life),
	        TEST(test_third_port_cannot_displace_a_link),
	        TEST(test_declared_edge_takes_no_probes),
	        TEST(test_flood_of_lldp_is_bounded),
	        TEST(test_probes_are_bounded),
	        TEST(test_tables_are_bounded),
	        TEST(test_ports_are_in_order),
	        TEST(test_changes_that_are_not_read_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
