// sdn_rules: the tables of a switch. What is done in one table only, for versions and switches
// that have no other, is in sdn_rules_flat.c.
#include "proto/sdn/sdn_rules.h"

#include "core/hash.h"
#include "core/mac.h"
#include "proto/sdn/sdn_flow_internal.h"
#include "proto/sdn/sdn_group.h"

#include <errno.h>

#define LEARN_BYTES 512 // of a packet with an unknown source: enough for DHCP

// Priorities, but for those of access lists.
#define PRIORITY_MISS    0
#define PRIORITY_FLOOD   100
#define PRIORITY_LINK    150 // sources that come by links; floods that are not for a port
#define PRIORITY_KNOWN   200
#define PRIORITY_HAIRPIN 220
#define PRIORITY_OWN     300
#define PRIORITY_ANSWER  350
#define PRIORITY_LOCAL   400
#define PRIORITY_LLDP    500
#define PRIORITY_ROUTE   1000 // and twice the length of the prefix
#define PRIORITY_ADDRESS 2000
#define PRIORITY_SNOOPED 250

#define ICMP6_SOLICIT 135
#define ICMP6_ADVERT  136
#define DHCP_SERVER   67
#define DHCP_CLIENT   68

static const uint8_t lldp_mac[6] = {0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e};
#define ETHERTYPE_LLDP 0x88cc

struct rules {
	const struct sdn_intent *intent;
	const struct sdn_intent_switch *on;
	const struct sdn_known *known;
	struct sdn_tables *out;
	struct sdn_action actions[SDN_ACTIONS_MAX]; // of the next flow
	uint32_t actions_len;
	uint32_t meter;
	bool is_whole; // all of a switch is made, groups too
	bool lacks;    // a group that is not there
};

_Static_assert(SDN_RULES_MAX *SDN_RULE_STEP < SDN_PRIORITY_RULE, "priorities for all rules");

const char *sdn_rules_system_text(enum sdn_system system)
{
	static const char *const texts[] = {
#define X(name, text) text,
	        SDN_SYSTEM_LIST(X)
#undef X
	};

	return texts[system];
}

static void rules_action(struct rules *r, enum sdn_action_type type, uint32_t number)
{
	assert(r->actions_len < SDN_ACTIONS_MAX);
	r->actions[r->actions_len++] = (struct sdn_action){.type = (uint8_t)type, .number = number};
}

static void rules_action_mac(struct rules *r, enum sdn_action_type type, const uint8_t mac[6])
{
	rules_action(r, type, 0);
	memcpy(r->actions[r->actions_len - 1].mac, mac, 6);
}

// Adds the flow whose actions and meter were collected. next 0: none, as no flow goes to table 0.
static void rules_flow(struct rules *r, enum sdn_table table, unsigned priority,
                       const struct sdn_match *match, enum sdn_table next, struct sdn_origin origin)
{
	struct sdn_flow flow = {.match = *match,
	                        .cookie = sdn_intent_cookie(r->intent, origin),
	                        .priority = (uint16_t)priority,
	                        .table = (uint8_t)table,
	                        .next = (uint8_t)next,
	                        .origin = origin,
	                        .meter = r->meter,
	                        .actions = r->actions,
	                        .actions_len = r->actions_len};

	sdn_flow_add(r->out, &flow);
	r->actions_len = 0;
	r->meter = 0;
}

static void rules_miss(struct rules *r, enum sdn_table table, enum sdn_table next,
                       enum sdn_system system)
{
	static const struct sdn_match any;

	rules_flow(r, table, PRIORITY_MISS, &any, next,
	           (struct sdn_origin){SDN_ORIGIN_SYSTEM, (uint16_t)system, 0});
}

static be16_t rules_vlan(const struct rules *r, uint16_t network)
{
	return be16((uint16_t)(OXM_VLAN_PRESENT | r->intent->networks[network].vid));
}

static uint32_t rules_meter(const struct rules *r, uint16_t limit)
{
	return limit == SDN_NONE ? 0 : r->intent->limits[limit].meter_id;
}

static bool bit_has(const uint64_t *bits, uint16_t network)
{
	return bits[network / 64] >> network % 64 & 1;
}

static const struct sdn_known_port *known_port(const struct rules *r,
                                               const struct sdn_intent_port *port)
{
	return r->known->ports ? &r->known->ports[port - r->on->ports] : NULL;
}

