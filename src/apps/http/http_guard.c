// http_guard: see the header.
#include "apps/http/http_guard.h"

#include "core/base64.h"

#include <errno.h>
#include <strings.h>

bool http_guard_parse(const char *file, struct span text, struct http_token *token, struct why *why)
{
	while (span_left(&text) > 0 && (text.end[-1] == '\n' || text.end[-1] == '\r'))
		text.end--;
	for (const uint8_t *p = text.p; p < text.end; p++)
		if (*p <= ' ' || *p >= 0x7f)
			return !why_fail(why, -EINVAL,
			                 "%s: a token is one line of letters, digits and other "
			                 "visible ASCII characters",
			                 file);
	if (span_left(&text) < HTTP_TOKEN_MIN || span_left(&text) > HTTP_TOKEN_MAX)
		return !why_fail(
		        why, -EINVAL,
		        "%s: a token has %d to %d characters, not %zu; \"openssl rand -hex "
		        "32\" makes one",
		        file, HTTP_TOKEN_MIN, HTTP_TOKEN_MAX, span_left(&text));
	*token = (struct http_token){.len = (uint8_t)span_left(&text)};
	memcpy(token->bytes, text.p, token->len);
	return true;
}

static bool has_scheme(struct span *value, const char *scheme)
{
	size_t len = strlen(scheme);

	if (span_left(value) <= len || value->p[len] != ' ' ||
	    strncasecmp((const char *)value->p, scheme, len) != 0)
		return false;
	while (span_left(value) > len && value->p[len] == ' ')
		value->p++;
	value->p += len;
	return true;
}

// Looks at all bytes, whichever differ.
static bool is_same(const struct http_token *token, struct span given)
{
	uint8_t room[HTTP_TOKEN_MAX] = {0};
	size_t len = span_left(&given);
	unsigned differ = len != token->len;

	memcpy(room, given.p, size_min(len, sizeof(room)));
	for (size_t i = 0; i < sizeof(room); i++)
		differ |= room[i] ^ token->bytes[i];
	__asm__("" : "+r"(differ)); // the compiler may not end the loop early
	return differ == 0;
}

bool http_guard_has_token(const struct http_token *token, struct span authorization)
{
	uint8_t room[2 * HTTP_TOKEN_MAX];
	struct fill out = fill_of(room, sizeof(room));
	const uint8_t *colon;

	if (has_scheme(&authorization, "Bearer"))
		return is_same(token, authorization);
	if (!has_scheme(&authorization, "Basic"))
		return false;
	(void)base64_decode(BASE64, authorization, &out); // up to the padding
	colon = memchr(room, ':', fill_len(&out));
	return colon && is_same(token, span_of(colon + 1, (size_t)(out.p - colon - 1)));
}

static struct addr network_of(struct addr source)
{
	if (!addr_is_ipv4(source))
		source.lo = 0;
	return source;
}

static unsigned place_of(const struct http_guard *guard, struct addr network)
{
	unsigned i = 0;

	while (i < HTTP_GUARD_SOURCES && !addr_eq(guard->wrong[i].source, network))
		i++;
	return i;
}

bool http_guard_allows(const struct http_guard *guard, struct addr source, mono_t now)
{
	unsigned i = place_of(guard, network_of(source));

	return i == HTTP_GUARD_SOURCES || mono_until(now, guard->wrong[i].until) <=
	                                          (HTTP_GUARD_WRONG - 1) * HTTP_GUARD_FORGET_US;
}

void http_guard_add(struct http_guard *guard, struct addr source, mono_t now)
{
	struct addr network = network_of(source);
	unsigned i = place_of(guard, network);

	if (i == HTTP_GUARD_SOURCES) {
		i = 0;
		for (unsigned k = 1; k < HTTP_GUARD_SOURCES; k++)
			if (guard->wrong[k].until.us < guard->wrong[i].until.us)
				i = k;
		guard->wrong[i].source = network;
		guard->wrong[i].until = now;
	}
	if (mono_due(guard->wrong[i].until, now))
		guard->wrong[i].until = now;
	guard->wrong[i].until = mono_add(guard->wrong[i].until, HTTP_GUARD_FORGET_US);
}
