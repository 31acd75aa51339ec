// sdn_reach: what one switch has to know of its network: which of its ports pass which networks on
// and flood them, and the ways to the other switches. What sdn_rules.h makes tables of, out of the
// planes of sdn_plane.h and of what is known of each port.
#ifndef SDN_SDN_REACH_H
#define SDN_SDN_REACH_H

#include "proto/sdn/sdn_plane.h"
#include "proto/sdn/sdn_rules.h"

enum sdn_reach_port {
	SDN_REACH_CLOSED, // down, or not known yet
	SDN_REACH_EDGE,   // leads to hosts
	SDN_REACH_LINK,   // leads to a switch, declared or not
};

struct sdn_reach {
	struct sdn_known_port *ports;
	struct sdn_way *ways;
	uint64_t *bits; // of the ports
	uint32_t *way;  // of each plane and switch of the graph, a number of ways; SDN_LIST_NONE
	uint32_t ports_len, ways_len, ways_max, switches;
	uint64_t hash; // of all that tables are made of
};

// Of the switch with this number in the intents, which is `at` in the graph; SDN_LIST_NONE: it has
// no links. ports: what is known of each of its ports, in the order of the intents. 0 or -ENOMEM;
// all zeros can be closed.
int sdn_reach_open(struct sdn_reach *view, const struct sdn_intent *intent, uint16_t number,
                   const struct sdn_planes *planes, uint32_t at, const uint8_t *ports,
                   struct sdn_hops *hops) MUST_CHECK;
void sdn_reach_close(struct sdn_reach *view);

// Where a host of the network is, whose switch has the number in the graph: sets what says so of
// the station. False: there is no way, or none that the network has.
bool sdn_reach_place(const struct sdn_reach *view, const struct sdn_planes *planes, uint32_t at,
                     uint32_t host_at, uint32_t port, struct sdn_station *station);

// The view as sdn_rules.h takes it, without stations; borrowed.
void sdn_reach_known(const struct sdn_reach *view, struct sdn_known *known);

#endif