static bool is_link(const struct rules *r, const struct sdn_intent_port *port)
{
	const struct sdn_known_port *known = known_port(r, port);

	return known && known->is_link;
}

// Whether the port carries the network, by declaration and by what it leads to.
static bool port_carries(const struct rules *r, const struct sdn_intent_port *port,
                         uint16_t network, bool *tagged)
{
	const struct sdn_known_port *known = known_port(r, port);

	return sdn_intent_carries(port, network, tagged) &&
	       (!known || bit_has(known->carries, network));
}

static bool port_floods(const struct rules *r, const struct sdn_intent_port *port, uint16_t network)
{
	const struct sdn_known_port *known = known_port(r, port);

	return !known || bit_has(known->floods, network);
}

static void port_network(struct rules *r, const struct sdn_intent_port *port, uint16_t network,
                         bool tagged)
{
	const struct sdn_known_port *known = known_port(r, port);
	struct sdn_match match = {0};

	if (known && !bit_has(known->carries, network))
		return;
	SDN_MATCH_SET(&match, in_port, be32(port->number));
	SDN_MATCH_SET(&match, vlan, tagged ? rules_vlan(r, network) : be16(0));
	if (!tagged)
		rules_action(r, SDN_PUSH_VLAN, r->intent->networks[network].vid);
	r->meter = rules_meter(r, port->limit);
	rules_flow(r, SDN_TABLE_PORT, PRIORITY_KNOWN, &match, SDN_TABLE_PORT_ACL,
	           (struct sdn_origin){SDN_ORIGIN_PORT, 0, port->number});
}

// 01:80:c2:00:00:00 to :0f, which no bridge forwards (IEEE 802.1Q table 8-1). 1.0 has no masks.
static void table_port_local(struct rules *r)
{
	struct sdn_origin origin = {SDN_ORIGIN_SYSTEM, SDN_SYSTEM_LINK_LOCAL, 0};
	unsigned flows = r->known->version == OF10 ? 16 : 1;

	for (unsigned i = 0; i < flows; i++) {
		struct sdn_match match = {0};

		sdn_match_mac(match.value.key.eth_dst, match.mask.key.eth_dst, lldp_mac);
		match.value.key.eth_dst[5] = (uint8_t)i;
		if (flows == 1)
			match.mask.key.eth_dst[5] = 0xf0;
		rules_flow(r, SDN_TABLE_PORT, PRIORITY_LOCAL, &match, 0, origin);
	}
}

static void table_port_lldp(struct rules *r, unsigned priority)
{
	struct sdn_match lldp = {0};

	SDN_MATCH_SET(&lldp, eth_type, be16(ETHERTYPE_LLDP));
	rules_action(r, SDN_CONTROLLER, OF_MAX_LEN_WHOLE);
	rules_flow(r, SDN_TABLE_PORT, priority, &lldp, 0,
	           (struct sdn_origin){SDN_ORIGIN_SYSTEM, SDN_SYSTEM_LLDP, 0});
}

static void table_port(struct rules *r)
{
	table_port_lldp(r, PRIORITY_LLDP);
	table_port_local(r);
	for (uint32_t i = 0; i < r->on->ports_len; i++) {
		const struct sdn_intent_port *port = &r->on->ports[i];

		if (port->untagged != SDN_NONE)
			port_network(r, port, port->untagged, false);
		for (unsigned k = 0; k < port->tagged_len; k++)
			port_network(r, port, port->tagged[k], true);
	}
	rules_miss(r, SDN_TABLE_PORT, 0, SDN_SYSTEM_NO_NETWORK);
}

