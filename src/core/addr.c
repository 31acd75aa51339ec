// addr: predicates, prefixes and the text forms of addresses. The value itself
// is in the header.
#include "core/addr.h"

#include <stdio.h>

static uint8_t byte_at(struct addr addr, unsigned i)
{
	return (uint8_t)((i < 8 ? addr.hi : addr.lo) >> (i % 8 * 8));
}

bool addr_is_multicast(struct addr addr)
{
	if (addr_is_ipv4(addr))
		return (byte_at(addr, 12) & 0xf0) == 0xe0;
	return byte_at(addr, 0) == 0xff;
}

bool addr_is_link_local(struct addr addr)
{
	if (addr_is_ipv4(addr))
		return byte_at(addr, 12) == 169 && byte_at(addr, 13) == 254;
	return byte_at(addr, 0) == 0xfe && (byte_at(addr, 1) & 0xc0) == 0x80;
}

// The first `bits` bits of eight bytes in network order, as held in memory.
static uint64_t mask64(unsigned bits)
{
	return bits == 0 ? 0 : __builtin_bswap64(UINT64_MAX << (64 - bits));
}

// The first `bits` bits of an address.
static struct addr first_bits(struct addr addr, unsigned bits)
{
	addr.hi &= mask64(bits < 64 ? bits : 64);
	addr.lo &= mask64(bits < 64 ? 0 : bits - 64);
	return addr;
}

bool addr_prefix_has(struct prefix prefix, struct addr addr)
{
	bool ipv4 = addr_is_ipv4(prefix.addr);
	unsigned bits = ipv4 ? 96u + prefix.len : prefix.len;

	if (ipv4 != addr_is_ipv4(addr))
		return false;
	return addr_eq(first_bits(prefix.addr, bits), first_bits(addr, bits));
}

struct addr addr_prefix_of(struct addr addr, uint8_t ipv4_len, uint8_t ipv6_len)
{
	return first_bits(addr, addr_is_ipv4(addr) ? 96u + ipv4_len : ipv6_len);
}

be32_t addr_prefix_mask4(uint8_t len)
{
	return be32(len == 0 ? 0 : UINT32_MAX << (32 - len));
}

// A decimal of at most max without leading zeros; NULL when malformed.
static const char *decimal(const char *p, unsigned max, unsigned *value)
{
	const char *first = p;
	unsigned v = 0;

	for (; *p >= '0' && *p <= '9' && p - first < 3; p++)
		v = v * 10 + (unsigned)(*p - '0');
	if (p == first || (*first == '0' && p - first > 1) || v > max)
		return NULL;
	*value = v;
	return p;
}

// Dotted quad; returns what follows it, or NULL.
static const char *parse_quad(const char *p, uint8_t quad[4])
{
	for (unsigned i = 0; i < 4; i++) {
		unsigned value;

		if (i && *p++ != '.')
			return NULL;
		p = decimal(p, 255, &value);
		if (!p)
			return NULL;
		quad[i] = (uint8_t)value;
	}
	return p;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// One group of one to four hexadecimal digits.
static const char *parse_group(const char *p, uint8_t group[2])
{
	const char *first = p;
	unsigned v = 0;

	for (; hex_value(*p) >= 0 && p - first < 4; p++)
		v = v << 4 | (unsigned)hex_value(*p);
	group[0] = (uint8_t)(v >> 8);
	group[1] = (uint8_t)v;
	return p == first ? NULL : p;
}

// Groups with at most one "::" and perhaps a dotted quad at the end
// (RFC 4291 section 2.2). Returns what follows the address, or NULL.
static const char *parse_ipv6(const char *p, uint8_t bytes[16])
{
	unsigned n = 0;
	int gap = -1;

	if (p[0] == ':' && p[1] == ':') {
		gap = 0;
		p += 2;
	}
	while (n < 16 && hex_value(*p) >= 0) {
		const char *quad = n <= 12 ? parse_quad(p, bytes + n) : NULL;

		if (quad && (n == 12 || gap >= 0)) {
			p = quad;
			n += 4;
			break;
		}
		p = parse_group(p, bytes + n);
		n += 2;
		if (*p != ':' || (gap >= 0 && p[1] == ':'))
			break;
		if (p[1] == ':') {
			gap = (int)n;
			p++;
		} else if (hex_value(p[1]) < 0) {
			return NULL;
		}
		p++;
	}
	if (gap < 0)
		return n == 16 ? p : NULL;
	if (n == 16)
		return NULL;
	memmove(bytes + 16 - (n - (unsigned)gap), bytes + gap, n - (unsigned)gap);
	memset(bytes + gap, 0, 16 - n);
	return p;
}

// Either family; returns what follows the address, or NULL.
static const char *parse_any(const char *text, struct addr *addr)
{
	uint8_t bytes[16] = {[10] = 0xff, [11] = 0xff};
	const char *end = parse_quad(text, bytes + 12);

	if (!end)
		end = parse_ipv6(text, bytes);
	*addr = addr_from_bytes(bytes);
	return end;
}

bool addr_parse(const char *text, struct addr *addr)
{
	const char *end = parse_any(text, addr);

	return end && *end == '\0';
}

bool addr_prefix_parse(const char *text, struct prefix *prefix)
{
	const char *p = parse_any(text, &prefix->addr);
	unsigned len;

	if (!p || *p++ != '/')
		return false;
	p = decimal(p, addr_is_ipv4(prefix->addr) ? 32 : 128, &len);
	if (!p || *p != '\0')
		return false;
	prefix->len = (uint8_t)len;
	return true;
}

// RFC 5952 section 4.2: the longest run of at least two zero groups, the first
// of equals.
static void longest_zeros(const unsigned group[8], unsigned *at, unsigned *len)
{
	*at = 8;
	*len = 1;
	for (unsigned i = 0; i < 8; i++) {
		unsigned run = 0;

		while (i + run < 8 && group[i + run] == 0)
			run++;
		if (run > *len) {
			*at = i;
			*len = run;
		}
	}
}

char *addr_text(struct addr addr, char text[ADDR_TEXT_BYTES])
{
	unsigned group[8], at, len;
	size_t n = 0;

	if (addr_is_ipv4(addr)) {
		snprintf(text, ADDR_TEXT_BYTES, "%u.%u.%u.%u", byte_at(addr, 12), byte_at(addr, 13),
		         byte_at(addr, 14), byte_at(addr, 15));
		return text;
	}
	for (unsigned i = 0; i < 8; i++)
		group[i] = (unsigned)byte_at(addr, i * 2) << 8 | byte_at(addr, i * 2 + 1);
	longest_zeros(group, &at, &len);
	text[0] = '\0';
	for (unsigned i = 0; i < 8; i++) {
		const char *colon = i == 0 || i == at + len ? "" : ":";

		if (i == at) {
			n += (size_t)snprintf(text + n, ADDR_TEXT_BYTES - n, "::");
			i += len - 1;
			continue;
		}
		n += (size_t)snprintf(text + n, ADDR_TEXT_BYTES - n, "%s%x", colon, group[i]);
	}
	return text;
}
