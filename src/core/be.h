// be: big-endian integers as struct types, so that assigning a value in network order to
// a host integer, or the reverse, does not compile. They may be unaligned and alias any
// bytes.
#ifndef CORE_BE_H
#define CORE_BE_H

#include "core/base.h"

typedef struct OVERLAY {
	uint16_t be;
} be16_t;
typedef struct OVERLAY {
	uint32_t be;
} be32_t;
typedef struct OVERLAY {
	uint64_t be;
} be64_t;

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "wadi runs on little-endian machines");

static inline be16_t be16(uint16_t host)
{
	return (be16_t){__builtin_bswap16(host)};
}

static inline be32_t be32(uint32_t host)
{
	return (be32_t){__builtin_bswap32(host)};
}

static inline be64_t be64(uint64_t host)
{
	return (be64_t){__builtin_bswap64(host)};
}

static inline uint16_t be16_get(be16_t net)
{
	return __builtin_bswap16(net.be);
}

static inline uint32_t be32_get(be32_t net)
{
	return __builtin_bswap32(net.be);
}

static inline uint64_t be64_get(be64_t net)
{
	return __builtin_bswap64(net.be);
}

// Equality needs no byte swap.
static inline bool be16_eq(be16_t a, be16_t b)
{
	return a.be == b.be;
}

static inline bool be32_eq(be32_t a, be32_t b)
{
	return a.be == b.be;
}

#endif
