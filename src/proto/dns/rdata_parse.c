// rdata_parse: one function per kind of field. Each looks at the current token
// and appends to the rdata; the table in dns_rdata says which come in which
// order.
#include "proto/dns/rdata_parse.h"

#include <arpa/inet.h>

struct rdata_parser {
	struct lex *lex;
	struct lex_token token; // the next to be looked at
	const uint8_t *origin;
	struct fill *to;
	struct token_error *error;
};

// What is expected of a field, for reports.
static const char *const field_help[] = {
        [DNS_FIELD_END] = "the end of the record",
        [DNS_FIELD_U8] = "a number from 0 to 255",
        [DNS_FIELD_U16] = "a number from 0 to 65535",
        [DNS_FIELD_U32] = "a number from 0 to 4294967295",
        [DNS_FIELD_TIME] = "a time such as 3600 or 1h30m",
        [DNS_FIELD_IPV4] = "an IPv4 address such as 192.0.2.1",
        [DNS_FIELD_IPV6] = "an IPv6 address such as 2001:db8::1",
        [DNS_FIELD_NAME] = "a domain name",
        [DNS_FIELD_NAME_RAW] = "a domain name",
        [DNS_FIELD_STRING] = "a string",
        [DNS_FIELD_STRINGS] = "a string",
        [DNS_FIELD_TAG] = "a tag of letters and digits such as issue",
        [DNS_FIELD_TEXT] = "a string",
};

static bool refuse(struct rdata_parser *p, const char *expected, const char *why)
{
	return token_refuse(p->error, &p->token, expected, why);
}

static bool fits(struct rdata_parser *p)
{
	return !p->to->bad || refuse(p, "at most 65535 bytes of data", NULL);
}

static bool is_string(const struct rdata_parser *p)
{
	return p->token.kind == LEX_WORD || p->token.kind == LEX_QUOTED;
}

static bool number_parse(struct rdata_parser *p, enum dns_field field)
{
	static const uint32_t max[] = {
	        [DNS_FIELD_U8] = UINT8_MAX,
	        [DNS_FIELD_U16] = UINT16_MAX,
	        [DNS_FIELD_U32] = UINT32_MAX,
	};
	uint32_t value;

	if (!token_number(&p->token, max[field], &value))
		return refuse(p, field_help[field], NULL);
	if (field == DNS_FIELD_U8)
		fill_u8(p->to, (uint8_t)value);
	else if (field == DNS_FIELD_U16)
		fill_u16(p->to, (uint16_t)value);
	else
		fill_u32(p->to, value);
	return true;
}

static bool time_parse(struct rdata_parser *p)
{
	uint32_t seconds;

	if (!token_time(&p->token, &seconds))
		return refuse(p, field_help[DNS_FIELD_TIME], NULL);
	fill_u32(p->to, seconds);
	return true;
}

static bool address_parse(struct rdata_parser *p, enum dns_field field)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t bytes[16];
	int family = field == DNS_FIELD_IPV4 ? AF_INET : AF_INET6;

	if (p->token.kind != LEX_WORD || p->token.len >= sizeof(text))
		return refuse(p, field_help[field], NULL);
	memcpy(text, p->token.text, p->token.len);
	text[p->token.len] = 0;
	if (inet_pton(family, text, bytes) != 1)
		return refuse(p, field_help[field], NULL);
	fill_bytes(p->to, bytes, field == DNS_FIELD_IPV4 ? 4 : 16);
	return true;
}

static bool name_parse(struct rdata_parser *p)
{
	struct dns_name name;

	if (!token_name(&p->token, p->origin, &name, p->error))
		return false;
	fill_bytes(p->to, name.wire, name.len);
	return true;
}

static bool text_parse(struct rdata_parser *p)
{
	if (!is_string(p))
		return refuse(p, "a string", NULL);
	if (!token_string(&p->token, p->to))
		return refuse(p, "a string",
		              "a backslash is followed by one character or by three digits "
		              "up to 255");
	return true;
}

