// http_origin: see the header. Calls and the life of the connection; its bytes are
// http_origin_io.c's.
#include "apps/http/http_origin_internal.h"

#include "proto/http/http_call.h"
#include "proto/http/http_method.h"

#include <stdlib.h>

static bool is_idempotent(const char *method)
{
	switch (http_method_of(span_of(method, strlen(method)))) {
	case HTTP_GET:
	case HTTP_HEAD:
	case HTTP_PUT:
	case HTTP_DELETE:
	case HTTP_OPTIONS:
		return true;
	default:
		return false;
	}
}

// Whether the first call waits for nothing but its turn.
static bool may_begin(const struct http_origin *origin)
{
	return origin->first && !origin->busy && !origin->closing &&
	       (origin->ready || !origin->channel);
}

// The timer runs for what is due next.
static void arm(struct http_origin *origin)
{
	mono_t when = MONO_NEVER;

	if (may_begin(origin))
		when = (mono_t){0};
	else if (origin->ready && !origin->closing)
		when = http_client_deadline(&origin->client);
	else if (origin->tls && !origin->closing)
		when = origin->tls_deadline;
	wheel_add(origin->conf.wheel, &origin->timer, when);
}

// The first call is done. Another one may be begun within.
static void finish(struct http_origin *origin, enum http_origin_end end, const char *why,
                   mono_t now)
{
	struct http_origin_call *call = origin->first;

	origin->first = call->next;
	if (!origin->first)
		origin->last = NULL;
	origin->busy = false;
	call->done(call, end, why, now);
}

// All is said on this connection. A server that does not end as well is not waited for when there
// are more calls.
static void end_channel(struct http_origin *origin)
{
	origin->closing = true;
	http_origin_bye(origin);
	if (origin->first)
		channel_abort(origin->channel);
	else
		channel_close(origin->channel);
	arm(origin);
}

void http_origin_fail(struct http_origin *origin, enum http_origin_end end, const char *why)
{
	if (origin->closing)
		return;
	origin->closing = true;
	origin->end = end;
	origin->why = why;
	channel_abort(origin->channel);
	arm(origin);
}

static void connect_server(struct http_origin *origin, mono_t now)
{
	struct channels_connect_conf server = origin->conf.server;

	server.ops = &http_origin_ops;
	server.ctx = origin;
	origin->ready = origin->closing = origin->kept = false;
	origin->why = NULL;
	if (origin->conf.connect(origin->conf.connect_ctx, &server, &origin->channel, now) == 0)
		return;
	// `done` comes later, not from within.
	origin->channel = NULL;
	origin->unreached = true;
	arm(origin);
}

static enum http_call_end write_head(struct http_origin *origin,
                                     const struct http_origin_request *request)
{
	struct fill out = fill_of(origin->head, sizeof(origin->head));
	const char *host = origin->conf.host;
	enum http_call_end end;
	struct http_call call;

	http_call_begin(&call, &origin->client, &out, request->method,
	                span_of(request->target, strlen(request->target)),
	                span_of(host, strlen(host)));
	for (unsigned i = 0; i < request->fields_len && !call.malformed; i++)
		http_call_text(&call, request->fields[i].name, request->fields[i].value);
	end = request->content ? http_call_end_length(&call, request->content_len)
	                       : http_call_end(&call);
	origin->head_len = (uint32_t)fill_len(&out);
	origin->head_sent = 0;
	origin->content_sent = 0;
	return end;
}

void http_origin_send(struct http_origin *origin, mono_t now)
{
	uint64_t before = origin->head_sent + origin->content_sent, left, n = 1;
	const struct http_origin_request *request;

	if (!origin->busy || origin->closing)
		return;
	request = &origin->first->request;
	if (origin->head_sent < origin->head_len)
		origin->head_sent += http_origin_put(origin, origin->head + origin->head_sent,
		                                     origin->head_len - origin->head_sent);
	while (origin->head_sent == origin->head_len &&
	       origin->content_sent < request->content_len && n > 0 && !origin->closing) {
		n = size_min(request->content_len - origin->content_sent, UINT32_MAX);
		n = http_origin_put(origin,
		                    (const uint8_t *)request->content + origin->content_sent,
		                    (uint32_t)n);
		http_call_sends(&origin->client, n);
		origin->content_sent += n;
	}
	left = origin->head_len - origin->head_sent + request->content_len - origin->content_sent;
	http_client_sent(&origin->client, origin->head_sent + origin->content_sent - before, left,
	                 now);
	arm(origin);
}

static void begin_first(struct http_origin *origin, mono_t now)
{
	switch (write_head(origin, &origin->first->request)) {
	case HTTP_CALL_WRITTEN:
		origin->busy = true;
		origin->answered = false;
		http_origin_send(origin, now);
		return;
	case HTTP_CALL_NO_ROOM:
		finish(origin, HTTP_ORIGIN_MALFORMED, "the head of the request is too long", now);
		return;
	case HTTP_CALL_MALFORMED:
		finish(origin, HTTP_ORIGIN_MALFORMED,
		       "the method, the target, the host or a field is malformed", now);
	}
}

// Begins what can be begun.
static void go_on(struct http_origin *origin, mono_t now)
{
	while (may_begin(origin) && !origin->unreached) {
		if (!origin->channel)
			connect_server(origin, now);
		else if (http_client_is_ready(&origin->client))
			begin_first(origin, now);
		else
			end_channel(origin);
	}
}

void http_origin_ready(struct http_origin *origin, mono_t now)
{
	origin->ready = true;
	http_client_init(&origin->client, origin->conf.limits, now);
	arm(origin);
	go_on(origin, now);
}

