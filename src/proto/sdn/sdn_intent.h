// sdn_intent: what an operator declares about a network of switches: networks (VLANs) and the ports
// that they are on, access lists, rate limits, routers between networks. All names are resolved to
// numbers and checked by the reader of a configuration (apps/sdn/intent_conf.h), so that here every
// number is valid. What becomes of it on a switch is in sdn_rules.h.
#ifndef SDN_SDN_INTENT_H
#define SDN_SDN_INTENT_H

#include "proto/sdn/sdn_flow.h"

#define SDN_NONE             UINT16_MAX // no item
#define SDN_INTENT_PORTS_MAX 1000       // of a switch
#define SDN_RULES_MAX        8000       // of an access list, in matches

// A VLAN. Its router's addresses, with the length of their network, are those that hosts use as a
// gateway.
struct sdn_intent_network {
	const char *name;
	uint16_t vid;           // 1-4094
	uint16_t acl;           // of what enters it, at any port; SDN_NONE
	uint16_t router;        // SDN_NONE
	uint16_t addresses_len; // of the router
	const struct prefix *addresses;
};

struct sdn_intent_limit {
	const char *name;
	uint32_t meter_id; // of its meter on every switch
	uint32_t rate_kbps, burst_kbits;
};

// A line of an access list. The first whose match holds decides. A line of a configuration may
// take several: the number is that of the configuration's, from 1.
struct sdn_intent_rule {
	struct sdn_match match; // without in_port and vlan
	uint16_t number;
	uint16_t limit;  // of what it allows; SDN_NONE
	uint32_t mirror; // a port that gets a copy; 0: none
	bool allow;
};

struct sdn_intent_acl {
	const char *name;
	const struct sdn_intent_rule *rules;
	uint32_t rules_len;
	bool otherwise_allow; // what no rule matches
};

// A port carries one network untagged, others tagged.
struct sdn_intent_port {
	const char *name; // "": none
	uint32_t number;
	uint16_t untagged; // a network; SDN_NONE
	uint16_t acl;      // of what the port receives, before the network's; SDN_NONE
	uint16_t limit;    // of what the port receives; SDN_NONE
	uint16_t tagged_len;
	const uint16_t *tagged; // networks
	uint16_t peer_switch;   // the switch at the other end of the cable; SDN_NONE: not declared
	uint32_t peer_port;
	bool is_edge;        // hosts only: is not probed
	bool is_dhcp_server; // what comes in by it as a DHCP server's is believed
};

struct sdn_intent_switch {
	const char *name;
	uint64_t datapath_id;
	const struct sdn_intent_port *ports;
	uint32_t ports_len;
};

struct sdn_intent_route {
	struct prefix to;
	struct addr via; // in a network of the router
};

struct sdn_intent_router {
	const char *name;
	uint8_t mac[6];
	const struct sdn_intent_route *routes;
	uint32_t routes_len;
};

// A host that is declared, and need not be learned.
struct sdn_intent_host {
	const char *name;
	uint8_t mac[6];
	uint16_t network;
	uint16_t on_switch; // SDN_NONE: anywhere
	uint32_t port;
	const struct addr *addresses;
	uint32_t addresses_len;
};

struct sdn_intent {
	const struct sdn_intent_network *networks;
	const struct sdn_intent_limit *limits;
	const struct sdn_intent_acl *acls;
	const struct sdn_intent_switch *switches;
	const struct sdn_intent_router *routers;
	const struct sdn_intent_host *hosts;
	uint32_t networks_len, limits_len, acls_len, switches_len, routers_len, hosts_len;
};

// The number of the switch with this datapath id, of the port on a switch; SDN_NONE, NULL: none.
uint16_t sdn_intent_switch(const struct sdn_intent *intent, uint64_t datapath_id) PURE;
const struct sdn_intent_port *sdn_intent_port(const struct sdn_intent_switch *on,
                                              uint32_t number) PURE;

// Whether the port carries the network; with a tag or without.
bool sdn_intent_carries(const struct sdn_intent_port *port, uint16_t network, bool *tagged);

// The cookie of what an item makes: the same in every configuration in which the item has the
// same name, so that a flow's cookie does not change with the place of its item in a list.
uint64_t sdn_intent_cookie(const struct sdn_intent *intent, struct sdn_origin origin) PURE;

// A number from 1 to 65535 for the name, for a limit's meter.
uint32_t sdn_intent_meter_id(const char *name) PURE;

// `acl "guests", rule 3`.
void sdn_intent_origin_text(const struct sdn_intent *intent, struct sdn_origin origin,
                            struct of_text *text);

#endif
