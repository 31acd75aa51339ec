// sdn_tree: a spanning tree of each component of the network, along which frames are flooded. It
// depends on the links alone, not on the order in which they were found: the root is the switch
// with the lowest datapath id, and of the neighbours that are nearer to it a switch takes the one
// with the lowest id, by its own lowest port. So the loss of a link that is not in it changes
// nothing. Linear in switches and links.
//
// While a change is applied to switches, one after another, both trees are in force. There is no
// loop if the ports that left the tree are taken out of all switches before others are added.
#ifndef SDN_SDN_TREE_H
#define SDN_SDN_TREE_H

#include "proto/sdn/sdn_graph.h"
#include "proto/sdn/sdn_list.h"

struct sdn_tree {
	uint64_t *has, *had;     // sets of ports: of this tree and of the one before
	uint32_t *root, *parent; // of each switch; parent SDN_LIST_NONE: it is the root
	uint32_t *level, *queue;
	uint32_t ports_words, switches_max;
};

// Room for numbers of switches and ports below these. 0 or -ENOMEM; all zeros can be closed.
int sdn_tree_open(struct sdn_tree *tree, uint32_t switches_max, uint32_t ports_max) MUST_CHECK;
void sdn_tree_close(struct sdn_tree *tree);

void sdn_tree_build(struct sdn_tree *tree, const struct sdn_graph *graph);

// Whether frames are flooded by the port, which is one end of a link.
static inline bool sdn_tree_has(const struct sdn_tree *tree, uint32_t port)
{
	return tree->has[port / 64] >> port % 64 & 1;
}

// The next port from `port` on that the last sdn_tree_build took out of the tree, or added to it;
// SDN_LIST_NONE when there is no more.
uint32_t sdn_tree_removed(const struct sdn_tree *tree, uint32_t port) PURE;
uint32_t sdn_tree_added(const struct sdn_tree *tree, uint32_t port) PURE;

#endif
