// http_char: what octets may be part of (RFC 9110 section 5.6, RFC 3986 section 3), and the
// comparison of ASCII text without regard to case.
#ifndef HTTP_CHAR_H
#define HTTP_CHAR_H

#include "core/span.h"

enum http_char {
	HTTP_CHAR_TOKEN = 1, // tchar
	HTTP_CHAR_VALUE = 2, // of a field: field-vchar with obs-text, SP, HTAB
	HTTP_CHAR_PATH = 4,  // of a path, "/" and "%" among them
	HTTP_CHAR_QUERY = 8, // of a query, "%" among them
	HTTP_CHAR_HOST = 16, // of a registered name, "%" among them
	HTTP_CHAR_HEX = 32,
	HTTP_CHAR_DIGIT = 64,
};

// The sum of the above for each octet. Beyond RFC 3986, paths hold "[", "]", "^" and "|", and
// queries those and "`", "{", "}" and "\": browsers send them as they are.
extern const uint8_t http_char_table[256];

static inline bool http_char_is(uint8_t c, enum http_char what)
{
	return (http_char_table[c] & what) != 0;
}

// The bytes at the beginning of the text that are one of `what`.
static inline struct span http_char_prefix(struct span text, enum http_char what)
{
	const uint8_t *p = text.p;

	while (p < text.end && http_char_is(*p, what))
		p++;
	return span_of(text.p, (size_t)(p - text.p));
}

// Whether each of the bytes is one of `what`; true of none at all.
bool http_char_all(struct span text, enum http_char what) PURE;

// http_char_all(text, HTTP_CHAR_VALUE), eight octets at a time.
bool http_char_value(struct span text) PURE;

// As http_char_all, and each "%" is followed by two hex digits.
bool http_char_escaped(struct span text, enum http_char what) PURE;

// The value of a hex digit, which it must be.
unsigned http_char_hex(uint8_t c) PURE;

// Without regard to the case of ASCII letters. `lower` has none in upper case.
bool http_char_equal(struct span text, const char *lower) PURE;

// The first c in the text; NULL if there is none.
const uint8_t *http_char_find(struct span text, char c) PURE;

// Without optional white space (SP, HTAB) at both ends.
struct span http_char_trim(struct span text) PURE;

#endif
