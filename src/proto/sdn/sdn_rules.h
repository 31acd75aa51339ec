// sdn_rules: the flows and meters that make a switch do what intents say. From 1.3 on they are a
// pipeline of tables; a switch of 1.0, or with fewer tables, gets all of it in one table.
//
//	port      which network a packet is in: by its port and tag; what a port is not given drops
//	port acl  the access list of the port that received it
//	net acl   the access list of its network
//	learn     sources that are known, or come by a link; others go to the controller, too
//	router    packets to a router's MAC address or for the router itself
//	route     by destination, to a host or the next hop: new MAC addresses, another network
//	forward   by destination to the port of a host, or to all ports of the network
//
// Inside, every packet has a tag. Flows of one table and priority never overlap.
#ifndef SDN_SDN_RULES_H
#define SDN_SDN_RULES_H

#include "core/why.h"
#include "proto/sdn/sdn_intent.h"
#include "proto/sdn/sdn_list.h"

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
#define SDN_PRIORITY_ROUTED    UINT16_MAX // above all rules, whatever sdn_keep.h gives them

// Flows that are there whatever the intents are.
#define SDN_SYSTEM_LIST(X)                                                                         \
	X(LLDP, "LLDP goes to the controller")                                                     \
	X(LINK_LOCAL, "frames for the neighbour alone are not forwarded")                          \
	X(NO_NETWORK, "the port carries no such network")                                          \
	X(NO_ACL, "no access list here")                                                           \
	X(NOT_ROUTED, "not for a router")                                                          \
	X(NO_ROUTE, "the router has no route to it")                                               \
	X(UNKNOWN_SOURCE, "its source is reported to the controller")                              \
	X(UNKNOWN_NETWORK, "no port of the switch carries the network")                            \
	X(LINK_SOURCE, "its source was looked at where it entered the network")                    \
	X(ROUTED, "a router on another switch has passed it")                                      \
	X(CLOSED, "not flooded by or from a port that is not known yet, or not in the tree")       \
	X(DHCP, "what a DHCP server grants is reported to the controller")

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
	uint32_t port;  // of this switch, that the host is at; 0: not known, or another switch's
	bool is_remote; // at another switch: `way` leads there
	uint32_t way;   // of struct sdn_known's
	const struct addr *addresses;
	uint32_t addresses_len;
};

#define SDN_WAY_PORTS_MAX SDN_BUCKETS_MAX

// What leads to another switch: shortest paths, then spares, which are used when none of those has
// a link.
struct sdn_way {
	uint16_t to;    // a switch of the intents
	uint16_t plane; // the first network of the plane
	uint8_t equal, len;
	uint32_t port[SDN_WAY_PORTS_MAX]; // by rising number; of spares the shorter first
	uint32_t group;                   // that sdn_rules_make has made of it for tags; 0: none
};

// A port of the switch, of those in its intents, as the topology has it. Bits of networks.
struct sdn_known_port {
	bool is_link;            // leads to another switch: sources are not looked at
	const uint64_t *carries; // which of its networks are passed on at all
	const uint64_t *floods;  // in which it takes part in floods
};

// A switch as its controller knows it.
struct sdn_known {
	uint8_t version; // enum of_version
	uint8_t tables;  // how many it has
	const struct sdn_station *stations;
	uint32_t stations_len;
	const struct sdn_known_port *ports; // in the order of the intents; NULL: no topology
	struct sdn_way *ways;
	uint32_t ways_len;
	uint32_t groups;     // that it has, a bit for each enum of_group_type
	bool select_watches; // a group of SELECT passes over buckets whose port has no link
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

// What a switch has to have before its ports are known: LLDP goes to the controller. As
// sdn_rules_make makes it, too.
void sdn_rules_probe(const struct sdn_intent *intent, bool flat, struct sdn_tables *out);

// The flows of one station alone, by which sdn_rules_make would differ without it. known: as
// sdn_rules_make had it. False: they need a group that is not there; make all again.
bool sdn_rules_station(const struct sdn_intent *intent, uint16_t number,
                       const struct sdn_known *known, const struct sdn_station *station,
                       struct sdn_tables *out) MUST_CHECK;

// Makes one table, 0, of the tables in from, with the same effect, for a version. As
// sdn_rules_make.
int sdn_rules_flatten(const struct sdn_intent *intent, const struct sdn_tables *from,
                      uint8_t version, struct sdn_tables *out, struct why *why) MUST_CHECK;

// Whether the version can do what the flow needs; else a sentence about its origin in why.
int sdn_rules_check(const struct sdn_intent *intent, const struct sdn_flow *flow, uint8_t version,
                    struct why *why) MUST_CHECK;

#endif