// An access list for packets that match `where`, which go on to a table when it allows them.
static void acl_rules(struct rules *r, enum sdn_table table, uint16_t number,
                      const struct sdn_match *where, enum sdn_table next)
{
	const struct sdn_intent_acl *acl = &r->intent->acls[number];
	struct sdn_origin origin = {SDN_ORIGIN_ACL, 0, number};

	for (uint32_t i = 0; i < acl->rules_len; i++) {
		const struct sdn_intent_rule *rule = &acl->rules[i];
		struct sdn_match match = rule->match;

		for (unsigned k = 0; k < SDN_KEY_WORDS; k++) {
			match.value.word[k] |= where->value.word[k];
			match.mask.word[k] |= where->mask.word[k];
		}
		if (rule->mirror)
			rules_action(r, SDN_OUTPUT, rule->mirror);
		if (rule->allow)
			r->meter = rules_meter(r, rule->limit);
		origin.part = rule->number;
		rules_flow(r, table, SDN_PRIORITY_RULE - SDN_RULE_STEP * i, &match,
		           rule->allow ? next : 0, origin);
	}
	origin.part = 0;
	rules_flow(r, table, SDN_PRIORITY_OTHERWISE, where, acl->otherwise_allow ? next : 0,
	           origin);
}

static void table_port_acl(struct rules *r)
{
	for (uint32_t i = 0; i < r->on->ports_len; i++) {
		const struct sdn_intent_port *port = &r->on->ports[i];
		struct sdn_match where = {0};

		SDN_MATCH_SET(&where, in_port, be32(port->number));
		if (port->acl != SDN_NONE)
			acl_rules(r, SDN_TABLE_PORT_ACL, port->acl, &where, SDN_TABLE_NET_ACL);
	}
	rules_miss(r, SDN_TABLE_PORT_ACL, SDN_TABLE_NET_ACL, SDN_SYSTEM_NO_ACL);
}

// Whether a port of the switch carries the network.
static bool rules_has_network(const struct rules *r, uint16_t network)
{
	bool tagged;

	for (uint32_t i = 0; i < r->on->ports_len; i++)
		if (sdn_intent_carries(&r->on->ports[i], network, &tagged))
			return true;
	return false;
}

// What a router has passed on another switch was looked at there, where it came in. Only a link,
// which no host is behind, is believed that it comes from the router.
static void net_acl_routed(struct rules *r)
{
	struct sdn_origin origin = {SDN_ORIGIN_SYSTEM, SDN_SYSTEM_ROUTED, 0};

	for (uint32_t i = 0; i < r->on->ports_len; i++) {
		for (uint16_t k = 0; k < r->intent->routers_len; k++) {
			struct sdn_match match = {0};

			if (!is_link(r, &r->on->ports[i]))
				continue;
			SDN_MATCH_SET(&match, in_port, be32(r->on->ports[i].number));
			sdn_match_mac(match.value.key.eth_src, match.mask.key.eth_src,
			              r->intent->routers[k].mac);
			rules_flow(r, SDN_TABLE_NET_ACL, SDN_PRIORITY_ROUTED, &match,
			           SDN_TABLE_LEARN, origin);
		}
	}
}

static void table_net_acl(struct rules *r)
{
	net_acl_routed(r);
	for (uint16_t i = 0; i < r->intent->networks_len; i++) {
		struct sdn_match where = {0};

		SDN_MATCH_SET(&where, vlan, rules_vlan(r, i));
		if (r->intent->networks[i].acl != SDN_NONE && rules_has_network(r, i))
			acl_rules(r, SDN_TABLE_NET_ACL, r->intent->networks[i].acl, &where,
			          SDN_TABLE_LEARN);
	}
	rules_miss(r, SDN_TABLE_NET_ACL, SDN_TABLE_LEARN, SDN_SYSTEM_NO_ACL);
}

static void station_learned(struct rules *r, const struct sdn_station *station)
{
	struct sdn_match match = {0};

	SDN_MATCH_SET(&match, in_port, be32(station->port));
	SDN_MATCH_SET(&match, vlan, rules_vlan(r, station->network));
	sdn_match_mac(match.value.key.eth_src, match.mask.key.eth_src, station->mac);
	rules_flow(r, SDN_TABLE_LEARN, PRIORITY_KNOWN, &match, SDN_TABLE_ROUTER,
	           (struct sdn_origin){SDN_ORIGIN_HOST, 0, 0});
}

