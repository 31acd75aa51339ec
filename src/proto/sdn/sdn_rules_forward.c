// sdn_rules_forward: the table that forwards: to hosts' ports, by ways to other switches and their
// groups, and floods.
#include "core/hash.h"
#include "core/mac.h"
#include "proto/sdn/sdn_flow_internal.h"
#include "proto/sdn/sdn_group.h"
#include "proto/sdn/sdn_rules_internal.h"

static bool is_untagged(const struct rules *r, uint32_t number, uint16_t network)
{
	const struct sdn_intent_port *port = sdn_intent_port(r->on, number);

	return port && port->untagged == network;
}

// The group that a way takes in the network; false: it takes none. One is made for all networks
// that every port of the way carries with a tag, else one for the network.
static bool way_group(struct rules *r, const struct sdn_way *way, uint16_t network,
                      struct sdn_group *group)
{
	bool select = way->equal > 1 && (r->known->groups & 1u << OF_GROUP_TYPE_SELECT);
	bool first = r->known->groups & 1u << OF_GROUP_TYPE_FF, tags = true;
	unsigned vid = r->intent->networks[way->plane].vid;

	if (way->len < 2 || (!select && !first))
		return false;
	*group = (struct sdn_group){.type = select ? OF_GROUP_TYPE_SELECT : OF_GROUP_TYPE_FF,
	                            .watches = !select || r->known->select_watches,
	                            .buckets_len = select ? way->equal : way->len,
	                            .origin = {SDN_ORIGIN_WAY, 0, way->to}};
	for (unsigned i = 0; i < group->buckets_len; i++) {
		group->buckets[i].port = way->port[i];
		group->buckets[i].pop_vlan = is_untagged(r, way->port[i], network);
		tags &= !group->buckets[i].pop_vlan;
	}
	group->key = hash_u128(0, r->intent->switches[way->to].datapath_id,
	                       vid << 16 | (tags ? 0u : r->intent->networks[network].vid));
	return true;
}

// The id of the group, which is made if it is not there.
static uint32_t group_id(struct rules *r, struct sdn_way *way, struct sdn_group *group)
{
	bool tags = true;
	const struct sdn_group *found;

	for (unsigned i = 0; i < group->buckets_len; i++)
		tags &= !group->buckets[i].pop_vlan;
	if (tags && way->group)
		return way->group;
	found = r->is_whole && !tags ? sdn_group_find_key(r->out, group->key) : NULL;
	if (found)
		return found->id;
	if (!r->is_whole) {
		r->lacks = true;
		return SDN_GROUP_OWNER;
	}
	sdn_group_add(r->out, group);
	if (tags)
		way->group = group->id;
	return group->id;
}

// By a way to another switch.
static void station_send(struct rules *r, const struct sdn_station *station, struct sdn_way *way)
{
	uint64_t mac = mac_load(station->mac).bits;
	uint32_t port = way->port[hash_u128(0, mac, 0) % way->equal];
	struct sdn_group group;

	if (way_group(r, way, station->network, &group)) {
		sdn_rules_action(r, SDN_GROUP, group_id(r, way, &group));
		return;
	}
	if (is_untagged(r, port, station->network))
		sdn_rules_action(r, SDN_POP_VLAN, 0);
	sdn_rules_action(r, SDN_OUTPUT, port);
}

void sdn_rules_station_remote(struct rules *r, const struct sdn_station *station)
{
	struct sdn_match match = {0};

	if (station->way >= r->known->ways_len)
		return;
	SDN_MATCH_SET(&match, vlan, sdn_rules_vlan(r, station->network));
	sdn_match_mac(match.value.key.eth_dst, match.mask.key.eth_dst, station->mac);
	station_send(r, station, &r->known->ways[station->way]);
	sdn_rules_flow(r, SDN_TABLE_FORWARD, PRIORITY_KNOWN, &match, 0,
	               (struct sdn_origin){SDN_ORIGIN_HOST, 0, 0});
}

