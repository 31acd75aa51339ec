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

void http_text_field(struct fill *out, struct span name, struct span value)
{
	size_t name_len = span_left(&name), value_len = span_left(&value);
	uint8_t *p = fill_take(out, name_len + 2 + value_len + 2);

	if (!p)
		return;
	p = mempcpy(p, name.p, name_len);
	p = mempcpy(p, ": ", 2);
	if (value_len)
		p = mempcpy(p, value.p, value_len);
	mempcpy(p, "\r\n", 2);
}
