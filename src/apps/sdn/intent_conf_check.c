// intent_conf_check: what no key of the intents shows alone.
#include "apps/sdn/intent_conf.h"

#include "core/host/option.h"

#include <string.h>

#define RULE_MATCHES_MAX (SDN_RULES_MAX / 8)

struct check {
	const struct intent_conf *intents;
	const char *path; // of the section
	struct conf *to;
};

static const char *text_at(const struct conf_list *list, size_t i)
{
	return ((const char *const *)list->items)[i];
}

// "sdn.intents.switches[0].ports[2].acl".
#define CHECK_PATH(c, format, ...) conf_path((c)->to, "%s." format, (c)->path, __VA_ARGS__)

// Names of a list, which are the first members of its items.
static void check_names(const struct check *c, const char *key, const struct conf_list *list,
                        size_t size)
{
	for (size_t i = 0; i < list->len; i++) {
		const char *name = *(const char *const *)((const char *)list->items + i * size);
		uint16_t first = intent_conf_find(list, size, name);

		if (*name && first < i)
			conf_error(c->to, CHECK_PATH(c, "%s[%zu].name", key, i),
			           "\"%s\" is the name of %s.%s[%u], too; give it another one",
			           name, c->path, key, first);
	}
}

static void check_reference(const struct check *c, const char *path, const char *name,
                            const struct conf_list *list, size_t size, const char *kind)
{
	if (*name && intent_conf_find(list, size, name) == SDN_NONE)
		conf_error(c->to, path,
		           "there is no %s \"%s\"; declare it in %s.%ss, or mend the "
		           "name",
		           kind, name, c->path, kind);
}

