// http_char: see the header.
#include "proto/http/http_char.h"

enum {
	T = HTTP_CHAR_TOKEN,
	V = HTTP_CHAR_VALUE,
	P = HTTP_CHAR_PATH,
	Q = HTTP_CHAR_QUERY,
	H = HTTP_CHAR_HOST,
	X = HTTP_CHAR_HEX,
	D = HTTP_CHAR_DIGIT,
};

const uint8_t http_char_table[256] = {
        ['\t'] = V,
        [' '] = V,
        ['"'] = V,
        ['#'] = T | V,
        ['%'] = T | V | P | Q | H,
        ['!'] = T | V | P | Q | H,
        ['$'] = T | V | P | Q | H,
        ['&' ... '\''] = T | V | P | Q | H, // both are sub-delims
        ['(' ... ')'] = V | P | Q | H,
        ['*' ... '+'] = T | V | P | Q | H,
        [','] = V | P | Q | H,
        ['-' ... '.'] = T | V | P | Q | H,
        ['/'] = V | P | Q,
        ['0' ... '9'] = T | V | P | Q | H | X | D,
        [':'] = V | P | Q,
        [';'] = V | P | Q | H,
        ['<'] = V,
        ['='] = V | P | Q | H,
        ['>'] = V,
        ['?'] = V | Q,
        ['@'] = V | P | Q,
        ['A' ... 'F'] = T | V | P | Q | H | X,
        ['G' ... 'Z'] = T | V | P | Q | H,
        ['['] = V | P | Q,
        ['\\'] = V | Q,
        [']'] = V | P | Q,
        ['^'] = T | V | P | Q,
        ['_'] = T | V | P | Q | H,
        ['`'] = T | V | Q,
        ['a' ... 'f'] = T | V | P | Q | H | X,
        ['g' ... 'z'] = T | V | P | Q | H,
        ['{'] = V | Q,
        ['|'] = T | V | P | Q,
        ['}'] = V | Q,
        ['~'] = T | V | P | Q | H,
        [0x80 ... 0xff] = V,
};

bool http_char_all(struct span text, enum http_char what)
{
	for (; text.p < text.end; text.p++)
		if (!http_char_is(*text.p, what))
			return false;
	return true;
}

// Whether one of the eight octets is below 0x20 or 0x7f: all that a value does not have, and HTAB.
static bool has_control(uint64_t octets)
{
	const uint64_t each = UINT64_C(0x0101010101010101), top = each << 7;
	uint64_t del = octets ^ 0x7f * each;

	return (((octets - 0x20 * each) & ~octets) | ((del - each) & ~del)) & top;
}

bool http_char_value(struct span text)
{
	uint64_t octets;

	for (; span_left(&text) >= sizeof(octets); text.p += sizeof(octets)) {
		memcpy(&octets, text.p, sizeof(octets));
		if (has_control(octets))
			break;
	}
	return http_char_all(text, HTTP_CHAR_VALUE);
}

bool http_char_escaped(struct span text, enum http_char what)
{
	for (; text.p < text.end; text.p++) {
		if (!http_char_is(*text.p, what))
			return false;
		if (*text.p != '%')
			continue;
		if (span_left(&text) < 3 || !http_char_is(text.p[1], HTTP_CHAR_HEX) ||
		    !http_char_is(text.p[2], HTTP_CHAR_HEX))
			return false;
	}
	return true;
}

unsigned http_char_hex(uint8_t c)
{
	if (http_char_is(c, HTTP_CHAR_DIGIT))
		return (unsigned)(c - '0');
	return (unsigned)((c | 0x20) - 'a' + 10);
}

static uint8_t to_lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

bool http_char_equal(struct span text, const char *lower)
{
	for (; text.p < text.end; text.p++, lower++)
		if (to_lower(*text.p) != (uint8_t)*lower || !*lower)
			return false;
	return !*lower;
}

const uint8_t *http_char_find(struct span text, char c)
{
	return text.p < text.end ? memchr(text.p, c, span_left(&text)) : NULL;
}

struct span http_char_trim(struct span text)
{
	while (text.p < text.end && (*text.p == ' ' || *text.p == '\t'))
		text.p++;
	while (text.p < text.end && (text.end[-1] == ' ' || text.end[-1] == '\t'))
		text.end--;
	return text;
}
