// sdn_plane and sdn_reach, and the tables that sdn_rules makes of them, in random networks whose
// links and switches come and go: the links are found by probes on virtual time, tables are made
// for every switch, and packets pass through them from switch to switch. After each change, each
// host gets a broadcast of its network exactly once, hosts reach each other when links that carry
// their network join them and no others do, whichever of its buckets each group takes; and while a
// link is down and no controller has acted, spare ways lead there and nothing circles.
#include "intent_lab.h"
#include "network.h"

#include "proto/sdn/sdn_group.h"
#include "proto/sdn/sdn_reach.h"
#include "proto/sdn/sdn_trace.h"

#define SWITCHES   6
#define LINK_PORTS 4 // of a switch, the first ones; the last leads to a host
#define PORTS      (LINK_PORTS + 1)
#define NETWORKS   3
#define HOPS_MAX   64 // of all copies of one packet

static struct lab_net {
	struct rand rand;
	struct network network;
	struct sdn_intent_network networks[NETWORKS];
	struct sdn_intent_port ports[SWITCHES][PORTS];
	uint16_t tagged[SWITCHES][PORTS][NETWORKS];
	struct sdn_intent_switch switches[SWITCHES];
	struct sdn_intent intent;
	bool down[SWITCHES][PORTS]; // by a cable that was pulled
	uint32_t port[SWITCHES][PORTS];
	struct sdn_graph graph;
	struct sdn_planes planes;
	struct sdn_hops hops;
	struct sdn_tables tables[SWITCHES];
	unsigned bucket;                 // that groups take
	unsigned got[SWITCHES];          // copies, of the host of each switch
	unsigned hops_len, controller;   // of the current packet
	uint32_t lost_from, lost_number; // a port without a link that tables do not know of
} net;

static uint64_t datapath_of(unsigned on)
{
	return 100 + on;
}

// Each link carries some of the networks, by tag or not; the host's port one, untagged.
static void port_declare(unsigned on, unsigned i)
{
	struct sdn_intent_port *port = &net.ports[on][i];

	*port = (struct sdn_intent_port){.name = "",
	                                 .number = i + 1,
	                                 .untagged = SDN_NONE,
	                                 .acl = SDN_NONE,
	                                 .limit = SDN_NONE,
	                                 .tagged = net.tagged[on][i],
	                                 .peer_switch = SDN_NONE};
	if (i == LINK_PORTS) {
		port->untagged = (uint16_t)lab_below(&net.rand, NETWORKS);
		return;
	}
	for (uint16_t n = 0; n < NETWORKS; n++) {
		if (rand_below(&net.rand, 5) == 0)
			continue;
		if (port->untagged == SDN_NONE && rand_below(&net.rand, 6) == 0)
			port->untagged = n;
		else
			net.tagged[on][i][port->tagged_len++] = n;
	}
}

static void net_declare(void)
{
	static const char *const names[] = {"a", "b", "c", "d", "e", "f"};

	for (unsigned n = 0; n < NETWORKS; n++)
		net.networks[n] = (struct sdn_intent_network){.name = names[n],
		                                              .vid = (uint16_t)(10 + n),
		                                              .acl = SDN_NONE,
		                                              .router = SDN_NONE};
	for (unsigned on = 0; on < SWITCHES; on++) {
		for (unsigned i = 0; i < PORTS; i++)
			port_declare(on, i);
		net.switches[on] = (struct sdn_intent_switch){names[on], datapath_of(on),
		                                              net.ports[on], PORTS};
	}
	net.intent = (struct sdn_intent){.networks = net.networks,
	                                 .switches = net.switches,
	                                 .networks_len = NETWORKS,
	                                 .switches_len = SWITCHES};
}

static void net_cable(void)
{
	for (unsigned on = 0; on < SWITCHES; on++)
		for (unsigned i = 0; i < PORTS; i++)
			net.port[on][i] = network_port(&net.network, datapath_of(on),
			                               net.ports[on][i].number);
	for (unsigned n = 0; n < 2 * SWITCHES; n++) {
		uint32_t a =
		        net.port[lab_below(&net.rand, SWITCHES)][lab_below(&net.rand, LINK_PORTS)];
		uint32_t b =
		        net.port[lab_below(&net.rand, SWITCHES)][lab_below(&net.rand, LINK_PORTS)];

		if (a != b && net.network.cable[a] == SDN_LIST_NONE &&
		    net.network.cable[b] == SDN_LIST_NONE)
			network_join(&net.network, a, b);
	}
}

