// intent_conf_build: struct sdn_intent of a configuration that was checked.
#include "apps/sdn/intent_conf.h"

#include "core/host/option.h"

#include <string.h>

#define ETH_IPV4    0x0800
#define ETH_ARP     0x0806
#define ETH_IPV6    0x86dd
#define PROTO_ICMP  1
#define PROTO_TCP   6
#define PROTO_UDP   17
#define PROTO_ICMP6 58

// What a rule's matches are collected in.
struct matches {
	const struct intent_rule_conf *rule;
	struct sdn_match *items;
	size_t len, max;
};

static void matches_add(struct matches *m, const struct sdn_match *match)
{
	if (m->len < m->max)
		m->items[m->len] = *match;
	m->len++;
}

static const char *text_at(const struct conf_list *list, size_t i)
{
	return ((const char *const *)list->items)[i];
}

// The next piece of a range that a value and a mask express: as long as it may be from its first
// port on. Advances *first past it; false at the end of the range.
static bool range_piece(uint32_t *first, uint32_t last, be16_t *value, be16_t *mask)
{
	uint32_t size = 1;

	if (*first > last)
		return false;
	while (size < 0x10000 && *first % (2 * size) == 0 && *first + 2 * size - 1 <= last)
		size *= 2;
	*value = be16((uint16_t)*first);
	*mask = be16((uint16_t) ~(size - 1));
	*first += size;
	return true;
}

typedef void matches_fn(struct matches *m, const struct sdn_match *match);

// Calls fn for each piece of each range; once, without a port, for an empty list.
static void each_port(struct matches *m, const struct sdn_match *match, bool source, matches_fn *fn)
{
	const struct conf_list *ports = source ? &m->rule->from_ports : &m->rule->to_ports;
	struct sdn_match with = *match;

	if (ports->len == 0)
		fn(m, match);
	for (size_t i = 0; i < ports->len; i++) {
		uint16_t low = 0, high = 0;
		bool valid = intent_conf_ports(text_at(ports, i), &low, &high);
		uint32_t first = low;

		while (valid &&
		       range_piece(&first, high,
		                   source ? &with.value.key.src_port : &with.value.key.dst_port,
		                   source ? &with.mask.key.src_port : &with.mask.key.dst_port))
			fn(m, &with);
	}
}

static void each_to_port(struct matches *m, const struct sdn_match *match)
{
	each_port(m, match, false, matches_add);
}

static void each_from_port(struct matches *m, const struct sdn_match *match)
{
	each_port(m, match, true, each_to_port);
}

// Adds an address of a list to the match; false when it is of another family.
static bool address_set(struct sdn_match *match, bool source, const char *text, uint16_t eth_type)
{
	struct prefix prefix;

	if (!intent_conf_prefix(text, &prefix) ||
	    addr_is_ipv4(prefix.addr) != (eth_type != ETH_IPV6))
		return false;
	sdn_flow_match_prefix(match, source, prefix);
	SDN_MATCH_SET(match, eth_type, be16(eth_type));
	return true;
}

static void each_to(struct matches *m, const struct sdn_match *match, uint16_t eth_type)
{
	if (m->rule->to.len == 0)
		each_from_port(m, match);
	for (size_t i = 0; i < m->rule->to.len; i++) {
		struct sdn_match with = *match;

		if (address_set(&with, false, text_at(&m->rule->to, i), eth_type))
			each_from_port(m, &with);
	}
}

static void family_matches(struct matches *m, uint16_t eth_type, uint8_t ip_proto)
{
	struct sdn_match match = {0};

	SDN_MATCH_SET(&match, eth_type, be16(eth_type));
	if (ip_proto)
		SDN_MATCH_SET(&match, ip_proto, ip_proto);
	if (m->rule->from.len == 0)
		each_to(m, &match, eth_type);
	for (size_t i = 0; i < m->rule->from.len; i++) {
		struct sdn_match with = match;

		if (address_set(&with, true, text_at(&m->rule->from, i), eth_type))
			each_to(m, &with, eth_type);
	}
}

