// cksum: the sum over memory; see the header for all that needs no loop.
#include "proto/tcpip/cksum.h"

#include <immintrin.h>

static inline unsigned long long load(const uint8_t *p)
{
	unsigned long long word;

	memcpy(&word, p, sizeof(word));
	return word;
}

// Words of eight bytes with the processor's carry, which goes round at the end; the sum
// of the first two leaves room for it. The last word has what is left at its upper end.
cksum_t cksum_add(cksum_t sum, const void *bytes, size_t len)
{
	const uint8_t *p = bytes, *end = p + len;
	unsigned long long s = sum.sum, last = 0;
	unsigned char carry;

	for (; end - p >= 32; p += 32) {
		carry = _addcarry_u64(0, s, load(p), &s);
		carry = _addcarry_u64(carry, s, load(p + 8), &s);
		carry = _addcarry_u64(carry, s, load(p + 16), &s);
		carry = _addcarry_u64(carry, s, load(p + 24), &s);
		s += carry;
	}
	for (; end - p >= 8; p += 8) {
		carry = _addcarry_u64(0, s, load(p), &s);
		s += carry;
	}
	if (p < end) {
		if (likely(len >= sizeof(last)))
			last = load(end - sizeof(last)) >> (8 * (8 - (end - p)));
		else
			memcpy(&last, p, len);
		carry = _addcarry_u64(0, s, last, &s);
		s += carry;
	}
	return cksum_add64((cksum_t){0}, s);
}

// RFC 1071 section 2 (B): behind an odd number of bytes a part's sum has its two
// bytes the other way round.
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
