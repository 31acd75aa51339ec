// zone_content: what a compiled zone says, whatever form its image has: whether two zones
// have the same records, and when the first signature expires. For reloads and reports; answers
// read the image itself (zone_image.h).
#ifndef DNS_ZONE_CONTENT_H
#define DNS_ZONE_CONTENT_H

#include "proto/dns/zone/zone.h"

// Whether both zones, of one origin, have the same records with the same TTLs, in whatever
// order they were read and from whatever kind of file. Different zones are taken for equal with
// a probability of 2^-64.
bool zone_content_same(const struct zone *a, const struct zone *b);

// When the first RRSIG of the zone expires, in seconds since 1970; 0: it has none. The 32 bits
// of the record are the instant nearest to now_s (RFC 4034 section 3.1.5).
int64_t zone_content_expiry(const struct zone *zone, int64_t now_s);

#endif
