// zone_sum: the checksum of compiled zones and of the files that they were compiled from. It finds
// damage and changes, not forgery.
#ifndef DNS_ZONE_SUM_H
#define DNS_ZONE_SUM_H

#include "core/base.h"

// Four interleaved CRC-32Cs (RFC 3720 appendix B.4), each over every fourth 8-byte word, so
// that the CRC instructions do not depend on each other. A change of any single byte changes
// one of the four.
struct zone_sum {
	uint32_t crc[4];
};
#define ZONE_SUM_BYTES 32 // the length passed to zone_sum_add is a multiple of this

void zone_sum_add(struct zone_sum *sum, const void *bytes, size_t len);

// Adds the last bytes, of any length.
void zone_sum_end(struct zone_sum *sum, const void *bytes, size_t len);

bool zone_sum_same(const struct zone_sum *a, const struct zone_sum *b);

#endif
