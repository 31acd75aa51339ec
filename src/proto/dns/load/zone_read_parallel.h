// zone_read_parallel: reads a zone file into the zone's records, on two threads if the zone
// is large and the pool has two. Records and reports, and their order, do not depend on the
// pool.
#ifndef DNS_ZONE_READ_PARALLEL_H
#define DNS_ZONE_READ_PARALLEL_H

#include "proto/dns/load/zone_intake.h"
#include "proto/dns/load/zone_pool.h"

// Reads to the end of the zone file, or until `stopped` (NULL: never) becomes true, and
// closes the reader. Returns the number of errors that the reader found. pool NULL: the
// calling thread does all the work.
long zone_read_parallel(struct zone_intake *intake, struct zonefile *reader,
                        const struct zone_pool *pool, zone_stopped_fn *stopped);

#endif
