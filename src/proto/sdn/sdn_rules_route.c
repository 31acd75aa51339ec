// sdn_rules_route: the tables of routers: what is for a router itself, and where it sends the rest.
#include "proto/sdn/sdn_flow_internal.h"
#include "proto/sdn/sdn_rules_internal.h"

#define ICMP6_SOLICIT 135
#define ICMP6_ADVERT  136

// ARP and neighbour discovery for a router's address, and packets to it: the controller answers.
static void router_address(struct rules *r, uint16_t network, struct addr address,
                           struct sdn_origin origin)
{
	const struct sdn_intent_router *router = &r->intent->routers[origin.item];
	bool ipv4 = addr_is_ipv4(address);
	uint8_t bytes[16], solicited[16] = {0xff, 0x02, [11] = 1, [12] = 0xff};
	struct sdn_match own = {0}, ask = {0};

	SDN_MATCH_SET(&own, vlan, sdn_rules_vlan(r, network));
	ask = own;
	sdn_match_mac(own.value.key.eth_dst, own.mask.key.eth_dst, router->mac);
	sdn_flow_match_prefix(&own, false, (struct prefix){address, ipv4 ? 32 : 128});
	sdn_rules_action(r, SDN_CONTROLLER, OF_MAX_LEN_WHOLE);
	sdn_rules_flow(r, SDN_TABLE_ROUTER, PRIORITY_OWN, &own, 0, origin);

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
	sdn_rules_action(r, SDN_CONTROLLER, OF_MAX_LEN_WHOLE);
	sdn_rules_flow(r, SDN_TABLE_ROUTER, PRIORITY_OWN, &ask, 0, origin);
}

// What hosts answer the router, which asked for them: ARP replies and neighbour advertisements.
static void router_answers(struct rules *r, uint16_t network, struct sdn_origin origin)
{
	struct sdn_match arp = {0}, ndp;

	SDN_MATCH_SET(&arp, vlan, sdn_rules_vlan(r, network));
	sdn_match_mac(arp.value.key.eth_dst, arp.mask.key.eth_dst,
	              r->intent->routers[origin.item].mac);
	ndp = arp;
	SDN_MATCH_SET(&arp, eth_type, be16(ETHERTYPE_ARP));
	sdn_rules_action(r, SDN_CONTROLLER, OF_MAX_LEN_WHOLE);
	sdn_rules_flow(r, SDN_TABLE_ROUTER, PRIORITY_ANSWER, &arp, 0, origin);
	SDN_MATCH_SET(&ndp, eth_type, be16(ETHERTYPE_IPV6));
	SDN_MATCH_SET(&ndp, ip_proto, PROTO_ICMP6);
	for (unsigned type = ICMP6_SOLICIT; type <= ICMP6_ADVERT; type++) {
		SDN_MATCH_SET(&ndp, src_port, be16((uint16_t)type));
		sdn_rules_action(r, SDN_CONTROLLER, OF_MAX_LEN_WHOLE);
		sdn_rules_flow(r, SDN_TABLE_ROUTER, PRIORITY_ANSWER, &ndp, 0, origin);
	}
}

void sdn_rules_router(struct rules *r)
{
	for (uint16_t i = 0; i < r->intent->networks_len; i++) {
		const struct sdn_intent_network *network = &r->intent->networks[i];
		struct sdn_origin origin = {SDN_ORIGIN_ROUTER, 0, network->router};
		struct sdn_match match = {0};

		if (network->router == SDN_NONE || !sdn_rules_has_network(r, i))
			continue;
		for (unsigned k = 0; k < network->addresses_len; k++)
			router_address(r, i, network->addresses[k].addr, origin);
		router_answers(r, i, origin);
		SDN_MATCH_SET(&match, vlan, sdn_rules_vlan(r, i));
		sdn_match_mac(match.value.key.eth_dst, match.mask.key.eth_dst,
		              r->intent->routers[network->router].mac);
		sdn_rules_flow(r, SDN_TABLE_ROUTER, PRIORITY_KNOWN, &match, SDN_TABLE_ROUTE,
		               origin);
	}
	sdn_rules_miss(r, SDN_TABLE_ROUTER, SDN_TABLE_FORWARD, SDN_SYSTEM_NOT_ROUTED);
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
		sdn_rules_action_mac(r, SDN_SET_ETH_SRC, router->mac);
		sdn_rules_action_mac(r, SDN_SET_ETH_DST, station->mac);
		sdn_rules_action(r, SDN_SET_VLAN, r->intent->networks[station->network].vid);
		sdn_rules_action(r, SDN_DEC_TTL, 0);
	} else {
		sdn_rules_action(r, SDN_CONTROLLER, OF_MAX_LEN_WHOLE);
	}
	sdn_rules_flow(r, SDN_TABLE_ROUTE, priority, &match, station ? SDN_TABLE_FORWARD : 0,
	               origin);
}

// Whether an address is one of a network: those are the only ones that a host is believed.
static bool network_has(const struct sdn_intent_network *network, struct addr address)
{
	for (unsigned i = 0; i < network->addresses_len; i++)
		if (addr_prefix_has(network->addresses[i], address))
			return true;
	return false;
}

void sdn_rules_station_routes(struct rules *r, const struct sdn_station *station)
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

void sdn_rules_route(struct rules *r)
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
	sdn_rules_miss(r, SDN_TABLE_ROUTE, 0, SDN_SYSTEM_NO_ROUTE);
}