// What DHCP servers grant, at ports that are declared theirs: it says which addresses hosts have.
static void learn_snoop(struct rules *r, const struct sdn_intent_port *port)
{
	struct sdn_match match = {0};

	SDN_MATCH_SET(&match, in_port, be32(port->number));
	SDN_MATCH_SET(&match, eth_type, be16(ETHERTYPE_IPV4));
	SDN_MATCH_SET(&match, ip_proto, PROTO_UDP);
	SDN_MATCH_SET(&match, src_port, be16(DHCP_SERVER));
	SDN_MATCH_SET(&match, dst_port, be16(DHCP_CLIENT));
	rules_action(r, SDN_CONTROLLER, OF_MAX_LEN_WHOLE);
	rules_flow(r, SDN_TABLE_LEARN, PRIORITY_SNOOPED, &match, SDN_TABLE_ROUTER,
	           (struct sdn_origin){SDN_ORIGIN_SYSTEM, SDN_SYSTEM_DHCP, 0});
}

static void table_learn(struct rules *r)
{
	for (uint32_t i = 0; i < r->on->ports_len; i++) {
		struct sdn_match match = {0};

		if (r->on->ports[i].is_dhcp_server)
			learn_snoop(r, &r->on->ports[i]);
		if (!is_link(r, &r->on->ports[i]))
			continue;
		SDN_MATCH_SET(&match, in_port, be32(r->on->ports[i].number));
		rules_flow(r, SDN_TABLE_LEARN, PRIORITY_LINK, &match, SDN_TABLE_ROUTER,
		           (struct sdn_origin){SDN_ORIGIN_SYSTEM, SDN_SYSTEM_LINK_SOURCE, 0});
	}
	rules_action(r, SDN_CONTROLLER, LEARN_BYTES);
	rules_miss(r, SDN_TABLE_LEARN, SDN_TABLE_ROUTER, SDN_SYSTEM_UNKNOWN_SOURCE);
}

// ARP and neighbour discovery for a router's address, and packets to it: the controller answers.
static void router_address(struct rules *r, uint16_t network, struct addr address,
                           struct sdn_origin origin)
{
	const struct sdn_intent_router *router = &r->intent->routers[origin.item];
	bool ipv4 = addr_is_ipv4(address);
	uint8_t bytes[16], solicited[16] = {0xff, 0x02, [11] = 1, [12] = 0xff};
	struct sdn_match own = {0}, ask = {0};

	SDN_MATCH_SET(&own, vlan, rules_vlan(r, network));
	ask = own;
	sdn_match_mac(own.value.key.eth_dst, own.mask.key.eth_dst, router->mac);
	sdn_flow_match_prefix(&own, false, (struct prefix){address, ipv4 ? 32 : 128});
	rules_action(r, SDN_CONTROLLER, OF_MAX_LEN_WHOLE);
	rules_flow(r, SDN_TABLE_ROUTER, PRIORITY_OWN, &own, 0, origin);

	addr_to_bytes(address, bytes);
	memcpy(solicited + 13, bytes + 13, 3);
	if (ipv4) {
		sdn_flow_match_prefix(&ask, false, (struct prefix){address, 32});
		SDN_MATCH_SET(&ask, eth_type, be16(ETHERTYPE_ARP));
		SDN_MATCH_SET(&ask, ip_proto, 1); // a request
	} else {
		sdn_flow_match_prefix(&ask, false,
		                      (struct prefix){addr_from_bytes(solicited), 128});
		SDN_MATCH_SET(&ask, ip_proto, PROTO_ICMP6);
		SDN_MATCH_SET(&ask, src_port, be16(ICMP6_SOLICIT));
	}
	rules_action(r, SDN_CONTROLLER, OF_MAX_LEN_WHOLE);
	rules_flow(r, SDN_TABLE_ROUTER, PRIORITY_OWN, &ask, 0, origin);
}

// What hosts answer the router, which asked for them: ARP replies and neighbour advertisements.
static void router_answers(struct rules *r, uint16_t network, struct sdn_origin origin)
{
	struct sdn_match arp = {0}, ndp;

	SDN_MATCH_SET(&arp, vlan, rules_vlan(r, network));
	sdn_match_mac(arp.value.key.eth_dst, arp.mask.key.eth_dst,
	              r->intent->routers[origin.item].mac);
	ndp = arp;
	SDN_MATCH_SET(&arp, eth_type, be16(ETHERTYPE_ARP));
	rules_action(r, SDN_CONTROLLER, OF_MAX_LEN_WHOLE);
	rules_flow(r, SDN_TABLE_ROUTER, PRIORITY_ANSWER, &arp, 0, origin);
	SDN_MATCH_SET(&ndp, eth_type, be16(ETHERTYPE_IPV6));
	SDN_MATCH_SET(&ndp, ip_proto, PROTO_ICMP6);
	for (unsigned type = ICMP6_SOLICIT; type <= ICMP6_ADVERT; type++) {
		SDN_MATCH_SET(&ndp, src_port, be16((uint16_t)type));
		rules_action(r, SDN_CONTROLLER, OF_MAX_LEN_WHOLE);
		rules_flow(r, SDN_TABLE_ROUTER, PRIORITY_ANSWER, &ndp, 0, origin);
	}
}

