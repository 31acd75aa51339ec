// http_range: see the header.
#include "proto/http/http_range.h"

#include "proto/http/http_char.h"
#include "proto/http/http_text.h"

// Digits at the beginning of the text. False if there are none; a number beyond 64 bits is the
// largest, which is outside of any file.
static bool take_number(struct span *text, uint64_t *number)
{
	bool any = false;

	for (*number = 0; text->p < text->end && http_char_is(*text->p, HTTP_CHAR_DIGIT);
	     any = true) {
		unsigned digit = (unsigned)(*text->p++ - '0');

		*number = *number > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *number * 10 + digit;
	}
	return any;
}

enum parsed { MALFORMED, WITHIN, BEYOND };

// "-5": the last 5 bytes.
static enum parsed parse_suffix(struct span text, uint64_t length, struct http_range *range)
{
	uint64_t n;

	text.p++;
	if (!take_number(&text, &n) || span_left(&text))
		return MALFORMED;
	*range = (struct http_range){length - u64_min(n, length), length - 1};
	return n && length ? WITHIN : BEYOND;
}

// "0-4", or "5-": from there to the end.
static enum parsed parse_range(struct span text, uint64_t length, struct http_range *range)
{
	if (*text.p == '-')
		return parse_suffix(text, length, range);
	if (!take_number(&text, &range->first) || span_left(&text) == 0 || *text.p++ != '-')
		return MALFORMED;
	range->last = UINT64_MAX;
	if (span_left(&text) && (!take_number(&text, &range->last) || span_left(&text)))
		return MALFORMED;
	if (range->last < range->first)
		return MALFORMED;
	if (range->first >= length)
		return BEYOND;
	range->last = u64_min(range->last, length - 1);
	return WITHIN;
}

static bool overlaps(const struct http_ranges *ranges, const struct http_range *range)
{
	for (unsigned i = 0; i < ranges->len; i++)
		if (range->first <= ranges->range[i].last && ranges->range[i].first <= range->last)
			return true;
	return false;
}

enum http_range_kind http_range_read(const struct http_request *request, uint64_t length,
                                     struct http_ranges *ranges)
{
	struct span list, element;
	struct http_range range;
	unsigned asked = 0;

	ranges->len = 0;
	if (request->method != HTTP_GET || !http_request_only(request, HTTP_FIELD_RANGE, &list) ||
	    span_left(&list) < 6 || !http_char_equal(span_of(list.p, 6), "bytes="))
		return HTTP_RANGE_NONE;
	list.p += 6;
	for (; http_field_element(&list, &element); asked++) {
		enum parsed parsed = parse_range(element, length, &range);

		if (parsed == MALFORMED || asked == HTTP_RANGES_MAX)
			return HTTP_RANGE_NONE;
		if (parsed == BEYOND)
			continue;
		if (overlaps(ranges, &range))
			return HTTP_RANGE_NONE;
		ranges->range[ranges->len++] = range;
	}
	if (asked == 0)
		return HTTP_RANGE_NONE;
	return ranges->len ? HTTP_RANGE_PARTS : HTTP_RANGE_OUTSIDE;
}

void http_range_text(struct fill *out, const struct http_range *range, uint64_t length)
{
	http_text_put(out, "bytes ");
	if (range) {
		http_text_number(out, range->first);
		fill_u8(out, '-');
		http_text_number(out, range->last);
	} else {
		fill_u8(out, '*');
	}
	fill_u8(out, '/');
	http_text_number(out, length);
}

void http_range_frame(struct fill *out, const char *boundary, const char *type,
                      const struct http_range *range, uint64_t length)
{
	http_text_put(out, "\r\n--");
	http_text_put(out, boundary);
	http_text_put(out, "\r\nContent-Type: ");
	http_text_put(out, type);
	http_text_put(out, "\r\nContent-Range: ");
	http_range_text(out, range, length);
	http_text_put(out, "\r\n\r\n");
}

void http_range_frame_last(struct fill *out, const char *boundary)
{
	http_text_put(out, "\r\n--");
	http_text_put(out, boundary);
	http_text_put(out, "--\r\n");
}

static uint64_t digits_of(uint64_t value)
{
	uint64_t n = 1;

	while ((value /= 10) > 0)
		n++;
	return n;
}

uint64_t http_range_content_len(const struct http_ranges *ranges, const char *boundary,
                                const char *type, uint64_t length)
{
	uint64_t frame = 4 + strlen(boundary) + strlen("\r\nContent-Type: ") + strlen(type) +
	                 strlen("\r\nContent-Range: bytes -/") + digits_of(length) + 4;
	uint64_t sum = 4 + strlen(boundary) + 4;

	for (unsigned i = 0; i < ranges->len; i++) {
		const struct http_range *range = &ranges->range[i];

		sum += frame + digits_of(range->first) + digits_of(range->last) + range->last -
		       range->first + 1;
	}
	return sum;
}