static void net_open(uint64_t seed)
{
	net = (struct lab_net){.lost_from = SDN_LIST_NONE};
	rand_init(&net.rand, seed);
	network_open(&net.network);
	net_declare();
	net_cable();
	for (unsigned on = 0; on < SWITCHES; on++) {
		net.tables[on] = lab_tables(1024);
		net.tables[on].groups = calloc(64, sizeof(struct sdn_group));
		net.tables[on].groups_max = 64;
	}
	assert_int_equal(sdn_graph_open(&net.graph, 64, NETWORK_PORTS), 0);
	assert_int_equal(sdn_plane_hops_open(&net.hops, 64), 0);
}

static void net_close(void)
{
	for (unsigned on = 0; on < SWITCHES; on++) {
		free(net.tables[on].groups);
		lab_tables_close(&net.tables[on]);
	}
	sdn_graph_close(&net.graph);
	sdn_plane_close(&net.planes);
	sdn_plane_hops_close(&net.hops);
	sdn_topology_close(net.network.topology);
}

static void host_mac(uint8_t mac[6], unsigned on)
{
	lab_mac(mac, 1 + on);
}

static uint32_t at_of(unsigned on)
{
	return sdn_topology_find_switch(net.network.topology, datapath_of(on));
}

static uint8_t kind_of(unsigned on, unsigned i)
{
	uint32_t at = at_of(on);
	uint32_t port = at == SDN_LIST_NONE ? at
	                                    : sdn_topology_find_port(net.network.topology, at,
	                                                             net.ports[on][i].number);
	enum sdn_port_state state =
	        port == SDN_LIST_NONE ? SDN_PORT_DOWN : net.network.topology->port[port].state;

	return state == SDN_PORT_LINK   ? SDN_REACH_LINK
	       : state == SDN_PORT_EDGE ? SDN_REACH_EDGE
	                                : SDN_REACH_CLOSED;
}

static void tables_make(unsigned on)
{
	struct sdn_station stations[SWITCHES];
	struct sdn_known known = {.version = OF13,
	                          .tables = 254,
	                          .stations = stations,
	                          .groups = 1u << OF_GROUP_TYPE_SELECT | 1u << OF_GROUP_TYPE_FF,
	                          .select_watches = true};
	struct sdn_tables *tables = &net.tables[on];
	uint8_t kinds[PORTS];
	struct sdn_reach view;
	struct why why;

	for (unsigned i = 0; i < PORTS; i++)
		kinds[i] = kind_of(on, i);
	assert_int_equal(sdn_reach_open(&view, &net.intent, (uint16_t)on, &net.planes, at_of(on),
	                                kinds, &net.hops),
	                 0);
	sdn_reach_known(&view, &known);
	for (unsigned to = 0; to < SWITCHES; to++) {
		struct sdn_station *station = &stations[known.stations_len];

		*station = (struct sdn_station){.network = net.ports[to][LINK_PORTS].untagged};
		host_mac(station->mac, to);
		known.stations_len +=
		        sdn_reach_place(&view, &net.planes, at_of(on), at_of(to), PORTS, station);
	}
	tables->flows_len = tables->actions_len = tables->groups_len = 0;
	if (sdn_rules_make(&net.intent, (uint16_t)on, &known, tables, &why))
		fail_msg("%s", why.text);
	sdn_reach_close(&view);
}

// As a controller that has seen it all.
static void net_settle(void)
{
	network_run(&net.network, 40 * SEC_US);
	sdn_topology_graph(net.network.topology, &net.graph);
	sdn_plane_close(&net.planes);
	assert_int_equal(sdn_plane_open(&net.planes, &net.intent, &net.graph,
	                                net.network.topology->ports_used),
	                 0);
	for (unsigned on = 0; on < SWITCHES; on++)
		if (at_of(on) != SDN_LIST_NONE)
			tables_make(on);
}

static bool is_up(unsigned on, unsigned i)
{
	return at_of(on) != SDN_LIST_NONE && !net.down[on][i] &&
	       !(net.lost_from == on && net.lost_number == net.ports[on][i].number);
}

