// rdata_code: encodes and decodes bytes in base 16, base32hex without padding and base 64
// (RFC 4648). Private to rdata_*.c.
#ifndef DNS_RDATA_CODE_H
#define DNS_RDATA_CODE_H

#include "proto/dns/rdata/rdata_internal.h"

struct rdata_code {
	unsigned bits; // number of bits of a digit
	bool padded;   // with "=" to groups of four digits
	int (*value)(char digit);
	const char *digits; // as they are written
	const char *help;
};

extern const struct rdata_code rdata_code_hex, rdata_code_base32hex, rdata_code_base64;

// The value of a hexadecimal digit; -1 when c is not one.
int rdata_code_hex_value(char c) PURE;

// A decoder, for digits that may be split over several words.
struct rdata_code_reader {
	const struct rdata_code *code;
	struct fill *to;
	uint32_t bits; // not yet written, in the lowest `left` bits
	unsigned left, digits, pads;
};

// Decodes text and appends each complete byte. False at the first invalid character.
bool rdata_code_read(struct rdata_code_reader *reader, const char *text, size_t len) MUST_CHECK;

// Whether the digits read so far end at a byte boundary, with correct padding and no nonzero
// bits left over.
bool rdata_code_end(const struct rdata_code_reader *reader) PURE;

// Decodes all of the current token and appends it, without advancing to the next; sets the
// parser's error and returns false when it is malformed.
bool rdata_code_parse(struct rdata_parser *p, const struct rdata_code *code) MUST_CHECK;

// Decodes and appends all words up to the end of the record.
bool rdata_code_parse_rest(struct rdata_parser *p, const struct rdata_code *code) MUST_CHECK;

// Writes bytes as digits.
void rdata_code_text(struct rdata_text *out, const struct rdata_code *code, const uint8_t *bytes,
                     size_t len);

#endif
