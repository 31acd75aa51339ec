// rdata_kind: the operations of each kind of rdata field, and the cursors through which they
// read and write text. Related kinds are defined together in an rdata_*.c and listed in the
// table of rdata_kind.c. Private to rdata_*.c.
#ifndef DNS_RDATA_KIND_H
#define DNS_RDATA_KIND_H

#include "proto/dns/rdata/dns_rdata.h"
#include "proto/dns/text/token.h"

// Maximum size of a field that canonical form may change: an A6 with its name.
#define RDATA_FOLD_MAX_BYTES (1 + 16 + DNS_NAME_MAX_BYTES)

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
struct text_out {
	char *text;
	size_t size, len;
	bool refused; // the field can only be written in the generic format of RFC 3597
};

struct rdata_kind {
	const char *help; // what is expected, for reports
	size_t size;      // in bytes, when the kind has a fixed size; otherwise 0

	// For kinds without a fixed size: takes the field off rdata, and sets rdata->bad
	// when rdata does not begin with a valid one.
	struct span (*take)(struct span *rdata);

	// Parses the field from the tokens, appends it in wire form, always valid, and
	// leaves the first token after it as the current one. On failure sets *p->error.
	bool (*parse)(struct rdata_parser *p);

	// Writes a valid field as text, or sets out->refused.
	void (*text)(struct text_out *out, struct span field);

	// Converts a valid field to canonical form (RFC 4034 section 6.2); NULL for kinds
	// that are always in it.
	void (*fold)(uint8_t *field);
};

// rdata_number.c
extern const struct rdata_kind kind_u8, kind_u16, kind_u32, kind_time, kind_stamp, kind_type;
// rdata_mnemonic.c
extern const struct rdata_kind kind_algorithm, kind_key_flags, kind_key_protocol;
extern const struct rdata_kind kind_cert_type, kind_cert_algorithm, kind_scheme;
// rdata_address.c
extern const struct rdata_kind kind_ipv4, kind_ipv6, kind_eui48, kind_eui64, kind_locator;
extern const struct rdata_kind kind_nsap, kind_atma;
// rdata_string.c
extern const struct rdata_kind kind_name, kind_name_raw, kind_names, kind_string, kind_strings;
extern const struct rdata_kind kind_string_maybe, kind_digits, kind_tag, kind_text;
// rdata_digest.c
extern const struct rdata_kind kind_hex, kind_base64, kind_base64_maybe, kind_base64_dash;
extern const struct rdata_kind kind_digest_ds, kind_digest_sshfp, kind_digest_zonemd;
extern const struct rdata_kind kind_salt, kind_nsec3;
// rdata_bitmap.c
extern const struct rdata_kind kind_bitmap, kind_bitmap_maybe, kind_bitmap_nxt;
// rdata_gateway.c
extern const struct rdata_kind kind_gateway, kind_relay, kind_hip, kind_a6;
// rdata_wks.c, rdata_loc.c, rdata_apl.c, rdata_svcb.c, rdata_kind.c
extern const struct rdata_kind kind_wks, kind_loc, kind_apl, kind_priority, kind_params;
extern const struct rdata_kind kind_opaque;

// The operations of a kind; NULL for DNS_FIELD_END.
const struct rdata_kind *rdata_kind_find(enum dns_field field) PURE;

// Reports an error at the current token and returns false; `expected` NULL: the kind's help.
bool parser_refuse(struct rdata_parser *p, const char *expected, const char *why) COLD;

// Advances to the next token; false when the data has become too long.
bool parser_next(struct rdata_parser *p) MUST_CHECK;

// Whether the current token is a word or a quoted string.
static inline bool parser_at_string(const struct rdata_parser *p)
{
	return p->token.kind == LEX_WORD || p->token.kind == LEX_QUOTED;
}

// Parses a part of the current field as a field of another kind.
static inline bool kind_parse(struct rdata_parser *p, const struct rdata_kind *kind)
{
	p->kind = kind;
	return kind->parse(p);
}

// Parses the current token as a number of at most max, without advancing.
bool parser_number(struct rdata_parser *p, uint32_t max, uint32_t *value) MUST_CHECK;

// Parses the current token as a record type: a mnemonic, TYPE65280 or, as BIND allows in old
// types, a plain number.
bool parser_type(struct rdata_parser *p, uint32_t *number) MUST_CHECK;

// A number of 1, 2 or 4 bytes: append it, return the value of a field, write it as digits.
void parser_append(struct rdata_parser *p, size_t size, uint32_t value);
uint32_t number_of(struct span field) PURE;
void number_text(struct text_out *out, struct span field);

// Parse the current token as a name, an address or the bytes of a string, and append it,
// without advancing.
bool parser_name(struct rdata_parser *p) MUST_CHECK;
bool parser_address(struct rdata_parser *p, int family) MUST_CHECK;
bool parser_bytes(struct rdata_parser *p) MUST_CHECK;

void out_put(struct text_out *out, const char *s, size_t n);
void out_number(struct text_out *out, uint32_t value);
void out_name(struct text_out *out, const uint8_t *wire);
void out_address(struct text_out *out, int family, const uint8_t *bytes);
void out_escaped(struct text_out *out, uint8_t byte); // as within quotes
void out_quoted(struct text_out *out, const uint8_t *bytes, size_t len);

static inline void out_char(struct text_out *out, char c)
{
	out_put(out, &c, 1);
}

// Marks rdata as malformed, and returns a malformed field.
static inline struct span span_refuse(struct span *rdata)
{
	rdata->bad = true;
	return (struct span){.bad = true};
}

#endif