// The other end of a port's cable; false: there is none that works.
static bool cable_of(unsigned on, unsigned i, unsigned *to, unsigned *to_port)
{
	uint32_t peer = is_up(on, i) ? net.network.cable[net.port[on][i]] : SDN_LIST_NONE;

	for (*to = 0; *to < SWITCHES && peer != SDN_LIST_NONE; ++*to)
		for (*to_port = 0; *to_port < LINK_PORTS; ++*to_port)
			if (net.port[*to][*to_port] == peer)
				return is_up(*to, *to_port);
	return false;
}

// Passing packets.

struct step {
	unsigned on;
};

static void pass(unsigned on, const struct sdn_key *packet);

// NOLINTNEXTLINE(misc-no-recursion)
static void leaves(void *ctx, uint32_t port, const struct sdn_key *packet)
{
	const struct step *step = ctx;
	struct sdn_key next = *packet;
	unsigned to, to_port;

	if (port == OF_PORT_CONTROLLER) {
		net.controller++;
		return;
	}
	if (port == PORTS) {
		assert_int_equal(be16_get(packet->vlan), 0);
		net.got[step->on] += is_up(step->on, LINK_PORTS);
		return;
	}
	if (!cable_of(step->on, port - 1, &to, &to_port))
		return;
	next.in_port = be32(to_port + 1);
	pass(to, &next);
}

// Which bucket a group takes is not for a table to know: each is tried, but those without a link.
static void groups_turn(unsigned on, struct sdn_group *saved)
{
	struct sdn_tables *tables = &net.tables[on];

	memcpy(saved, tables->groups, tables->groups_len * sizeof(*saved));
	for (uint32_t i = 0; i < tables->groups_len; i++) {
		struct sdn_group *group = &tables->groups[i];
		struct sdn_bucket live[SDN_BUCKETS_MAX];
		unsigned len = 0;

		for (unsigned k = 0; k < group->buckets_len; k++)
			if (is_up(on, group->buckets[k].port - 1))
				live[len++] = group->buckets[k];
		group->buckets_len = (uint8_t)len;
		if (len == 0)
			continue;
		group->buckets[0] =
		        live[group->type == OF_GROUP_TYPE_SELECT ? net.bucket % len : 0];
	}
}

// NOLINTNEXTLINE(misc-no-recursion)
static void pass(unsigned on, const struct sdn_key *packet)
{
	struct sdn_group saved[64];
	uint32_t groups = net.tables[on].groups_len;
	struct step step = {on};

	if (++net.hops_len > HOPS_MAX)
		fail_msg("a packet circles");
	assert_true(groups <= ARRAY_LEN(saved));
	groups_turn(on, saved);
	(void)sdn_trace(&net.tables[on], &net.intent, packet, leaves, &step, NULL);
	memcpy(net.tables[on].groups, saved, groups * sizeof(*saved));
}

// From the host of one switch to that of another, or to all (SWITCHES).
static void send_packet(unsigned from, unsigned to)
{
	struct sdn_key key = {.in_port = be32(PORTS), .eth_type = be16(0x88b5)};

	memset(net.got, 0, sizeof(net.got));
	net.hops_len = net.controller = 0;
	host_mac(key.eth_src, from);
	if (to == SWITCHES)
		memset(key.eth_dst, 0xff, 6);
	else
		host_mac(key.eth_dst, to);
	pass(from, &key);
}

// The oracle: which switches the network joins.

static bool has_tag(unsigned on, unsigned i, uint16_t network, bool *tagged)
{
	return sdn_intent_carries(&net.ports[on][i], network, tagged);
}

static void component(unsigned from, uint16_t network, bool *in)
{
	bool more = true;

	memset(in, 0, SWITCHES * sizeof(*in));
	in[from] = true;
	while (more) {
		more = false;
		for (unsigned on = 0; on < SWITCHES; on++) {
			for (unsigned i = 0; i < LINK_PORTS && in[on]; i++) {
				unsigned to, to_port;
				bool tagged, to_tagged;

				if (!cable_of(on, i, &to, &to_port) || in[to] ||
				    !has_tag(on, i, network, &tagged) ||
				    !has_tag(to, to_port, network, &to_tagged) ||
				    tagged != to_tagged)
					continue;
				in[to] = more = true;
			}
		}
	}
}

