// sdn_view_path: how frames get from one host to another, by what is known: along shortest paths
// with topology, or by the tables that were sent to switches with intents (intent_path.h); through
// the one switch that sees both without.
#include "apps/sdn/intent_path.h"
#include "apps/sdn/sdn_fabric.h"
#include "apps/sdn/sdn_view_internal.h"

uint32_t sdn_view_find_host(const struct sdn_hosts *hosts, const struct sdn_view_place *place,
                            uint16_t vid)
{
	uint32_t address;

	if (!place->by_address)
		return sdn_host_find(hosts, mac_load(place->mac), vid);
	address = sdn_host_find_address(hosts, place->address, vid);
	return address == SDN_LIST_NONE ? address : hosts->address[address].host;
}

static void hop_add(struct sdn_view *view, uint64_t datapath_id, uint32_t in_port,
                    uint32_t out_port)
{
	view->path.hop[view->len++] = (struct sdn_view_hop){datapath_id, in_port, out_port};
}

// The port of the topology by which the next hop of the path receives; SDN_LIST_NONE: it ends
// here, and *reason is why, or NULL.
static uint32_t hop_follow(struct sdn_view *view, const struct sdn_forward *forward,
                           uint32_t in_port, uint32_t to_port)
{
	const struct sdn_topology *topology = &forward->topology;
	struct sdn_view_path *path = &view->path;
	const struct sdn_topology_port *in = &topology->port[in_port],
	                               *to = &topology->port[to_port];
	uint64_t datapath_id = topology->at[in->at].datapath_id;
	uint32_t number, port, peer;

	if (in->at == to->at) {
		hop_add(view, datapath_id, in->number, to->number);
		return SDN_LIST_NONE;
	}
	number = sdn_forward_next(forward, in->at, mac_load(path->from_mac), mac_load(path->to_mac),
	                          path->vlan & 0x0fff);
	hop_add(view, datapath_id, in->number, number == SDN_LIST_NONE ? OF_PORT_ANY : number);
	port = number == SDN_LIST_NONE ? number : sdn_topology_find_port(topology, in->at, number);
	peer = port == SDN_LIST_NONE ? port : sdn_topology_peer(topology, port);
	if (peer == SDN_LIST_NONE)
		path->reason = "no links lead from the last switch to that of the destination";
	return peer;
}

static void fabric_path(struct sdn_view *view, const struct sdn_forward *forward)
{
	struct sdn_view_path *path = &view->path;
	const struct sdn_hosts *hosts = &forward->hosts;
	uint32_t from = sdn_view_find_host(hosts, &path->from, path->vlan & 0x0fff);
	uint32_t to = sdn_view_find_host(hosts, &path->to, path->vlan & 0x0fff);
	uint32_t port;

	if (from == SDN_LIST_NONE || to == SDN_LIST_NONE) {
		path->reason =
		        from == SDN_LIST_NONE
		                ? "the first host is not known: it has sent nothing of late"
		                : "the second host is not known: it has sent nothing of late";
		return;
	}
	path->found = true;
	mac_store(path->from_mac, hosts->host[from].mac);
	mac_store(path->to_mac, hosts->host[to].mac);
	port = hosts->host[from].port;
	while (port != SDN_LIST_NONE && view->len < SDN_VIEW_ROWS)
		port = hop_follow(view, forward, port, hosts->host[to].port);
	if (port != SDN_LIST_NONE)
		path->reason = "the links change just now; ask again";
}

// Without links only a switch that sees both hosts is a path, if there is one such.
static void learned_path(struct sdn_view *view)
{
	struct sdn_view_path *path = &view->path;
	const struct sdn_switches *all = view->of;
	uint32_t from, to;

	if (path->from.by_address || path->to.by_address) {
		path->reason = "addresses of hosts are known with sdn.topology only; name them by "
		               "MAC address";
		return;
	}
	memcpy(path->from_mac, path->from.mac, sizeof(path->from_mac));
	memcpy(path->to_mac, path->to.mac, sizeof(path->to_mac));
	for (uint32_t i = 0; i < all->used && view->len < 2; i++)
		if (sdn_learn_find(&all->learn, i, path->vlan, path->from_mac, &from) &&
		    sdn_learn_find(&all->learn, i, path->vlan, path->to_mac, &to) && from != to)
			hop_add(view, all->sw[i].datapath_id, from, to);
	path->found = view->len > 0;
	if (view->len == 0)
		path->reason = "no switch sees both hosts at different ports";
	if (view->len > 1)
		path->reason = "several switches see both hosts, and without sdn.topology the "
		               "links between them are not known";
	view->len = view->len == 1;
}

void sdn_view_find_path(struct sdn_view *view)
{
	view->from = SDN_VIEW_END;
	view->path.found = false;
	view->path.reason = NULL;
	memset(view->path.from_mac, 0, sizeof(view->path.from_mac));
	memset(view->path.to_mac, 0, sizeof(view->path.to_mac));
	if (!view->of->fabric)
		learned_path(view);
	else if (!intent_path_find(view, view->of->fabric))
		fabric_path(view, &view->of->fabric->forward);
}
