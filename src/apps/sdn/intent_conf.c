// intent_conf: see the header. The keys; intent_conf_check.c has what depends on several.
#include "apps/sdn/intent_conf.h"

#include "core/host/option.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 64

static bool check_name(const char *text, struct why *why)
{
	why_set(why, "is not a name of letters, digits, \"-\", \"_\" and \".\"");
	for (const char *c = text; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("-_.", *c))
			return false;
	return *text;
}

static bool check_mac(const char *text, struct why *why)
{
	uint8_t mac[6];

	why_set(why, "is not a unicast MAC address such as 02:00:5e:10:00:01");
	return option_mac(text, mac);
}

static bool check_interface(const char *text, struct why *why)
{
	struct prefix prefix;

	why_set(why, "is not an address with the length of its network, such as 10.0.10.1/24");
	return addr_prefix_parse(text, &prefix) && !addr_is_any(prefix.addr) &&
	       !addr_is_multicast(prefix.addr);
}

static bool check_prefix(const char *text, struct why *why)
{
	struct prefix prefix;

	why_set(why, "is neither an address nor a prefix such as 10.0.0.0/8 or 2001:db8::/32");
	return intent_conf_prefix(text, &prefix);
}

static bool check_address(const char *text, struct why *why)
{
	struct addr addr;

	why_set(why, "is not an address of one host, such as 10.0.10.5 or 2001:db8::5");
	return addr_parse(text, &addr) && !addr_is_any(addr) && !addr_is_multicast(addr);
}

static bool check_ports(const char *text, struct why *why)
{
	uint16_t first, last;

	why_set(why, "is neither a port from 0 to 65535 nor a range such as 8000-8999");
	return intent_conf_ports(text, &first, &last);
}

static bool check_datapath(const char *text, struct why *why)
{
	uint64_t datapath;

	why_set(why, "is not a datapath id other than 0, such as 0x1 or 00:00:00:00:00:00:00:01");
	return intent_conf_datapath(text, &datapath);
}

static bool check_place(const char *text, struct why *why)
{
	why_set(why, "is not the name of a switch and the number of a port, such as s1:3");
	return strchr(text, ':') && strchr(text, ':') != text;
}

