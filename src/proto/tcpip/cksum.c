// cksum: the sum over memory; see the header for all that needs no loop.
#include "proto/tcpip/cksum.h"

// Thirty-two bits are added to sixty-four, so that no carry is lost and the
// compiler may use vectors.
cksum_t cksum_add(cksum_t sum, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;
	uint64_t s = sum.sum;

	for (; len >= 16; p += 16, len -= 16) {
		uint64_t a, b;

		memcpy(&a, p, 8);
		memcpy(&b, p + 8, 8);
		s += (uint32_t)a;
		s += a >> 32;
		s += (uint32_t)b;
		s += b >> 32;
	}
	for (; len >= 4; p += 4, len -= 4)
		s += ((const be32_t *)p)->be;
	if (len >= 2) {
		s += ((const be16_t *)p)->be;
		p += 2;
		len -= 2;
	}
	if (len)
		s += *p;
	return (cksum_t){s};
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
