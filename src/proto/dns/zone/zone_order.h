// zone_order: the names of a zone that own NSEC or NSEC3 records, in canonical order (RFC
// 4034 section 6.1), and the search in it for the denial that covers a name. Private to
// zone*.c, answer*.c and zone_proof.c of load/.
#ifndef DNS_ZONE_ORDER_H
#define DNS_ZONE_ORDER_H

#include "proto/dns/zone/zone_image.h"

// The first bytes of a name below its suffix of `from` labels, encoded so that keys sort as
// names do in canonical order (RFC 4034 section 6.1). Names with equal keys must be compared
// in full.
uint64_t zone_order_key(const struct zone_name *name, unsigned from) PURE;

// A search, in a signed zone, for the last node in canonical order whose name does not sort
// after the given one; if there is none, for the last node of all. It runs in steps so that
// the memory accesses of several searches overlap.
struct zone_order_search {
	uint64_t key;
	uint32_t low, high;
	unsigned tied; // steps that the current comparison of equal keys has waited for its node
};

void zone_order_begin(struct zone_order_search *search, const struct zone_image *image,
                      const struct zone_name *name);

// Takes one step, whose data the step before prefetched, and prefetches the data of the
// next. Returns false when the search has ended.
bool zone_order_step(struct zone_order_search *search, const struct zone_image *image,
                     const struct zone_name *name);

// The result of a search that has ended, for zone_order_node.
uint32_t zone_order_found(const struct zone_order_search *search, const struct zone_image *image);

// Runs all steps of one search and returns its result.
uint32_t zone_order_find(const struct zone_image *image, const struct zone_name *name);

static inline const struct zone_node *zone_order_node(const struct zone_image *image, uint32_t i)
{
	return zone_at(image, ((const uint32_t *)zone_at(image, image->order_nodes))[i]);
}

#endif
