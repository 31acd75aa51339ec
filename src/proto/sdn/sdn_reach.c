// sdn_reach: see the header.
#include "proto/sdn/sdn_reach.h"

#include "core/hash.h"

#include <errno.h>
#include <stdlib.h>

// While a view is made.
struct viewer {
	struct sdn_reach *view;
	const struct sdn_intent *intent;
	const struct sdn_intent_switch *on;
	const struct sdn_planes *planes;
	struct sdn_hops *hops;
	uint32_t at, words; // of a set of networks
};

static uint64_t *set_of(const struct viewer *v, uint32_t port, bool floods)
{
	return v->view->bits + (2 * port + floods) * v->words;
}

static void set_add(uint64_t *set, uint16_t network)
{
	set[network / 64] |= UINT64_C(1) << network % 64;
}

static int view_alloc(struct viewer *v)
{
	struct sdn_reach *view = v->view;
	uint32_t ways = v->planes->len * v->planes->switches;

	view->ports_len = v->on->ports_len;
	view->switches = v->planes->switches;
	view->ports = calloc(view->ports_len + 1u, sizeof(*view->ports));
	view->bits = calloc(2u * view->ports_len * v->words + 1u, sizeof(*view->bits));
	view->way = malloc((ways + 1u) * sizeof(*view->way));
	if (!view->ports || !view->bits || !view->way)
		return -ENOMEM;
	for (uint32_t i = 0; i < ways; i++)
		view->way[i] = SDN_LIST_NONE;
	return 0;
}

// A port that leads to hosts, or is not known, carries what it declares.
static void port_see(struct viewer *v, uint32_t i, enum sdn_reach_port kind)
{
	const struct sdn_intent_port *port = &v->on->ports[i];

	v->view->ports[i] = (struct sdn_known_port){kind == SDN_REACH_LINK, set_of(v, i, false),
	                                            set_of(v, i, true)};
	if (kind == SDN_REACH_LINK)
		return;
	for (unsigned floods = 0; floods <= (kind == SDN_REACH_EDGE); floods++) {
		if (port->untagged != SDN_NONE)
			set_add(set_of(v, i, floods), port->untagged);
		for (unsigned k = 0; k < port->tagged_len; k++)
			set_add(set_of(v, i, floods), port->tagged[k]);
	}
}

// A link carries the networks of its plane.
static void link_see(struct viewer *v, uint32_t plane, const struct sdn_arc *arc)
{
	const struct sdn_intent_port *port = sdn_intent_port(v->on, arc->port_number);
	uint32_t i;

	if (!port)
		return;
	i = (uint32_t)(port - v->on->ports);
	v->view->ports[i].is_link = true;
	for (uint16_t n = 0; n < v->intent->networks_len; n++) {
		if (v->planes->of_network[n] != plane)
			continue;
		set_add(set_of(v, i, false), n);
		if (sdn_tree_has(&v->planes->plane[plane].tree, arc->port))
			set_add(set_of(v, i, true), n);
	}
}

static struct sdn_way *way_add(struct sdn_reach *view)
{
	if (view->ways_len == view->ways_max) {
		uint32_t max = view->ways_max ? 2 * view->ways_max : 16;
		struct sdn_way *ways = realloc(view->ways, max * sizeof(*ways));

		if (!ways)
			return NULL;
		view->ways = ways;
		view->ways_max = max;
	}
	view->ways[view->ways_len] = (struct sdn_way){0};
	return &view->ways[view->ways_len++];
}

// Ports of the arcs in the set, as far as there is room.
static void way_ports(const struct sdn_graph *graph, uint32_t at, uint64_t set, struct sdn_way *way)
{
	const struct sdn_arc *arcs = sdn_graph_begin(graph, at);

	for (; set && way->len < SDN_WAY_PORTS_MAX; set &= set - 1)
		way->port[way->len++] = arcs[__builtin_ctzll(set)].port_number;
}

