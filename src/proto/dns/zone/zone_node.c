// zone_node: see the header.
#include "proto/dns/zone/zone_node.h"

const struct zone_rrset *zone_node_find(const struct zone_node *node, uint16_t type)
{
	const struct zone_rrset *rrset = zone_node_rrsets(node);

	for (unsigned i = 0; i < node->rrsets; i++, rrset = zone_rrset_next(rrset)) {
		if (rrset->type == type)
			return rrset;
	}
	return NULL;
}