#define NAME(type, text)                                                                           \
	{                                                                                          \
		"name", CONF_STRING, offsetof(struct intent_##type##_conf, name),                  \
		        .min = 1, .max = NAME_MAX_BYTES, .check = check_name, .help = text         \
	}
#define REFERENCE(key, type, member, fallback, text)                                               \
	{                                                                                          \
		key, CONF_STRING, offsetof(struct intent_##type##_conf, member), fallback,         \
		        .max = NAME_MAX_BYTES, .check = check_name, .help = text                   \
	}

static const struct conf_key network_keys[] = {
        NAME(network, "The name of the network."),
        {"vlan", CONF_UNSIGNED, offsetof(struct intent_network_conf, vlan), NULL, 1, 4094,
         .help = "Its VLAN id, in tags and between switches."},
        REFERENCE("acl", network, acl, "",
                  "The access list for what enters the network, at any port; after the port's."),
        {"gateways", CONF_STRINGS, offsetof(struct intent_network_conf, gateways), "", .max = 16,
         .check = check_interface,
         .help = "Addresses of its router in the network, with the length of the network: "
                 "10.0.10.1/24. They need a router that names the network."},
        {0},
};
static const struct conf_section network_section = {sizeof(struct intent_network_conf),
                                                    network_keys};

static const struct conf_key limit_keys[] = {
        NAME(limit, "The name of the limit."),
        {"rate_kbps", CONF_UNSIGNED, offsetof(struct intent_limit_conf, rate_kbps), NULL, 1,
         UINT32_MAX, .help = "Kilobits a second, beyond which packets are dropped."},
        {"burst_kbits", CONF_UNSIGNED, offsetof(struct intent_limit_conf, burst_kbits), "1000", 1,
         UINT32_MAX, .help = "Kilobits that may come at once."},
        {0},
};
static const struct conf_section limit_section = {sizeof(struct intent_limit_conf), limit_keys};

static const char *const verdicts[] = {[INTENT_DENY] = "deny", [INTENT_ALLOW] = "allow", NULL};
static const char *const protocols[] = {[INTENT_PROTOCOL_ANY] = "any",
                                        [INTENT_PROTOCOL_ARP] = "arp",
                                        [INTENT_PROTOCOL_IP] = "ip",
                                        [INTENT_PROTOCOL_ICMP] = "icmp",
                                        [INTENT_PROTOCOL_TCP] = "tcp",
                                        [INTENT_PROTOCOL_UDP] = "udp",
                                        NULL};

#define RULE(member) offsetof(struct intent_rule_conf, member)

static const struct conf_key rule_keys[] = {
        {"action", CONF_ENUM, RULE(action), NULL, .choices = verdicts,
         .help = "What happens to packets that match all of the rule's keys: \"allow\" or "
                 "\"deny\". The first rule that matches decides."},
        {"protocol", CONF_ENUM, RULE(protocol), "any", .choices = protocols,
         .help = "\"ip\" is IPv4 and IPv6, as are \"icmp\", \"tcp\" and \"udp\"; \"any\" is every "
                 "frame, or with addresses every packet of their family."},
        {"from", CONF_STRINGS, RULE(from), "", .max = 256, .check = check_prefix,
         .help = "Source addresses and prefixes, one of which has to match. Of ARP, the sender's."},
        {"to", CONF_STRINGS, RULE(to), "", .max = 256, .check = check_prefix,
         .help = "Destination addresses and prefixes. Of ARP, the target's."},
        {"from_ports", CONF_STRINGS, RULE(from_ports), "", .max = 64, .check = check_ports,
         .help = "Source ports of TCP or UDP, and ranges such as 8000-8999."},
        {"to_ports", CONF_STRINGS, RULE(to_ports), "", .max = 64, .check = check_ports,
         .help = "Destination ports."},
        REFERENCE("limit", rule, limit, "", "A limit that applies to what the rule allows."),
        {"mirror", CONF_UNSIGNED, RULE(mirror), "0", 0, OF_PORT_MAX,
         .help = "The number of a port of the same switch that gets a copy, with the tag of its "
                 "network, of what matches, also when it is denied. 0: none."},
        {0},
};
static const struct conf_section rule_section = {sizeof(struct intent_rule_conf), rule_keys};

static const struct conf_key acl_keys[] = {
        NAME(acl, "The name of the access list."),
        {"rules", CONF_SECTIONS, offsetof(struct intent_acl_conf, rules), "", .max = 4000,
         .section = &rule_section, .help = "Its rules, in order."},
        {"otherwise", CONF_ENUM, offsetof(struct intent_acl_conf, otherwise), "deny",
         .choices = verdicts,
         .help = "What happens to packets that no rule matches: ARP among them, unless a rule "
                 "allows it."},
        {0},
};
static const struct conf_section acl_section = {sizeof(struct intent_acl_conf), acl_keys};

#define PORT(member) offsetof(struct intent_port_conf, member)

static const struct conf_key port_keys[] = {
        {"number", CONF_UNSIGNED, PORT(number), NULL, 1, OF_PORT_MAX,
         .help = "Its number, as the switch has it."},
        {"name", CONF_STRING, PORT(name), "", .max = NAME_MAX_BYTES, .check = check_name,
         .help = "A name, for people."},
        REFERENCE("untagged", port, untagged, "",
                  "The network of packets without a tag, in and out. Empty: such are dropped."),
        {"tagged", CONF_STRINGS, PORT(tagged), "", .max = 4094, .check = check_name,
         .help = "Networks that the port carries with their VLAN's tag. Packets with other tags "
                 "are dropped."},
        REFERENCE("acl", port, acl, "", "The access list for what the port receives."),
        REFERENCE("limit", port, limit, "", "A limit for what the port receives."),
        {"peer", CONF_STRING, PORT(peer), "", .max = NAME_MAX_BYTES + 12, .check = check_place,
         .help = "The switch and port at the other end of the cable, such as s2:1. \"plan\" "
                 "follows packets there. With sdn.topology the port leads to no host, and what "
                 "LLDP finds there counts; events say when that is another one."},
        {"edge", CONF_BOOL, PORT(edge), "false",
         .help = "Whether the port leads to hosts for certain: it is not probed, and in use at "
                 "once when it has a link. A cable to another such port may make a loop."},
        {"dhcp_server", CONF_BOOL, PORT(dhcp_server), "false",
         .help = "Whether a DHCP server is at the port: hosts are believed to have the addresses "
                 "that it grants."},
        {0},
};
static const struct conf_section port_section = {sizeof(struct intent_port_conf), port_keys};

static const struct conf_key switch_keys[] = {
        NAME(switch, "The name of the switch."),
        {"datapath", CONF_STRING, offsetof(struct intent_switch_conf, datapath), .min = 1,
         .max = 23, .check = check_datapath,
         .help = "Its datapath id in hex, such as 0x1 or 00:00:00:00:00:00:00:01."},
        {"ports", CONF_SECTIONS, offsetof(struct intent_switch_conf, ports), .min = 1,
         .max = SDN_INTENT_PORTS_MAX, .section = &port_section,
         .help = "Its ports. What others receive is dropped."},
        {0},
};
static const struct conf_section switch_section = {sizeof(struct intent_switch_conf), switch_keys};

static const struct conf_key route_keys[] = {
        {"to", CONF_STRING, offsetof(struct intent_route_conf, to), .min = 1, .max = 64,
         .check = check_prefix, .help = "The destinations, such as 0.0.0.0/0."},
        {"via", CONF_STRING, offsetof(struct intent_route_conf, via), .min = 1, .max = 64,
         .check = check_address, .help = "The next hop, in one of the router's networks."},
        {0},
};
static const struct conf_section route_section = {sizeof(struct intent_route_conf), route_keys};

static const struct conf_key router_keys[] = {
        NAME(router, "The name of the router."),
        {"mac", CONF_STRING, offsetof(struct intent_router_conf, mac), .min = 1, .max = 17,
         .check = check_mac,
         .help = "Its MAC address, in each of its networks and on every "
                 "switch."},
        {"networks", CONF_STRINGS, offsetof(struct intent_router_conf, networks), .min = 1,
         .max = 4094, .check = check_name,
         .help = "The networks that it connects; each needs gateways."},
        {"routes", CONF_SECTIONS, offsetof(struct intent_router_conf, routes), "", .max = 4096,
         .section = &route_section, .help = "Routes to what is not in its networks."},
        {0},
};
static const struct conf_section router_section = {sizeof(struct intent_router_conf), router_keys};

static const struct conf_key host_keys[] = {
        NAME(host, "The name of the host."),
        {"mac", CONF_STRING, offsetof(struct intent_host_conf, mac), .min = 1, .max = 17,
         .check = check_mac, .help = "Its MAC address."},
        {"network", CONF_STRING, offsetof(struct intent_host_conf, network), .min = 1,
         .max = NAME_MAX_BYTES, .check = check_name, .help = "The network that it is in."},
        {"addresses", CONF_STRINGS, offsetof(struct intent_host_conf, addresses), "", .max = 16,
         .check = check_address, .help = "Its addresses, to which a router delivers."},
        {"at", CONF_STRING, offsetof(struct intent_host_conf, at), "", .max = NAME_MAX_BYTES + 12,
         .check = check_place,
         .help = "The switch and port that it is connected to, such as s1:3. Empty: where it is "
                 "seen."},
        {0},
};
static const struct conf_section host_section = {sizeof(struct intent_host_conf), host_keys};

#define INTENTS(member) offsetof(struct intent_conf, member)

static const struct conf_key intent_keys[] = {
        {"networks", CONF_SECTIONS, INTENTS(networks), "", .max = 4094, .live = true,
         .section = &network_section, .help = "Networks: VLANs of all switches."},
        {"limits", CONF_SECTIONS, INTENTS(limits), "", .max = 1000, .live = true,
         .section = &limit_section, .help = "Limits of rate, for ports and rules to name."},
        {"acls", CONF_SECTIONS, INTENTS(acls), "", .max = 1000, .live = true,
         .section = &acl_section, .help = "Access lists, for ports and networks to name."},
        {"switches", CONF_SECTIONS, INTENTS(switches), "", .max = 2000, .live = true,
         .section = &switch_section,
         .help = "Switches that do what is declared here. Others learn, without networks."},
        {"routers", CONF_SECTIONS, INTENTS(routers), "", .max = 256, .live = true,
         .section = &router_section, .help = "Routers between networks, in every switch at once."},
        {"hosts", CONF_SECTIONS, INTENTS(hosts), "", .max = 1000, .live = true,
         .section = &host_section,
         .help = "Hosts that are known before they are seen: next hops of routes, servers."},
        {0},
};
const struct conf_section intent_conf_section = {sizeof(struct intent_conf), intent_keys};

bool intent_conf_prefix(const char *text, struct prefix *prefix)
{
	if (addr_prefix_parse(text, prefix))
		return true;
	if (!addr_parse(text, &prefix->addr))
		return false;
	prefix->len = addr_is_ipv4(prefix->addr) ? 32 : 128;
	return true;
}

// A number of up to five digits, at *text, which advances; false when there is none.
static bool port_parse(const char **text, uint16_t *port)
{
	unsigned value = 0, digits = 0;

	for (; isdigit((unsigned char)**text) && digits < 6; digits++)
		value = 10 * value + (unsigned)(*(*text)++ - '0');
	*port = (uint16_t)value;
	return digits > 0 && value <= UINT16_MAX;
}

bool intent_conf_ports(const char *text, uint16_t *first, uint16_t *last)
{
	if (!port_parse(&text, first))
		return false;
	*last = *first;
	if (*text == '-') {
		text++;
		if (!port_parse(&text, last))
			return false;
	}
	return *text == '\0' && *first <= *last;
}

bool intent_conf_datapath(const char *text, uint64_t *datapath)
{
	unsigned digits = 0;

	*datapath = 0;
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		text += 2;
	for (; *text; text++) {
		if (*text == ':' && digits > 0 && digits % 2 == 0 && text[1])
			continue;
		if (!isxdigit((unsigned char)*text) || digits++ == 16)
			return false;
		*datapath = *datapath << 4 |
		            (unsigned)(isdigit((unsigned char)*text)
		                               ? *text - '0'
		                               : tolower((unsigned char)*text) - 'a' + 10);
	}
	return *datapath != 0;
}

uint16_t intent_conf_find(const struct conf_list *list, size_t size, const char *name)
{
	for (size_t i = 0; i < list->len; i++)
		if (strcmp(*(const char *const *)((const char *)list->items + i * size), name) == 0)
			return (uint16_t)i;
	return SDN_NONE;
}

bool intent_conf_place(const struct intent_conf *intents, const char *text, uint16_t *of_switch,
                       uint32_t *port)
{
	const char *colon = strrchr(text, ':');
	const struct intent_switch_conf *switches = intents->switches.items;
	char name[NAME_MAX_BYTES + 1], *end;
	unsigned long number;

	if (!colon || colon - text > NAME_MAX_BYTES || !isdigit((unsigned char)colon[1]))
		return false;
	memcpy(name, text, (size_t)(colon - text));
	name[colon - text] = '\0';
	number = strtoul(colon + 1, &end, 10);
	*of_switch = intent_conf_find(&intents->switches, sizeof(*switches), name);
	*port = (uint32_t)number;
	if (*end || number > OF_PORT_MAX || *of_switch == SDN_NONE)
		return false;
	for (size_t i = 0; i < switches[*of_switch].ports.len; i++)
		if (((const struct intent_port_conf *)switches[*of_switch].ports.items)[i].number ==
		    number)
			return true;
	return false;
}
