// cksum: the sum over memory; see the header for all that needs no loop.
#include "proto/tcpip/cksum.h"

static inline uint64_t load(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

// The sum of two words; the carry goes round, for which it leaves room.
static inline uint64_t add(uint64_t s, uint64_t word)
{
	s += word;
	return s + (s < word);
}

// Fewer bytes than a word.
static COLD uint64_t load_few(const uint8_t *p, size_t len)
{
	uint64_t word = 0;

	memcpy(&word, p, len);
	return word;
}

// Two sums by turns, for one would have to wait for its carries. The last word has what is
// left at its upper end.
cksum_t cksum_add(cksum_t sum, const void *bytes, size_t len)
{
	const uint8_t *p = bytes, *end = p + len;
	uint64_t s = sum.sum, t = 0;

	for (; end - p >= 16; p += 16) {
		s = add(s, load(p));
		t = add(t, load(p + 8));
	}
	if (end - p >= 8) {
		s = add(s, load(p));
		p += 8;
	}
	if (p < end && likely(len >= 8))
		t = add(t, load(end - 8) >> (8 * (8 - (end - p))));
	else if (p < end)
		t = add(t, load_few(p, len));
	return cksum_add64(cksum_add64((cksum_t){0}, s), t);
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
