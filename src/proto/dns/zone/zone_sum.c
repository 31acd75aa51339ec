// zone_sum: see the header.
#include "proto/dns/zone/zone_sum.h"

#include "core/simd.h"

#include <string.h>

static inline uint64_t load_u64(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

void zone_sum_add(struct zone_sum *sum, const void *bytes, size_t len)
{
	uint32_t a = sum->crc[0], b = sum->crc[1], c = sum->crc[2], d = sum->crc[3];

	assert(len % ZONE_SUM_BYTES == 0);
	for (const uint8_t *p = bytes, *end = p + len; p < end; p += ZONE_SUM_BYTES) {
		a = simd_crc32c(a, load_u64(p));
		b = simd_crc32c(b, load_u64(p + 8));
		c = simd_crc32c(c, load_u64(p + 16));
		d = simd_crc32c(d, load_u64(p + 24));
	}
	*sum = (struct zone_sum){{a, b, c, d}};
}

void zone_sum_end(struct zone_sum *sum, const void *bytes, size_t len)
{
	size_t whole = len - len % ZONE_SUM_BYTES;
	uint8_t last[ZONE_SUM_BYTES] = {0};

	zone_sum_add(sum, bytes, whole);
	memcpy(last, (const uint8_t *)bytes + whole, len - whole);
	zone_sum_add(sum, last, sizeof(last));
}

bool zone_sum_same(const struct zone_sum *a, const struct zone_sum *b)
{
	return memcmp(a->crc, b->crc, sizeof(a->crc)) == 0;
}