static void on_event(struct http_origin *origin, enum http_client_event event, struct span piece,
                     mono_t now)
{
	struct http_origin_call *call = origin->first;

	switch (event) {
	case HTTP_CLIENT_BUFFER:
		origin->client.buffer = origin->buffer;
		return;
	case HTTP_CLIENT_RESPONSE:
		if (call->response)
			call->response(call, &origin->response, now);
		return;
	case HTTP_CLIENT_BODY:
		if (call->content)
			call->content(call, piece, now);
		return;
	case HTTP_CLIENT_END:
		origin->kept = true;
		finish(origin, HTTP_ORIGIN_DONE, "", now);
		return;
	case HTTP_CLIENT_CLOSE:
		end_channel(origin);
		return;
	case HTTP_CLIENT_REFUSED:
		http_origin_fail(origin, HTTP_ORIGIN_REFUSED,
		                 http_faults[origin->client.fault].help);
		return;
	default: // no request asks for another protocol
		return;
	}
}

void http_origin_take(struct http_origin *origin, struct span *part, mono_t now)
{
	enum http_client_event event;
	struct span piece = {0};

	do {
		origin->answered |= span_left(part) > 0;
		event = http_client_next(&origin->client, part, &origin->response, &piece, now);
		on_event(origin, event, piece, now);
	} while (event != HTTP_CLIENT_MORE && !origin->closing);
	// Not before: bytes without a request are no response to the next call.
	go_on(origin, now);
	arm(origin);
}

void http_origin_ended(struct http_origin *origin, mono_t now)
{
	while (!origin->closing && origin->ready)
		on_event(origin, http_client_ended(&origin->client), (struct span){0}, now);
	if (!origin->closing)
		http_origin_fail(origin, HTTP_ORIGIN_UNREACHED, "the server ended the connection");
}

// Why a connection ended that the origin has not ended.
static const char *end_text(enum tcp_end end)
{
	static const char *const texts[] = {
	        [TCP_END_DONE] = "the server ended the connection",
	        [TCP_END_RESET] = "the server reset the connection",
	        [TCP_END_REFUSED] = "nothing listens there",
	        [TCP_END_UNREACHABLE] = "the server cannot be reached",
	        [TCP_END_TIMEOUT] = "the server does not answer",
	        [TCP_END_ABORTED] = "the server ended the connection", // and end_channel did
	};

	return texts[end];
}

void http_origin_closed(struct http_origin *origin, enum tcp_end end, mono_t now)
{
	bool reached = origin->ready, busy = origin->busy;
	const char *why = origin->why;

	if (origin->tls)
		tls_close(origin->tls);
	origin->tls = NULL;
	origin->channel = NULL;
	origin->ready = origin->closing = origin->busy = false;
	if (busy && !why && origin->kept && !origin->answered && !origin->first->repeated &&
	    is_idempotent(origin->first->request.method))
		origin->first->repeated = true;
	else if (origin->first && (busy || !reached))
		finish(origin,
		       why       ? origin->end
		       : reached ? HTTP_ORIGIN_LOST
		                 : HTTP_ORIGIN_UNREACHED,
		       why ? why : end_text(end), now);
	// The channel is free when this returns; the timer goes on.
	arm(origin);
}

static void on_timer(struct wheel_timer *timer, mono_t now)
{
	struct http_origin *origin = CONTAINER_OF(timer, struct http_origin, timer);

	if (origin->unreached) {
		origin->unreached = false;
		if (origin->first)
			finish(origin, HTTP_ORIGIN_UNREACHED,
			       "there is no way to the server, or no connection is free", now);
	} else if (origin->ready && !origin->closing) {
		on_event(origin, http_client_expire(&origin->client, now), (struct span){0}, now);
	} else if (origin->tls && mono_due(origin->tls_deadline, now)) {
		http_origin_fail(origin, HTTP_ORIGIN_UNREACHED,
		                 "TLS: the handshake takes too long");
	}
	go_on(origin, now);
	arm(origin);
}

void http_origin_begin(struct http_origin *origin, struct http_origin_call *call)
{
	call->next = NULL;
	call->repeated = false;
	if (origin->last)
		origin->last->next = call;
	else
		origin->first = call;
	origin->last = call;
	// Begun by the timer, since what goes wrong at once must not call `done` from within.
	arm(origin);
}

void http_origin_cancel(struct http_origin *origin, struct http_origin_call *call)
{
	struct http_origin_call **at = &origin->first, *before = NULL;
	bool sent = origin->busy && call == origin->first;

	while (*at && *at != call) {
		before = *at;
		at = &before->next;
	}
	if (!*at)
		return;
	*at = call->next;
	if (origin->last == call)
		origin->last = before;
	if (!sent)
		return;
	origin->busy = false;
	if (!origin->closing) {
		origin->closing = true;
		channel_abort(origin->channel);
	}
}

struct http_origin *http_origin_open(const struct http_origin_conf *conf, struct why *why)
{
	struct http_origin *origin = calloc(1, sizeof(*origin));

	if (origin) {
		origin->conf = *conf;
		wheel_timer_init(&origin->timer, on_timer);
		origin->buffer = malloc(conf->limits->head_bytes);
		origin->plain = conf->tls ? malloc(TLS_RECORD_BYTES) : NULL;
	}
	if (origin && origin->buffer && (origin->plain || !conf->tls))
		return origin;
	http_origin_close(origin);
	why_no_memory(why, "an HTTP server's client");
	return NULL;
}

void http_origin_close(struct http_origin *origin)
{
	static const struct channel_ops none;

	if (!origin)
		return;
	wheel_del(origin->conf.wheel, &origin->timer);
	if (origin->channel) {
		channel_set_handler(origin->channel, &none, NULL);
		channel_abort(origin->channel);
	}
	if (origin->tls)
		tls_close(origin->tls);
	free(origin->buffer);
	free(origin->plain);
	free(origin);
}
