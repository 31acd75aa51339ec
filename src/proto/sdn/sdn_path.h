// sdn_path: shortest paths between all switches, by number of links, with every next hop that is on
// one: what a group spreads over. Kept as a table of distances; a port is a next hop when the
// switch at its other end is nearer to the destination by one.
//
// When links change, only destinations whose paths may change are computed again, some at a call,
// and each switch whose next hops to a destination differ from before is reported, so that flows
// elsewhere are left alone. A link between two switches that are equally far from a destination
// concerns none of its paths.
#ifndef SDN_SDN_PATH_H
#define SDN_SDN_PATH_H

#include "proto/sdn/sdn_graph.h"
#include "proto/sdn/sdn_list.h"

#define SDN_PATH_FAR UINT16_MAX // there is no path

// Beyond as many changed arcs, all destinations are computed.
#define SDN_PATH_CHANGES_MAX 128

struct sdn_path_change {
	uint16_t from, to;
	bool added; // else removed
};

// The switch `from` has other next hops to the destination `to` than before. Called in
// sdn_path_step, which has the new ones by then.
typedef void sdn_path_fn(void *ctx, uint32_t from, uint32_t to);

struct sdn_path {
	struct sdn_graph graph[2];
	unsigned current;   // of the two graphs; while a pass is in progress, the former
	uint16_t *distance; // a row for each destination
	uint16_t *row;      // the one that is computed
	uint32_t *queue;
	bool *touched; // switches whose next hops may differ
	struct sdn_path_change change[SDN_PATH_CHANGES_MAX];
	uint32_t changes; // more than fit: all destinations are computed
	uint32_t done;    // destinations of the pass; SDN_LIST_NONE: none is in progress
	uint64_t rows;    // computed since the beginning
};

// Takes 2 bytes for each pair of switches. 0, -EINVAL or -ENOMEM; all zeros can be closed.
int sdn_path_open(struct sdn_path *path, uint32_t switches_max, uint32_t arcs_max) MUST_CHECK;
void sdn_path_close(struct sdn_path *path);

// Begins a pass with these links, of which a copy is taken. None may be in progress.
void sdn_path_begin(struct sdn_path *path, const struct sdn_graph *graph);

// Computes up to max destinations, others need little; calls fn for each change. Returns whether
// the pass goes on: as long as it does, destinations that are not done have their former paths. A
// destination costs the number of links.
bool sdn_path_step(struct sdn_path *path, uint32_t max, sdn_path_fn *fn, void *ctx);

static inline bool sdn_path_busy(const struct sdn_path *path)
{
	return path->done != SDN_LIST_NONE;
}

// How many links are between two switches; SDN_PATH_FAR.
uint16_t sdn_path_distance(const struct sdn_path *path, uint32_t from, uint32_t to) PURE;

// Stores up to max next hops, ports of `from` by rising number; returns how many there are. None
// when from is the destination or cannot reach it.
uint32_t sdn_path_next(const struct sdn_path *path, uint32_t from, uint32_t to, uint32_t *port,
                       uint32_t max);

#endif
