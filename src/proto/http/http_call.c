// http_call: see the header.
#include "proto/http/http_call.h"

#include "proto/http/http_char.h"
#include "proto/http/http_client_internal.h"
#include "proto/http/http_target.h"
#include "proto/http/http_text.h"

// A target is checked as servers of ours do.
static bool is_valid(struct span method, struct span target, struct span host)
{
	struct http_target parts;

	if (span_left(&method) == 0 || span_left(&method) > HTTP_METHOD_MAX_BYTES ||
	    !http_char_all(method, HTTP_CHAR_TOKEN) || !http_target_is_host(host) ||
	    !http_target_parse(&parts, target, http_method_of(method)))
		return false;
	// RFC 9112 section 3.2: Host is identical to the authority of the target.
	return span_left(&parts.host) == 0 || (span_left(&parts.host) == span_left(&host) &&
	                                       memcmp(parts.host.p, host.p, span_left(&host)) == 0);
}

void http_call_begin(struct http_call *call, struct http_client *client, struct fill *out,
                     const char *method, struct span target, struct span host)
{
	struct span method_text = span_of(method, strlen(method));
	enum http_method known = http_method_of(method_text);

	assert(http_client_is_ready(client));
	*call = (struct http_call){
	        .client = client,
	        .out = out,
	        .expected = known == HTTP_HEAD      ? HTTP_EXPECT_HEAD
	                    : known == HTTP_CONNECT ? HTTP_EXPECT_TUNNEL
	                                            : HTTP_EXPECT_CONTENT,
	        .malformed = !is_valid(method_text, target, host),
	};
	if (call->malformed)
		return;
	http_text_put(out, method);
	fill_u8(out, ' ');
	fill_bytes(out, target.p, span_left(&target));
	http_text_put(out, " HTTP/1.1\r\n");
	http_text_field(out, span_of("Host", 4), host);
}

static bool is_own(struct span name)
{
	switch (http_field_find(name)) {
	case HTTP_FIELD_HOST:
	case HTTP_FIELD_CONTENT_LENGTH:
	case HTTP_FIELD_TRANSFER_ENCODING:
	case HTTP_FIELD_CONNECTION:
	case HTTP_FIELD_UPGRADE:
	case HTTP_FIELD_EXPECT:
		return true;
	default:
		return false;
	}
}

void http_call_field(struct http_call *call, const char *name, struct span value)
{
	struct span name_text = span_of(name, strlen(name));

	if (!*name || !http_char_all(name_text, HTTP_CHAR_TOKEN) || is_own(name_text) ||
	    !http_char_value(value))
		call->malformed = true;
	else
		http_text_field(call->out, name_text, value);
}

void http_call_text(struct http_call *call, const char *name, const char *value)
{
	http_call_field(call, name, span_of(value, strlen(value)));
}

void http_call_close(struct http_call *call)
{
	call->close = true;
}

void http_call_upgrade(struct http_call *call, const char *protocol)
{
	if (!*protocol || !http_char_all(span_of(protocol, strlen(protocol)), HTTP_CHAR_TOKEN) ||
	    call->expected != HTTP_EXPECT_CONTENT) {
		call->malformed = true;
		return;
	}
	http_text_field(call->out, span_of("Upgrade", 7), span_of(protocol, strlen(protocol)));
	call->expected = HTTP_EXPECT_UPGRADE;
}

static enum http_call_end end_head(struct http_call *call, enum http_client_call next)
{
	if (call->expected == HTTP_EXPECT_UPGRADE)
		http_text_put(call->out, call->close ? "Connection: upgrade, close\r\n"
		                                     : "Connection: upgrade\r\n");
	else if (call->close)
		http_text_put(call->out, "Connection: close\r\n");
	fill_bytes(call->out, "\r\n", 2);
	if (call->malformed)
		return HTTP_CALL_MALFORMED;
	if (call->out->bad)
		return HTTP_CALL_NO_ROOM;
	call->client->last = call->close;
	http_client_called(call->client, call->expected, next);
	return HTTP_CALL_WRITTEN;
}

enum http_call_end http_call_end(struct http_call *call)
{
	return end_head(call, HTTP_CLIENT_CALLED);
}

// RFC 9110 section 9.3.6: CONNECT has no content.
enum http_call_end http_call_end_length(struct http_call *call, uint64_t length)
{
	if (call->expected == HTTP_EXPECT_TUNNEL)
		call->malformed = true;
	http_text_put(call->out, "Content-Length: ");
	http_text_number(call->out, length);
	fill_bytes(call->out, "\r\n", 2);
	call->client->call_left = length;
	return end_head(call, length ? HTTP_CLIENT_SIZED : HTTP_CLIENT_CALLED);
}

enum http_call_end http_call_end_stream(struct http_call *call)
{
	if (call->expected == HTTP_EXPECT_TUNNEL)
		call->malformed = true;
	http_text_put(call->out, "Transfer-Encoding: chunked\r\n");
	return end_head(call, HTTP_CLIENT_CODED);
}

void http_call_again(struct http_client *client, enum http_expected expected, bool close)
{
	assert(http_client_is_ready(client));
	client->last = close;
	http_client_called(client, expected, HTTP_CLIENT_CALLED);
}

bool http_call_has_content(const struct http_client *client)
{
	return client->call != HTTP_CLIENT_CALLED;
}

size_t http_call_put(struct http_client *client, struct fill *out, const void *bytes, size_t len)
{
	assert(http_call_has_content(client));
	if (client->call == HTTP_CLIENT_CODED)
		return http_chunk_put(out, bytes, len);
	len = size_min(len, fill_left(out));
	fill_bytes(out, bytes, len);
	http_call_sends(client, len);
	return len;
}

void http_call_sends(struct http_client *client, uint64_t n)
{
	assert(client->call == HTTP_CLIENT_SIZED && n <= client->call_left);
	client->call_left -= n;
	if (client->call_left == 0)
		client->call = HTTP_CLIENT_CALLED;
}

bool http_call_last(struct http_client *client, struct fill *out)
{
	assert(client->call == HTTP_CLIENT_CODED);
	http_text_put(out, HTTP_CHUNK_LAST);
	if (out->bad)
		return false;
	client->call = HTTP_CLIENT_CALLED;
	return true;
}
