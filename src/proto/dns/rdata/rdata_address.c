// rdata_address: the kinds of fields that are an address: of IPv4, IPv6 and other networks.
#include "proto/dns/rdata/rdata_code.h"

#include <arpa/inet.h>
#include <stdio.h>

bool rdata_address_parse(struct rdata_parser *p, int family)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t bytes[16];

	if (p->token.kind != LEX_WORD || p->token.len >= sizeof(text))
		return false;
	memcpy(text, p->token.text, p->token.len);
	text[p->token.len] = 0;
	if (inet_pton(family, text, bytes) != 1)
		return false;
	fill_bytes(p->to, bytes, family == AF_INET ? 4 : 16);
	return true;
}

static bool ipv4_parse(struct rdata_parser *p)
{
	return rdata_address_parse(p, AF_INET) ? rdata_parse_next(p)
	                                       : rdata_parse_refuse(p, NULL, NULL);
}

static void ipv4_text(struct rdata_text *out, struct span field)
{
	rdata_text_address(out, AF_INET, field.p);
}

const struct rdata_kind rdata_kind_ipv4 = {
        .help = "an IPv4 address such as 192.0.2.1",
        .size = 4,
        .parse = ipv4_parse,
        .text = ipv4_text,
};

static bool ipv6_parse(struct rdata_parser *p)
{
	return rdata_address_parse(p, AF_INET6) ? rdata_parse_next(p)
	                                        : rdata_parse_refuse(p, NULL, NULL);
}

static void ipv6_text(struct rdata_text *out, struct span field)
{
	rdata_text_address(out, AF_INET6, field.p);
}

const struct rdata_kind rdata_kind_ipv6 = {
        .help = "an IPv6 address such as 2001:db8::1",
        .size = 16,
        .parse = ipv6_parse,
        .text = ipv6_text,
};

// Parses groups of hexadecimal digits with one separator between them. Each group has one to
// `width` digits (or exactly `width`) and makes width / 2 bytes.
static bool groups_append(struct rdata_parser *p, unsigned groups, char separator, unsigned width,
                          bool exact)
{
	const char *text = p->token.text, *end = text + p->token.len;

	if (p->token.kind != LEX_WORD)
		return false;
	for (unsigned i = 0; i < groups; i++) {
		unsigned value = 0, digits = 0;

		if (i && (text == end || *text++ != separator))
			return false;
		for (; text < end && rdata_code_hex_value(*text) >= 0; text++, digits++)
			value = value << 4 | (unsigned)rdata_code_hex_value(*text);
		if (digits == 0 || digits > width || (exact && digits < width))
			return false;
		rdata_number_append(p, width / 2, value);
	}
	return text == end;
}

// RFC 7043 sections 3.2 and 4.2.
static bool eui_parse(struct rdata_parser *p)
{
	return groups_append(p, (unsigned)p->kind->size, '-', 2, true)
	               ? rdata_parse_next(p)
	               : rdata_parse_refuse(p, NULL, NULL);
}

static void eui_text(struct rdata_text *out, struct span field)
{
	char text[4];

	for (const char *separator = ""; span_left(&field); separator = "-") {
		snprintf(text, sizeof(text), "%s%02x", separator, span_u8(&field));
		rdata_text_put(out, text, strlen(text));
	}
}

const struct rdata_kind rdata_kind_eui48 = {
        .help = "an address such as 00-00-5e-00-53-2a",
        .size = 6,
        .parse = eui_parse,
        .text = eui_text,
};

const struct rdata_kind rdata_kind_eui64 = {
        .help = "an address such as 00-00-5e-ef-10-00-00-2a",
        .size = 8,
        .parse = eui_parse,
        .text = eui_text,
};

// RFC 6742 section 2.1.2.
static bool locator_parse(struct rdata_parser *p)
{
	return groups_append(p, 4, ':', 4, false) ? rdata_parse_next(p)
	                                          : rdata_parse_refuse(p, NULL, NULL);
}

static void locator_text(struct rdata_text *out, struct span field)
{
	char text[8];

	for (const char *separator = ""; span_left(&field); separator = ":") {
		snprintf(text, sizeof(text), "%s%x", separator, span_u16(&field));
		rdata_text_put(out, text, strlen(text));
	}
}

