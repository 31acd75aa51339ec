// cksum: the sum over memory; the functions without a loop are in the header.
#include "proto/tcpip/cksum.h"

#include "core/simd.h"

static inline uint64_t load(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

// Fewer bytes than a word.
static COLD uint64_t load_few(const uint8_t *p, size_t len)
{
	uint64_t word = 0;

	memcpy(&word, p, len);
	return word;
}

// The last word holds the remaining bytes at its upper end.
cksum_t cksum_add(cksum_t sum, const void *bytes, size_t len)
{
	const uint8_t *p = bytes, *end = p + len;
	uint64_t s = sum.sum;

	for (size_t left = len; left >= 32; left -= 32, p += 32)
		s = simd_sum_4(s, (const struct simd_words *)p);
	if (len & 16) {
		s = simd_sum_2(s, (const struct simd_words *)p);
		p += 16;
	}
	if (len & 8) {
		s = simd_sum_1(s, load(p));
		p += 8;
	}
	if (len & 7 && likely(len >= 8))
		s = simd_sum_1(s, load(end - 8) >> (8 * (8 - len % 8)));
	else if (len & 7)
		s = simd_sum_1(s, load_few(p, len));
	return cksum_add64((cksum_t){0}, s);
}

// RFC 1071 section 2 (B): after an odd number of bytes the two bytes of a part's
// sum are swapped.
cksum_t cksum_add_chain(cksum_t sum, const struct pkt *pkt, uint16_t at, uint32_t len)
{
	uint32_t skip = (uint32_t)(at - pkt->off);
	bool odd = false;

	for (; len; pkt = pkt->next) {
		uint32_t n = (uint32_t)size_min(len, pkt->len - skip);
		uint16_t part = cksum_fold(cksum_add((cksum_t){0}, pkt_data(pkt) + skip, n)).be;

		sum.sum += odd ? __builtin_bswap16(part) : part;
		odd ^= n & 1;
		len -= n;
		skip = 0;
	}
	return sum;
}
