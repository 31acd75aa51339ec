// sdn_tree: see the header.
#include "proto/sdn/sdn_tree.h"

#include "core/line.h"

#include <errno.h>

int sdn_tree_open(struct sdn_tree *tree, uint32_t switches_max, uint32_t ports_max)
{
	*tree = (struct sdn_tree){.ports_words = ports_max / 64 + 1, .switches_max = switches_max};
	tree->has = line_alloc(tree->ports_words, sizeof(*tree->has));
	tree->had = line_alloc(tree->ports_words, sizeof(*tree->had));
	tree->root = line_alloc(switches_max, sizeof(*tree->root));
	tree->parent = line_alloc(switches_max, sizeof(*tree->parent));
	tree->level = line_alloc(switches_max, sizeof(*tree->level));
	tree->queue = line_alloc(switches_max, sizeof(*tree->queue));
	if (tree->has && tree->had && tree->root && tree->parent && tree->level && tree->queue)
		return 0;
	sdn_tree_close(tree);
	return -ENOMEM;
}

void sdn_tree_close(struct sdn_tree *tree)
{
	free(tree->has);
	free(tree->had);
	free(tree->root);
	free(tree->parent);
	free(tree->level);
	free(tree->queue);
	*tree = (struct sdn_tree){0};
}

// Fills the queue with the switches that can be reached, in the order of their levels; returns how
// many there are.
static uint32_t reach(struct sdn_tree *tree, const struct sdn_graph *graph, uint32_t from)
{
	uint32_t len = 1;

	tree->queue[0] = from;
	tree->level[from] = 0;
	for (uint32_t i = 0; i < len; i++) {
		uint32_t at = tree->queue[i];
		const struct sdn_arc *end = sdn_graph_end(graph, at);

		for (const struct sdn_arc *arc = sdn_graph_begin(graph, at); arc < end; arc++) {
			if (tree->level[arc->to] != SDN_LIST_NONE)
				continue;
			tree->level[arc->to] = tree->level[at] + 1;
			tree->queue[len++] = arc->to;
		}
	}
	return len;
}

static void port_add(struct sdn_tree *tree, uint32_t port)
{
	tree->has[port / 64] |= UINT64_C(1) << port % 64;
}

// Joins the switch to its parent.
static void parent_choose(struct sdn_tree *tree, const struct sdn_graph *graph, uint32_t at)
{
	const struct sdn_arc *end = sdn_graph_end(graph, at), *best = NULL;

	for (const struct sdn_arc *arc = sdn_graph_begin(graph, at); arc < end; arc++) {
		if (tree->level[arc->to] + 1 == tree->level[at] &&
		    (!best || graph->datapath_id[arc->to] < graph->datapath_id[best->to]))
			best = arc;
	}
	if (!best)
		return;
	tree->parent[at] = best->to;
	port_add(tree, best->port);
	port_add(tree, best->peer);
}

static void component_build(struct sdn_tree *tree, const struct sdn_graph *graph, uint32_t from)
{
	uint32_t len = reach(tree, graph, from), root = from;

	for (uint32_t i = 0; i < len; i++) {
		uint32_t at = tree->queue[i];

		if (graph->datapath_id[at] < graph->datapath_id[root])
			root = at;
		tree->level[at] = SDN_LIST_NONE;
	}
	reach(tree, graph, root);
	for (uint32_t i = 0; i < len; i++) {
		tree->root[tree->queue[i]] = root;
		parent_choose(tree, graph, tree->queue[i]);
	}
}

void sdn_tree_build(struct sdn_tree *tree, const struct sdn_graph *graph)
{
	uint64_t *had = tree->had;

	tree->had = tree->has;
	tree->has = memset(had, 0, tree->ports_words * sizeof(*had));
	for (uint32_t i = 0; i < graph->switches; i++)
		tree->root[i] = tree->parent[i] = tree->level[i] = SDN_LIST_NONE;
	for (uint32_t i = 0; i < graph->switches; i++) {
		if (tree->level[i] == SDN_LIST_NONE && graph->datapath_id[i])
			component_build(tree, graph, i);
	}
}

// The first port from `port` on that is in `in` and not in `out`.
static uint32_t next_of(const struct sdn_tree *tree, const uint64_t *in, const uint64_t *out,
                        uint32_t port)
{
	uint64_t mask = UINT64_MAX << port % 64;

	for (uint32_t i = port / 64; i < tree->ports_words; i++, mask = UINT64_MAX) {
		uint64_t left = in[i] & ~out[i] & mask;

		if (left)
			return i * 64 + (uint32_t)__builtin_ctzll(left);
	}
	return SDN_LIST_NONE;
}

uint32_t sdn_tree_removed(const struct sdn_tree *tree, uint32_t port)
{
	return next_of(tree, tree->had, tree->has, port);
}

uint32_t sdn_tree_added(const struct sdn_tree *tree, uint32_t port)
{
	return next_of(tree, tree->has, tree->had, port);
}
