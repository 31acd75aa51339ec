// sdn_rules: the tables of a switch: those of ports, access lists and sources here, those of
// routers in sdn_rules_route.c, the one that forwards in sdn_rules_forward.c. What is done in one
// table only, for versions and switches that have no other, is in sdn_rules_flat.c.
#include "proto/sdn/sdn_rules_internal.h"

#include "core/mac.h"
#include "proto/sdn/sdn_flow_internal.h"

#include <errno.h>

#define LEARN_BYTES 512 // of a packet with an unknown source: enough for DHCP
#define DHCP_SERVER 67
#define DHCP_CLIENT 68

static const uint8_t lldp_mac[6] = {0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e};
#define ETHERTYPE_LLDP 0x88cc

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

void sdn_rules_action(struct rules *r, enum sdn_action_type type, uint32_t number)
{
	assert(r->actions_len < SDN_ACTIONS_MAX);
	r->actions[r->actions_len++] = (struct sdn_action){.type = (uint8_t)type, .number = number};
}

void sdn_rules_action_mac(struct rules *r, enum sdn_action_type type, const uint8_t mac[6])
{
	sdn_rules_action(r, type, 0);
	memcpy(r->actions[r->actions_len - 1].mac, mac, 6);
}

// Adds the flow whose actions and meter were collected. next 0: none, as no flow goes to table 0.
void sdn_rules_flow(struct rules *r, enum sdn_table table, unsigned priority,
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

void sdn_rules_miss(struct rules *r, enum sdn_table table, enum sdn_table next,
                    enum sdn_system system)
{
	static const struct sdn_match any;

	sdn_rules_flow(r, table, PRIORITY_MISS, &any, next,
	               (struct sdn_origin){SDN_ORIGIN_SYSTEM, (uint16_t)system, 0});
}

be16_t sdn_rules_vlan(const struct rules *r, uint16_t network)
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
bool sdn_rules_carries(const struct rules *r, const struct sdn_intent_port *port, uint16_t network,
                       bool *tagged)
{
	const struct sdn_known_port *known = known_port(r, port);

	return sdn_intent_carries(port, network, tagged) &&
	       (!known || bit_has(known->carries, network));
}

bool sdn_rules_floods(const struct rules *r, const struct sdn_intent_port *port, uint16_t network)
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
	SDN_MATCH_SET(&match, vlan, tagged ? sdn_rules_vlan(r, network) : be16(0));
	if (!tagged)
		sdn_rules_action(r, SDN_PUSH_VLAN, r->intent->networks[network].vid);
	r->meter = rules_meter(r, port->limit);
	sdn_rules_flow(r, SDN_TABLE_PORT, PRIORITY_KNOWN, &match, SDN_TABLE_PORT_ACL,
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
		sdn_rules_flow(r, SDN_TABLE_PORT, PRIORITY_LOCAL, &match, 0, origin);
	}
}

static void table_port_lldp(struct rules *r, unsigned priority)
{
	struct sdn_match lldp = {0};

	SDN_MATCH_SET(&lldp, eth_type, be16(ETHERTYPE_LLDP));
	sdn_rules_action(r, SDN_CONTROLLER, OF_MAX_LEN_WHOLE);
	sdn_rules_flow(r, SDN_TABLE_PORT, priority, &lldp, 0,
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
	sdn_rules_miss(r, SDN_TABLE_PORT, 0, SDN_SYSTEM_NO_NETWORK);
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
			sdn_rules_action(r, SDN_OUTPUT, rule->mirror);
		if (rule->allow)
			r->meter = rules_meter(r, rule->limit);
		origin.part = rule->number;
		sdn_rules_flow(r, table, SDN_PRIORITY_RULE - SDN_RULE_STEP * i, &match,
		               rule->allow ? next : 0, origin);
	}
	origin.part = 0;
	sdn_rules_flow(r, table, SDN_PRIORITY_OTHERWISE, where, acl->otherwise_allow ? next : 0,
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
	sdn_rules_miss(r, SDN_TABLE_PORT_ACL, SDN_TABLE_NET_ACL, SDN_SYSTEM_NO_ACL);
}

// Whether a port of the switch carries the network.
bool sdn_rules_has_network(const struct rules *r, uint16_t network)
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
			sdn_rules_flow(r, SDN_TABLE_NET_ACL, SDN_PRIORITY_ROUTED, &match,
			               SDN_TABLE_LEARN, origin);
		}
	}
}

static void table_net_acl(struct rules *r)
{
	net_acl_routed(r);
	for (uint16_t i = 0; i < r->intent->networks_len; i++) {
		struct sdn_match where = {0};

		SDN_MATCH_SET(&where, vlan, sdn_rules_vlan(r, i));
		if (r->intent->networks[i].acl != SDN_NONE && sdn_rules_has_network(r, i))
			acl_rules(r, SDN_TABLE_NET_ACL, r->intent->networks[i].acl, &where,
			          SDN_TABLE_LEARN);
	}
	sdn_rules_miss(r, SDN_TABLE_NET_ACL, SDN_TABLE_LEARN, SDN_SYSTEM_NO_ACL);
}

static void station_learned(struct rules *r, const struct sdn_station *station)
{
	struct sdn_match match = {0};

	SDN_MATCH_SET(&match, in_port, be32(station->port));
	SDN_MATCH_SET(&match, vlan, sdn_rules_vlan(r, station->network));
	sdn_match_mac(match.value.key.eth_src, match.mask.key.eth_src, station->mac);
	sdn_rules_flow(r, SDN_TABLE_LEARN, PRIORITY_KNOWN, &match, SDN_TABLE_ROUTER,
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
	sdn_rules_action(r, SDN_CONTROLLER, OF_MAX_LEN_WHOLE);
	sdn_rules_flow(r, SDN_TABLE_LEARN, PRIORITY_SNOOPED, &match, SDN_TABLE_ROUTER,
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
		sdn_rules_flow(r, SDN_TABLE_LEARN, PRIORITY_LINK, &match, SDN_TABLE_ROUTER,
		               (struct sdn_origin){SDN_ORIGIN_SYSTEM, SDN_SYSTEM_LINK_SOURCE, 0});
	}
	sdn_rules_action(r, SDN_CONTROLLER, LEARN_BYTES);
	sdn_rules_miss(r, SDN_TABLE_LEARN, SDN_TABLE_ROUTER, SDN_SYSTEM_UNKNOWN_SOURCE);
}

static void rules_station(struct rules *r, const struct sdn_station *station)
{
	bool tagged;
	const struct sdn_intent_port *port = sdn_intent_port(r->on, station->port);

	if (port && sdn_rules_carries(r, port, station->network, &tagged))
		station_learned(r, station);
	sdn_rules_station_routes(r, station);
	if (station->is_remote)
		sdn_rules_station_remote(r, station);
	else
		sdn_rules_station_forward(r, station);
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
	sdn_rules_router(&r);
	sdn_rules_route(&r);
	sdn_rules_forward(&r);
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
