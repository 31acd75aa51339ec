// intent_net: see the header.
#include "apps/sdn/intent_net.h"

#include "apps/sdn/intent_send.h"
#include "apps/sdn/intent_tables.h"
#include "apps/sdn/sdn_fabric.h"

#include <errno.h>
#include <stdlib.h>

#define START_US   (5 * SEC_US)  // that a controller which has started waits for switches
#define YOUNG_US   (15 * SEC_US) // in which hosts are learned from flows
#define PORTS_US   (4 * SEC_US)  // that a switch waits for its own ports
#define GATHER_US  (20 * MS_US)  // in which changes of hosts are gathered
#define FLOWS_HOST 32            // of one host, with all of its addresses

// Between two looks at what changes of ports and links are to all switches: more for each switch.
#define LOOK_US        (20 * MS_US)
#define LOOK_SWITCH_US 200

// After tables were compared for hosts, for each of their flows: five times what that takes.
#define REST_FLOW_US 4
#define REST_MAX_US  SEC_US

void intent_net_init(struct intent_net *net)
{
	*net = (struct intent_net){.since = MONO_NEVER, .due = MONO_NEVER};
}

void intent_net_fini(struct intent_net *net)
{
	sdn_plane_close(&net->planes);
	sdn_plane_hops_close(&net->hops);
}

const struct intent_set *intent_net_set(const struct sdn_switches *all)
{
	return all->intents ? swap_read(all->intents) : NULL;
}

uint16_t intent_net_number(const struct sdn_switch *sw, const struct intent_set *set)
{
	return set ? sdn_intent_switch(&set->intent, sw->datapath_id) : SDN_NONE;
}

static const struct sdn_intent_port *port_declared(const struct sdn_switch *sw, uint32_t port_no)
{
	const struct intent_set *set = intent_net_set(sw->all);
	uint16_t number = intent_net_number(sw, set);

	return number == SDN_NONE ? NULL : sdn_intent_port(&set->intent.switches[number], port_no);
}

bool intent_net_is_edge(const struct sdn_switch *sw, uint32_t port_no)
{
	const struct sdn_intent_port *port = port_declared(sw, port_no);

	return port && port->is_edge;
}

bool intent_net_is_server(const struct sdn_switch *sw, uint32_t port_no)
{
	const struct sdn_intent_port *port = port_declared(sw, port_no);

	return port && port->is_dhcp_server;
}

// When the network is known.

// A link of which one direction was seen is about to be one.
static bool ports_are_known(const struct sdn_topology *topology, uint32_t at)
{
	if (topology->at[at].ports.head == SDN_LIST_NONE)
		return false;
	for (uint32_t port = topology->at[at].ports.head; port != SDN_LIST_NONE;
	     port = topology->port_link[port].next)
		if (topology->port[port].state == SDN_PORT_PROBING ||
		    topology->port[port].state == SDN_PORT_ONE_WAY)
			return false;
	return true;
}

// Whether all declared switches are connected, and where each of their ports leads is known.
static bool all_are_known(struct sdn_switches *all, const struct sdn_intent *intent)
{
	const struct sdn_topology *topology = &all->fabric->forward.topology;

	for (uint32_t i = 0; i < intent->switches_len; i++) {
		uint64_t datapath_id = intent->switches[i].datapath_id;
		const struct sdn_switch *sw = sdn_switches_find(all, datapath_id);
		uint32_t at = sdn_topology_find_switch(topology, datapath_id);

		if (!sw || !sdn_switch_acts(sw) || at == SDN_LIST_NONE ||
		    !ports_are_known(topology, at))
			return false;
	}
	return true;
}

bool intent_net_is_settled(struct sdn_switch *sw, const struct intent_set *set, mono_t now)
{
	struct sdn_fabric *fabric = sw->all->fabric;
	const struct sdn_topology *topology = &fabric->forward.topology;
	uint32_t at = sdn_topology_find_switch(topology, sw->datapath_id);

	if (sw->apply.is_settled || at == SDN_LIST_NONE)
		return true;
	if (fabric->net.since.us == MONO_NEVER.us)
		fabric->net.since = now;
	if (!mono_due(mono_add(fabric->net.since, START_US), now) &&
	    !all_are_known(sw->all, &set->intent))
		return false;
	if (!ports_are_known(topology, at) && !mono_due(mono_add(sw->apply.since, PORTS_US), now))
		return false;
	sw->apply.is_settled = true;
	return true;
}

