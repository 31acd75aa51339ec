// dns_escape: the escapes \DDD and \X of RFC 1035 section 5.1, in the presentation form of
// names and character-strings. Names are dns_name.h's, strings token.h's.
#ifndef DNS_ESCAPE_H
#define DNS_ESCAPE_H

#include "core/base.h"

// Decodes the escape at the start of text, which is a backslash. Returns the number of
// characters read, 0 when the escape is malformed or incomplete.
static inline size_t dns_escape_parse(const char *text, size_t len, uint8_t *byte)
{
	unsigned value = 0;

	if (len < 2)
		return 0;
	if (text[1] < '0' || text[1] > '9') {
		*byte = (uint8_t)text[1];
		return 2;
	}
	if (len < 4)
		return 0;
	for (int i = 1; i < 4; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	*byte = (uint8_t)value;
	return value <= UINT8_MAX ? 4 : 0;
}

// Writes byte as "\DDD" to text, without a final zero; returns 4.
static inline size_t dns_escape_build(uint8_t byte, char *text)
{
	text[0] = '\\';
	text[1] = (char)('0' + byte / 100);
	text[2] = (char)('0' + byte / 10 % 10);
	text[3] = (char)('0' + byte % 10);
	return 4;
}

#endif
