// cksum: the Internet checksum (RFC 1071) as running sums that are folded at
// the end, with the pseudo headers of UDP, TCP and ICMPv6. Sums are of the
// bytes as they lie in memory: the byte order does not matter (RFC 1071
// section 2 (B)) as long as each part but the last has an even length.
#ifndef TCPIP_CKSUM_H
#define TCPIP_CKSUM_H

#include "core/addr.h"
#include "core/pkt.h"

// A sum not yet folded. It cannot overflow while fewer than 2^30 words of four
// bytes are added to it.
typedef struct {
	uint64_t sum;
} cksum_t;

// Adds len bytes at any alignment. Only the last part may have an odd length.
cksum_t cksum_add(cksum_t sum, const void *bytes, size_t len) PURE;

// As cksum_add, over the pages of a chain, from `at` of the first one; parts of odd length
// are handled.
COLD cksum_t cksum_add_chain(cksum_t sum, const struct pkt *pkt, uint16_t at, uint32_t len) PURE;

// Adds len bytes of a frame, which has them, from `at` of its first page on.
static inline cksum_t cksum_add_pkt(cksum_t sum, const struct pkt *pkt, uint16_t at, uint32_t len)
{
	if (unlikely(pkt->next != NULL))
		return cksum_add_chain(sum, pkt, at, len);
	return cksum_add(sum, pkt->page + at, len);
}

// Adds four bytes that lie in a register as they do in memory.
static inline cksum_t cksum_add32(cksum_t sum, uint32_t word)
{
	return (cksum_t){sum.sum + word};
}

static inline cksum_t cksum_add64(cksum_t sum, uint64_t word)
{
	return (cksum_t){sum.sum + (uint32_t)word + (word >> 32)};
}

// The one's complement sum in sixteen bits, not complemented.
static inline be16_t cksum_fold(cksum_t sum)
{
	// A number and itself with its halves exchanged: the upper half of the result
	// is the sum of both with the end-around carry.
	uint32_t s = (uint32_t)((sum.sum + (sum.sum << 32 | sum.sum >> 32)) >> 32);

	return (be16_t){(uint16_t)((s + (s << 16 | s >> 16)) >> 16)};
}

// The value of a checksum field: the complement of the sum.
static inline be16_t cksum_finish(cksum_t sum)
{
	return (be16_t){(uint16_t)~cksum_fold(sum).be};
}

// As cksum_finish, for UDP, where zero means "none" and is sent as 0xffff (RFC 768,
// RFC 8200 section 8.1).
static inline be16_t cksum_finish_udp(cksum_t sum)
{
	be16_t cksum = cksum_finish(sum);

	return cksum.be ? cksum : (be16_t){0xffff};
}

// Whether a sum over data and its checksum field is that of valid data.
static inline bool cksum_ok(cksum_t sum)
{
	return cksum_fold(sum).be == 0xffff;
}

// The pseudo header of len bytes of an upper layer (RFC 768, RFC 8200 section
// 8.1), for either family. A mapped address sums to 0xffff more than its IPv4
// address, which is zero in one's complement.
static inline cksum_t cksum_pseudo(struct addr src, struct addr dst, uint8_t protocol, uint32_t len)
{
	unsigned __int128 sum = (unsigned __int128)src.hi + src.lo;

	sum += (unsigned __int128)dst.hi + dst.lo;
	sum += ((uint64_t)protocol << 8) + be32(len).be;
	return cksum_add64((cksum_t){(uint64_t)(sum >> 64)}, (uint64_t)sum);
}

// The checksum after a sixteen-bit field at an even offset went from `before`
// to `after` (RFC 1624 equation 3).
static inline be16_t cksum_update(be16_t cksum, be16_t before, be16_t after)
{
	return cksum_finish(
	        (cksum_t){(uint64_t)(uint16_t)~cksum.be + (uint16_t)~before.be + after.be});
}

#endif
