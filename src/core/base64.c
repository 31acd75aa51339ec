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