static void expect_reach(unsigned from)
{
	uint16_t network = net.ports[from][LINK_PORTS].untagged;
	bool in[SWITCHES];

	component(from, network, in);
	send_packet(from, SWITCHES);
	for (unsigned to = 0; to < SWITCHES; to++) {
		bool same = net.ports[to][LINK_PORTS].untagged == network && is_up(to, LINK_PORTS);

		assert_int_equal(net.got[to], to != from && in[to] && same);
	}
	assert_int_equal(net.controller, 0); // its source is known
	for (unsigned to = 0; to < SWITCHES; to++) {
		bool same = net.ports[to][LINK_PORTS].untagged == network && is_up(to, LINK_PORTS);

		for (net.bucket = 0; net.bucket < 3 && to != from; net.bucket++) {
			send_packet(from, to);
			assert_int_equal(net.got[to], in[to] && same);
		}
	}
}

static void expect_all(void)
{
	for (unsigned from = 0; from < SWITCHES; from++)
		if (at_of(from) != SDN_LIST_NONE && !net.down[from][LINK_PORTS])
			expect_reach(from);
}

// What its groups pass on from the switch with the lost port arrives, if it did before.
static void expect_spared(unsigned on, uint32_t number, unsigned to)
{
	bool arrived;

	net.lost_from = SDN_LIST_NONE;
	send_packet(on, to);
	arrived = net.got[to];
	net.lost_from = on;
	net.lost_number = number;
	send_packet(on, to);
	if (arrived && net.hops_len > 1)
		assert_int_equal(net.got[to], 1);
}

// A port is without a link, and only its switch's groups have noticed.
static unsigned expect_no_circle(unsigned on, unsigned i)
{
	unsigned saved = 0;

	net.lost_from = on;
	net.lost_number = net.ports[on][i].number;
	for (unsigned from = 0; from < SWITCHES; from++) {
		for (unsigned to = 0; to < SWITCHES && at_of(from) != SDN_LIST_NONE; to++) {
			if (to == from)
				continue;
			send_packet(from, to);
			assert_in_range(net.got[to], 0, 1);
			saved += net.got[to];
		}
	}
	for (unsigned to = 0; to < SWITCHES && at_of(on) != SDN_LIST_NONE; to++)
		if (to != on)
			expect_spared(on, net.ports[on][i].number, to);
	net.lost_from = SDN_LIST_NONE;
	return saved;
}

static void port_turn(unsigned on, unsigned i)
{
	net.down[on][i] = !net.down[on][i];
	net.port[on][i] =
	        network_port_set(&net.network, datapath_of(on), i + 1, !net.down[on][i], false);
}

// A switch goes, with its ports, or comes back, in place of its former self.
static void switch_turn(unsigned on)
{
	uint32_t at = at_of(on), cable[PORTS];

	for (unsigned i = 0; i < PORTS; i++)
		cable[i] = net.network.cable[net.port[on][i]];
	if (at != SDN_LIST_NONE) {
		sdn_topology_del_switch(net.network.topology, at, net.network.now);
		return;
	}
	for (unsigned i = 0; i < PORTS; i++) {
		uint32_t was = net.port[on][i];

		net.network.cable[was] = SDN_LIST_NONE;
		net.port[on][i] = network_port_set(&net.network, datapath_of(on), i + 1,
		                                   !net.down[on][i], false);
	}
	for (unsigned i = 0; i < PORTS; i++)
		if (cable[i] != SDN_LIST_NONE)
			network_join(&net.network, net.port[on][i], cable[i]);
}

static void packets_arrive_whatever_comes_and_goes(void **state)
{
	unsigned spared = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 25; seed++) {
		net_open(seed);
		for (unsigned change = 0; change < 5; change++) {
			net_settle();
			expect_all();
			spared += expect_no_circle(lab_below(&net.rand, SWITCHES),
			                           lab_below(&net.rand, LINK_PORTS));
			if (rand_below(&net.rand, 4) == 0)
				switch_turn(lab_below(&net.rand, SWITCHES));
			else if (at_of(change % SWITCHES) != SDN_LIST_NONE)
				port_turn(change % SWITCHES, lab_below(&net.rand, PORTS));
		}
		net_close();
	}
	assert_true(spared > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(packets_arrive_whatever_comes_and_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
