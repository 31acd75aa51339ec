// http_target: see the header.
#include "proto/http/http_target.h"

#include "proto/http/http_char.h"

// The part before the first c, or all.
static struct span before(struct span text, char c)
{
	const uint8_t *at = http_char_find(text, c);

	return span_of(text.p, at ? (size_t)(at - text.p) : span_left(&text));
}

static bool is_address6(struct span name)
{
	if (span_left(&name) < 4 || name.end[-1] != ']')
		return false;
	for (const uint8_t *p = name.p + 1; p < name.end - 1; p++)
		if (!http_char_is(*p, HTTP_CHAR_HEX) && *p != ':' && *p != '.')
			return false;
	return true;
}

struct span http_target_name(struct span host)
{
	struct span name = before(host, host.p < host.end && *host.p == '[' ? ']' : ':');

	if (name.p < name.end && *name.p == '[' && name.end < host.end)
		name.end++;
	return name;
}

bool http_target_is_host(struct span text)
{
	struct span name = http_target_name(text);
	struct span port = span_of(name.end, (size_t)(text.end - name.end));

	if (span_left(&port) > 0 && (*span_take(&port, 1) != ':' ||
	                             !http_char_all(port, HTTP_CHAR_DIGIT) || span_left(&port) > 5))
		return false;
	if (name.p < name.end && *name.p == '[')
		return is_address6(name);
	return http_char_escaped(name, HTTP_CHAR_HOST);
}

static bool parse_path(struct http_target *target, struct span text)
{
	target->path = before(text, '?');
	target->has_query = target->path.end < text.end;
	if (target->has_query)
		target->query =
		        span_of(target->path.end + 1, (size_t)(text.end - target->path.end - 1));
	return http_char_escaped(target->path, HTTP_CHAR_PATH) &&
	       http_char_escaped(target->query, HTTP_CHAR_QUERY);
}

// Text that begins with the scheme, which is passed over.
static bool take_scheme(struct span *text, const char *scheme)
{
	size_t len = strlen(scheme);

	if (span_left(text) < len || !http_char_equal(span_of(text->p, len), scheme))
		return false;
	(void)span_take(text, len);
	return true;
}

static bool parse_absolute(struct http_target *target, struct span text)
{
	target->form = HTTP_TARGET_ABSOLUTE;
	target->https = take_scheme(&text, "https://");
	if (!target->https && !take_scheme(&text, "http://"))
		return false;
	target->host = before(text, '/');
	target->host = before(target->host, '?');
	// A client does not send user and password in a target (RFC 9110 section 4.2.4), and a
	// host must be there.
	if (span_left(&target->host) == 0 || !http_target_is_host(target->host))
		return false;
	text.p = target->host.end;
	return parse_path(target, text);
}

static bool parse_authority(struct http_target *target, struct span text)
{
	struct span name = http_target_name(text);

	target->form = HTTP_TARGET_AUTHORITY;
	target->host = text;
	return span_left(&name) > 0 && text.end - name.end >= 2 && http_target_is_host(text);
}

bool http_target_parse(struct http_target *target, struct span text, enum http_method method)
{
	*target = (struct http_target){.form = HTTP_TARGET_ORIGIN,
	                               .host = span_of(text.p, 0),
	                               .path = span_of(text.p, 0),
	                               .query = span_of(text.p, 0)};
	if (span_left(&text) == 0)
		return false;
	if (method == HTTP_CONNECT)
		return parse_authority(target, text);
	if (*text.p == '/')
		return parse_path(target, text);
	if (*text.p == '*' && span_left(&text) == 1) {
		target->form = HTTP_TARGET_ASTERISK;
		return method == HTTP_OPTIONS;
	}
	return parse_absolute(target, text);
}
