// addr: IPv4 and IPv6 addresses as one small value; IPv4 is held as the
// mapped form ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2), so that tables and
// comparisons know one kind only.
#ifndef TCPIP_ADDR_H
#define TCPIP_ADDR_H

#include "core/be.h"

struct addr {
	uint64_t hi, lo; // the sixteen bytes as they are on the wire
};

// Longest text, "[" and "]" not included, with the final zero.
#define ADDR_TEXT_BYTES 46

struct prefix {
	struct addr addr; // host bits kept: "10.53.0.2/24" is an interface's address
	uint8_t len;      // of the family's own bits: 0-32 or 0-128
};

struct addr addr_from_ipv4(be32_t ipv4) PURE;
struct addr addr_from_bytes(const uint8_t bytes[16]) PURE;
void addr_to_bytes(struct addr addr, uint8_t bytes[16]);
be32_t addr_ipv4(struct addr addr) PURE; // of an IPv4 address only
bool addr_is_ipv4(struct addr addr) PURE;
bool addr_is_any(struct addr addr) PURE; // 0.0.0.0 or ::
bool addr_is_multicast(struct addr addr) PURE;
bool addr_is_link_local(struct addr addr) PURE;

static inline bool addr_eq(struct addr a, struct addr b)
{
	return a.hi == b.hi && a.lo == b.lo;
}

bool prefix_has(struct prefix prefix, struct addr addr) PURE;

// "192.0.2.1" or "2001:db8::1", nothing around it. False when malformed.
bool addr_parse(const char *text, struct addr *addr) MUST_CHECK;
// "192.0.2.1/24"; the length may not be left out.
bool prefix_parse(const char *text, struct prefix *prefix) MUST_CHECK;
// Canonical text (RFC 5952); returns text.
char *addr_text(struct addr addr, char text[ADDR_TEXT_BYTES]);

#endif
