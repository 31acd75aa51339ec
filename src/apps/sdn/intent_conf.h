// intent_conf: the configuration's section of intents: its keys, the checks that need several of
// them, and struct sdn_intent made of it. What intents mean is in docs/sdn.md.
#ifndef APPS_SDN_INTENT_CONF_H
#define APPS_SDN_INTENT_CONF_H

#include "core/host/conf.h"
#include "proto/sdn/sdn_intent.h"

// Names that are not given are "", lists are of const char * unless they say otherwise.
struct intent_network_conf {
	const char *name, *acl;
	uint64_t vlan;
	struct conf_list gateways; // "10.0.10.1/24"
};

struct intent_limit_conf {
	const char *name;
	uint64_t rate_kbps, burst_kbits;
};

enum intent_protocol {
	INTENT_PROTOCOL_ANY,
	INTENT_PROTOCOL_ARP,
	INTENT_PROTOCOL_IP,
	INTENT_PROTOCOL_ICMP,
	INTENT_PROTOCOL_TCP,
	INTENT_PROTOCOL_UDP,
};

enum intent_verdict { INTENT_DENY, INTENT_ALLOW };

struct intent_rule_conf {
	unsigned action, protocol; // enum intent_verdict, enum intent_protocol
	struct conf_list from, to; // addresses and prefixes
	struct conf_list from_ports, to_ports;
	const char *limit;
	uint64_t mirror;
};

struct intent_acl_conf {
	const char *name;
	unsigned otherwise;     // enum intent_verdict
	struct conf_list rules; // of struct intent_rule_conf
};

struct intent_port_conf {
	const char *name; // ""
	uint64_t number;
	const char *untagged, *acl, *limit, *peer;
	struct conf_list tagged;
	bool edge, dhcp_server;
};

struct intent_switch_conf {
	const char *name, *datapath;
	struct conf_list ports; // of struct intent_port_conf
};

struct intent_route_conf {
	const char *to, *via;
};

struct intent_router_conf {
	const char *name, *mac;
	struct conf_list networks;
	struct conf_list routes; // of struct intent_route_conf
};

struct intent_host_conf {
	const char *name, *mac, *network, *at;
	struct conf_list addresses;
};

// Lists of the structs above.
struct intent_conf {
	struct conf_list networks, limits, acls, switches, routers, hosts;
};

extern const struct conf_section intent_conf_section;

// Reports what no single key shows: names that are missing or stand there twice, and what
// contradicts itself. path: of the section, such as "sdn.intents".
void intent_conf_check(const struct intent_conf *intents, const char *path, struct conf *to);

// The intents of a configuration without errors, all in memory of the arena.
struct sdn_intent intent_conf_build(const struct intent_conf *intents, struct arena *arena);

// The matches of a rule, which may be several: from and to lists, families, ranges of ports.
// Returns how many there are, of which the first max are stored.
size_t intent_conf_matches(const struct intent_rule_conf *rule, struct sdn_match *matches,
                           size_t max);

// The item of a list of sections that has the name; SDN_NONE if none has. Names are the first
// member of such structs.
uint16_t intent_conf_find(const struct conf_list *list, size_t size, const char *name) PURE;

// "s1:3" as the switch's number in the section and the port's; false when there is no such port.
bool intent_conf_place(const struct intent_conf *intents, const char *text, uint16_t *of_switch,
                       uint32_t *port);

// "0x1a2b" or 16 digits of hex, with or without colons between bytes; not 0. False when malformed.
bool intent_conf_datapath(const char *text, uint64_t *datapath);

// "10.0.0.0/8", or an address, which is a prefix of its whole length. False when malformed.
bool intent_conf_prefix(const char *text, struct prefix *prefix);

// "80" or "8000-8999", from 0 to 65535. False when malformed.
bool intent_conf_ports(const char *text, uint16_t *first, uint16_t *last);

#endif
