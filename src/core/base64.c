// base64: see the header.
#include "core/base64.h"

int base64_digit(enum base64_alphabet alphabet, uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == (alphabet == BASE64 ? '+' : '-'))
		return 62;
	return c == (alphabet == BASE64 ? '/' : '_') ? 63 : -1;
}

bool base64_decode(enum base64_alphabet alphabet, struct span text, struct fill *out)
{
	uint32_t bits = 0;
	unsigned len = 0;

	while (span_left(&text) > 0) {
		int digit = base64_digit(alphabet, span_u8(&text));

		if (digit < 0)
			return false;
		bits = bits << 6 | (uint32_t)digit;
		len += 6;
		if (len >= 8) {
			len -= 8;
			fill_u8(out, (uint8_t)(bits >> len));
			bits &= (1u << len) - 1;
		}
	}
	return len < 6 && bits == 0 && !out->bad;
}

// The text of up to three bytes.
static void group_encode(const uint8_t *from, size_t len, struct fill *out)
{
	static const char digits[] =
	        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits = (uint32_t)from[0] << 16 | (len > 1 ? (uint32_t)from[1] << 8 : 0) |
	                (len > 2 ? from[2] : 0);

	for (unsigned i = 0; i < 4; i++)
		fill_u8(out, (uint8_t)(i > len ? '=' : digits[bits >> (18 - 6 * i) & 63]));
}

void base64_encode(struct span bytes, struct fill *out)
{
	while (span_left(&bytes) > 0) {
		size_t len = size_min(span_left(&bytes), 3);

		group_encode(span_take(&bytes, len), len, out);
	}
}