const struct rdata_kind rdata_kind_locator = {
        .help = "four groups of digits such as 2001:db8:1140:1000",
        .size = 8,
        .parse = locator_parse,
        .text = locator_text,
};

// Takes all remaining bytes, at least one.
static struct span rest_take(struct span *rdata)
{
	return span_left(rdata) ? span_sub(rdata, span_left(rdata)) : rdata_kind_refuse(rdata);
}

// RFC 1706 section 7: "0x" and hexadecimal digits; dots may separate them anywhere.
static bool nsap_append(struct rdata_parser *p)
{
	struct rdata_code_reader reader = {.code = &rdata_code_hex, .to = p->to};
	const char *text = p->token.text;

	if (p->token.kind != LEX_WORD || p->token.len < 2 || text[0] != '0' ||
	    (text[1] | 0x20) != 'x')
		return false;
	for (size_t i = 2; i < p->token.len; i++)
		if (text[i] != '.' && !rdata_code_read(&reader, text + i, 1))
			return false;
	return reader.digits && rdata_code_end(&reader);
}

static bool nsap_parse(struct rdata_parser *p)
{
	return nsap_append(p) ? rdata_parse_next(p) : rdata_parse_refuse(p, NULL, NULL);
}

static void nsap_text(struct rdata_text *out, struct span field)
{
	char text[4];

	rdata_text_put(out, "0x", 2);
	while (span_left(&field)) {
		snprintf(text, sizeof(text), "%02x", span_u8(&field));
		rdata_text_put(out, text, 2);
	}
}

const struct rdata_kind rdata_kind_nsap = {
        .help = "hexadecimal digits such as 0x47.0005",
        .take = rest_take,
        .parse = nsap_parse,
        .text = nsap_text,
};

// ATM Forum, "ATM Name System Specification" 2.0, section 5.2: an E.164 address in decimal digits
// or an ATM end system address in hexadecimal digits.
enum atma_format { ATMA_AESA, ATMA_E164 };

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static struct span atma_take(struct span *rdata)
{
	struct span field = rest_take(rdata);

	if (span_left(&field) < 2)
		return rdata_kind_refuse(rdata);
	for (const uint8_t *p = field.p + 1; field.p[0] == ATMA_E164 && p < field.end; p++)
		if (!is_digit(*p))
			return rdata_kind_refuse(rdata);
	return field;
}

// Parses an address, in which single dots may separate digits.
static bool atma_append(struct rdata_parser *p)
{
	struct rdata_code_reader reader = {.code = &rdata_code_hex, .to = p->to};
	const char *text = p->token.text, *end = text + p->token.len;
	bool e164 = p->token.kind == LEX_WORD && p->token.len && text[0] == '+';
	bool dot = true;

	fill_u8(p->to, e164 ? ATMA_E164 : ATMA_AESA);
	for (text += e164; text < end; text++) {
		if (*text == '.' && !dot) {
			dot = true;
			continue;
		}
		dot = false;
		if (e164)
			fill_u8(p->to, (uint8_t)*text);
		if (e164 ? !is_digit((uint8_t)*text) : !rdata_code_read(&reader, text, 1))
			return false;
	}
	return p->token.kind == LEX_WORD && !dot && rdata_code_end(&reader);
}

static bool atma_parse(struct rdata_parser *p)
{
	return atma_append(p) ? rdata_parse_next(p) : rdata_parse_refuse(p, NULL, NULL);
}

static void atma_text(struct rdata_text *out, struct span field)
{
	uint8_t format = span_u8(&field);

	if (format == ATMA_AESA) {
		rdata_code_text(out, &rdata_code_hex, field.p, span_left(&field));
	} else if (format == ATMA_E164) {
		rdata_text_char(out, '+');
		rdata_text_put(out, (const char *)field.p, span_left(&field));
	} else {
		out->refused = true;
	}
}

const struct rdata_kind rdata_kind_atma = {
        .help = "an address such as +61200000000 or 47.0005",
        .take = atma_take,
        .parse = atma_parse,
        .text = atma_text,
};
