// rdata_parse: see the header. Parses the fields of a type in order, or the generic format; each
// kind of field has its own parser, in the other rdata_*.c.
#include "proto/dns/rdata/rdata_parse.h"
#include "proto/dns/rdata/rdata_code.h"

bool rdata_parse_refuse(struct rdata_parser *p, const char *expected, const char *why)
{
	return token_refuse(p->error, &p->token, expected ? expected : p->kind->help, why);
}

bool rdata_parse_next(struct rdata_parser *p)
{
	if (p->to->bad)
		return rdata_parse_refuse(p, "at most 65535 bytes of data", NULL);
	p->token = lex_next(p->lex);
	return true;
}

bool rdata_parse_number(struct rdata_parser *p, uint32_t max, uint32_t *value)
{
	return token_number(&p->token, max, value);
}

static bool fields_parse(struct rdata_parser *p, const uint8_t *field)
{
	for (; *field != DNS_FIELD_END; field++) {
		if (!rdata_parse_kind(p, rdata_kind_find((enum dns_field) * field)))
			return false;
	}
	return true;
}

// Parses the generic format (RFC 3597 section 5) after "\#": the length and the digits, which may
// be split into words, as in "2 0a 0b".
static bool generic_parse(struct rdata_parser *p, uint16_t type)
{
	size_t start = fill_len(p->to);
	struct lex_token length = p->token;
	uint32_t expected;

	if (!rdata_parse_number(p, UINT16_MAX, &expected))
		return rdata_parse_refuse(p, "the number of bytes after \\#", NULL);
	if (!rdata_parse_next(p) || !rdata_code_parse_rest(p, &rdata_code_hex))
		return false;
	if (fill_len(p->to) - start != expected)
		return token_refuse(p->error, &length, "the number of bytes after \\#",
		                    "another number of bytes follows");
	if (!dns_rdata_check(type, p->to->p - expected, expected))
		return token_refuse(p->error, &length, "valid data of the type after \\#", NULL);
	return true;
}

bool rdata_parse(struct lex *lex, uint16_t type, const uint8_t *origin, struct fill *rdata,
                 struct token_error *error)
{
	const struct dns_rdata_type *info = dns_rdata_type(type);
	static const uint8_t unknown[] = {DNS_FIELD_OPAQUE, DNS_FIELD_END};
	struct rdata_parser p = {
	        .lex = lex,
	        .token = lex_next(lex),
	        .origin = origin,
	        .to = rdata,
	        .start = fill_len(rdata),
	        .error = error,
	};

	error->type = type;
	if (token_is(&p.token, "\\#")) {
		p.token = lex_next(lex);
		if (!generic_parse(&p, type))
			return false;
	} else if (!fields_parse(&p, info ? info->fields : unknown)) {
		return false;
	}
	return lex_token_ends(&p.token) || rdata_parse_refuse(&p, "the end of the record", NULL);
}
