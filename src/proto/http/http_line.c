// http_line: see the header.
#include "proto/http/http_line.h"

#include "proto/http/http_char.h"

struct span http_line_take(struct span *head)
{
	const uint8_t *lf = http_char_find(*head, '\n');
	struct span line = span_sub(head, (size_t)(lf - head->p) + 1);

	line.end -= 2;
	return line;
}

struct span http_line_word(struct span *line)
{
	const uint8_t *space = http_char_find(*line, ' ');
	struct span word = {.bad = true};

	if (space) {
		word = span_sub(line, (size_t)(space - line->p));
		(void)span_take(line, 1);
	}
	return word;
}

bool http_line_version(struct span text, unsigned *major, unsigned *minor)
{
	if (span_left(&text) != 8 || memcmp(text.p, "HTTP/", 5) != 0 || text.p[6] != '.' ||
	    !http_char_is(text.p[5], HTTP_CHAR_DIGIT) || !http_char_is(text.p[7], HTTP_CHAR_DIGIT))
		return false;
	*major = text.p[5] - '0';
	*minor = text.p[7] - '0';
	return true;
}