static bool string_parse(struct rdata_parser *p)
{
	uint8_t *len = fill_take(p->to, 1);
	size_t start = fill_len(p->to);

	if (!text_parse(p))
		return false;
	if (fill_len(p->to) - start > UINT8_MAX)
		return refuse(p, "a string of at most 255 bytes", NULL);
	if (len)
		*len = (uint8_t)(fill_len(p->to) - start);
	return true;
}

// RFC 8659 section 4.1. The field's check says which characters are good.
static bool tag_parse(struct rdata_parser *p)
{
	struct span tag = {.p = p->to->p};

	if (p->token.kind != LEX_WORD || !string_parse(p))
		return refuse(p, field_help[DNS_FIELD_TAG], NULL);
	tag.end = p->to->p;
	dns_field_take(DNS_FIELD_TAG, &tag);
	return !tag.bad || refuse(p, field_help[DNS_FIELD_TAG], NULL);
}

static bool one_parse(struct rdata_parser *p, enum dns_field field)
{
	switch (field) {
	case DNS_FIELD_U8:
	case DNS_FIELD_U16:
	case DNS_FIELD_U32:
		return number_parse(p, field);
	case DNS_FIELD_TIME:
		return time_parse(p);
	case DNS_FIELD_IPV4:
	case DNS_FIELD_IPV6:
		return address_parse(p, field);
	case DNS_FIELD_NAME:
	case DNS_FIELD_NAME_RAW:
		return name_parse(p);
	case DNS_FIELD_STRING:
	case DNS_FIELD_STRINGS:
		return string_parse(p);
	case DNS_FIELD_TAG:
		return tag_parse(p);
	case DNS_FIELD_TEXT:
		return text_parse(p);
	case DNS_FIELD_END:
		break;
	}
	return false;
}

static bool fields_parse(struct rdata_parser *p, const uint8_t *field)
{
	for (; *field != DNS_FIELD_END; field++) {
		do {
			if (!one_parse(p, (enum dns_field) * field) || !fits(p))
				return false;
			p->token = lex_next(p->lex);
		} while (*field == DNS_FIELD_STRINGS && is_string(p));
	}
	return true;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool hex_parse(struct rdata_parser *p)
{
	static const char expected[] = "an even number of hexadecimal digits";

	if (p->token.kind != LEX_WORD || p->token.len % 2)
		return refuse(p, expected, NULL);
	for (size_t i = 0; i < p->token.len; i += 2) {
		int high = hex_value(p->token.text[i]), low = hex_value(p->token.text[i + 1]);

		if (high < 0 || low < 0)
			return refuse(p, expected, NULL);
		fill_u8(p->to, (uint8_t)(high << 4 | low));
	}
	return fits(p);
}

// RFC 3597 section 5, from the length on: "2 0a0b", the digits in words of even
// length.
static bool generic_parse(struct rdata_parser *p, uint16_t type)
{
	size_t start = fill_len(p->to);
	struct lex_token length = p->token;
	uint32_t want;

	if (!token_number(&p->token, UINT16_MAX, &want))
		return refuse(p, "the number of bytes after \\#", NULL);
	while (p->token = lex_next(p->lex), !lex_token_ends(&p->token))
		if (!hex_parse(p))
			return false;
	if (fill_len(p->to) - start != want)
		return token_refuse(p->error, &length, "the number of bytes after \\#",
		                    "the digits that follow are of another number");
	if (!dns_rdata_check(type, p->to->p - want, want))
		return token_refuse(p->error, &length, "sound data of the type after \\#", NULL);
	return true;
}

bool rdata_parse(struct lex *lex, uint16_t type, const uint8_t *origin, struct fill *rdata,
                 struct token_error *error)
{
	const struct dns_type_info *info = dns_type_find(type);
	struct rdata_parser p = {lex, lex_next(lex), origin, rdata, error};

	error->type = type;
	if (token_is(&p.token, "\\#")) {
		p.token = lex_next(lex);
		if (!generic_parse(&p, type))
			return false;
	} else if (!info) {
		return refuse(&p, "\\# with a length and hexadecimal digits", NULL);
	} else if (!fields_parse(&p, info->fields)) {
		return false;
	}
	return lex_token_ends(&p.token) || refuse(&p, field_help[DNS_FIELD_END], NULL);
}