bool intent_net_is_young(const struct sdn_switches *all, mono_t now)
{
	mono_t since = all->fabric ? all->fabric->net.since : MONO_NEVER;

	return since.us != MONO_NEVER.us && !mono_due(mono_add(since, YOUNG_US), now);
}

// What it is.

static int planes_make(struct sdn_fabric *fabric, const struct intent_set *set)
{
	struct intent_net *net = &fabric->net;
	struct sdn_forward *forward = &fabric->forward;
	uint32_t switches = forward->topology.conf.switches_max;
	int err = 0;

	if (net->set_number == set->number && net->graph_version == forward->topology.graph_version)
		return 0;
	sdn_plane_close(&net->planes);
	net->set_number = 0;
	if (!net->hops.distance)
		err = sdn_plane_hops_open(&net->hops, switches);
	if (err)
		return err;
	sdn_topology_graph(&forward->topology, &forward->graph);
	err = sdn_plane_open(&net->planes, &set->intent, &forward->graph,
	                     forward->topology.ports_used);
	if (err)
		return err;
	net->set_number = set->number;
	net->graph_version = forward->topology.graph_version;
	return 0;
}

// A port with a declared peer leads to no host: it waits for its link.
static enum sdn_reach_port port_kind(const struct sdn_topology *topology, uint32_t at,
                                     const struct sdn_intent_port *declared)
{
	uint32_t port = sdn_topology_find_port(topology, at, declared->number);

	if (port == SDN_LIST_NONE)
		return SDN_REACH_CLOSED;
	switch ((enum sdn_port_state)topology->port[port].state) {
	case SDN_PORT_LINK:
		return SDN_REACH_LINK;
	case SDN_PORT_EDGE:
		return declared->peer_switch == SDN_NONE ? SDN_REACH_EDGE : SDN_REACH_CLOSED;
	default:
		return SDN_REACH_CLOSED;
	}
}

int intent_net_view(struct sdn_switch *sw, const struct intent_set *set, struct sdn_reach *view)
{
	struct sdn_fabric *fabric = sw->all->fabric;
	const struct sdn_topology *topology = &fabric->forward.topology;
	uint32_t at = sdn_topology_find_switch(topology, sw->datapath_id);
	uint16_t number = intent_net_number(sw, set);
	const struct sdn_intent_switch *on = &set->intent.switches[number];
	uint8_t kinds[SDN_INTENT_PORTS_MAX];
	int err = planes_make(fabric, set);

	*view = (struct sdn_reach){0};
	if (err)
		return err;
	for (uint32_t i = 0; i < on->ports_len; i++)
		kinds[i] = (uint8_t)(at == SDN_LIST_NONE ? SDN_REACH_CLOSED
		                                         : port_kind(topology, at, &on->ports[i]));
	return sdn_reach_open(view, &set->intent, number, &fabric->net.planes, at, kinds,
	                      &fabric->net.hops);
}

// Hosts.

static uint16_t network_of(const struct sdn_intent *intent, uint16_t vid)
{
	for (uint32_t i = 0; i < intent->networks_len; i++)
		if (intent->networks[i].vid == vid)
			return (uint16_t)i;
	return SDN_NONE;
}

// Places a learned host; false: it is in no network, or cannot be reached.
static bool station_learn(const struct sdn_fabric *fabric, const struct intent_set *set,
                          const struct sdn_reach *view, uint32_t at, uint32_t number,
                          struct sdn_station *station)
{
	const struct sdn_hosts *hosts = &fabric->forward.hosts;
	const struct sdn_host_entry *host = &hosts->host[number];
	const struct sdn_topology_port *port = &fabric->forward.topology.port[host->port];

	*station = (struct sdn_station){.network = network_of(&set->intent, host->vid)};
	mac_store(station->mac, host->mac);
	return station->network != SDN_NONE && sdn_host_is_there(hosts, number) &&
	       sdn_reach_place(view, &fabric->net.planes, at, port->at, port->number, station);
}