static void table_router(struct rules *r)
{
	for (uint16_t i = 0; i < r->intent->networks_len; i++) {
		const struct sdn_intent_network *network = &r->intent->networks[i];
		struct sdn_origin origin = {SDN_ORIGIN_ROUTER, 0, network->router};
		struct sdn_match match = {0};

		if (network->router == SDN_NONE || !rules_has_network(r, i))
			continue;
		for (unsigned k = 0; k < network->addresses_len; k++)
			router_address(r, i, network->addresses[k].addr, origin);
		router_answers(r, i, origin);
		SDN_MATCH_SET(&match, vlan, rules_vlan(r, i));
		sdn_match_mac(match.value.key.eth_dst, match.mask.key.eth_dst,
		              r->intent->routers[network->router].mac);
		rules_flow(r, SDN_TABLE_ROUTER, PRIORITY_KNOWN, &match, SDN_TABLE_ROUTE, origin);
	}
	rules_miss(r, SDN_TABLE_ROUTER, SDN_TABLE_FORWARD, SDN_SYSTEM_NOT_ROUTED);
}

// A route of a router to a station, or to the controller, which has to find the station first.
static void route_flow(struct rules *r, struct sdn_origin origin, struct prefix to,
                       unsigned priority, const struct sdn_station *station)
{
	const struct sdn_intent_router *router = &r->intent->routers[origin.item];
	struct sdn_match match = {0};

	sdn_match_mac(match.value.key.eth_dst, match.mask.key.eth_dst, router->mac);
	sdn_flow_match_prefix(&match, false, to);
	// An action may set the VLAN of what matches as tagged only (section 7.2.6).
	match.value.key.vlan = match.mask.key.vlan = be16(OXM_VLAN_PRESENT);
	if (station) {
		rules_action_mac(r, SDN_SET_ETH_SRC, router->mac);
		rules_action_mac(r, SDN_SET_ETH_DST, station->mac);
		rules_action(r, SDN_SET_VLAN, r->intent->networks[station->network].vid);
		rules_action(r, SDN_DEC_TTL, 0);
	} else {
		rules_action(r, SDN_CONTROLLER, OF_MAX_LEN_WHOLE);
	}
	rules_flow(r, SDN_TABLE_ROUTE, priority, &match, station ? SDN_TABLE_FORWARD : 0, origin);
}

// Whether an address is one of a network: those are the only ones that a host is believed.
static bool network_has(const struct sdn_intent_network *network, struct addr address)
{
	for (unsigned i = 0; i < network->addresses_len; i++)
		if (addr_prefix_has(network->addresses[i], address))
			return true;
	return false;
}

static void station_routes(struct rules *r, const struct sdn_station *station)
{
	const struct sdn_intent_network *network = &r->intent->networks[station->network];

	if (network->router == SDN_NONE)
		return;
	for (uint32_t i = 0; i < station->addresses_len; i++) {
		struct addr address = station->addresses[i];
		struct prefix to = {address, addr_is_ipv4(address) ? 32 : 128};

		if (network_has(network, address))
			route_flow(r, (struct sdn_origin){SDN_ORIGIN_ROUTER, 0, network->router},
			           to, PRIORITY_ADDRESS, station);
	}
}

static const struct sdn_station *next_hop(const struct rules *r, uint16_t router, struct addr via)
{
	for (uint32_t i = 0; i < r->known->stations_len; i++) {
		const struct sdn_station *station = &r->known->stations[i];
		const struct sdn_intent_network *network = &r->intent->networks[station->network];

		for (uint32_t k = 0; k < station->addresses_len; k++)
			if (network->router == router && addr_eq(station->addresses[k], via) &&
			    network_has(network, via))
				return station;
	}
	return NULL;
}

