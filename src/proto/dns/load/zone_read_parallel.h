// zone_read_parallel: from a zone file to the zone's records, on two threads where the zone
// is large and a pool has them. What is added and reported is the same, in the same order,
// with any pool.
#ifndef DNS_ZONE_READ_PARALLEL_H
#define DNS_ZONE_READ_PARALLEL_H

#include "proto/dns/load/zone_intake.h"
#include "proto/dns/load/zone_pool.h"

// Reads to the end of the zone file, or until it is stopped (NULL: never), and closes the
// reader. Returns its number of errors. pool NULL: this thread alone.
long zone_read_parallel(struct zone_intake *intake, struct zonefile *reader,
                        const struct zone_pool *pool, zone_stopped_fn *stopped);

#endif
