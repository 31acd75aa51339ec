// write_text: see the header.
#include "proto/write/write_text.h"

#include "proto/write/write_utf8.h"

// What stands for an ASCII character; NULL: itself. XML's readers make a space of what ends a line
// or tabulates in an attribute (section 3.3.3), but not of a reference to it.
static const char *reference_to(uint8_t c, enum write_text_place place)
{
	bool attribute = place == WRITE_TEXT_ATTRIBUTE;

	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return attribute ? "&#34;" : NULL;
	case '\'':
		return attribute ? "&#39;" : NULL;
	case '\t':
		return attribute ? "&#9;" : NULL;
	case '\n':
		return attribute ? "&#10;" : NULL;
	default:
		return c < 0x20 || c == 0x7f ? WRITE_UTF8_REPLACEMENT : NULL;
	}
}

// Of two bytes or more: U+0080 to U+009F, U+FDD0 to U+FDEF, and the last two of each plane.
static bool is_forbidden(const uint8_t *p, unsigned len)
{
	if (len == 2)
		return p[0] == 0xc2 && p[1] < 0xa0;
	if (len == 3 && p[0] == 0xef && p[1] == 0xb7)
		return p[2] >= 0x90 && p[2] <= 0xaf;
	if (p[len - 1] < 0xbe || p[len - 2] != 0xbf)
		return false;
	return len == 3 ? p[0] == 0xef : (p[1] & 0x0f) == 0x0f;
}

static void put_character(struct write_out *out, const uint8_t *p, unsigned len,
                          enum write_text_place place)
{
	const char *instead = len == 1 ? reference_to(*p, place) : NULL;

	if (len == 0 || (len > 1 && is_forbidden(p, len)))
		instead = WRITE_UTF8_REPLACEMENT;
	if (instead)
		write_out_text(out, instead);
	else
		write_out_bytes(out, p, len);
}

void write_text_span(struct write_out *out, struct span text, enum write_text_place place)
{
	while (span_left(&text) > 0) {
		unsigned len = write_utf8_len(text);

		put_character(out, text.p, len, place);
		(void)span_take(&text, len ? len : 1);
	}
}
