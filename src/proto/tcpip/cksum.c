// cksum: the sum over memory; see the header for all that needs no loop.
#include "proto/tcpip/cksum.h"

static inline uint64_t load(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

// Words anywhere in memory.
struct words {
	uint64_t word[4];
} OVERLAY;

// Adds words; carries go round, for which each of them leaves room. The compiler would take
// each carry out of its flag and put it back.
static inline void add_one(uint64_t *s, uint64_t word)
{
	__asm__("addq %1, %0\n\tadcq $0, %0" : "+r"(*s) : "rm"(word) : "cc");
}

static inline void add_two(uint64_t *s, const struct words *w)
{
	__asm__("addq %1, %0\n\tadcq %2, %0\n\tadcq $0, %0"
	        : "+r"(*s)
	        : "m"(w->word[0]), "m"(w->word[1])
	        : "cc");
}

static inline void add_four(uint64_t *s, const struct words *w)
{
	__asm__("addq %1, %0\n\tadcq %2, %0\n\tadcq %3, %0\n\tadcq %4, %0\n\tadcq $0, %0"
	        : "+r"(*s)
	        : "m"(w->word[0]), "m"(w->word[1]), "m"(w->word[2]), "m"(w->word[3])
	        : "cc");
}

// Fewer bytes than a word.
static COLD uint64_t load_few(const uint8_t *p, size_t len)
{
	uint64_t word = 0;

	memcpy(&word, p, len);
	return word;
}

// The last word has what is left at its upper end.
cksum_t cksum_add(cksum_t sum, const void *bytes, size_t len)
{
	const uint8_t *p = bytes, *end = p + len;
	uint64_t s = sum.sum;

	for (size_t left = len; left >= 32; left -= 32, p += 32)
		add_four(&s, (const struct words *)p);
	if (len & 16) {
		add_two(&s, (const struct words *)p);
		p += 16;
	}
	if (len & 8) {
		add_one(&s, load(p));
		p += 8;
	}
	if (len & 7 && likely(len >= 8))
		add_one(&s, load(end - 8) >> (8 * (8 - len % 8)));
	else if (len & 7)
		add_one(&s, load_few(p, len));
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
