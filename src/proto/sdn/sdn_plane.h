// sdn_plane: which links carry which networks of intents. A link carries a network when both of its
// ports declare it, both with its tag or both without. Networks that the same links carry share a
// plane: these links as a graph, and a spanning tree of it for floods. So a port that is no more
// than one network's never becomes a way for another, whatever LLDP finds behind it.
//
// Distances are computed for the one switch whose tables are made: linear in links, where
// sdn_path.h keeps all pairs.
#ifndef SDN_SDN_PLANE_H
#define SDN_SDN_PLANE_H

#include "proto/sdn/sdn_intent.h"
#include "proto/sdn/sdn_tree.h"

#define SDN_PLANE_FAR  UINT16_MAX // there is no way
#define SDN_PLANE_ARCS 64         // links of one switch that are ways; further ones are not used

struct sdn_plane {
	struct sdn_graph graph;
	struct sdn_tree tree;
	uint16_t network; // the first that is in it
};

struct sdn_planes {
	struct sdn_plane *plane;
	uint16_t *of_network; // the number of the plane
	uint32_t len;
	uint32_t *number;    // of each port of the graph, as its switch numbers it; 0: no link
	uint16_t *of_switch; // the number in the intents of each switch of the graph; SDN_NONE
	uint32_t switches;
};

// From the links of the whole network, whose ports have numbers below ports_max. Links of switches
// that are not declared are in no plane. Nothing is borrowed. 0 or -ENOMEM; all zeros can be
// closed.
int sdn_plane_open(struct sdn_planes *planes, const struct sdn_intent *intent,
                   const struct sdn_graph *graph, uint32_t ports_max) MUST_CHECK;
void sdn_plane_close(struct sdn_planes *planes);

// What one switch knows of a plane's others.
struct sdn_hops {
	uint16_t *distance; // of each switch
	uint64_t *next;     // a bit for each of its own arcs that is on a shortest path there
	uint64_t *spare;    // likewise, arcs that lead there as well, and never back through here
	uint16_t *other;    // distances of a neighbour
	uint32_t *queue;
	uint32_t switches_max;
};

// 0 or -ENOMEM; all zeros can be closed.
int sdn_plane_hops_open(struct sdn_hops *hops, uint32_t switches_max) MUST_CHECK;
void sdn_plane_hops_close(struct sdn_hops *hops);

// A neighbour is a spare way when it is nearer to the destination than by way of the switch (RFC
// 5286 section 3.1, inequality 1): it does not send back what reaches it. Costs the links, times
// those of the switch.
void sdn_plane_hops_find(struct sdn_hops *hops, const struct sdn_graph *graph, uint32_t from);

#endif
