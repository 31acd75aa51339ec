// sdn_rules: the flows and meters that make a switch do what intents say. From 1.3 on they are a
// pipeline of tables; a switch of 1.0, or with fewer tables, gets all of it in one table.
//
//	port      which network a packet is in: by its port and tag; what a port is not given drops
//	port acl  the access list of the port that received it
//	net acl   the access list of its network
//	learn     sources that are known; others go to the controller, too
//	router    packets to a router's MAC address or for the router itself
//	route     by destination, to a host or the next hop: new MAC addresses, another network
//	forward   by destination to the port of a host, or to all ports of the network
//
// Inside, every packet has a tag. Flows of one table and priority never overlap.
#ifndef SDN_SDN_RULES_H
#define SDN_SDN_RULES_H

#include "core/why.h"
#include "proto/sdn/sdn_intent.h"

enum sdn_table {
	SDN_TABLE_PORT,
	SDN_TABLE_PORT_ACL,
	SDN_TABLE_NET_ACL,
	SDN_TABLE_LEARN,
	SDN_TABLE_ROUTER,
	SDN_TABLE_ROUTE,
	SDN_TABLE_FORWARD,
	SDN_TABLES,
};

// Rules of access lists have the priorities above that of a list's otherwise; the first of a list
// has this one, and each other is lower by a step, which leaves room for rules that are added.
#define SDN_PRIORITY_OTHERWISE 1
#define SDN_PRIORITY_RULE      60000
#define SDN_RULE_STEP          6

// Flows that are there whatever the intents are.
#define SDN_SYSTEM_LIST(X)                                                                         \
	X(LLDP, "LLDP goes to the controller")                                                     \
	X(LINK_LOCAL, "frames for the neighbour alone are not forwarded")                          \
	X(NO_NETWORK, "the port carries no such network")                                          \
	X(NO_ACL, "no access list here")                                                           \
	X(NOT_ROUTED, "not for a router")                                                          \
	X(NO_ROUTE, "the router has no route to it")                                               \
	X(UNKNOWN_SOURCE, "its source is reported to the controller")                              \
	X(UNKNOWN_NETWORK, "no port of the switch carries the network")

enum sdn_system {
#define X(name, text) SDN_SYSTEM_##name,
	SDN_SYSTEM_LIST(X)
#undef X
};

const char *sdn_rules_system_text(enum sdn_system system) PURE;

// A host whose place is known, declared or learned. Borrowed.
struct sdn_station {
	uint8_t mac[6];
	uint16_t network;
	uint32_t port; // of this switch, towards the host; 0: not known
	const struct addr *addresses;
	uint32_t addresses_len;
};

// A switch as its controller knows it.
struct sdn_known {
	uint8_t version; // enum of_version
	uint8_t tables;  // how many it has
	const struct sdn_station *stations;
	uint32_t stations_len;
	const uint32_t *closed; // ports that floods do not take, such as outside of a spanning tree
	uint32_t closed_len;
};

// Whether a switch has to do with one table, by sdn_rules_flatten.
static inline bool sdn_rules_is_flat(const struct sdn_known *known)
{
	return known->version == OF10 || known->tables < SDN_TABLES;
}

// Makes the tables of a switch, by its number in the intents. 0; -ENOSPC: out holds the numbers
// that it needs; -EOPNOTSUPP, with a sentence that names the intent which the switch cannot do.
int sdn_rules_make(const struct sdn_intent *intent, uint16_t number, const struct sdn_known *known,
                   struct sdn_tables *out, struct why *why) MUST_CHECK;

// The flows of one station alone, by which sdn_rules_make would differ without it.
void sdn_rules_station(const struct sdn_intent *intent, uint16_t number,
                       const struct sdn_station *station, struct sdn_tables *out);

// Makes one table, 0, of the tables in from, with the same effect, for a version. As
// sdn_rules_make.
int sdn_rules_flatten(const struct sdn_intent *intent, const struct sdn_tables *from,
                      uint8_t version, struct sdn_tables *out, struct why *why) MUST_CHECK;

// Whether the version can do what the flow needs; else a sentence about its origin in why.
int sdn_rules_check(const struct sdn_intent *intent, const struct sdn_flow *flow, uint8_t version,
                    struct why *why) MUST_CHECK;

#endif
