// intent_path: see the header.
#include "apps/sdn/intent_path.h"

#include "apps/sdn/sdn_fabric.h"
#include "apps/sdn/sdn_view_internal.h"
#include "proto/sdn/sdn_trace.h"

#define VISITS_MAX    64 // of switches, by all copies of the packet
#define ETH_IPV4      0x0800
#define ETH_IPV6      0x86dd
#define PROTO_ICMP    1
#define PROTO_ICMP6   58
#define ECHO_REQUEST  8
#define ECHO_REQUEST6 128
#define FROM_PORT     40000 // of a packet to a port

// A host: where it is, and what its packets have.
struct end {
	uint8_t mac[6];
	uint16_t network;
	uint32_t at, port; // the switch in the topology, the port's number there
	struct addr ipv4, ipv6;
	bool has_ipv4, has_ipv6;
};

// A copy of the packet that comes in at a switch.
struct visit {
	struct sdn_key key;
	uint32_t at;
	uint32_t by; // the port by which it left the switch before
	unsigned before;
};

struct walk {
	struct sdn_fabric *fabric;
	const struct intent_set *set;
	struct end to;
	bool reached;
	unsigned on, len; // on: the visit that is traced
	struct visit visits[VISITS_MAX];
};

static void address_note(struct end *end, struct addr addr)
{
	if (addr_is_ipv4(addr)) {
		end->ipv4 = addr;
		end->has_ipv4 = true;
	} else if (!addr_is_link_local(addr)) {
		end->ipv6 = addr;
		end->has_ipv6 = true;
	}
}

static bool end_learned(const struct sdn_fabric *fabric, const struct sdn_intent *intent,
                        uint16_t network, const struct sdn_view_place *place, struct end *end)
{
	const struct sdn_hosts *hosts = &fabric->forward.hosts;
	uint32_t host = sdn_view_find_host(hosts, place, intent->networks[network].vid);
	const struct sdn_topology_port *port;

	if (host == SDN_LIST_NONE)
		return false;
	port = &fabric->forward.topology.port[hosts->host[host].port];
	*end = (struct end){.network = network, .at = port->at, .port = port->number};
	mac_store(end->mac, hosts->host[host].mac);
	for (uint32_t i = hosts->host[host].addresses.head; i != SDN_LIST_NONE;
	     i = hosts->address_host_link[i].next)
		address_note(end, hosts->address[i].addr);
	return true;
}

static bool is_named(const struct sdn_intent_host *host, const struct sdn_view_place *place)
{
	if (!place->by_address)
		return memcmp(host->mac, place->mac, sizeof(host->mac)) == 0;
	for (uint32_t i = 0; i < host->addresses_len; i++)
		if (addr_eq(host->addresses[i], place->address))
			return true;
	return false;
}

static bool end_declared(const struct sdn_fabric *fabric, const struct sdn_intent *intent,
                         uint16_t network, const struct sdn_view_place *place, struct end *end)
{
	for (uint32_t i = 0; i < intent->hosts_len; i++) {
		const struct sdn_intent_host *host = &intent->hosts[i];

		if (host->network != network || host->on_switch == SDN_NONE ||
		    !is_named(host, place))
			continue;
		*end = (struct end){.network = network,
		                    .at = sdn_topology_find_switch(
		                            &fabric->forward.topology,
		                            intent->switches[host->on_switch].datapath_id),
		                    .port = host->port};
		memcpy(end->mac, host->mac, sizeof(end->mac));
		for (uint32_t k = 0; k < host->addresses_len; k++)
			address_note(end, host->addresses[k]);
		return end->at != SDN_LIST_NONE;
	}
	return false;
}

// vid: the network's; 0: any.
static bool end_find(const struct sdn_fabric *fabric, const struct sdn_intent *intent, uint16_t vid,
                     const struct sdn_view_place *place, struct end *end)
{
	for (uint16_t i = 0; i < intent->networks_len; i++)
		if ((vid == 0 || intent->networks[i].vid == vid) &&
		    (end_declared(fabric, intent, i, place, end) ||
		     end_learned(fabric, intent, i, place, end)))
			return true;
	return false;
}

// The switch with the tables that the set asks for; NULL: it is not there, or is about to get them.
static struct sdn_switch *switch_of(const struct walk *w, uint32_t at)
{
	uint32_t number = w->fabric->number[at];
	struct sdn_switch *sw = number == SDN_LIST_NONE ? NULL : &w->fabric->all->sw[number];