static void addresses_copy(const struct sdn_hosts *hosts, uint32_t number, struct addr *room,
                           uint32_t max, struct sdn_station *station)
{
	uint32_t len = 0;

	for (uint32_t i = hosts->host[number].addresses.head; i != SDN_LIST_NONE && len < max;
	     i = hosts->address_host_link[i].next)
		room[len++] = hosts->address[i].addr;
	station->addresses = room;
	station->addresses_len = len;
}

static bool is_declared(const struct sdn_station *stations, uint32_t len,
                        const struct sdn_station *learned)
{
	for (uint32_t i = 0; i < len; i++)
		if (stations[i].network == learned->network &&
		    (stations[i].port || stations[i].is_remote) &&
		    memcmp(stations[i].mac, learned->mac, 6) == 0)
			return true;
	return false;
}

// The declared hosts, those of other switches by the way there.
static uint32_t stations_declare(const struct sdn_fabric *fabric, const struct intent_set *set,
                                 const struct sdn_reach *view, uint32_t at, uint16_t number,
                                 struct sdn_station *stations)
{
	const struct sdn_intent *intent = &set->intent;
	uint32_t len = intent_tables_stations(intent, number, stations);

	for (uint32_t i = 0; i < len; i++) {
		uint16_t on = intent->hosts[i].on_switch;
		uint32_t host_at;

		if (on == SDN_NONE || on == number)
			continue;
		host_at = sdn_topology_find_switch(&fabric->forward.topology,
		                                   intent->switches[on].datapath_id);
		(void)sdn_reach_place(view, &fabric->net.planes, at, host_at, 0, &stations[i]);
	}
	return len;
}

int intent_net_stations(struct sdn_switch *sw, const struct intent_set *set,
                        const struct sdn_reach *view, struct intent_stations *to)
{
	const struct sdn_fabric *fabric = sw->all->fabric;
	const struct sdn_hosts *hosts = &fabric->forward.hosts;
	uint32_t at = sdn_topology_find_switch(&fabric->forward.topology, sw->datapath_id);
	uint32_t declared, left = hosts->addresses_len;
	struct addr *room;

	to->at = calloc(set->intent.hosts_len + hosts->len + 1u, sizeof(*to->at));
	to->addresses = room = calloc(left + 1u, sizeof(*room));
	if (!to->at || !room)
		return -ENOMEM;
	to->len = declared =
	        stations_declare(fabric, set, view, at, intent_net_number(sw, set), to->at);
	for (uint32_t host = hosts->ageing.head; host != SDN_LIST_NONE;
	     host = hosts->host_link[host].next) {
		struct sdn_station *station = &to->at[to->len];

		if (!station_learn(fabric, set, view, at, host, station) ||
		    is_declared(to->at, declared, station))
			continue;
		addresses_copy(hosts, host, room, left, station);
		room += station->addresses_len;
		left -= station->addresses_len;
		to->len++;
	}
	return 0;
}

void intent_net_stations_free(struct intent_stations *stations)
{
	free(stations->at);
	free(stations->addresses);
}

// A host that is new, or has a new address, at once: its flows alone.
static void host_send(struct sdn_switch *sw, const struct intent_set *set, uint32_t host,
                      mono_t now)
{
	struct sdn_fabric *fabric = sw->all->fabric;
	const struct sdn_hosts *hosts = &fabric->forward.hosts;
	struct sdn_flow flows[FLOWS_HOST];
	struct sdn_action actions[4 * FLOWS_HOST];
	struct sdn_tables tables = {.flows = flows,
	                            .actions = actions,
	                            .flows_max = FLOWS_HOST,
	                            .actions_max = ARRAY_LEN(actions)};
	struct sdn_known known;
	struct addr room[FLOWS_HOST];
	struct sdn_station station;
	uint32_t at = sdn_topology_find_switch(&fabric->forward.topology, sw->datapath_id);

	if (!station_learn(fabric, set, &sw->apply.view, at, host, &station))
		return;
	addresses_copy(hosts, host, room, ARRAY_LEN(room), &station);
	intent_apply_known(sw, &known);
	sw->apply.is_dirty |= !sdn_rules_station(&set->intent, intent_net_number(sw, set), &known,
	                                         &station, &tables) ||
	                      sdn_tables_full(&tables) || !intent_apply_note(sw, &tables);
	if (sw->apply.is_dirty)
		return;
	sw->recheck |= !intent_send_flows(sw, &tables, now);
	sdn_switches_flush(sw, now);
}

