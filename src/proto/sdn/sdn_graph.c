// sdn_graph: see the header.
#include "proto/sdn/sdn_graph.h"

#include "core/line.h"

#include <errno.h>

int sdn_graph_open(struct sdn_graph *graph, uint32_t switches_max, uint32_t arcs_max)
{
	*graph = (struct sdn_graph){.switches_max = switches_max, .arcs_max = arcs_max};
	if (switches_max == 0 || switches_max > SDN_GRAPH_SWITCHES_MAX)
		return -EINVAL;
	graph->datapath_id = line_alloc(switches_max, sizeof(*graph->datapath_id));
	graph->first = line_alloc(switches_max + 1, sizeof(*graph->first));
	graph->arc = line_alloc(arcs_max, sizeof(*graph->arc));
	if (graph->datapath_id && graph->first && graph->arc)
		return 0;
	sdn_graph_close(graph);
	return -ENOMEM;
}

void sdn_graph_close(struct sdn_graph *graph)
{
	free(graph->datapath_id);
	free(graph->first);
	free(graph->arc);
	*graph = (struct sdn_graph){0};
}

void sdn_graph_clear(struct sdn_graph *graph)
{
	graph->switches = graph->arcs = 0;
	graph->first[0] = 0;
}

void sdn_graph_add_switch(struct sdn_graph *graph, uint64_t datapath_id)
{
	assert(graph->switches < graph->switches_max);
	graph->datapath_id[graph->switches++] = datapath_id;
	graph->first[graph->switches] = graph->arcs;
}

void sdn_graph_add_arc(struct sdn_graph *graph, const struct sdn_arc *arc)
{
	assert(graph->arcs < graph->arcs_max && graph->switches);
	graph->arc[graph->arcs++] = *arc;
	graph->first[graph->switches] = graph->arcs;
}

void sdn_graph_copy(struct sdn_graph *graph, const struct sdn_graph *other)
{
	assert(graph->switches_max >= other->switches && graph->arcs_max >= other->arcs);
	graph->switches = other->switches;
	graph->arcs = other->arcs;
	memcpy(graph->datapath_id, other->datapath_id,
	       other->switches * sizeof(*other->datapath_id));
	memcpy(graph->first, other->first, (other->switches + 1) * sizeof(*other->first));
	memcpy(graph->arc, other->arc, other->arcs * sizeof(*other->arc));
}
