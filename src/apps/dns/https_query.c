// https_query: see the header.
#include "apps/dns/https_query.h"

#include "core/base64.h"
#include "proto/http/http_char.h"

#define HEADER_BYTES 12

bool https_query_get(struct span query, struct fill *message)
{
	bool found = false;

	while (span_left(&query) > 0) {
		const uint8_t *end = http_char_find(query, '&');
		struct span pair =
		        span_sub(&query, end ? (size_t)(end - query.p) : span_left(&query));

		(void)span_take(&query, end ? 1 : 0);
		if (span_left(&pair) < 4 || memcmp(pair.p, "dns=", 4) != 0)
			continue;
		(void)span_take(&pair, 4);
		if (found || !base64_decode(BASE64_URL, pair, message))
			return false;
		found = true;
	}
	return found;
}

bool https_query_is_type(struct span type)
{
	const uint8_t *end = http_char_find(type, ';');

	return http_char_equal(
	        http_char_trim(span_sub(&type, end ? (size_t)(end - type.p) : span_left(&type))),
	        HTTPS_QUERY_TYPE);
}

// RFC 1035 section 4.1.4: labels, then a zero or a pointer.
static void pass_name(struct span *rest)
{
	uint8_t len;

	while ((len = span_u8(rest)) != 0 && !rest->bad) {
		(void)span_take(rest, len >= 0xc0 ? 1 : len);
		if (len >= 0xc0)
			return;
	}
}

// The smallest TTL of the next records.
static uint32_t smallest_ttl(struct span *rest, unsigned records)
{
	uint32_t smallest = UINT32_MAX, ttl;

	for (; records > 0 && !rest->bad; records--) {
		pass_name(rest);
		(void)span_take(rest, 4); // type and class
		ttl = span_u32(rest);
		(void)span_take(rest, span_u16(rest));
		if (ttl < smallest)
			smallest = ttl;
	}
	return rest->bad ? 0 : smallest;
}

uint32_t https_query_max_age(struct span response)
{
	unsigned questions, answers, authorities;

	(void)span_take(&response, 4);
	questions = span_u16(&response);
	answers = span_u16(&response);
	authorities = span_u16(&response);
	(void)span_take(&response, HEADER_BYTES - 10);
	for (; questions > 0 && !response.bad; questions--) {
		pass_name(&response);
		(void)span_take(&response, 4);
	}
	if (response.bad || answers + authorities == 0)
		return 0;
	return smallest_ttl(&response, answers ? answers : authorities);
}