// Whether the tables of the switch are what was sent, and can be compared with what they should be.
static bool is_current(const struct sdn_switch *sw, const struct intent_set *set)
{
	return sdn_switch_acts(sw) && sw->apply.is_sent && !sw->checking &&
	       sw->apply.set_number == set->number && intent_net_number(sw, set) != SDN_NONE;
}

// Whether a router has a route by the address: its flows change with the host.
static bool is_next_hop(const struct sdn_intent *intent, struct addr addr)
{
	for (uint32_t i = 0; i < intent->routers_len; i++)
		for (uint32_t k = 0; k < intent->routers[i].routes_len; k++)
			if (addr_eq(intent->routers[i].routes[k].via, addr))
				return true;
	return false;
}

static void host_change(struct sdn_fabric *fabric, const struct intent_set *set,
                        const struct sdn_change *change, mono_t now)
{
	struct sdn_switches *all = fabric->all;
	bool added =
	        change->kind == SDN_CHANGE_HOST_NEW || (change->kind == SDN_CHANGE_ADDRESS_NEW &&
	                                                !is_next_hop(&set->intent, change->addr));
	uint32_t host = sdn_host_find(&fabric->forward.hosts, change->mac, change->vid);
	mono_t gathered = mono_add(now, GATHER_US);

	for (uint32_t i = 0; i < all->used; i++) {
		struct sdn_switch *sw = &all->sw[i];

		if (!is_current(sw, set)) {
			sw->recheck |= sw->apply.is_settled; // what was sent was not kept
			continue;
		}
		if (added && host != SDN_LIST_NONE && !sw->apply.is_dirty && !sw->apply.is_flat)
			host_send(sw, set, host, now);
		else
			sw->apply.is_dirty = true;
		if (sw->apply.is_dirty && fabric->net.due.us == MONO_NEVER.us)
			fabric->net.due =
			        mono_due(fabric->net.rest, gathered) ? gathered : fabric->net.rest;
	}
}

// Links.

static void peer_event(struct sdn_switch *sw, enum sdn_event_kind kind,
                       const struct sdn_change *change)
{
	sdn_switches_event(sw, (struct sdn_event){.kind = kind,
	                                          .port = change->end.port,
	                                          .peer_datapath_id = change->peer.datapath_id,
	                                          .peer_port_no = change->peer.port});
}

static void link_change(struct sdn_fabric *fabric, const struct intent_set *set,
                        const struct sdn_change *change)
{
	struct sdn_switch *sw = sdn_switches_find(fabric->all, change->end.datapath_id);
	const struct sdn_intent_port *port;
	const struct sdn_intent_switch *peer;

	if (!sw || intent_net_number(sw, set) == SDN_NONE)
		return;
	port = port_declared(sw, change->end.port);
	if (!port || port->peer_switch == SDN_NONE)
		return;
	peer = &set->intent.switches[port->peer_switch];
	if (change->kind == SDN_CHANGE_PORT_EDGE)
		peer_event(sw, SDN_EVENT_PEER_MISSING, change);
	else if (peer->datapath_id != change->peer.datapath_id ||
	         port->peer_port != change->peer.port)
		peer_event(sw, SDN_EVENT_PEER_OTHER, change);
}

// A link has two ends, and a change names the one whose probe came last.
void intent_net_change(struct sdn_fabric *fabric, const struct sdn_change *change, mono_t now)
{
	const struct intent_set *set = intent_net_set(fabric->all);
	struct sdn_change other = *change;

	if (!set || set->intent.switches_len == 0)
		return;
	switch (change->kind) {
	case SDN_CHANGE_LINK_UP:
		other.end = change->peer;
		other.peer = change->end;
		link_change(fabric, set, &other);
		link_change(fabric, set, change);
		break;
	case SDN_CHANGE_PORT_EDGE:
		link_change(fabric, set, change);
		break;
	case SDN_CHANGE_HOST_NEW:
	case SDN_CHANGE_HOST_MOVED:
	case SDN_CHANGE_HOST_GONE:
	case SDN_CHANGE_ADDRESS_NEW:
	case SDN_CHANGE_ADDRESS_MOVED:
		host_change(fabric, set, change, now);
		break;
	default:
		break;
	}
}

