// sdn_plane: see the header.
#include "proto/sdn/sdn_plane.h"

#include "core/hash.h"
#include "core/line.h"

#include <errno.h>

// While planes are made.
struct builder {
	struct sdn_planes *planes;
	const struct sdn_intent *intent;
	const struct sdn_graph *graph;
	const struct sdn_intent_port **port; // of each arc, where it leaves; NULL: not declared
	const struct sdn_intent_port **peer; // where it arrives
	uint64_t *links;                     // of each network: a hash of the arcs that carry it
	uint32_t *seen; // of each network: twice the arc whose peer has it last, and whether tagged
	uint32_t ports_max;
};

static int builder_open(struct builder *b)
{
	struct sdn_planes *planes = b->planes;
	uint32_t networks = b->intent->networks_len, arcs = b->graph->arcs;

	planes->switches = b->graph->switches;
	planes->of_network = calloc(networks + 1u, sizeof(*planes->of_network));
	planes->number = calloc(b->ports_max + 1u, sizeof(*planes->number));
	planes->of_switch = calloc(planes->switches + 1u, sizeof(*planes->of_switch));
	planes->plane = calloc(networks + 1u, sizeof(*planes->plane));
	b->port = calloc(arcs + 1u, sizeof(void *));
	b->peer = calloc(arcs + 1u, sizeof(void *));
	b->links = calloc(networks + 1u, sizeof(*b->links));
	b->seen = calloc(networks + 1u, sizeof(*b->seen));
	return planes->of_network && planes->number && planes->of_switch && planes->plane &&
	                       b->port && b->peer && b->links && b->seen
	               ? 0
	               : -ENOMEM;
}

static void builder_close(struct builder *b)
{
	free(b->port);
	free(b->peer);
	free(b->links);
	free(b->seen);
}

static const struct sdn_intent_port *port_of(const struct builder *b, uint32_t at, uint32_t port)
{
	uint16_t of_switch = b->planes->of_switch[at];

	return of_switch == SDN_NONE
	               ? NULL
	               : sdn_intent_port(&b->intent->switches[of_switch], b->planes->number[port]);
}

// What the two ends of each arc declare.
static void ends_find(struct builder *b)
{
	const struct sdn_graph *graph = b->graph;

	for (uint32_t i = 0; i < graph->arcs; i++)
		b->planes->number[graph->arc[i].port] = graph->arc[i].port_number;
	for (uint32_t at = 0; at < graph->switches; at++)
		b->planes->of_switch[at] =
		        graph->datapath_id[at] == 0
		                ? SDN_NONE
		                : sdn_intent_switch(b->intent, graph->datapath_id[at]);
	for (uint32_t at = 0; at < graph->switches; at++) {
		for (uint32_t i = graph->first[at]; i < graph->first[at + 1]; i++) {
			b->port[i] = port_of(b, at, graph->arc[i].port);
			b->peer[i] = port_of(b, graph->arc[i].to, graph->arc[i].peer);
		}
	}
}

static void network_link(struct builder *b, uint32_t arc, uint16_t network, bool tagged)
{
	if (network != SDN_NONE && b->seen[network] == 2 * (arc + 1) + tagged)
		b->links[network] = hash_u128(b->links[network], arc + 1, 1);
}

// Enters the arc for the networks that both of its ports declare alike.
static void arc_enter(struct builder *b, uint32_t arc)
{
	const struct sdn_intent_port *port = b->port[arc], *peer = b->peer[arc];

	if (!port || !peer)
		return;
	if (peer->untagged != SDN_NONE)
		b->seen[peer->untagged] = 2 * (arc + 1);
	for (unsigned i = 0; i < peer->tagged_len; i++)
		b->seen[peer->tagged[i]] = 2 * (arc + 1) + 1;
	network_link(b, arc, port->untagged, false);
	for (unsigned i = 0; i < port->tagged_len; i++)
		network_link(b, arc, port->tagged[i], true);
}

static bool arc_carries(const struct builder *b, uint32_t arc, uint16_t network)
{
	bool tagged, peer_tagged;

	return b->port[arc] && b->peer[arc] && sdn_intent_carries(b->port[arc], network, &tagged) &&
	       sdn_intent_carries(b->peer[arc], network, &peer_tagged) && tagged == peer_tagged;
}

static int plane_open(struct builder *b, struct sdn_plane *plane, uint16_t network)
{
	const struct sdn_graph *graph = b->graph;
	uint32_t switches = graph->switches ? graph->switches : 1;
	int err = sdn_graph_open(&plane->graph, switches, graph->arcs + 1);

	plane->network = network;
	if (!err)
		err = sdn_tree_open(&plane->tree, switches, b->ports_max);
	if (err)
		return err;
	sdn_graph_clear(&plane->graph);
	for (uint32_t at = 0; at < graph->switches; at++) {
		bool declared = b->planes->of_switch[at] != SDN_NONE;

		sdn_graph_add_switch(&plane->graph, declared ? graph->datapath_id[at] : 0);
		for (uint32_t i = graph->first[at]; i < graph->first[at + 1]; i++)
			if (arc_carries(b, i, network))
				sdn_graph_add_arc(&plane->graph, &graph->arc[i]);
	}
	sdn_tree_build(&plane->tree, &plane->graph);
	return 0;
}

