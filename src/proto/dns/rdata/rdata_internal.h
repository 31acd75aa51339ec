// rdata_internal: the cursors by which kinds of fields read and write text, and functions that
// several kinds share. Private to rdata_*.c; the prefix of a function is the file it is in.
#ifndef DNS_RDATA_INTERNAL_H
#define DNS_RDATA_INTERNAL_H

#include "proto/dns/rdata/rdata_kind.h"
#include "proto/dns/text/token.h"

// Parses the tokens of one record.
struct rdata_parser {
	struct lex *lex;
	struct lex_token token; // the current token: not yet parsed
	const uint8_t *origin;
	struct fill *to;
	size_t start; // of the rdata in `to`
	struct token_error *error;
	const struct rdata_kind *kind; // of the current field
};

// Text that may be truncated; len is the length without truncation.
struct rdata_text {
	char *text;
	size_t size, len;
	bool refused; // the field can only be written in the generic format of RFC 3597
};

// Reports an error at the current token and returns false; `expected` NULL: the kind's help.
bool rdata_parse_refuse(struct rdata_parser *p, const char *expected, const char *why) COLD;

// Advances to the next token; false when the data has become too long.
bool rdata_parse_next(struct rdata_parser *p) MUST_CHECK;

// Whether the current token is a word or a quoted string.
static inline bool rdata_parse_at_string(const struct rdata_parser *p)
{
	return p->token.kind == LEX_WORD || p->token.kind == LEX_QUOTED;
}

// Parses a part of the current field as a field of another kind.
static inline bool rdata_parse_kind(struct rdata_parser *p, const struct rdata_kind *kind)
{
	p->kind = kind;
	return kind->parse(p);
}

// Parses the current token as a number of at most max, without advancing.
bool rdata_parse_number(struct rdata_parser *p, uint32_t max, uint32_t *value) MUST_CHECK;

// Parses the current token as a record type: a mnemonic, TYPE65280 or, as BIND allows in old
// types, a plain number. Does not advance.
bool rdata_number_parse_type(struct rdata_parser *p, uint32_t *number) MUST_CHECK;

// A number of 1, 2 or 4 bytes: append it, return the value of a field, write it as digits.
void rdata_number_append(struct rdata_parser *p, size_t size, uint32_t value);
uint32_t rdata_number_of(struct span field) PURE;
void rdata_number_text(struct rdata_text *out, struct span field);

// Parse the current token as a name, an address or the bytes of a string, and append it,
// without advancing.
bool rdata_string_parse_name(struct rdata_parser *p) MUST_CHECK;
bool rdata_address_parse(struct rdata_parser *p, int family) MUST_CHECK;
bool rdata_string_parse_bytes(struct rdata_parser *p) MUST_CHECK;

void rdata_text_put(struct rdata_text *out, const char *s, size_t n);
void rdata_text_number(struct rdata_text *out, uint32_t value);
void rdata_text_name(struct rdata_text *out, const uint8_t *wire);
void rdata_text_address(struct rdata_text *out, int family, const uint8_t *bytes);
void rdata_text_escaped(struct rdata_text *out, uint8_t byte); // as within quotes
void rdata_text_quoted(struct rdata_text *out, const uint8_t *bytes, size_t len);

static inline void rdata_text_char(struct rdata_text *out, char c)
{
	rdata_text_put(out, &c, 1);
}

#endif