// Whether the switch's tables have to be made again since ports or links have changed.
static bool view_differs(struct sdn_switch *sw, const struct intent_set *set)
{
	struct sdn_reach view;
	bool differs = intent_net_view(sw, set, &view) == 0 && view.hash != sw->apply.view.hash;

	sdn_reach_close(&view);
	return differs;
}

// One that is about to leave is not, though its state says so.
static bool is_in(const struct sdn_fabric *fabric, const struct sdn_switch *sw)
{
	uint32_t at = sdn_topology_find_switch(&fabric->forward.topology, sw->datapath_id);

	return sdn_switch_acts(sw) && at != SDN_LIST_NONE &&
	       fabric->number[at] == sdn_switch_number(sw);
}

// Returns how many flows were compared.
static uint64_t switch_settle(struct sdn_switch *sw, const struct intent_set *set, bool changed,
                              bool due, mono_t now)
{
	if (intent_net_number(sw, set) == SDN_NONE || sw->checking || !is_in(sw->all->fabric, sw))
		return 0;
	if (!sw->apply.is_settled) {
		if (intent_net_is_settled(sw, set, now) && intent_apply_begin(sw, false, now))
			sdn_switches_flush(sw, now);
		return 0;
	}
	if (!is_current(sw, set)) {
		sw->recheck |= changed; // what was sent is not known: it is read
		return 0;
	}
	if (!(due && sw->apply.is_dirty) && !(changed && view_differs(sw, set)))
		return 0;
	intent_apply_refresh(sw, now);
	sdn_switches_flush(sw, now);
	return sw->flows;
}

// Changes of ports and links are looked at at once, but not soon again: a switch with a port that
// flaps would keep the controller from all others (RFC 8405 has routers do so).
static mono_t look_due(const struct intent_net *net, uint64_t seen)
{
	return seen == net->seen ? MONO_NEVER : net->look;
}

// Hosts that move all the time, each not too often, would keep it from all else as well.
static mono_t hosts_due(const struct sdn_fabric *fabric)
{
	const struct intent_net *net = &fabric->net;

	return fabric->changes.lost == net->lost ? net->due : net->rest;
}

// Has each switch fit what has changed.
static void switches_settle(struct sdn_fabric *fabric, const struct intent_set *set, bool changed,
                            bool due, mono_t now)
{
	struct intent_net *net = &fabric->net;
	bool lost = fabric->changes.lost != net->lost;
	uint64_t flows = 0;

	for (uint32_t i = 0; i < fabric->all->used; i++) {
		struct sdn_switch *sw = &fabric->all->sw[i];

		sw->apply.is_dirty |= due && lost;
		flows += switch_settle(sw, set, changed, due, now);
	}
	if (!due)
		return;
	net->lost = fabric->changes.lost;
	net->due = MONO_NEVER;
	net->rest = mono_add(now, u64_min(flows * REST_FLOW_US, REST_MAX_US));
}

mono_t intent_net_settle(struct sdn_fabric *fabric, mono_t now)
{
	const struct sdn_topology *topology = &fabric->forward.topology;
	const struct intent_set *set = intent_net_set(fabric->all);
	struct intent_net *net = &fabric->net;
	uint64_t seen = topology->graph_version + topology->port_version;
	bool due = mono_due(hosts_due(fabric), now), changed = mono_due(look_due(net, seen), now);

	if (!set || set->intent.switches_len == 0)
		return net->due;
	if (changed) {
		net->seen = seen;
		net->look = mono_add(now, LOOK_US + fabric->all->used * LOOK_SWITCH_US);
	}
	if (changed || due)
		switches_settle(fabric, set, changed, due, now);
	return mono_earlier(hosts_due(fabric), look_due(net, seen));
}
