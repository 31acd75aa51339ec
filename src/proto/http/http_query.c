// http_query: see the header.
#include "proto/http/http_query.h"

#include "proto/http/http_char.h"

// The text up to the byte, which is taken too, or all of it.
static struct span take_until(struct span *text, uint8_t byte)
{
	const uint8_t *at = http_char_find(*text, byte);
	struct span part = span_sub(text, at ? (size_t)(at - text->p) : span_left(text));

	if (at)
		(void)span_take(text, 1);
	return part;
}

// -1: not an escape.
static int escape_read(struct span text)
{
	if (span_left(&text) < 3 || !http_char_all(span_of(text.p + 1, 2), HTTP_CHAR_HEX))
		return -1;
	return (int)(http_char_hex(text.p[1]) << 4 | http_char_hex(text.p[2]));
}

static bool decode(struct span text, char *to, size_t size)
{
	size_t len = 0;

	while (text.p < text.end) {
		int c = *text.p == '%' ? escape_read(text) : *text.p == '+' ? ' ' : *text.p;

		if (c <= 0 || len + 1 >= size)
			return false;
		to[len++] = (char)c;
		text.p += *text.p == '%' ? 3 : 1;
	}
	to[len] = '\0';
	return true;
}

enum http_query_result http_query_next(struct span *query, struct http_query_pair *pair)
{
	while (span_left(query) > 0) {
		struct span value = take_until(query, '&'), name;

		if (span_left(&value) == 0)
			continue;
		name = take_until(&value, '=');
		if (!decode(name, pair->name, sizeof(pair->name)) ||
		    !decode(value, pair->value, sizeof(pair->value)))
			return HTTP_QUERY_BAD;
		return HTTP_QUERY_PAIR;
	}
	return HTTP_QUERY_END;
}
