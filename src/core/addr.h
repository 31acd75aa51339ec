// addr: an IPv4 or IPv6 address as one small value. IPv4 is stored as the mapped form
// ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2), so that tables and comparisons handle one
// kind only. ipv6.c drops packets with mapped addresses.
#ifndef CORE_ADDR_H
#define CORE_ADDR_H

#include "core/be.h"

#include <string.h>

struct addr {
	uint64_t hi, lo; // the sixteen bytes as they are on the wire
};

#define ADDR_IPV4_MAPPED UINT64_C(0xffff0000) // the low half of lo

// Longest text without brackets, including the final zero byte.
#define ADDR_TEXT_BYTES 46

struct prefix {
	struct addr addr; // host bits kept: "10.53.0.2/24" is an interface's address
	uint8_t len;      // 0-32 for IPv4, 0-128 for IPv6
};

static inline struct addr addr_from_ipv4(be32_t ipv4)
{
	return (struct addr){0, (uint64_t)ipv4.be << 32 | ADDR_IPV4_MAPPED};
}

static inline struct addr addr_from_bytes(const uint8_t bytes[16])
{
	struct addr addr;

	memcpy(&addr, bytes, sizeof(addr));
	return addr;
}

static inline void addr_to_bytes(struct addr addr, uint8_t bytes[16])
{
	memcpy(bytes, &addr, sizeof(addr));
}

static inline bool addr_is_ipv4(struct addr addr)
{
	return addr.hi == 0 && (uint32_t)addr.lo == ADDR_IPV4_MAPPED;
}

// For an IPv4 address only.
static inline be32_t addr_ipv4(struct addr addr)
{
	return (be32_t){(uint32_t)(addr.lo >> 32)};
}

static inline bool addr_eq(struct addr a, struct addr b)
{
	return a.hi == b.hi && a.lo == b.lo;
}

// 0.0.0.0 or ::
static inline bool addr_is_any(struct addr addr)
{
	return addr.hi == 0 && (addr.lo == 0 || addr.lo == ADDR_IPV4_MAPPED);
}

bool addr_is_multicast(struct addr addr) PURE;
bool addr_is_link_local(struct addr addr) PURE;

bool addr_prefix_has(struct prefix prefix, struct addr addr) PURE;

// The address with all bits behind the prefix of its family zero: 0-32 and 0-128 bits.
struct addr addr_prefix_of(struct addr addr, uint8_t ipv4_len, uint8_t ipv6_len) PURE;

// The network mask of an IPv4 prefix length of 0-32.
be32_t addr_prefix_mask4(uint8_t len) PURE;

// Parses "192.0.2.1" or "2001:db8::1", without white space. False when malformed.
bool addr_parse(const char *text, struct addr *addr) MUST_CHECK;
// Parses "192.0.2.1/24"; the length is required.
bool addr_prefix_parse(const char *text, struct prefix *prefix) MUST_CHECK;
// Writes the canonical text (RFC 5952); returns text.
char *addr_text(struct addr addr, char text[ADDR_TEXT_BYTES]);

#endif
