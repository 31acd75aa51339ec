// http_client: see the header.
#include "proto/http/http_client_internal.h"

void http_client_init(struct http_client *client, const struct http_limits *limits, mono_t now)
{
	*client = (struct http_client){
	        .limits = limits, .since = now, .send_since = now, .pipeline_max = 1};
}

static void begin_period(struct http_client *client, mono_t now)
{
	client->since = now;
	client->progress = 0;
}

static enum http_client_event refuse(struct http_client *client, enum http_fault fault)
{
	if (client->fault == HTTP_FAULT_NONE)
		client->fault = (uint8_t)fault;
	client->state = HTTP_CLIENT_OVER;
	return HTTP_CLIENT_REFUSED;
}

static enum http_client_event over_event(const struct http_client *client)
{
	return client->fault == HTTP_FAULT_NONE ? HTTP_CLIENT_CLOSE : HTTP_CLIENT_REFUSED;
}

void http_client_called(struct http_client *client, enum http_expected expected,
                        enum http_client_call call)
{
	client->expected[client->calls++ % HTTP_PIPELINE_MAX] = (uint8_t)expected;
	client->call = (uint8_t)call;
}

// Whether a request may follow those that were begun.
static bool may_follow(const struct http_client *client)
{
	uint32_t last = client->calls - 1;

	if (client->state >= HTTP_CLIENT_LEFT || client->last ||
	    client->calls >= client->limits->requests_max || client->call != HTTP_CLIENT_CALLED)
		return false;
	// Behind a request to leave HTTP the bytes may be another protocol's.
	return http_client_outstanding(client) == 0 ||
	       client->expected[last % HTTP_PIPELINE_MAX] <= HTTP_EXPECT_HEAD;
}

bool http_client_is_ready(const struct http_client *client)
{
	return http_client_outstanding(client) < client->pipeline_max && may_follow(client);
}

// A response that ends while its request is still being sent leaves no place where the next request
// could begin.
static enum http_client_event end_response(struct http_client *client, mono_t now)
{
	client->responses++;
	client->interim = 0;
	client->state = HTTP_CLIENT_WAITS;
	if (!client->persists || (http_client_outstanding(client) == 0 && !may_follow(client)))
		client->state = HTTP_CLIENT_OVER;
	begin_period(client, now);
	return HTTP_CLIENT_END;
}

static enum http_client_event accept_interim(struct http_client *client, mono_t now)
{
	client->state = HTTP_CLIENT_WAITS;
	begin_period(client, now);
	return client->interim++ < HTTP_INTERIM_MAX ? HTTP_CLIENT_INTERIM
	                                            : refuse(client, HTTP_FAULT_INTERIM_MANY);
}

static void begin_content(struct http_client *client, const struct http_response *response)
{
	switch (response->framing) {
	case HTTP_LENGTH:
		client->state = HTTP_CLIENT_IN_LENGTH;
		client->left = response->length;
		return;
	case HTTP_CHUNKED:
		client->state = HTTP_CLIENT_IN_CHUNKS;
		client->chunk = (struct http_chunk){0};
		return;
	case HTTP_UNTIL_END:
		client->state = HTTP_CLIENT_UNTIL_END;
		client->left = client->limits->body_bytes;
		return;
	default:
		client->state = HTTP_CLIENT_WHOLE;
	}
}

static enum http_client_event accept_head(struct http_client *client,
                                          struct http_response *response, const uint8_t *head,
                                          mono_t now)
{
	enum http_expected expected = client->expected[client->responses % HTTP_PIPELINE_MAX];
	enum http_fault fault =
	        http_response_parse(response, head, client->head.len, expected, client->limits);

	if (fault != HTTP_FAULT_NONE)
		return refuse(client, fault);
	if (response->switches) {
		client->state = HTTP_CLIENT_LEFT;
		client->responses++;
		return HTTP_CLIENT_SWITCHED;
	}
	if (response->status < 200)
		return accept_interim(client, now);
	client->persists = response->keep_alive;
	begin_content(client, response);
	begin_period(client, now);
	return HTTP_CLIENT_RESPONSE;
}

static enum http_client_event read_head(struct http_client *client, struct span *part,
                                        struct http_response *response, mono_t now)
{
	struct http_head before = client->head;
	struct span rest = *part;
	enum http_fault fault;
	enum http_head_next next = http_head_scan(&client->head, client->limits, &rest, &fault);
	const uint8_t *head = part->p;

	if (next == HTTP_HEAD_REFUSED)
		return refuse(client, fault);
	if (next == HTTP_HEAD_END && client->head.lines == 0) // a blank line alone
		return refuse(client, HTTP_FAULT_STATUS_LINE);
	if (next == HTTP_HEAD_MORE && !client->buffer) {
		client->head = before;
		return HTTP_CLIENT_BUFFER;
	}
	if (next == HTTP_HEAD_MORE || client->buffered) {
		memcpy(client->buffer + before.len, part->p, client->head.len - before.len);
		client->buffered = true;
		head = client->buffer;
	}
	*part = rest;
	return next == HTTP_HEAD_END ? accept_head(client, response, head, now) : HTTP_CLIENT_MORE;
}

static enum http_client_event read_wait(struct http_client *client, mono_t now)
{
	if (http_client_outstanding(client) == 0)
		return refuse(client, HTTP_FAULT_UNASKED);
	client->state = HTTP_CLIENT_IN_HEAD;
	client->head = (struct http_head){0};
	client->buffered = false;
	begin_period(client, now);
	return HTTP_CLIENT_MORE;
}