// Networks with the same arcs, by their hash, have one plane.
static int planes_open(struct builder *b)
{
	struct sdn_planes *planes = b->planes;

	for (uint16_t n = 0; n < b->intent->networks_len; n++) {
		uint16_t i = 0;
		int err;

		while (i < planes->len && b->links[planes->plane[i].network] != b->links[n])
			i++;
		planes->of_network[n] = i;
		if (i < planes->len)
			continue;
		err = plane_open(b, &planes->plane[planes->len++], n);
		if (err)
			return err;
	}
	return 0;
}

int sdn_plane_open(struct sdn_planes *planes, const struct sdn_intent *intent,
                   const struct sdn_graph *graph, uint32_t ports_max)
{
	struct builder b = {
	        .planes = planes, .intent = intent, .graph = graph, .ports_max = ports_max};
	int err;

	*planes = (struct sdn_planes){0};
	err = builder_open(&b);
	if (!err) {
		ends_find(&b);
		for (uint32_t i = 0; i < graph->arcs; i++)
			arc_enter(&b, i);
		err = planes_open(&b);
	}
	builder_close(&b);
	if (err)
		sdn_plane_close(planes);
	return err;
}

void sdn_plane_close(struct sdn_planes *planes)
{
	for (uint32_t i = 0; i < planes->len; i++) {
		sdn_graph_close(&planes->plane[i].graph);
		sdn_tree_close(&planes->plane[i].tree);
	}
	free(planes->plane);
	free(planes->of_network);
	free(planes->number);
	free(planes->of_switch);
	*planes = (struct sdn_planes){0};
}

int sdn_plane_hops_open(struct sdn_hops *hops, uint32_t switches_max)
{
	*hops = (struct sdn_hops){.switches_max = switches_max};
	hops->distance = calloc(switches_max + 1u, sizeof(*hops->distance));
	hops->other = calloc(switches_max + 1u, sizeof(*hops->other));
	hops->next = calloc(switches_max + 1u, sizeof(*hops->next));
	hops->spare = calloc(switches_max + 1u, sizeof(*hops->spare));
	hops->queue = calloc(switches_max + 1u, sizeof(*hops->queue));
	if (hops->distance && hops->other && hops->next && hops->spare && hops->queue)
		return 0;
	sdn_plane_hops_close(hops);
	return -ENOMEM;
}

void sdn_plane_hops_close(struct sdn_hops *hops)
{
	free(hops->distance);
	free(hops->other);
	free(hops->next);
	free(hops->spare);
	free(hops->queue);
	*hops = (struct sdn_hops){0};
}

// Breadth first. The queue has the switches that are reached, by rising distance.
static uint32_t distances_find(const struct sdn_graph *graph, uint32_t from, uint16_t *distance,
                               uint32_t *queue)
{
	uint32_t len = 1;

	memset(distance, 0xff, graph->switches * sizeof(*distance));
	distance[from] = 0;
	queue[0] = from;
	for (uint32_t i = 0; i < len; i++) {
		const struct sdn_arc *end = sdn_graph_end(graph, queue[i]);

		for (const struct sdn_arc *arc = sdn_graph_begin(graph, queue[i]); arc < end;
		     arc++) {
			if (distance[arc->to] != SDN_PLANE_FAR)
				continue;
			distance[arc->to] = (uint16_t)(distance[queue[i]] + 1);
			queue[len++] = arc->to;
		}
	}
	return len;
}

// A switch is reached by the arcs by which those before it are.
static void next_find(struct sdn_hops *hops, const struct sdn_graph *graph, uint32_t reached)
{
	uint32_t from = hops->queue[0];

	memset(hops->next, 0, graph->switches * sizeof(*hops->next));
	for (uint32_t i = 0; i < reached; i++) {
		uint32_t at = hops->queue[i];
		const struct sdn_arc *begin = sdn_graph_begin(graph, at);
		const struct sdn_arc *end = sdn_graph_end(graph, at);

		for (const struct sdn_arc *arc = begin; arc < end; arc++) {
			if (hops->distance[arc->to] != hops->distance[at] + 1)
				continue;
			if (at != from)
				hops->next[arc->to] |= hops->next[at];
			else if (arc - begin < SDN_PLANE_ARCS)
				hops->next[arc->to] |= UINT64_C(1) << (arc - begin);
		}
	}
}

static void spare_find(struct sdn_hops *hops, const struct sdn_graph *graph, uint32_t from)
{
	const struct sdn_arc *begin = sdn_graph_begin(graph, from),
	                     *end = sdn_graph_end(graph, from);

	memset(hops->spare, 0, graph->switches * sizeof(*hops->spare));
	for (const struct sdn_arc *arc = begin; arc < end && arc - begin < SDN_PLANE_ARCS; arc++) {
		uint64_t bit = UINT64_C(1) << (arc - begin);

		(void)distances_find(graph, arc->to, hops->other, hops->queue);
		for (uint32_t to = 0; to < graph->switches; to++)
			if (hops->other[to] != SDN_PLANE_FAR && !(hops->next[to] & bit) &&
			    hops->other[to] < 1 + hops->distance[to])
				hops->spare[to] |= bit;
	}
}

void sdn_plane_hops_find(struct sdn_hops *hops, const struct sdn_graph *graph, uint32_t from)
{
	uint32_t reached;

	assert(graph->switches <= hops->switches_max && from < graph->switches);
	reached = distances_find(graph, from, hops->distance, hops->queue);
	next_find(hops, graph, reached);
	spare_find(hops, graph, from);
	hops->spare[from] = 0;
}
