// ws_handshake: see the header.
#include "proto/ws/ws_handshake.h"

#include "core/base64.h"
#include "core/digest.h"
#include "proto/http/http_char.h"

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" // section 1.3

// Base64 of 16 bytes: 22 digits and two "=".
static bool is_key(struct span text)
{
	uint8_t nonce[16];
	struct fill out = fill_of(nonce, sizeof(nonce));

	return span_left(&text) == WS_KEY_BYTES && text.p[22] == '=' && text.p[23] == '=' &&
	       base64_decode(BASE64, span_of(text.p, 22), &out);
}

static void make_accept(char accept[WS_ACCEPT_BYTES], const void *key)
{
	struct fill out = fill_of(accept, WS_ACCEPT_BYTES);
	uint8_t digest[DIGEST_SHA1_BYTES];

	digest_sha1(digest, key, WS_KEY_BYTES, GUID, strlen(GUID));
	base64_encode(span_of(digest, sizeof(digest)), &out);
}

enum ws_handshake ws_handshake_read(const struct http_request *request,
                                    char accept[WS_ACCEPT_BYTES])
{
	struct http_fields fields = http_request_fields(request);
	struct span key, version;

	if (!http_fields_list_has(fields, HTTP_FIELD_UPGRADE, WS_PROTOCOL) ||
	    !http_fields_list_has(fields, HTTP_FIELD_CONNECTION, "upgrade"))
		return WS_HANDSHAKE_NONE;
	if (request->method != HTTP_GET || request->minor == 0 ||
	    request->framing != HTTP_NO_BODY ||
	    !http_fields_only(fields, HTTP_FIELD_SEC_WEBSOCKET_KEY, &key) || !is_key(key) ||
	    !http_fields_only(fields, HTTP_FIELD_SEC_WEBSOCKET_VERSION, &version))
		return WS_HANDSHAKE_MALFORMED;
	if (!http_char_equal(version, WS_VERSION))
		return WS_HANDSHAKE_VERSION;
	make_accept(accept, key.p);
	return WS_HANDSHAKE_ACCEPTED;
}

// Behind "http://" or "https://"; empty of an origin that has neither.
static struct span origin_host(struct span origin)
{
	const uint8_t *colon = http_char_find(origin, ':');
	struct span scheme;

	if (!colon)
		return span_of(origin.p, 0);
	scheme = span_sub(&origin, (size_t)(colon - origin.p));
	if ((!http_char_equal(scheme, "http") && !http_char_equal(scheme, "https")) ||
	    span_left(&origin) < 3 || memcmp(origin.p, "://", 3) != 0)
		return span_of(origin.p, 0);
	(void)span_take(&origin, 3);
	return origin;
}

bool ws_handshake_is_same_origin(const struct http_request *request)
{
	struct http_fields fields = http_request_fields(request);
	struct span origin;

	if (http_fields_find(fields, HTTP_FIELD_ORIGIN, 0) == fields.len)
		return true;
	if (!http_fields_only(fields, HTTP_FIELD_ORIGIN, &origin))
		return false;
	origin = origin_host(origin);
	return span_left(&origin) > 0 && span_left(&origin) == span_left(&request->host) &&
	       strncasecmp((const char *)origin.p, (const char *)request->host.p,
	                   span_left(&origin)) == 0;
}

void ws_handshake_key(char key[WS_KEY_BYTES], const uint8_t random[WS_KEY_RANDOM_BYTES])
{
	struct fill out = fill_of(key, WS_KEY_BYTES);

	base64_encode(span_of(random, WS_KEY_RANDOM_BYTES), &out);
}

bool ws_handshake_check(const struct http_response *response, const char key[WS_KEY_BYTES])
{
	struct http_fields fields = http_response_fields(response);
	char accept[WS_ACCEPT_BYTES];
	struct span value;

	make_accept(accept, key);
	return response->status == 101 && http_fields_only(fields, HTTP_FIELD_UPGRADE, &value) &&
	       http_char_equal(value, WS_PROTOCOL) &&
	       http_fields_list_has(fields, HTTP_FIELD_CONNECTION, "upgrade") &&
	       http_fields_only(fields, HTTP_FIELD_SEC_WEBSOCKET_ACCEPT, &value) &&
	       span_left(&value) == sizeof(accept) &&
	       memcmp(value.p, accept, sizeof(accept)) == 0 &&
	       http_fields_find(fields, HTTP_FIELD_SEC_WEBSOCKET_EXTENSIONS, 0) == fields.len &&
	       http_fields_find(fields, HTTP_FIELD_SEC_WEBSOCKET_PROTOCOL, 0) == fields.len;
}
