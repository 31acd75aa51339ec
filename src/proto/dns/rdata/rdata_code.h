// rdata_code: bytes as digits of 4, 5 or 6 bits: base 16, base32hex without
// padding, base 64 (RFC 4648). Private to rdata_*.c.
#ifndef DNS_RDATA_CODE_H
#define DNS_RDATA_CODE_H

#include "proto/dns/rdata/rdata_kind.h"

struct code {
	unsigned bits; // of a digit
	bool padded;   // with "=" to whole groups of four
	int (*value)(char digit);
	const char *digits; // as they are written
	const char *help;
};

extern const struct code code_hex, code_base32hex, code_base64;

// -1: no digit.
int code_hex_value(char c) PURE;

// Digits may come in several pieces.
struct code_reader {
	const struct code *code;
	struct fill *to;
	uint32_t bits; // not yet written, in the lowest `left` bits
	unsigned left, digits, pads;
};

// Appends what is complete. False at the first character that is no digit.
bool code_read(struct code_reader *reader, const char *text, size_t len) MUST_CHECK;

// Whether the digits end at a byte, with the right padding and no bits left
// over.
bool code_end(const struct code_reader *reader) PURE;

// The word at hand, whole, without going on; refuses it.
bool parser_code(struct rdata_parser *p, const struct code *code) MUST_CHECK;

// All words up to the end of the record.
bool parser_code_rest(struct rdata_parser *p, const struct code *code) MUST_CHECK;

void out_code(struct text_out *out, const struct code *code, const uint8_t *bytes, size_t len);

#endif
