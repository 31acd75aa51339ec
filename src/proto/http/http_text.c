// http_text: see the header.
#include "proto/http/http_text.h"

void http_text_put(struct fill *out, const char *text)
{
	fill_bytes(out, text, strlen(text));
}

void http_text_number(struct fill *out, uint64_t value)
{
	char digits[20];
	unsigned at = sizeof(digits);

	do
		digits[--at] = (char)('0' + value % 10);
	while ((value /= 10) > 0);
	fill_bytes(out, digits + at, sizeof(digits) - at);
}

void http_text_field(struct fill *out, const char *name, const void *value, size_t len)
{
	http_text_put(out, name);
	fill_bytes(out, ": ", 2);
	fill_bytes(out, value, len);
	fill_bytes(out, "\r\n", 2);
}
