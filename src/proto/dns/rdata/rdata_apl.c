// rdata_apl: the kind of field of APL records: a list of address prefixes (RFC 3123).
#include "proto/dns/rdata/rdata_internal.h"

#include <arpa/inet.h>

enum apl_family { APL_IPV4 = 1, APL_IPV6 = 2 };

#define APL_NEGATION 0x80

static unsigned family_bytes(unsigned family)
{
	return family == APL_IPV4 ? 4 : 16;
}

static bool family_known(unsigned family)
{
	return family == APL_IPV4 || family == APL_IPV6;
}

// Takes one item: family, prefix length, negation bit with the address length, and the address
// without trailing zero bytes. The addresses of unknown families are opaque.
static bool item_take(struct span *rest)
{
	uint16_t family = span_u16(rest);
	uint8_t prefix = span_u8(rest), len = span_u8(rest) & (uint8_t)~APL_NEGATION;
	const uint8_t *address = span_take(rest, len);

	if (!address || !family_known(family))
		return address != NULL;
	return prefix <= 8 * family_bytes(family) && len <= family_bytes(family) &&
	       (len == 0 || address[len - 1]);
}

static struct span apl_take(struct span *rdata)
{
	struct span field = span_sub(rdata, span_left(rdata)), rest = field;

	while (span_left(&rest))
		if (!item_take(&rest))
			return rdata_kind_refuse(rdata);
	return field;
}

static bool decimal_parse(const char *text, size_t len, unsigned max, unsigned *value)
{
	*value = 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*value = *value * 10 + (unsigned)(text[i] - '0');
		if (*value > max)
			return false;
	}
	return len > 0;
}

// Parses "[!]family:address/prefix" and appends it.
static bool item_append(struct fill *to, const char *text, size_t len)
{
	const char *end = text + len, *colon, *slash;
	bool negation = len && text[0] == '!';
	char address[INET6_ADDRSTRLEN];
	uint8_t bytes[16];
	unsigned family, prefix, used;

	text += negation;
	colon = memchr(text, ':', (size_t)(end - text));
	slash = memchr(text, '/', (size_t)(end - text));
	if (!colon || !slash || slash < colon || slash - colon > (int)sizeof(address))
		return false;
	memcpy(address, colon + 1, (size_t)(slash - colon - 1));
	address[slash - colon - 1] = 0;
	if (!decimal_parse(text, (size_t)(colon - text), APL_IPV6, &family) ||
	    !family_known(family) ||
	    inet_pton(family == APL_IPV4 ? AF_INET : AF_INET6, address, bytes) != 1)
		return false;
	used = family_bytes(family);
	if (!decimal_parse(slash + 1, (size_t)(end - slash - 1), 8 * used, &prefix))
		return false;
	while (used && !bytes[used - 1])
		used--;
	fill_u16(to, (uint16_t)family);
	fill_u8(to, (uint8_t)prefix);
	fill_u8(to, (uint8_t)(negation ? APL_NEGATION | used : used));
	fill_bytes(to, bytes, used);
	return true;
}

static bool apl_parse(struct rdata_parser *p)
{
	while (!lex_token_ends(&p->token)) {
		if (p->token.kind != LEX_WORD || !item_append(p->to, p->token.text, p->token.len))
			return rdata_parse_refuse(p, NULL, NULL);
		if (!rdata_parse_next(p))
			return false;
	}
	return true;
}

static void item_text(struct rdata_text *out, struct span *rest)
{
	uint16_t family = span_u16(rest);
	uint8_t prefix = span_u8(rest), len = span_u8(rest), address[16] = {0};
	bool negation = len & APL_NEGATION;
	const uint8_t *bytes;

	len &= (uint8_t)~APL_NEGATION;
	bytes = span_take(rest, len);
	if (!family_known(family)) {
		out->refused = true;
		return;
	}
	memcpy(address, bytes, len);
	if (negation)
		rdata_text_char(out, '!');
	rdata_text_number(out, family);
	rdata_text_char(out, ':');
	rdata_text_address(out, family == APL_IPV4 ? AF_INET : AF_INET6, address);
	rdata_text_char(out, '/');
	rdata_text_number(out, prefix);
}

static void apl_text(struct rdata_text *out, struct span field)
{
	while (span_left(&field)) {
		item_text(out, &field);
		if (span_left(&field))
			rdata_text_char(out, ' ');
	}
}

const struct rdata_kind rdata_kind_apl = {
        .help = "a prefix such as 1:192.0.2.0/24 or !2:2001:db8::/32",
        .take = apl_take,
        .parse = apl_parse,
        .text = apl_text,
};