static void table_route(struct rules *r)
{
	for (uint16_t i = 0; i < r->intent->networks_len; i++) {
		const struct sdn_intent_network *network = &r->intent->networks[i];

		for (unsigned k = 0; network->router != SDN_NONE && k < network->addresses_len; k++)
			route_flow(r, (struct sdn_origin){SDN_ORIGIN_ROUTER, 0, network->router},
			           network->addresses[k],
			           PRIORITY_ROUTE + 2u * network->addresses[k].len + 1, NULL);
	}
	for (uint16_t i = 0; i < r->intent->routers_len; i++) {
		const struct sdn_intent_router *router = &r->intent->routers[i];

		for (uint32_t k = 0; k < router->routes_len; k++)
			route_flow(r, (struct sdn_origin){SDN_ORIGIN_ROUTER, (uint16_t)(k + 1), i},
			           router->routes[k].to,
			           PRIORITY_ROUTE + 2u * router->routes[k].to.len,
			           next_hop(r, i, router->routes[k].via));
	}
	rules_miss(r, SDN_TABLE_ROUTE, 0, SDN_SYSTEM_NO_ROUTE);
}

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
		rules_action(r, SDN_GROUP, group_id(r, way, &group));
		return;
	}
	if (is_untagged(r, port, station->network))
		rules_action(r, SDN_POP_VLAN, 0);
	rules_action(r, SDN_OUTPUT, port);
}

static void station_remote(struct rules *r, const struct sdn_station *station)
{
	struct sdn_match match = {0};

	if (station->way >= r->known->ways_len)
		return;
	SDN_MATCH_SET(&match, vlan, rules_vlan(r, station->network));
	sdn_match_mac(match.value.key.eth_dst, match.mask.key.eth_dst, station->mac);
	station_send(r, station, &r->known->ways[station->way]);
	rules_flow(r, SDN_TABLE_FORWARD, PRIORITY_KNOWN, &match, 0,
	           (struct sdn_origin){SDN_ORIGIN_HOST, 0, 0});
}

// To a station's port. A packet that was routed may have to leave by the port that it came from,
// which a switch does only when it is named so.
static void station_forward(struct rules *r, const struct sdn_station *station)
{
	const struct sdn_intent_port *port = sdn_intent_port(r->on, station->port);
	const struct sdn_intent_network *network = &r->intent->networks[station->network];
	struct sdn_origin origin = {SDN_ORIGIN_HOST, 0, 0};
	struct sdn_match match = {0};
	bool tagged;

	if (!port || !port_carries(r, port, station->network, &tagged))
		return;
	SDN_MATCH_SET(&match, vlan, rules_vlan(r, station->network));
	sdn_match_mac(match.value.key.eth_dst, match.mask.key.eth_dst, station->mac);
	if (!tagged)
		rules_action(r, SDN_POP_VLAN, 0);
	rules_action(r, SDN_OUTPUT, station->port);
	rules_flow(r, SDN_TABLE_FORWARD, PRIORITY_KNOWN, &match, 0, origin);
	if (network->router == SDN_NONE)
		return;
	SDN_MATCH_SET(&match, in_port, be32(station->port));
	sdn_match_mac(match.value.key.eth_src, match.mask.key.eth_src,
	              r->intent->routers[network->router].mac);
	if (!tagged)
		rules_action(r, SDN_POP_VLAN, 0);
	rules_action(r, SDN_OUTPUT, OF_PORT_IN_PORT);
	rules_flow(r, SDN_TABLE_FORWARD, PRIORITY_HAIRPIN, &match, 0, origin);
}

// Outputs to the ports that carry the network with a tag, or without one.
static void flood_ports(struct rules *r, uint16_t network, bool with_tag)
{
	uint32_t before = r->actions_len;

	for (uint32_t i = 0; i < r->on->ports_len; i++) {
		const struct sdn_intent_port *port = &r->on->ports[i];
		bool tagged;

		if (!port_carries(r, port, network, &tagged) || tagged != with_tag ||
		    !port_floods(r, port, network))
			continue;
		if (!with_tag && r->actions_len == before)
			rules_action(r, SDN_POP_VLAN, 0);
		rules_action(r, SDN_OUTPUT, port->number);
	}
}