static int ways_find(struct viewer *v, uint32_t number)
{
	const struct sdn_plane *plane = &v->planes->plane[number];
	const struct sdn_graph *graph = &plane->graph;

	sdn_plane_hops_find(v->hops, graph, v->at);
	for (uint32_t to = 0; to < graph->switches; to++) {
		struct sdn_way *way;

		if (v->hops->next[to] == 0)
			continue;
		way = way_add(v->view);
		if (!way)
			return -ENOMEM;
		way->to = v->planes->of_switch[to];
		way->plane = plane->network;
		way_ports(graph, v->at, v->hops->next[to], way);
		way->equal = way->len;
		way_ports(graph, v->at, v->hops->spare[to], way);
		v->view->way[number * v->view->switches + to] = v->view->ways_len - 1;
	}
	return 0;
}

static void hash_word(uint64_t *hash, uint64_t word)
{
	*hash = hash_u128(*hash, word, 1);
}

static uint64_t view_hash(const struct viewer *v)
{
	const struct sdn_reach *view = v->view;
	uint64_t hash = 0;

	for (uint32_t i = 0; i < view->ports_len; i++)
		hash_word(&hash, view->ports[i].is_link);
	for (uint32_t i = 0; i < 2 * view->ports_len * v->words; i++)
		hash_word(&hash, view->bits[i]);
	for (uint32_t i = 0; i < view->ways_len; i++) {
		const struct sdn_way *way = &view->ways[i];

		hash_word(&hash, (uint64_t)way->to << 48 | (uint64_t)way->plane << 32 |
		                         (uint64_t)way->equal << 8 | way->len);
		for (unsigned k = 0; k < way->len; k++)
			hash_word(&hash, way->port[k]);
	}
	return hash;
}

int sdn_reach_open(struct sdn_reach *view, const struct sdn_intent *intent, uint16_t number,
                   const struct sdn_planes *planes, uint32_t at, const uint8_t *ports,
                   struct sdn_hops *hops)
{
	struct viewer v = {.view = view,
	                   .intent = intent,
	                   .on = &intent->switches[number],
	                   .planes = planes,
	                   .hops = hops,
	                   .at = at,
	                   .words = intent->networks_len / 64 + 1};
	int err;

	*view = (struct sdn_reach){0};
	err = view_alloc(&v);
	for (uint32_t i = 0; i < v.on->ports_len && !err; i++)
		port_see(&v, i, (enum sdn_reach_port)ports[i]);
	for (uint32_t i = 0; i < planes->len && at < planes->switches && !err; i++) {
		const struct sdn_graph *graph = &planes->plane[i].graph;

		for (const struct sdn_arc *arc = sdn_graph_begin(graph, at);
		     arc < sdn_graph_end(graph, at); arc++)
			link_see(&v, i, arc);
		err = ways_find(&v, i);
	}
	if (err)
		sdn_reach_close(view);
	else
		view->hash = view_hash(&v);
	return err;
}

void sdn_reach_close(struct sdn_reach *view)
{
	free(view->ports);
	free(view->ways);
	free(view->bits);
	free(view->way);
	*view = (struct sdn_reach){0};
}

bool sdn_reach_place(const struct sdn_reach *view, const struct sdn_planes *planes, uint32_t at,
                     uint32_t host_at, uint32_t port, struct sdn_station *station)
{
	uint32_t plane = planes->of_network[station->network], way;

	station->is_remote = false;
	station->port = host_at == at ? port : 0;
	if (host_at == at)
		return true;
	if (host_at >= view->switches)
		return false;
	way = view->way[plane * view->switches + host_at];
	station->is_remote = way != SDN_LIST_NONE;
	station->way = way;
	return station->is_remote;
}

void sdn_reach_known(const struct sdn_reach *view, struct sdn_known *known)
{
	known->ports = view->ports;
	known->ways = view->ways;
	known->ways_len = view->ways_len;
}
