// rdata_kind: what each kind of field can do, private to rdata_*.c, with the
// cursors that text is read and written through. A kind is defined beside its
// relatives in rdata_*.c and entered in the table of rdata_kind.c.
#ifndef DNS_RDATA_KIND_H
#define DNS_RDATA_KIND_H

#include "proto/dns/rdata/dns_rdata.h"
#include "proto/dns/text/token.h"

// Bytes of the longest field that has another canonical form: an A6 with its
// name.
#define RDATA_FOLD_MAX_BYTES (1 + 16 + DNS_NAME_MAX_BYTES)

// Reads the tokens of one record.
struct rdata_parser {
	struct lex *lex;
	struct lex_token token; // the next to be looked at
	const uint8_t *origin;
	struct fill *to;
	size_t start; // of the rdata in `to`
	struct token_error *error;
	const struct rdata_kind *kind; // of the field at work
};

// Text that may be cut: len is what it would be.
struct text_out {
	char *text;
	size_t size, len;
	bool refused; // there is no text but RFC 3597's
};

struct rdata_kind {
	const char *help; // what is expected, for reports
	size_t size;      // in bytes, where every such field has the same

	// Takes the field off the bytes, where size is 0; marks them bad when
	// they do not begin with a sound one.
	struct span (*take)(struct span *rdata);

	// Appends what the tokens say and leaves the first that is not the
	// field's; refuses in p->error. What it appends is sound.
	bool (*parse)(struct rdata_parser *p);

	// The text of a sound field, or out->refused.
	void (*text)(struct text_out *out, struct span field);

	// Brings a sound field into canonical form, where that is another
	// (RFC 4034 section 6.2).
	void (*fold)(uint8_t *field);
};

// rdata_number.c
extern const struct rdata_kind kind_u8, kind_u16, kind_u32, kind_time, kind_stamp, kind_type;
// rdata_word.c
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

// The table's row; NULL for DNS_FIELD_END.
const struct rdata_kind *rdata_kind_find(enum dns_field field) PURE;

// Refuses the token at hand; `expected` NULL: the kind's help.
bool parser_refuse(struct rdata_parser *p, const char *expected, const char *why) COLD;

// Goes to the next token; false where the data has become too long.
bool parser_next(struct rdata_parser *p) MUST_CHECK;

// Whether the token at hand is a word or a quoted string.
static inline bool parser_at_string(const struct rdata_parser *p)
{
	return p->token.kind == LEX_WORD || p->token.kind == LEX_QUOTED;
}

// Reads a field of another kind that is part of this one.
static inline bool kind_parse(struct rdata_parser *p, const struct rdata_kind *kind)
{
	p->kind = kind;
	return kind->parse(p);
}

// The word at hand as a number of at most max, without going on.
bool parser_number(struct rdata_parser *p, uint32_t max, uint32_t *value) MUST_CHECK;

// The word at hand as a type, by its mnemonic, as TYPE65280 or, as BIND has it in
// old types, as a bare number.
bool parser_type(struct rdata_parser *p, uint32_t *number) MUST_CHECK;

// A number of 1, 2 or 4 bytes appended, taken, and as digits.
void parser_append(struct rdata_parser *p, size_t size, uint32_t value);
uint32_t number_of(struct span field) PURE;
void number_text(struct text_out *out, struct span field);

// A name, an address, and bytes of a string, each appended without going on.
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

// A malformed field.
static inline struct span span_refuse(struct span *rdata)
{
	rdata->bad = true;
	return (struct span){.bad = true};
}

#endif