// What a port that takes no part in floods receives is not flooded either.
static void flood_closed(struct rules *r, uint16_t network)
{
	for (uint32_t i = 0; i < r->on->ports_len; i++) {
		const struct sdn_intent_port *port = &r->on->ports[i];
		struct sdn_match match = {0};
		bool tagged;

		if (!port_carries(r, port, network, &tagged) || port_floods(r, port, network))
			continue;
		SDN_MATCH_SET(&match, in_port, be32(port->number));
		SDN_MATCH_SET(&match, vlan, rules_vlan(r, network));
		rules_flow(r, SDN_TABLE_FORWARD, PRIORITY_LINK, &match, 0,
		           (struct sdn_origin){SDN_ORIGIN_SYSTEM, SDN_SYSTEM_CLOSED, 0});
	}
}

static void table_forward(struct rules *r)
{
	for (uint16_t i = 0; i < r->intent->networks_len; i++) {
		struct sdn_match match = {0};

		if (!rules_has_network(r, i))
			continue;
		SDN_MATCH_SET(&match, vlan, rules_vlan(r, i));
		flood_ports(r, i, true);
		flood_ports(r, i, false);
		rules_flow(r, SDN_TABLE_FORWARD, PRIORITY_FLOOD, &match, 0,
		           (struct sdn_origin){SDN_ORIGIN_NETWORK, 0, i});
		flood_closed(r, i);
	}
	rules_miss(r, SDN_TABLE_FORWARD, 0, SDN_SYSTEM_UNKNOWN_NETWORK);
}

static void rules_station(struct rules *r, const struct sdn_station *station)
{
	bool tagged;
	const struct sdn_intent_port *port = sdn_intent_port(r->on, station->port);

	if (port && port_carries(r, port, station->network, &tagged))
		station_learned(r, station);
	station_routes(r, station);
	if (station->is_remote)
		station_remote(r, station);
	else
		station_forward(r, station);
}

static void rules_meters(struct rules *r)
{
	for (uint16_t i = 0; i < r->intent->limits_len; i++) {
		const struct sdn_intent_limit *limit = &r->intent->limits[i];

		sdn_flow_add_meter(r->out, &(struct sdn_meter){limit->meter_id,
		                                               limit->rate_kbps,
		                                               limit->burst_kbits,
		                                               {SDN_ORIGIN_LIMIT, 0, i}});
	}
}

static void rules_init(struct rules *r, const struct sdn_intent *intent, uint16_t number,
                       const struct sdn_known *known, struct sdn_tables *out)
{
	r->intent = intent;
	r->on = &intent->switches[number];
	r->known = known;
	r->out = out;
	r->actions_len = 0;
	r->meter = 0;
	r->is_whole = r->lacks = false;
}

// In one table it is the first flow, which has the highest priority.
void sdn_rules_probe(const struct sdn_intent *intent, bool flat, struct sdn_tables *out)
{
	struct rules r = {.intent = intent, .out = out};

	table_port_lldp(&r, flat ? UINT16_MAX : PRIORITY_LLDP);
}

bool sdn_rules_station(const struct sdn_intent *intent, uint16_t number,
                       const struct sdn_known *known, const struct sdn_station *station,
                       struct sdn_tables *out)
{
	struct rules r;

	rules_init(&r, intent, number, known, out);
	rules_station(&r, station);
	return !r.lacks;
}

int sdn_rules_make(const struct sdn_intent *intent, uint16_t number, const struct sdn_known *known,
                   struct sdn_tables *out, struct why *why)
{
	struct rules r;

	rules_init(&r, intent, number, known, out);
	r.is_whole = true;
	for (uint32_t i = 0; i < known->ways_len; i++)
		known->ways[i].group = 0;
	if (known->version != OF10)
		rules_meters(&r);
	table_port(&r);
	table_port_acl(&r);
	table_net_acl(&r);
	table_learn(&r);
	table_router(&r);
	table_route(&r);
	table_forward(&r);
	for (uint32_t i = 0; i < known->stations_len; i++)
		rules_station(&r, &known->stations[i]);
	if (sdn_tables_full(out))
		return why_fail(why, -ENOSPC, "not enough memory for the flows of a switch");
	sdn_flow_sort(out);
	for (uint32_t i = 0; i < out->flows_len; i++) {
		int err = sdn_rules_check(intent, &out->flows[i], known->version, why);

		if (err)
			return err;
	}
	return 0;
}