static enum http_client_event body_event(struct http_client *client, struct span data, mono_t now)
{
	client->progress += (uint32_t)size_min(span_left(&data), UINT32_MAX - client->progress);
	if (client->progress >= client->limits->progress_bytes)
		begin_period(client, now);
	return HTTP_CLIENT_BODY;
}

static enum http_client_event read_counted(struct http_client *client, struct span *part,
                                           struct span *data, mono_t now)
{
	*data = span_sub(part, (size_t)u64_min(client->left, span_left(part)));
	client->left -= span_left(data);
	if (client->left == 0 && client->state == HTTP_CLIENT_IN_LENGTH)
		client->state = HTTP_CLIENT_WHOLE;
	return span_left(data) ? body_event(client, *data, now)
	                       : refuse(client, HTTP_FAULT_BODY_LONG);
}

static enum http_client_event read_chunks(struct http_client *client, struct span *part,
                                          struct span *data, mono_t now)
{
	enum http_fault fault;

	switch (http_chunk_next(&client->chunk, client->limits, part, data, &fault)) {
	case HTTP_CHUNK_DATA:
		return body_event(client, *data, now);
	case HTTP_CHUNK_END:
		client->state = HTTP_CLIENT_WHOLE;
		return HTTP_CLIENT_MORE;
	case HTTP_CHUNK_REFUSED:
		return refuse(client, fault);
	default:
		return HTTP_CLIENT_MORE;
	}
}

// One step of what the state is, with at least one byte. HTTP_CLIENT_MORE: the next one follows.
static enum http_client_event step(struct http_client *client, struct span *part,
                                   struct http_response *response, struct span *data, mono_t now)
{
	switch (client->state) {
	case HTTP_CLIENT_WAITS:
		return read_wait(client, now);
	case HTTP_CLIENT_IN_HEAD:
		return read_head(client, part, response, now);
	case HTTP_CLIENT_IN_CHUNKS:
		return read_chunks(client, part, data, now);
	default:
		return read_counted(client, part, data, now);
	}
}

enum http_client_event http_client_next(struct http_client *client, struct span *part,
                                        struct http_response *response, struct span *data,
                                        mono_t now)
{
	enum http_client_event event;

	do {
		if (client->state == HTTP_CLIENT_OVER)
			return over_event(client);
		if (client->state == HTTP_CLIENT_LEFT)
			return HTTP_CLIENT_SWITCHED;
		if (client->state == HTTP_CLIENT_WHOLE)
			return end_response(client, now);
		if (span_left(part) == 0)
			return HTTP_CLIENT_MORE;
		event = step(client, part, response, data, now);
	} while (event == HTTP_CLIENT_MORE);
	return event;
}

enum http_client_event http_client_ended(struct http_client *client)
{
	switch (client->state) {
	case HTTP_CLIENT_OVER:
		return over_event(client);
	case HTTP_CLIENT_UNTIL_END:
	case HTTP_CLIENT_WHOLE:
		client->persists = false;
		return end_response(client, client->since);
	case HTTP_CLIENT_WAITS:
	case HTTP_CLIENT_LEFT:
		client->state = HTTP_CLIENT_OVER;
		return HTTP_CLIENT_CLOSE;
	default:
		return refuse(client, HTTP_FAULT_CUT);
	}
}

void http_client_sent(struct http_client *client, uint64_t n, uint64_t left, mono_t now)
{
	client->send_progress += (uint32_t)u64_min(n, UINT32_MAX - client->send_progress);
	if (!client->sending || left == 0 ||
	    client->send_progress >= client->limits->progress_bytes) {
		client->send_since = now;
		client->send_progress = 0;
	}
	client->sending = left > 0;
	if (left == 0 && client->state == HTTP_CLIENT_WAITS && http_client_outstanding(client) <= 1)
		begin_period(client, now);
}

// When the period of reading ends. A server need not answer before it has the whole request.
static mono_t read_deadline(const struct http_client *client)
{
	const struct http_limits *limits = client->limits;

	switch (client->state) {
	case HTTP_CLIENT_WAITS:
		if (client->sending || client->call != HTTP_CLIENT_CALLED)
			return MONO_NEVER;
		return mono_add(client->since, http_client_outstanding(client) ? limits->head_us
		                                                               : limits->idle_us);
	case HTTP_CLIENT_IN_HEAD:
		return mono_add(client->since, limits->head_us);
	case HTTP_CLIENT_IN_LENGTH:
	case HTTP_CLIENT_IN_CHUNKS:
	case HTTP_CLIENT_UNTIL_END:
		return mono_add(client->since, limits->body_us);
	default:
		return MONO_NEVER;
	}
}

static mono_t send_deadline(const struct http_client *client)
{
	return client->sending && client->state < HTTP_CLIENT_LEFT
	               ? mono_add(client->send_since, client->limits->send_us)
	               : MONO_NEVER;
}

mono_t http_client_deadline(const struct http_client *client)
{
	return mono_earlier(read_deadline(client), send_deadline(client));
}

enum http_client_event http_client_expire(struct http_client *client, mono_t now)
{
	if (mono_due(send_deadline(client), now))
		return refuse(client, HTTP_FAULT_SLOW_READER);
	if (!mono_due(read_deadline(client), now))
		return HTTP_CLIENT_MORE;
	if (client->state != HTTP_CLIENT_WAITS)
		return refuse(client, client->state == HTTP_CLIENT_IN_HEAD ? HTTP_FAULT_SLOW_HEAD
		                                                           : HTTP_FAULT_SLOW_BODY);
	if (http_client_outstanding(client) > 0)
		return refuse(client, HTTP_FAULT_SLOW_HEAD);
	client->state = HTTP_CLIENT_OVER;
	return HTTP_CLIENT_CLOSE;
}
