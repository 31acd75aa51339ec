// web_api: examples of handlers that are no files: one answers at once, one takes content, and both
// write JSON; one is a WebSocket (web_echo.h).
#include "apps/web/web_echo.h"
#include "apps/web/web_worker.h"
#include "core/digest.h"
#include "proto/write/write_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define JSON_BYTES 4096

struct web_upload {
	bool used;
	uint64_t bytes;
	struct digest digest;
};

enum { ROUTE_HELLO, ROUTE_DIGEST, ROUTE_ECHO };

static const struct http_route routes[] = {
        {"/api/hello/{text}", 1 << HTTP_GET, ROUTE_HELLO},
        {"/api/digest", 1 << HTTP_POST | 1 << HTTP_PUT, ROUTE_DIGEST},
        {"/api/echo", 1 << HTTP_GET, ROUTE_ECHO},
        {0},
};

int web_api_open(struct web_worker *worker)
{
	worker->uploads = calloc(WEB_UPLOADS_MAX, sizeof(*worker->uploads));
	return worker->uploads ? 0 : -ENOMEM;
}

static void answer_json(struct http_exchange *exchange, struct write_json *json,
                        const struct write_out *out, mono_t now)
{
	struct http_reply reply;

	if (!write_json_end(json)) {
		http_exchange_answer_text(exchange, 500, "The answer is too long.\n", now);
		return;
	}
	http_reply_init(&reply, 200);
	http_reply_text(&reply, "Cache-Control", "no-store");
	http_reply_bytes(&reply, "application/json", out->fill.start, fill_len(&out->fill));
	http_exchange_answer(exchange, &reply, now);
}

static void answer_hello(struct http_exchange *exchange, struct span name, mono_t now)
{
	uint8_t bytes[JSON_BYTES];
	struct write_out out = {.fill = fill_of(bytes, sizeof(bytes))};
	char client[ADDR_TEXT_BYTES];
	struct write_json json;

	write_json_init(&json, &out);
	write_json_object(&json);
	write_json_key(&json, "hello");
	write_json_span(&json, name);
	write_json_key(&json, "client");
	write_json_text(&json, addr_text(http_exchange_peers(exchange).remote, client));
	write_json_key(&json, "tls");
	write_json_bool(&json, http_exchange_is_tls(exchange));
	answer_json(exchange, &json, &out, now);
}

static bool digest_content(struct http_exchange *exchange, struct span piece, mono_t now)
{
	struct web_upload *upload = exchange->state;

	upload->bytes += span_left(&piece);
	digest_add(&upload->digest, piece.p, span_left(&piece));
	return true;
}

static void digest_ended(struct http_exchange *exchange, mono_t now)
{
	struct web_upload *upload = exchange->state;
	uint8_t digest[DIGEST_SHA512_BYTES], bytes[JSON_BYTES];
	char text[2 * DIGEST_SHA512_BYTES + 1];
	struct write_out out = {.fill = fill_of(bytes, sizeof(bytes))};
	size_t len = digest_end(&upload->digest, digest);
	struct write_json json;

	for (size_t i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	write_json_init(&json, &out);
	write_json_object(&json);
	write_json_key(&json, "bytes");
	write_json_uint(&json, upload->bytes);
	write_json_key(&json, "sha512");
	write_json_text(&json, text);
	answer_json(exchange, &json, &out, now);
}

static void digest_closed(struct http_exchange *exchange, bool whole, mono_t now)
{
	const struct web_worker *worker = exchange->ctx;
	struct web_upload *upload = exchange->state;

	access_log_end(worker->log, exchange, whole);
	upload->used = false;
}

static const struct http_handler digest_handler = {
        .content = digest_content, .ended = digest_ended, .closed = digest_closed};

// The answer follows when all content has come.
static void begin_digest(struct http_exchange *exchange, mono_t now)
{
	const struct web_worker *worker = exchange->ctx;

	for (unsigned i = 0; i < WEB_UPLOADS_MAX; i++) {
		struct web_upload *upload = &worker->uploads[i];

		if (upload->used)
			continue;
		*upload = (struct web_upload){.used = true};
		digest_init(&upload->digest, DIGEST_SHA512);
		http_exchange_set_handler(exchange, &digest_handler, upload);
		return;
	}
	http_exchange_answer_text(exchange, 503, "Too many uploads at a time.\n", now);
}

bool web_api_answer(struct http_exchange *exchange, mono_t now)
{
	struct http_route_match match;

	switch (http_route_find(routes, exchange->path, exchange->request->method, &match)) {
	case HTTP_ROUTE_NO_PATH:
		return false;
	case HTTP_ROUTE_NO_METHOD:
		http_exchange_answer_allowed(exchange, match.allowed, now);
		return true;
	case HTTP_ROUTE_FOUND:
		break;
	}
	if (match.id == ROUTE_HELLO)
		answer_hello(exchange, match.params[0].text, now);
	else if (match.id == ROUTE_DIGEST)
		begin_digest(exchange, now);
	else
		web_echo_request(exchange, now);
	return true;
}
