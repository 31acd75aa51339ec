// sdn_rules_internal: what the files of sdn_rules share: the tables that are being made, and one
// function for each table.
#ifndef SDN_SDN_RULES_INTERNAL_H
#define SDN_SDN_RULES_INTERNAL_H

#include "proto/sdn/sdn_rules.h"

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

// Of the next flow.
void sdn_rules_action(struct rules *r, enum sdn_action_type type, uint32_t number);
void sdn_rules_action_mac(struct rules *r, enum sdn_action_type type, const uint8_t mac[6]);
// Adds the flow whose actions and meter were collected. next 0: none, as no flow goes to table 0.
void sdn_rules_flow(struct rules *r, enum sdn_table table, unsigned priority,
                    const struct sdn_match *match, enum sdn_table next, struct sdn_origin origin);
// What no other flow of the table matches.
void sdn_rules_miss(struct rules *r, enum sdn_table table, enum sdn_table next,
                    enum sdn_system system);

// The match of a network's tag.
be16_t sdn_rules_vlan(const struct rules *r, uint16_t network);

// Whether the port carries the network, and is flooded to, by declaration and by what it leads to;
// whether a port of the switch carries it.
bool sdn_rules_carries(const struct rules *r, const struct sdn_intent_port *port, uint16_t network,
                       bool *tagged);
bool sdn_rules_floods(const struct rules *r, const struct sdn_intent_port *port, uint16_t network);
bool sdn_rules_has_network(const struct rules *r, uint16_t network);

// sdn_rules_route.c: the tables, and a station's flows in them.
void sdn_rules_router(struct rules *r);
void sdn_rules_route(struct rules *r);
void sdn_rules_station_routes(struct rules *r, const struct sdn_station *station);

// sdn_rules_forward.c: the table, and a station's flows in it, of this switch and another one's.
void sdn_rules_forward(struct rules *r);
void sdn_rules_station_forward(struct rules *r, const struct sdn_station *station);
void sdn_rules_station_remote(struct rules *r, const struct sdn_station *station);

#endif