size_t intent_conf_matches(const struct intent_rule_conf *rule, struct sdn_match *matches,
                           size_t max)
{
	static const uint8_t ipv4[] = {[INTENT_PROTOCOL_ICMP] = PROTO_ICMP,
	                               [INTENT_PROTOCOL_TCP] = PROTO_TCP,
	                               [INTENT_PROTOCOL_UDP] = PROTO_UDP};
	static const uint8_t ipv6[] = {[INTENT_PROTOCOL_ICMP] = PROTO_ICMP6,
	                               [INTENT_PROTOCOL_TCP] = PROTO_TCP,
	                               [INTENT_PROTOCOL_UDP] = PROTO_UDP};
	struct matches m = {rule, matches, 0, max};
	static const struct sdn_match whole;

	if (rule->protocol == INTENT_PROTOCOL_ANY && rule->from.len + rule->to.len == 0) {
		matches_add(&m, &whole);
	} else if (rule->protocol == INTENT_PROTOCOL_ARP) {
		family_matches(&m, ETH_ARP, 0);
	} else {
		family_matches(&m, ETH_IPV4, ipv4[rule->protocol]);
		family_matches(&m, ETH_IPV6, ipv6[rule->protocol]);
	}
	return m.len;
}

// A reference by name; SDN_NONE for "".
#define REFERENCE(list, type, name)                                                                \
	intent_conf_find(list, sizeof(struct intent_##type##_conf), name)

static uint16_t *references(const struct conf_list *names, const struct conf_list *networks,
                            struct arena *arena)
{
	uint16_t *to = arena_array(arena, names->len, sizeof(*to));

	for (size_t i = 0; i < names->len; i++)
		to[i] = REFERENCE(networks, network, text_at(names, i));
	return to;
}

static void network_build(const struct intent_conf *intents, size_t i, struct arena *arena,
                          struct sdn_intent_network *to)
{
	const struct intent_network_conf *from =
	        (const struct intent_network_conf *)intents->networks.items + i;
	const struct intent_router_conf *routers = intents->routers.items;
	struct prefix *addresses = arena_array(arena, from->gateways.len, sizeof(*addresses));

	*to = (struct sdn_intent_network){.name = arena_text(arena, from->name),
	                                  .vid = (uint16_t)from->vlan,
	                                  .acl = REFERENCE(&intents->acls, acl, from->acl),
	                                  .router = SDN_NONE,
	                                  .addresses = addresses,
	                                  .addresses_len = (uint16_t)from->gateways.len};
	for (size_t k = 0; k < from->gateways.len; k++)
		if (!addr_prefix_parse(text_at(&from->gateways, k), &addresses[k]))
			addresses[k] = (struct prefix){0};
	for (size_t r = 0; r < intents->routers.len; r++)
		for (size_t k = 0; k < routers[r].networks.len; k++)
			if (strcmp(text_at(&routers[r].networks, k), from->name) == 0)
				to->router = (uint16_t)r;
}

static void acl_build(const struct intent_conf *intents, size_t i, struct arena *arena,
                      struct sdn_intent_acl *to)
{
	const struct intent_acl_conf *from =
	        (const struct intent_acl_conf *)intents->acls.items + i;
	const struct intent_rule_conf *conf = from->rules.items;
	struct sdn_match matches[SDN_RULES_MAX / 8];
	struct sdn_intent_rule *rules;
	size_t len = 0;

	for (size_t k = 0; k < from->rules.len; k++)
		len += intent_conf_matches(&conf[k], NULL, 0);
	rules = arena_array(arena, len, sizeof(*rules));
	*to = (struct sdn_intent_acl){arena_text(arena, from->name), rules, (uint32_t)len,
	                              from->otherwise == INTENT_ALLOW};
	for (size_t k = 0; k < from->rules.len; k++) {
		size_t n = intent_conf_matches(&conf[k], matches, ARRAY_LEN(matches));

		for (size_t m = 0; m < n && m < ARRAY_LEN(matches); m++)
			*rules++ = (struct sdn_intent_rule){
			        .match = matches[m],
			        .number = (uint16_t)(k + 1),
			        .limit = REFERENCE(&intents->limits, limit, conf[k].limit),
			        .mirror = (uint32_t)conf[k].mirror,
			        .allow = conf[k].action == INTENT_ALLOW};
	}
}

static void switch_build(const struct intent_conf *intents, size_t i, struct arena *arena,
                         struct sdn_intent_switch *to)
{
	const struct intent_switch_conf *from =
	        (const struct intent_switch_conf *)intents->switches.items + i;
	const struct intent_port_conf *conf = from->ports.items;
	struct sdn_intent_port *ports = arena_array(arena, from->ports.len, sizeof(*ports));

	*to = (struct sdn_intent_switch){arena_text(arena, from->name), 0, ports,
	                                 (uint32_t)from->ports.len};
	if (!intent_conf_datapath(from->datapath, &to->datapath_id))
		to->datapath_id = 0;
	for (size_t k = 0; k < from->ports.len; k++) {
		ports[k] = (struct sdn_intent_port){
		        .name = arena_text(arena, conf[k].name),
		        .number = (uint32_t)conf[k].number,
		        .untagged = REFERENCE(&intents->networks, network, conf[k].untagged),
		        .acl = REFERENCE(&intents->acls, acl, conf[k].acl),
		        .limit = REFERENCE(&intents->limits, limit, conf[k].limit),
		        .tagged_len = (uint16_t)conf[k].tagged.len,
		        .tagged = references(&conf[k].tagged, &intents->networks, arena),
		        .peer_switch = SDN_NONE,
		        .is_edge = conf[k].edge,
		        .is_dhcp_server = conf[k].dhcp_server};
		if (!intent_conf_place(intents, conf[k].peer, &ports[k].peer_switch,
		                       &ports[k].peer_port))
			ports[k].peer_switch = SDN_NONE;
	}
}

static void router_build(const struct intent_conf *intents, size_t i, struct arena *arena,
                         struct sdn_intent_router *to)
{
	const struct intent_router_conf *from =
	        (const struct intent_router_conf *)intents->routers.items + i;
	const struct intent_route_conf *conf = from->routes.items;
	struct sdn_intent_route *routes = arena_array(arena, from->routes.len, sizeof(*routes));

	*to = (struct sdn_intent_router){.name = arena_text(arena, from->name),
	                                 .routes = routes,
	                                 .routes_len = (uint32_t)from->routes.len};
	if (!option_mac(from->mac, to->mac))
		memset(to->mac, 0, sizeof(to->mac));
	for (size_t k = 0; k < from->routes.len; k++)
		if (!intent_conf_prefix(conf[k].to, &routes[k].to) ||
		    !addr_parse(conf[k].via, &routes[k].via))
			routes[k] = (struct sdn_intent_route){0};
}

static void host_build(const struct intent_conf *intents, size_t i, struct arena *arena,
                       struct sdn_intent_host *to)
{
	const struct intent_host_conf *from =
	        (const struct intent_host_conf *)intents->hosts.items + i;
	struct addr *addresses = arena_array(arena, from->addresses.len, sizeof(*addresses));

	*to = (struct sdn_intent_host){
	        .name = arena_text(arena, from->name),
	        .network = REFERENCE(&intents->networks, network, from->network),
	        .addresses = addresses,
	        .addresses_len = (uint32_t)from->addresses.len};
	if (!option_mac(from->mac, to->mac))
		memset(to->mac, 0, sizeof(to->mac));
	if (!intent_conf_place(intents, from->at, &to->on_switch, &to->port))
		to->on_switch = SDN_NONE;
	for (size_t k = 0; k < from->addresses.len; k++)
		if (!addr_parse(text_at(&from->addresses, k), &addresses[k]))
			addresses[k] = (struct addr){0};
}

// A list of structs, each made by its function.
#define BUILD(member, type)                                                                        \
	do {                                                                                       \
		struct sdn_intent_##type *items =                                                  \
		        arena_array(arena, intents->member.len, sizeof(*items));                   \
                                                                                                   \
		for (size_t i = 0; i < intents->member.len; i++)                                   \
			type##_build(intents, i, arena, &items[i]);                                \
		intent.member = items;                                                             \
		intent.member##_len = (uint32_t)intents->member.len;                               \
	} while (0)

// Two names may have the same number: the later one takes the next that is free.
static void limits_build(const struct intent_conf *intents, struct arena *arena,
                         struct sdn_intent *intent)
{
	const struct intent_limit_conf *conf = intents->limits.items;
	struct sdn_intent_limit *limits = arena_array(arena, intents->limits.len, sizeof(*limits));

	for (size_t i = 0; i < intents->limits.len; i++) {
		uint32_t id = sdn_intent_meter_id(conf[i].name);

		for (size_t k = 0; k < i; k++) {
			if (limits[k].meter_id != id)
				continue;
			id = id % UINT16_MAX + 1;
			k = SIZE_MAX; // from the first one again
		}
		limits[i] = (struct sdn_intent_limit){arena_text(arena, conf[i].name), id,
		                                      (uint32_t)conf[i].rate_kbps,
		                                      (uint32_t)conf[i].burst_kbits};
	}
	intent->limits = limits;
	intent->limits_len = (uint32_t)intents->limits.len;
}

struct sdn_intent intent_conf_build(const struct intent_conf *intents, struct arena *arena)
{
	struct sdn_intent intent = {0};

	limits_build(intents, arena, &intent);
	BUILD(networks, network);
	BUILD(acls, acl);
	BUILD(switches, switch);
	BUILD(routers, router);
	BUILD(hosts, host);
	return intent;
}
