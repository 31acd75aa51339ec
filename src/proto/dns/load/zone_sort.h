// zone_sort: a sort that can be cancelled.
#ifndef DNS_ZONE_SORT_H
#define DNS_ZONE_SORT_H

#include "proto/dns/zone/zone_stop.h"

typedef int zone_cmp_fn(const void *a, const void *b);

// As qsort, but returns 0; -ECANCELED soon after `stopped` (NULL: never) becomes true; or
// -ENOMEM. After an error the order of the items is undefined and some may be lost.
int zone_sort(void *items, size_t len, size_t size, zone_cmp_fn *cmp,
              zone_stopped_fn *stopped) MUST_CHECK;

#endif