#define CHECK_REFERENCE(c, path, name, type)                                                       \
	check_reference(c, path, name, &(c)->intents->type##s,                                     \
	                sizeof(struct intent_##type##_conf), #type)

static void check_networks(const struct check *c)
{
	const struct intent_network_conf *networks = c->intents->networks.items;
	uint16_t of_vid[4096];

	memset(of_vid, 0xff, sizeof(of_vid));
	for (size_t i = 0; i < c->intents->networks.len; i++) {
		const char *path = CHECK_PATH(c, "networks[%zu]", i);
		uint16_t *same = &of_vid[networks[i].vlan & 0xfff];

		CHECK_REFERENCE(c, conf_path(c->to, "%s.acl", path), networks[i].acl, acl);
		if (*same != SDN_NONE && !conf_has_error(c->to, conf_path(c->to, "%s.vlan", path)))
			conf_error(c->to, conf_path(c->to, "%s.vlan", path),
			           "VLAN %u is that of the network \"%s\", too; give one of them "
			           "another VLAN",
			           (unsigned)networks[i].vlan, networks[*same].name);
		*same = (uint16_t)i;
	}
}

static void check_rule(const struct check *c, const struct intent_rule_conf *rule, const char *path,
                       size_t *total)
{
	size_t matches = intent_conf_matches(rule, NULL, 0);

	CHECK_REFERENCE(c, conf_path(c->to, "%s.limit", path), rule->limit, limit);
	if (*rule->limit && rule->action == INTENT_DENY)
		conf_error(c->to, conf_path(c->to, "%s.limit", path),
		           "a limit is for what a rule allows, and this one denies; leave one out");
	if (rule->from_ports.len + rule->to_ports.len > 0 &&
	    rule->protocol != INTENT_PROTOCOL_TCP && rule->protocol != INTENT_PROTOCOL_UDP)
		conf_error(c->to, path,
		           "ports need \"protocol\": \"tcp\" or \"udp\"; write a rule "
		           "for each");
	if (conf_has_error(c->to, path))
		return;
	if (matches == 0)
		conf_error(c->to, path,
		           "matches no packet: \"from\" and \"to\" have no address of "
		           "the same family, IPv4 or IPv6");
	if (matches > RULE_MATCHES_MAX)
		conf_error(c->to, path,
		           "takes %zu flows for its addresses and ranges of ports, "
		           "more than %u; write several rules, or coarser ones",
		           matches, RULE_MATCHES_MAX);
	*total += matches;
}

static void check_acls(const struct check *c)
{
	const struct intent_acl_conf *acls = c->intents->acls.items;

	for (size_t i = 0; i < c->intents->acls.len; i++) {
		const struct intent_rule_conf *rules = acls[i].rules.items;
		size_t total = 0;

		for (size_t k = 0; k < acls[i].rules.len; k++)
			check_rule(c, &rules[k], CHECK_PATH(c, "acls[%zu].rules[%zu]", i, k),
			           &total);
		if (total > SDN_RULES_MAX)
			conf_error(c->to, CHECK_PATH(c, "acls[%zu].rules", i),
			           "take %zu flows, more than %u; use coarser prefixes and ranges",
			           total, SDN_RULES_MAX);
	}
}

static void check_port_networks(const struct check *c, const struct intent_port_conf *port,
                                const char *path)
{
	CHECK_REFERENCE(c, conf_path(c->to, "%s.untagged", path), port->untagged, network);
	if (!*port->untagged && port->tagged.len == 0)
		conf_error(c->to, path,
		           "carries no network; set \"untagged\" or \"tagged\", or "
		           "leave the port out");
	for (size_t i = 0; i < port->tagged.len; i++) {
		const char *name = text_at(&port->tagged, i);
		const char *at = conf_path(c->to, "%s.tagged[%zu]", path, i);
		size_t k = 0;

		CHECK_REFERENCE(c, at, name, network);
		while (strcmp(text_at(&port->tagged, k), name) != 0)
			k++;
		if (*name && (k < i || strcmp(name, port->untagged) == 0))
			conf_error(c->to, at,
			           "the port carries \"%s\" already; a network is "
			           "tagged or untagged, once",
			           name);
	}
}

static void check_peer(const struct check *c, const struct intent_port_conf *port, const char *path)
{
	uint16_t of_switch;
	uint32_t number;

	if (*port->peer && port->edge)
		conf_error(c->to, conf_path(c->to, "%s.edge", path),
		           "the port has a \"peer\": it leads to a switch, and not to hosts; leave "
		           "one out");
	if (*port->peer && !intent_conf_place(c->intents, port->peer, &of_switch, &number))
		conf_error(c->to, conf_path(c->to, "%s.peer", path),
		           "\"%s\" is no switch and port of %s.switches", port->peer, c->path);
}

// A rule's mirror has to be a port wherever the list is used.
static void check_mirrors(const struct check *c, const struct intent_switch_conf *on,
                          const char *acl_name, const char *path)
{
	uint16_t number =
	        intent_conf_find(&c->intents->acls, sizeof(struct intent_acl_conf), acl_name);
	const struct intent_port_conf *ports = on->ports.items;
	const struct intent_acl_conf *acl;

	if (number == SDN_NONE)
		return;
	acl = (const struct intent_acl_conf *)c->intents->acls.items + number;
	for (size_t i = 0; i < acl->rules.len; i++) {
		uint64_t mirror = ((const struct intent_rule_conf *)acl->rules.items)[i].mirror;
		size_t k = 0;

		while (k < on->ports.len && ports[k].number != mirror)
			k++;
		if (mirror && k == on->ports.len)
			conf_error(c->to, path,
			           "rule %zu of the acl \"%s\" mirrors to port %u, which the "
			           "switch \"%s\" does not have here; declare the port",
			           i + 1, acl_name, (unsigned)mirror, on->name);
	}
}

static void check_switch(const struct check *c, size_t i)
{
	const struct intent_switch_conf *on =
	        (const struct intent_switch_conf *)c->intents->switches.items + i;
	const struct intent_port_conf *ports = on->ports.items;

	for (size_t k = 0; k < on->ports.len; k++) {
		const char *path = CHECK_PATH(c, "switches[%zu].ports[%zu]", i, k);
		size_t first = 0;

		while (ports[first].number != ports[k].number)
			first++;
		if (first < k && !conf_has_error(c->to, conf_path(c->to, "%s.number", path)))
			conf_error(c->to, conf_path(c->to, "%s.number", path),
			           "port %u stands here twice", (unsigned)ports[k].number);
		check_port_networks(c, &ports[k], path);
		CHECK_REFERENCE(c, conf_path(c->to, "%s.acl", path), ports[k].acl, acl);
		CHECK_REFERENCE(c, conf_path(c->to, "%s.limit", path), ports[k].limit, limit);
		check_peer(c, &ports[k], path);
		check_mirrors(c, on, ports[k].acl, conf_path(c->to, "%s.acl", path));
	}
}

// The access lists of networks, which apply on each switch that has them.
static void check_switch_networks(const struct check *c, size_t i)
{
	const struct intent_switch_conf *on =
	        (const struct intent_switch_conf *)c->intents->switches.items + i;
	const struct intent_network_conf *networks = c->intents->networks.items;
	const struct intent_port_conf *ports = on->ports.items;

	for (size_t n = 0; n < c->intents->networks.len; n++) {
		bool carried = false;

		for (size_t k = 0; k < on->ports.len && !carried; k++) {
			carried = strcmp(ports[k].untagged, networks[n].name) == 0;
			for (size_t t = 0; t < ports[k].tagged.len; t++)
				carried |=
				        strcmp(text_at(&ports[k].tagged, t), networks[n].name) == 0;
		}
		if (carried)
			check_mirrors(c, on, networks[n].acl,
			              CHECK_PATH(c, "networks[%zu].acl", n));
	}
}

static void check_switches(const struct check *c)
{
	const struct intent_switch_conf *switches = c->intents->switches.items;
	uint64_t datapath, other;

	for (size_t i = 0; i < c->intents->switches.len; i++) {
		check_switch(c, i);
		check_switch_networks(c, i);
		if (!intent_conf_datapath(switches[i].datapath, &datapath))
			continue;
		for (size_t k = 0; k < i; k++)
			if (intent_conf_datapath(switches[k].datapath, &other) && other == datapath)
				conf_error(c->to, CHECK_PATH(c, "switches[%zu].datapath", i),
				           "is that of the switch \"%s\", too", switches[k].name);
	}
}

static bool has_prefix(const struct intent_network_conf *network, struct addr address)
{
	struct prefix prefix;

	for (size_t i = 0; i < network->gateways.len; i++)
		if (addr_prefix_parse(text_at(&network->gateways, i), &prefix) &&
		    addr_prefix_has(prefix, address))
			return true;
	return false;
}

// Of a router: which of its networks has the address; SDN_NONE.
static uint16_t network_of(const struct check *c, const struct intent_router_conf *router,
                           struct addr address, uint16_t but)
{
	const struct intent_network_conf *networks = c->intents->networks.items;

	for (size_t i = 0; i < router->networks.len; i++) {
		uint16_t number = intent_conf_find(&c->intents->networks, sizeof(*networks),
		                                   text_at(&router->networks, i));

		if (number != SDN_NONE && number != but && has_prefix(&networks[number], address))
			return number;
	}
	return SDN_NONE;
}

static void check_gateways(const struct check *c, const struct intent_router_conf *router,
                           uint16_t number)
{
	const struct intent_network_conf *networks = c->intents->networks.items;
	const struct intent_network_conf *network = &networks[number];
	struct prefix prefix;

	for (size_t i = 0; i < network->gateways.len; i++) {
		uint16_t other;

		if (!addr_prefix_parse(text_at(&network->gateways, i), &prefix))
			continue;
		other = network_of(c, router, prefix.addr, number);
		if (other != SDN_NONE)
			conf_error(c->to, CHECK_PATH(c, "networks[%u].gateways[%zu]", number, i),
			           "%s is also in the network \"%s\" of the router \"%s\"; a "
			           "router cannot distinguish the two",
			           text_at(&network->gateways, i), networks[other].name,
			           router->name);
	}
}

static void check_router_networks(const struct check *c, size_t i, uint16_t *router_of)
{
	const struct intent_router_conf *router =
	        (const struct intent_router_conf *)c->intents->routers.items + i;
	const struct intent_network_conf *networks = c->intents->networks.items;

	for (size_t k = 0; k < router->networks.len; k++) {
		const char *path = CHECK_PATH(c, "routers[%zu].networks[%zu]", i, k);
		const char *name = text_at(&router->networks, k);
		uint16_t number = intent_conf_find(&c->intents->networks, sizeof(*networks), name);

		CHECK_REFERENCE(c, path, name, network);
		if (number == SDN_NONE)
			continue;
		if (router_of[number] != SDN_NONE)
			conf_error(c->to, path,
			           "\"%s\" is a network of another router, or stands "
			           "here twice; it can have one",
			           name);
		if (networks[number].gateways.len == 0)
			conf_error(c->to, path,
			           "\"%s\" has no \"gateways\"; give the router an "
			           "address in it",
			           name);
		router_of[number] = (uint16_t)i;
		check_gateways(c, router, number);
	}
}

static void check_routes(const struct check *c, size_t i)
{
	const struct intent_router_conf *router =
	        (const struct intent_router_conf *)c->intents->routers.items + i;
	const struct intent_route_conf *routes = router->routes.items;

	for (size_t k = 0; k < router->routes.len; k++) {
		const char *path = CHECK_PATH(c, "routers[%zu].routes[%zu]", i, k);
		struct prefix to, other;
		struct addr via;

		if (!intent_conf_prefix(routes[k].to, &to) || !addr_parse(routes[k].via, &via))
			continue;
		if (addr_is_ipv4(to.addr) != addr_is_ipv4(via))
			conf_error(c->to, path,
			           "leads from one family, IPv4 or IPv6, to the other");
		else if (network_of(c, router, via, SDN_NONE) == SDN_NONE)
			conf_error(c->to, conf_path(c->to, "%s.via", path),
			           "%s is in no network of the router \"%s\"", routes[k].via,
			           router->name);
		for (size_t m = 0; m < k; m++)
			if (intent_conf_prefix(routes[m].to, &other) && other.len == to.len &&
			    addr_is_ipv4(other.addr) == addr_is_ipv4(to.addr) &&
			    addr_prefix_has(other, to.addr))
				conf_error(c->to, conf_path(c->to, "%s.to", path),
				           "%s has a route already, routes[%zu]", routes[k].to, m);
	}
}

static void check_routers(const struct check *c)
{
	const struct intent_router_conf *routers = c->intents->routers.items;
	const struct intent_network_conf *networks = c->intents->networks.items;
	uint16_t router_of[4096];
	uint8_t mac[6], other[6];

	memset(router_of, 0xff, sizeof(router_of));
	for (size_t i = 0; i < c->intents->routers.len; i++) {
		check_router_networks(c, i, router_of);
		check_routes(c, i);
		for (size_t k = 0; k < i; k++)
			if (option_mac(routers[i].mac, mac) && option_mac(routers[k].mac, other) &&
			    memcmp(mac, other, sizeof(mac)) == 0)
				conf_error(c->to, CHECK_PATH(c, "routers[%zu].mac", i),
				           "is that of the router \"%s\", too", routers[k].name);
	}
	for (size_t i = 0; i < c->intents->networks.len; i++)
		if (networks[i].gateways.len && router_of[i] == SDN_NONE)
			conf_error(c->to, CHECK_PATH(c, "networks[%zu].gateways", i),
			           "no router has the network \"%s\"; name it in one, or leave "
			           "\"gateways\" out",
			           networks[i].name);
}

static void check_host_place(const struct check *c, const struct intent_host_conf *host, size_t i)
{
	const struct intent_switch_conf *switches = c->intents->switches.items;
	const struct intent_port_conf *port;
	uint16_t of_switch;
	uint32_t number;
	bool carried;

	if (!*host->at)
		return;
	if (!intent_conf_place(c->intents, host->at, &of_switch, &number)) {
		conf_error(c->to, CHECK_PATH(c, "hosts[%zu].at", i),
		           "\"%s\" is no switch and port of %s.switches", host->at, c->path);
		return;
	}
	for (port = switches[of_switch].ports.items; port->number != number;)
		port++;
	carried = strcmp(port->untagged, host->network) == 0;
	for (size_t k = 0; k < port->tagged.len; k++)
		carried |= strcmp(text_at(&port->tagged, k), host->network) == 0;
	if (!carried)
		conf_error(c->to, CHECK_PATH(c, "hosts[%zu].at", i),
		           "the port does not carry the network \"%s\" of the host", host->network);
}

// An address of a host is one other's at most, and in its network if that has gateways.
static void check_host_addresses(const struct check *c, size_t i)
{
	const struct intent_host_conf *hosts = c->intents->hosts.items, *host = &hosts[i];
	const struct intent_network_conf *networks = c->intents->networks.items;
	uint16_t number = intent_conf_find(&c->intents->networks, sizeof(*networks), host->network);
	struct addr address, other;

	for (size_t k = 0; k < host->addresses.len; k++) {
		const char *path = CHECK_PATH(c, "hosts[%zu].addresses[%zu]", i, k);

		if (!addr_parse(text_at(&host->addresses, k), &address))
			continue;
		if (number != SDN_NONE && networks[number].gateways.len &&
		    !has_prefix(&networks[number], address))
			conf_error(c->to, path, "%s is not in the network \"%s\"",
			           text_at(&host->addresses, k), host->network);
		for (size_t m = 0; m <= i; m++)
			for (size_t n = 0; n < (m == i ? k : hosts[m].addresses.len); n++)
				if (strcmp(hosts[m].network, host->network) == 0 &&
				    addr_parse(text_at(&hosts[m].addresses, n), &other) &&
				    addr_eq(address, other))
					conf_error(c->to, path, "is that of the host \"%s\", too",
					           hosts[m].name);
	}
}

static void check_hosts(const struct check *c)
{
	const struct intent_host_conf *hosts = c->intents->hosts.items;
	uint8_t mac[6], other[6];

	for (size_t i = 0; i < c->intents->hosts.len; i++) {
		CHECK_REFERENCE(c, CHECK_PATH(c, "hosts[%zu].network", i), hosts[i].network,
		                network);
		check_host_place(c, &hosts[i], i);
		check_host_addresses(c, i);
		for (size_t k = 0; k < i; k++)
			if (option_mac(hosts[i].mac, mac) && option_mac(hosts[k].mac, other) &&
			    memcmp(mac, other, sizeof(mac)) == 0 &&
			    strcmp(hosts[i].network, hosts[k].network) == 0)
				conf_error(c->to, CHECK_PATH(c, "hosts[%zu].mac", i),
				           "is that of the host \"%s\" in the same network",
				           hosts[k].name);
	}
}

void intent_conf_check(const struct intent_conf *intents, const char *path, struct conf *to)
{
	struct check c = {intents, path, to};

#define NAMES(member, type)                                                                        \
	check_names(&c, #member, &intents->member, sizeof(struct intent_##type##_conf))
	NAMES(networks, network);
	NAMES(limits, limit);
	NAMES(acls, acl);
	NAMES(switches, switch);
	NAMES(routers, router);
	NAMES(hosts, host);
#undef NAMES
	check_networks(&c);
	check_acls(&c);
	check_switches(&c);
	check_routers(&c);
	check_hosts(&c);
}