	return sw && sdn_switch_acts(sw) && sw->apply.is_sent &&
	                       sw->apply.set_number == w->set->number
	               ? sw
	               : NULL;
}

static void addresses_set(struct sdn_key *key, const struct sdn_view_path *path, struct addr from,
                          struct addr to)
{
	bool ipv4 = addr_is_ipv4(from);
	uint8_t bytes[16];

	key->eth_type = be16(ipv4 ? ETH_IPV4 : ETH_IPV6);
	key->ip_proto = ipv4 ? PROTO_ICMP : PROTO_ICMP6;
	key->src_port = be16(ipv4 ? ECHO_REQUEST : ECHO_REQUEST6);
	if (path->protocol) {
		key->ip_proto = path->protocol;
		key->src_port = be16(FROM_PORT);
		key->dst_port = be16(path->to_port);
	}
	addr_to_bytes(from, bytes);
	memcpy(key->src, ipv4 ? bytes + 12 : bytes, ipv4 ? 4 : 16);
	addr_to_bytes(to, bytes);
	memcpy(key->dst, ipv4 ? bytes + 12 : bytes, ipv4 ? 4 : 16);
}

// The packet as the first host sends it. Why it cannot be; NULL: it can.
static const char *packet_make(const struct walk *w, const struct sdn_view_path *path,
                               const struct end *from, struct sdn_key *key)
{
	const struct sdn_intent *intent = &w->set->intent;
	const struct end *to = &w->to;
	uint64_t datapath_id = w->fabric->forward.topology.at[from->at].datapath_id;
	uint16_t on = sdn_intent_switch(intent, datapath_id);
	uint16_t router = intent->networks[from->network].router;
	const struct sdn_intent_port *port = sdn_intent_port(&intent->switches[on], from->port);
	bool tagged = false;

	if (!port || !sdn_intent_carries(port, from->network, &tagged))
		return "the port of the first host does not carry its network";
	*key = (struct sdn_key){.in_port = be32(from->port)};
	if (tagged)
		key->vlan =
		        be16((uint16_t)(OXM_VLAN_PRESENT | intent->networks[from->network].vid));
	memcpy(key->eth_src, from->mac, sizeof(key->eth_src));
	memcpy(key->eth_dst, to->mac, sizeof(key->eth_dst));
	if (from->has_ipv4 && to->has_ipv4)
		addresses_set(key, path, from->ipv4, to->ipv4);
	else if (from->has_ipv6 && to->has_ipv6)
		addresses_set(key, path, from->ipv6, to->ipv6);
	if (from->network == to->network)
		return NULL;
	if (router == SDN_NONE || router != intent->networks[to->network].router)
		return "no router is in the networks of both hosts";
	if (be16_get(key->eth_type) == 0)
		return "a router needs addresses of both hosts, of one family, and they are not "
		       "known";
	memcpy(key->eth_dst, intent->routers[router].mac, sizeof(key->eth_dst));
	return NULL;
}

static void walk_add(struct walk *w, uint32_t at, const struct sdn_key *key, uint32_t by)
{
	for (unsigned i = 0; i < w->len; i++)
		if (w->visits[i].at == at && memcmp(&w->visits[i].key, key, sizeof(*key)) == 0)
			return;
	if (w->len < VISITS_MAX)
		w->visits[w->len++] = (struct visit){*key, at, by, w->on};
}

static void walk_leave(void *ctx, uint32_t number, const struct sdn_key *packet)
{
	struct walk *w = ctx;
	const struct sdn_topology *topology = &w->fabric->forward.topology;
	uint32_t at = w->visits[w->on].at, port, peer;
	struct sdn_key next = *packet;

	if (w->reached || number == OF_PORT_CONTROLLER)
		return;
	if (at == w->to.at && number == w->to.port) {
		w->reached = memcmp(packet->eth_dst, w->to.mac, sizeof(w->to.mac)) == 0;
		return;
	}
	port = sdn_topology_find_port(topology, at, number);
	peer = port == SDN_LIST_NONE ? port : sdn_topology_peer(topology, port);
	if (peer == SDN_LIST_NONE)
		return;
	next.in_port = be32(topology->port[peer].number);
	walk_add(w, topology->port[peer].at, &next, number);
}

