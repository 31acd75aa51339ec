// zone_render: renders a checked zone as one image: header, index, nodes.
#ifndef DNS_ZONE_RENDER_H
#define DNS_ZONE_RENDER_H

#include "proto/dns/load/zone_pool.h"
#include "proto/dns/load/zone_records.h"
#include "proto/dns/zone/zone_image.h"
#include "proto/dns/zone/zone_stop.h"

// Returns the image, which the caller frees; NULL when there is not enough memory or the load
// was cancelled.
struct zone_image *zone_render(const struct zone_records *records, const struct zone_pool *pool,
                               zone_stopped_fn *stopped) MUST_CHECK;

#endif
