// zone_render: lays a checked zone out as one image: header, index, nodes.
#ifndef DNS_ZONE_RENDER_H
#define DNS_ZONE_RENDER_H

#include "proto/dns/load/zone_pool.h"
#include "proto/dns/load/zone_records.h"
#include "proto/dns/zone/zone_image.h"
#include "proto/dns/zone/zone_stop.h"

// Returns the image, the caller's to free. NULL when memory is too short or it is stopped.
struct zone_image *zone_render(const struct zone_records *records, const struct zone_pool *pool,
                               zone_stopped_fn *stopped) MUST_CHECK;

#endif
