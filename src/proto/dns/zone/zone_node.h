// zone_node: reads a node of a zone image: its RRsets, its alias, its proof. Nodes are found
// by zone_index.h. Private to zone*.c, answer*.c and the renderer in load/.
#ifndef DNS_ZONE_NODE_H
#define DNS_ZONE_NODE_H

#include "proto/dns/zone/zone_image.h"

// Only nodes of signed zones have one.
static inline const struct zone_proof *zone_node_proof(const struct zone_node *node)
{
	return (const struct zone_proof *)node - 1;
}

// Prefetches a node and the first of its records.
static inline void zone_node_prefetch(const struct zone_node *node)
{
	prefetch(node);
	prefetch((const uint8_t *)node + CACHE_LINE_BYTES);
}

// Whether a node has the name, which is at or below the origin.
static inline bool zone_node_is(const struct zone_image *image, const struct zone_node *node,
                                const struct zone_name *name)
{
	return node->name_len == zone_name_at(name, image->origin_labels) &&
	       zone_bytes_eq(node->name, name->wire, node->name_len);
}

static inline bool zone_node_is_wildcard(const struct zone_node *node)
{
	return node->name_len >= 2 && node->name[0] == 1 && node->name[1] == '*';
}

// The CNAME record of a node, which is its first, or NULL.
static inline const struct zone_rrset *zone_node_alias(const struct zone_node *node)
{
	const struct zone_rrset *first = zone_node_rrsets(node);

	return node->rrsets > 0 && first->type == DNS_TYPE_CNAME ? first : NULL;
}

// The node of a CNAME's target, if it is in the zone with no delegation, DNAME or wildcard
// on the way; NULL otherwise. With `end`, the target of the last inline alias.
static inline const struct zone_node *zone_node_alias_target(const struct zone_image *image,
                                                             const struct zone_rrset *alias,
                                                             bool end)
{
	const struct zone_extra *extra = zone_rrset_extra(alias);
	const struct zone_address *target = (const struct zone_address *)(extra + 1);

	if (!alias->extra || extra->addresses == 0)
		return NULL;
	return zone_at(image, target[end ? extra->addresses - 1 : 0].node);
}

// Finds the RRset of a type; NULL when the node has none.
const struct zone_rrset *zone_node_find(const struct zone_node *node, uint16_t type) PURE;

#endif
