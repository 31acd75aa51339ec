// sdn_flooding: see the header.
#include "proto/sdn/sdn_flooding.h"

#include "core/line.h"

#include <errno.h>

int sdn_flooding_open(struct sdn_flooding *flooding, uint32_t ports_max)
{
	*flooding = (struct sdn_flooding){.ports_max = ports_max};
	flooding->open = line_alloc(ports_max, sizeof(*flooding->open));
	flooding->wanted = line_alloc(ports_max, sizeof(*flooding->wanted));
	if (flooding->open && flooding->wanted)
		return 0;
	sdn_flooding_close(flooding);
	return -ENOMEM;
}

void sdn_flooding_close(struct sdn_flooding *flooding)
{
	free(flooding->open);
	free(flooding->wanted);
	*flooding = (struct sdn_flooding){0};
}

// The same from both ends, and at all controllers, so the key is no secret: that two trees have one
// digest could be brought about only by one who chooses the ids of datapaths.
static uint64_t link_hash(struct sdn_change_end a, struct sdn_change_end b)
{
	static const uint8_t key[HASH_SIP_KEY_BYTES] = "wadi flooding";
	bool in_order =
	        a.datapath_id != b.datapath_id ? a.datapath_id < b.datapath_id : a.port < b.port;
	struct sdn_change_end first = in_order ? a : b, second = in_order ? b : a;
	uint64_t ends[] = {first.datapath_id, first.port, second.datapath_id, second.port};
	uint64_t hash = hash_sip(key, ends, sizeof(ends));

	return hash ? hash : 1;
}

void sdn_flooding_narrow(struct sdn_flooding *flooding, const struct sdn_tree *tree,
                         const struct sdn_graph *graph, const struct sdn_topology *topology)
{
	memset(flooding->wanted, 0, flooding->ports_max * sizeof(*flooding->wanted));
	flooding->digest = 0;
	flooding->is_wide = false;
	for (uint32_t i = 0; i < graph->arcs; i++) {
		const struct sdn_arc *arc = &graph->arc[i];
		uint64_t hash;

		if (!sdn_tree_has(tree, arc->port))
			continue;
		hash = link_hash(sdn_topology_end(topology, arc->port),
		                 sdn_topology_end(topology, arc->peer));
		flooding->wanted[arc->port] = hash;
		if (arc->port < arc->peer) // once a link
			flooding->digest += hash;
	}
	for (uint32_t port = 0; port < flooding->ports_max; port++)
		if (flooding->open[port] != flooding->wanted[port])
			flooding->open[port] = 0;
}

void sdn_flooding_widen(struct sdn_flooding *flooding, uint64_t digest)
{
	if (digest != flooding->digest || flooding->is_wide)
		return;
	memcpy(flooding->open, flooding->wanted, flooding->ports_max * sizeof(*flooding->open));
	flooding->is_wide = true;
}
