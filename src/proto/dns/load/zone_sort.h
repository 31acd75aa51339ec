// zone_sort: sorting that can be stopped on the way.
#ifndef DNS_ZONE_SORT_H
#define DNS_ZONE_SORT_H

#include "proto/dns/zone/zone_stop.h"

typedef int zone_cmp_fn(const void *a, const void *b);

// Sorts as qsort does. 0; -ECANCELED when it is stopped (NULL: never), or -ENOMEM: then the
// items are in any order, or some lost.
int zone_sort(void *items, size_t len, size_t size, zone_cmp_fn *cmp,
              zone_stopped_fn *stopped) MUST_CHECK;

#endif
