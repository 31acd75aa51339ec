// hex: see hex.h.
#include "apps/ofp/hex.h"

#include <errno.h>

struct line {
	const char *p, *end;
};

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	return p;
}

// Takes an offset off the line when it begins with one: 0, or the bytes of the dump so far.
static bool offset_take(struct line *line, size_t *dumped)
{
	const char *p = skip_blanks(line->p, line->end), *start;
	size_t value = 0;

	if (line->end - p > 2 && p[0] == '0' && p[1] == 'x')
		p += 2;
	for (start = p; p < line->end && digit(*p) >= 0 && p - start < 8; p++)
		value = value << 4 | (size_t)digit(*p);
	if (p - start < 4 || (value && value != *dumped))
		return false;
	if (p < line->end && *p == ':')
		p++;
	else if (line->end - p < 2 || !is_blank(p[0]) || !is_blank(p[1]))
		return false;
	if (value == 0)
		*dumped = 0;
	line->p = skip_blanks(p, line->end);
	return true;
}

// The bytes of a line of a dump, at most 16, up to what is printed beside them.
static void dump_line(struct line *line, struct fill *out, size_t *dumped)
{
	const char *p = line->p;

	for (unsigned n = 0; n < 16 && line->end - p >= 2; n++) {
		if (digit(p[0]) < 0 || digit(p[1]) < 0)
			return;
		fill_u8(out, (uint8_t)(digit(p[0]) << 4 | digit(p[1])));
		++*dumped;
		p += 2;
		if (p < line->end && (is_blank(*p) || *p == '-'))
			p++;
	}
}

static int plain_line(struct line *line, struct fill *out, unsigned number, struct why *why)
{
	const char *p = line->p;

	while (p < line->end && *p != '#') {
		if (is_blank(*p) || *p == '-' || *p == ':') {
			p++;
			continue;
		}
		if (line->end - p < 2 || digit(p[0]) < 0 || digit(p[1]) < 0)
			return why_fail(why, -EINVAL, "line %u: \"%.*s\" is no byte in hex", number,
			                (int)size_min(8, (size_t)(line->end - p)), p);
		fill_u8(out, (uint8_t)(digit(p[0]) << 4 | digit(p[1])));
		p += 2;
	}
	return 0;
}

int hex_read(const char *text, size_t text_len, struct fill *out, struct why *why)
{
	const char *end = text + text_len;
	size_t dumped = 0;
	int err = 0;

	for (unsigned number = 1; text < end && !err; number++) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		struct line line = {text, newline ? newline : end};

		if (offset_take(&line, &dumped))
			dump_line(&line, out, &dumped);
		else
			err = plain_line(&line, out, number, why);
		text = newline ? newline + 1 : end;
	}
	return err;
}