// To a station's port. A packet that was routed may have to leave by the port that it came from,
// which a switch does only when it is named so.
void sdn_rules_station_forward(struct rules *r, const struct sdn_station *station)
{
	const struct sdn_intent_port *port = sdn_intent_port(r->on, station->port);
	const struct sdn_intent_network *network = &r->intent->networks[station->network];
	struct sdn_origin origin = {SDN_ORIGIN_HOST, 0, 0};
	struct sdn_match match = {0};
	bool tagged;

	if (!port || !sdn_rules_carries(r, port, station->network, &tagged))
		return;
	SDN_MATCH_SET(&match, vlan, sdn_rules_vlan(r, station->network));
	sdn_match_mac(match.value.key.eth_dst, match.mask.key.eth_dst, station->mac);
	if (!tagged)
		sdn_rules_action(r, SDN_POP_VLAN, 0);
	sdn_rules_action(r, SDN_OUTPUT, station->port);
	sdn_rules_flow(r, SDN_TABLE_FORWARD, PRIORITY_KNOWN, &match, 0, origin);
	if (network->router == SDN_NONE)
		return;
	SDN_MATCH_SET(&match, in_port, be32(station->port));
	sdn_match_mac(match.value.key.eth_src, match.mask.key.eth_src,
	              r->intent->routers[network->router].mac);
	if (!tagged)
		sdn_rules_action(r, SDN_POP_VLAN, 0);
	sdn_rules_action(r, SDN_OUTPUT, OF_PORT_IN_PORT);
	sdn_rules_flow(r, SDN_TABLE_FORWARD, PRIORITY_HAIRPIN, &match, 0, origin);
}

// Outputs to the ports that carry the network with a tag, or without one.
static void flood_ports(struct rules *r, uint16_t network, bool with_tag)
{
	uint32_t before = r->actions_len;

	for (uint32_t i = 0; i < r->on->ports_len; i++) {
		const struct sdn_intent_port *port = &r->on->ports[i];
		bool tagged;

		if (!sdn_rules_carries(r, port, network, &tagged) || tagged != with_tag ||
		    !sdn_rules_floods(r, port, network))
			continue;
		if (!with_tag && r->actions_len == before)
			sdn_rules_action(r, SDN_POP_VLAN, 0);
		sdn_rules_action(r, SDN_OUTPUT, port->number);
	}
}

// What a port that takes no part in floods receives is not flooded either.
static void flood_closed(struct rules *r, uint16_t network)
{
	for (uint32_t i = 0; i < r->on->ports_len; i++) {
		const struct sdn_intent_port *port = &r->on->ports[i];
		struct sdn_match match = {0};
		bool tagged;

		if (!sdn_rules_carries(r, port, network, &tagged) ||
		    sdn_rules_floods(r, port, network))
			continue;
		SDN_MATCH_SET(&match, in_port, be32(port->number));
		SDN_MATCH_SET(&match, vlan, sdn_rules_vlan(r, network));
		sdn_rules_flow(r, SDN_TABLE_FORWARD, PRIORITY_LINK, &match, 0,
		               (struct sdn_origin){SDN_ORIGIN_SYSTEM, SDN_SYSTEM_CLOSED, 0});
	}
}

void sdn_rules_forward(struct rules *r)
{
	for (uint16_t i = 0; i < r->intent->networks_len; i++) {
		struct sdn_match match = {0};

		if (!sdn_rules_has_network(r, i))
			continue;
		SDN_MATCH_SET(&match, vlan, sdn_rules_vlan(r, i));
		flood_ports(r, i, true);
		flood_ports(r, i, false);
		sdn_rules_flow(r, SDN_TABLE_FORWARD, PRIORITY_FLOOD, &match, 0,
		               (struct sdn_origin){SDN_ORIGIN_NETWORK, 0, i});
		flood_closed(r, i);
	}
	sdn_rules_miss(r, SDN_TABLE_FORWARD, 0, SDN_SYSTEM_UNKNOWN_NETWORK);
}
