// sdn_flooding: which links of the spanning tree carry floods while several controllers, each at
// its own switches, follow a tree that each computes by itself. Their pictures of the network
// differ for a while after each change, and two trees together may have a loop. So a tree comes
// into force in two steps: links that are not in it are closed at once, and those that are new in
// it are opened when all controllers have closed theirs, and say so by the digest of the tree.
//
// What is open is remembered by link, not by port: a port that leads elsewhere is closed.
#ifndef SDN_SDN_FLOODING_H
#define SDN_SDN_FLOODING_H

#include "proto/sdn/sdn_topology.h"
#include "proto/sdn/sdn_tree.h"

struct sdn_flooding {
	uint64_t *open;   // of each port a hash of the link for which it carries floods; 0: none
	uint64_t *wanted; // likewise, once all are down to the tree
	uint32_t ports_max;
	bool is_wide;    // open is as wanted
	uint64_t digest; // of the tree's links, by the names that all controllers have for them
};

// Room for numbers of ports below this. 0 or -ENOMEM; all zeros can be closed.
int sdn_flooding_open(struct sdn_flooding *flooding, uint32_t ports_max) MUST_CHECK;
void sdn_flooding_close(struct sdn_flooding *flooding);

// The tree is another one, of this graph, which was made of the topology just now: what is open and
// not in it is closed.
void sdn_flooding_narrow(struct sdn_flooding *flooding, const struct sdn_tree *tree,
                         const struct sdn_graph *graph, const struct sdn_topology *topology);

// All controllers are down to the tree with that digest. No effect if it is another one than ours.
void sdn_flooding_widen(struct sdn_flooding *flooding, uint64_t digest);

static inline bool sdn_flooding_has(const struct sdn_flooding *flooding, uint32_t port)
{
	return flooding->open[port] != 0;
}

#endif