static bool is_sorted(const struct sdn_tables *tables)
{
	for (uint32_t i = 1; i < tables->flows_len; i++)
		if (sdn_flow_order(&tables->flows[i - 1], &tables->flows[i]) > 0)
			return false;
	return true;
}

// Why the packet got no further than the switch.
static void end_report(const struct walk *w, const struct sdn_traced *traced,
                       struct sdn_view_path *path)
{
	const struct sdn_topology *topology = &w->fabric->forward.topology;
	struct of_text text = {.out = fill_of(path->why, sizeof(path->why) - 1)};
	const struct sdn_flow *last = traced->last;
	bool drops = !last || (!last->next &&
	                       (last->actions_len == 0 || last->origin.kind == SDN_ORIGIN_ACL));

	of_text_put(&text, "switch %016jx ",
	            (uintmax_t)topology->at[w->visits[w->on].at].datapath_id);
	if (!drops && traced->controller && traced->ports == 0)
		of_text_put(&text, "gives it to the controller");
	else
		of_text_put(&text, drops ? "drops it" : "sends it elsewhere");
	if (last) {
		of_text_put(&text, ": ");
		sdn_intent_origin_text(&w->set->intent, last->origin, &text);
	}
	*text.out.p = '\0';
	path->reason = path->why;
}

// False: the tables of a switch are not known just now.
static bool walk_on(struct walk *w, struct sdn_traced *traced)
{
	struct sdn_switch *sw = switch_of(w, w->visits[w->on].at);

	if (!sw)
		return false;
	if (!is_sorted(&sw->apply.sent)) // flows of hosts were added behind the others
		sdn_flow_sort(&sw->apply.sent);
	*traced = sdn_trace(&sw->apply.sent, &w->set->intent, &w->visits[w->on].key, walk_leave, w,
	                    NULL);
	return true;
}

// The switches that the packet passed to get to the visit that was traced last.
static void hops_write(const struct walk *w, struct sdn_view *view)
{
	const struct sdn_topology *topology = &w->fabric->forward.topology;
	uint32_t out = w->reached ? w->to.port : OF_PORT_ANY;
	unsigned hops = 1;

	for (unsigned i = w->on; i != 0; i = w->visits[i].before)
		hops++;
	view->len = hops;
	for (unsigned i = w->on; hops > 0; i = w->visits[i].before) {
		const struct visit *visit = &w->visits[i];

		view->path.hop[--hops] = (struct sdn_view_hop){topology->at[visit->at].datapath_id,
		                                               be32_get(visit->key.in_port), out};
		out = visit->by;
	}
}

static void walk_all(struct walk *w, struct sdn_view *view)
{
	struct sdn_traced traced = {0};
	bool known = true;

	for (w->on = 0; known; w->on++) {
		known = walk_on(w, &traced);
		if (w->reached || w->on + 1 == w->len)
			break;
	}
	if (!known)
		view->path.reason = "the tables of the last switch change just now; ask again";
	else if (!w->reached)
		end_report(w, &traced, &view->path);
	hops_write(w, view);
}

bool intent_path_find(struct sdn_view *view, struct sdn_fabric *fabric)
{
	struct walk w = {.fabric = fabric, .set = intent_net_set(fabric->all)};
	struct sdn_view_path *path = &view->path;
	uint16_t vid = path->vlan & 0x0fff;
	struct sdn_key key;
	struct end from;

	if (!w.set || !end_find(fabric, &w.set->intent, vid, &path->from, &from) ||
	    sdn_intent_switch(&w.set->intent, fabric->forward.topology.at[from.at].datapath_id) ==
	            SDN_NONE)
		return false;
	path->vlan = (uint16_t)(OXM_VLAN_PRESENT | w.set->intent.networks[from.network].vid);
	if (!end_find(fabric, &w.set->intent, vid, &path->to, &w.to) &&
	    !end_find(fabric, &w.set->intent, 0, &path->to, &w.to)) {
		path->reason = "the second host is neither declared nor known: it has sent nothing "
		               "of late";
		return true;
	}
	path->found = true;
	memcpy(path->from_mac, from.mac, sizeof(path->from_mac));
	memcpy(path->to_mac, w.to.mac, sizeof(path->to_mac));
	path->reason = packet_make(&w, path, &from, &key);
	if (path->reason)
		return true;
	walk_add(&w, from.at, &key, OF_PORT_ANY);
	walk_all(&w, view);
	return true;
}
