// http_route: see the header.
#include "proto/http/http_route.h"

#include "proto/http/http_char.h"

#define TEXT "{text}"
#define UINT "{uint}"
#define REST "{rest}"

// The next segment of a text that begins with a slash, without it.
static struct span take_segment(struct span *text)
{
	const uint8_t *slash;

	(void)span_take(text, 1);
	slash = http_char_find(*text, '/');
	return span_sub(text, slash ? (size_t)(slash - text->p) : span_left(text));
}

static bool is(struct span text, const char *want)
{
	return span_left(&text) == strlen(want) && memcmp(text.p, want, strlen(want)) == 0;
}

// One way to write each number: no zero in front, no sign.
static bool read_uint(struct span text, uint64_t *number)
{
	if (span_left(&text) == 0 || (*text.p == '0' && span_left(&text) > 1) ||
	    !http_char_all(text, HTTP_CHAR_DIGIT))
		return false;
	for (*number = 0; text.p < text.end; text.p++) {
		unsigned digit = (unsigned)(*text.p - '0');

		if (*number > (UINT64_MAX - digit) / 10)
			return false;
		*number = *number * 10 + digit;
	}
	return true;
}

static struct http_route_param *next_param(struct http_route_match *match)
{
	assert(match->params_len < HTTP_ROUTE_PARAMS_MAX);
	return &match->params[match->params_len++];
}

// Whether a segment of the path is what the pattern's says.
static bool match_segment(struct http_route_match *match, struct span pattern, struct span segment)
{
	struct http_route_param *param;

	if (*pattern.p != '{')
		return span_left(&pattern) == span_left(&segment) &&
		       memcmp(pattern.p, segment.p, span_left(&segment)) == 0;
	param = next_param(match);
	*param = (struct http_route_param){segment, 0};
	return is(pattern, UINT) ? read_uint(segment, &param->number) : span_left(&segment) > 0;
}

static bool match_path(const struct http_route *route, struct span path,
                       struct http_route_match *match)
{
	struct span pattern = span_of(route->pattern, strlen(route->pattern));

	match->params_len = 0;
	while (span_left(&pattern) > 0 && span_left(&path) > 0) {
		struct span wanted = take_segment(&pattern), all = path;

		if (is(wanted, REST)) {
			(void)span_take(&all, 1);
			*next_param(match) = (struct http_route_param){all, 0};
			return true;
		}
		if (span_left(&wanted) == 0) {
			(void)span_take(&path, 1);
		} else if (!match_segment(match, wanted, take_segment(&path))) {
			return false;
		}
	}
	return span_left(&pattern) == 0 && span_left(&path) == 0;
}

enum http_route_result http_route_find(const struct http_route *routes, struct span path,
                                       enum http_method method, struct http_route_match *match)
{
	unsigned allowed = 0;

	for (; routes->pattern; routes++) {
		unsigned methods = routes->methods;

		if (methods & 1u << HTTP_GET)
			methods |= 1u << HTTP_HEAD;
		if (!match_path(routes, path, match))
			continue;
		allowed |= methods;
		match->id = routes->id;
		match->allowed = allowed;
		if (methods >> method & 1)
			return HTTP_ROUTE_FOUND;
	}
	match->allowed = allowed;
	return allowed ? HTTP_ROUTE_NO_METHOD : HTTP_ROUTE_NO_PATH;
}

static bool is_valid(const char *text)
{
	struct span pattern = span_of(text, strlen(text));
	unsigned params = 0;

	if (*text != '/')
		return false;
	while (span_left(&pattern) > 0) {
		struct span segment = take_segment(&pattern);
		bool rest = is(segment, REST),
		     param = rest || is(segment, TEXT) || is(segment, UINT);

		params += param;
		if (span_left(&pattern) > 0 && (rest || span_left(&segment) == 0))
			return false;
		if (!param && (http_char_find(segment, '{') || http_char_find(segment, '}')))
			return false;
	}
	return params <= HTTP_ROUTE_PARAMS_MAX;
}

bool http_route_is_valid(const struct http_route *routes)
{
	for (; routes->pattern; routes++)
		if (!is_valid(routes->pattern) || routes->methods == 0)
			return false;
	return true;
}
