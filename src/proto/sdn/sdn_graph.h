// sdn_graph: the links of the network as a list of arcs for each switch, packed: what sdn_tree and
// sdn_path compute from. A copy: the topology may change while they are at it. Switches have the
// numbers of the topology, ports too; a link is two arcs, one from each end.
#ifndef SDN_SDN_GRAPH_H
#define SDN_SDN_GRAPH_H

#include "core/base.h"

// A bound of the numbers of switches, so that a distance fits in 16 bits.
#define SDN_GRAPH_SWITCHES_MAX 16384

struct sdn_arc {
	uint32_t port, peer;  // ports: where it leaves, where it arrives
	uint32_t port_number; // of the former, as the switch numbers it
	uint16_t to;          // the switch where it arrives
};

struct sdn_graph {
	// Of each switch its datapath's id, 0 for a number that is unused, and its first arc; its
	// last precedes the first of the next. One more than there are switches.
	uint64_t *datapath_id;
	uint32_t *first;
	struct sdn_arc *arc;
	uint32_t switches, switches_max, arcs, arcs_max;
};

// Room for switches and arcs. 0, -EINVAL or -ENOMEM; all zeros can be closed.
int sdn_graph_open(struct sdn_graph *graph, uint32_t switches_max, uint32_t arcs_max) MUST_CHECK;
void sdn_graph_close(struct sdn_graph *graph);

// Filled in order: cleared, then each switch, by rising number, with its arcs behind it, by rising
// port number. There is room.
void sdn_graph_clear(struct sdn_graph *graph);
void sdn_graph_add_switch(struct sdn_graph *graph, uint64_t datapath_id);
void sdn_graph_add_arc(struct sdn_graph *graph, const struct sdn_arc *arc);

// As large as the other or larger.
void sdn_graph_copy(struct sdn_graph *graph, const struct sdn_graph *other);

static inline const struct sdn_arc *sdn_graph_begin(const struct sdn_graph *graph, uint32_t at)
{
	return graph->arc + graph->first[at];
}

// Behind the last arc of the switch.
static inline const struct sdn_arc *sdn_graph_end(const struct sdn_graph *graph, uint32_t at)
{
	return graph->arc + graph->first[at + 1];
}

#endif
