// http2_conn: see http2.h: events out of frames, the client's credit, and streams from their head
// until they are gone. What is written as an answer is http2_answer.c's, time http2_time.c's.
#include "proto/http2/http2_internal.h"

#define CREDIT_BYTES   1024 // of content, either way, for one of credit
#define CREDIT_REQUEST 8    // for an answer that the client took whole

bool http2_is_built(void)
{
	return true;
}

struct http2_conn *http2_open(const struct http_limits *shared, const struct http2_limits *limits,
                              size_t ctx_bytes, mono_t now)
{
	struct http2_memory memory = {.limit = limits->memory_bytes};
	struct http2_conn *conn = http2_memory_zeroed(1, sizeof(*conn), &memory);

	if (!conn)
		return NULL;
	conn->memory = memory;
	conn->shared = shared;
	conn->limits = limits;
	conn->ctx_bytes = ctx_bytes;
	conn->credit = limits->credit_max;
	conn->credit_since = conn->active = conn->begun = conn->looked = now;
	if (http2_session_open(conn) == HTTP2_FAULT_NONE)
		return conn;
	http2_close(conn);
	return NULL;
}

static void stream_free(struct http2_stream *stream)
{
	struct http2_memory *memory = &stream->conn->memory;

	http2_memory_free(stream->kept, memory);
	http2_memory_free(stream, memory);
}

static void free_gone(struct http2_conn *conn)
{
	if (conn->freed)
		stream_free(conn->freed);
	conn->freed = NULL;
}

static void streams_free(struct http2_streams *all)
{
	struct http2_stream *behind;

	for (struct http2_stream *stream = all->first; stream; stream = behind) {
		behind = stream->behind;
		stream_free(stream);
	}
}

void http2_close(struct http2_conn *conn)
{
	struct http2_memory memory;

	if (conn->session)
		http2_session_close(conn);
	streams_free(&conn->live);
	streams_free(&conn->gone);
	free_gone(conn);
	http2_gather_free(&conn->gather, &conn->memory);
	memory = conn->memory;
	http2_memory_free(conn, &memory);
	assert(memory.used == 0);
}

static void link_last(struct http2_streams *all, struct http2_stream *stream)
{
	stream->before = all->last;
	stream->behind = NULL;
	if (all->last)
		all->last->behind = stream;
	else
		all->first = stream;
	all->last = stream;
}

static void unlink_stream(struct http2_streams *all, struct http2_stream *stream)
{
	if (stream->before)
		stream->before->behind = stream->behind;
	else
		all->first = stream->behind;
	if (stream->behind)
		stream->behind->before = stream->before;
	else
		all->last = stream->before;
}

struct http2_stream *http2_stream_add(struct http2_conn *conn, int32_t id)
{
	struct http2_stream *stream =
	        http2_memory_zeroed(1, sizeof(*stream) + conn->ctx_bytes, &conn->memory);

	if (!stream)
		return NULL;
	stream->conn = conn;
	stream->id = id;
	link_last(&conn->live, stream);
	conn->streams_len++;
	return stream;
}

void http2_stream_is_gone(struct http2_stream *stream)
{
	struct http2_conn *conn = stream->conn;

	stream->gone = true;
	unlink_stream(&conn->live, stream);
	link_last(&conn->gone, stream);
	conn->streams_len--;
	if (stream->whole && stream->state == HTTP2_STREAM_OPEN)
		http2_earn(conn, CREDIT_REQUEST);
	if (conn->head_of == stream)
		conn->head_of = NULL;
	if (conn->data_of == stream)
		conn->data_of = NULL;
	if (conn->end_of == stream)
		conn->end_of = NULL;
}

void http2_charge(struct http2_conn *conn, unsigned cost)
{
	if (cost > conn->credit)
		(void)http2_fail(conn, HTTP2_FAULT_FLOOD);
	else
		conn->credit -= cost;
}

void http2_earn(struct http2_conn *conn, unsigned credit)
{
	conn->credit += (uint32_t)size_min(credit, conn->limits->credit_max - conn->credit);
}

void http2_earn_bytes(struct http2_conn *conn, uint32_t bytes)
{
	conn->credit_parts += bytes;
	http2_earn(conn, conn->credit_parts / CREDIT_BYTES);
	conn->credit_parts %= CREDIT_BYTES;
}

// Credit of the time that has passed, in whole pieces.
static void earn_time(struct http2_conn *conn, mono_t now)
{
	uint64_t passed_us = mono_until(conn->credit_since, now);
	uint64_t each_us = SEC_US / conn->limits->credit_per_s;

	assert(each_us > 0);
	if (passed_us < each_us)
		return;
	http2_earn(conn, (unsigned)u64_min(passed_us / each_us, conn->limits->credit_max));
	conn->credit_since = mono_add(conn->credit_since, passed_us / each_us * each_us);
}

static uint32_t error_of(enum http2_fault fault)
{
	switch (fault) {
	case HTTP2_FAULT_PROTOCOL:
	case HTTP2_FAULT_PREFACE:
		return HTTP2_PROTOCOL_ERROR;
	case HTTP2_FAULT_MEMORY:
	case HTTP2_FAULT_HEAD_LONG:
	case HTTP2_FAULT_CONTINUATIONS:
	case HTTP2_FAULT_FLOOD:
		return HTTP2_ENHANCE_YOUR_CALM;
	default:
		return HTTP2_NO_ERROR;
	}
}

enum http2_event http2_fail(struct http2_conn *conn, enum http2_fault fault)
{
	if (conn->fault == HTTP2_FAULT_NONE)
		conn->fault = (uint8_t)fault;
	if (!conn->closing && http2_session_is_open(conn))
		http2_session_goaway(conn, error_of(fault));
	conn->closing = true;
	return HTTP2_CLOSE;
}

enum http2_fault http2_fault(const struct http2_conn *conn)
{
	return conn->fault;
}

enum http_fault http2_refused(const struct http2_conn *conn)
{
	return conn->refused;
}

void *http2_stream_ctx(struct http2_stream *stream)
{
	return stream->ctx;
}

bool http2_stream_is_whole(const struct http2_stream *stream)
{
	return stream->whole;
}

struct http2_stream *http2_stream_next(const struct http2_conn *conn,
                                       const struct http2_stream *stream)
{
	struct http2_stream *next = stream ? stream->behind : conn->live.first;

	while (next && next->state != HTTP2_STREAM_OPEN)
		next = next->behind;
	return next;
}

size_t http2_memory_used(const struct http2_conn *conn)
{
	return conn->memory.used;
}

void http2_warn(struct http2_conn *conn)
{
	if (!conn->closing && http2_session_is_open(conn))
		http2_session_warn(conn);
}

void http2_shutdown(struct http2_conn *conn)
{
	if (!conn->closing && http2_session_is_open(conn))
		http2_session_goaway(conn, HTTP2_NO_ERROR);
}

// The next of those that are gone. What the library found malformed never became a request.
static enum http2_event take_gone(struct http2_conn *conn, struct http_request *request,
                                  struct http2_taken *taken, mono_t now)
{
	struct http2_stream *stream = conn->gone.first;

	if (!stream)
		return HTTP2_MORE;
	unlink_stream(&conn->gone, stream);
	conn->freed = stream;
	conn->active = now;
	if (stream->state == HTTP2_STREAM_HEAD) {
		http_request_init(request, (const uint8_t *)"", 0);
		conn->refused = HTTP_FAULT_MALFORMED;
		return HTTP2_REFUSED;
	}
	if (stream->state == HTTP2_STREAM_OPEN)
		taken->stream = stream;
	return HTTP2_GONE;
}

static enum http2_event refuse(struct http2_conn *conn, struct http2_stream *stream,
                               enum http_fault fault)
{
	const char *help = http_faults[fault].help;
	struct http2_answer answer;

	stream->state = HTTP2_STREAM_REFUSED;
	conn->refused = (uint8_t)fault;
	http2_answer_begin(&answer, stream, http_faults[fault].number, NULL);
	http2_answer_text(&answer, "content-type", "text/plain");
	if (http2_answer_end(&answer, strlen(help)) == HTTP2_ANSWER_WRITTEN &&
	    http2_has_content(stream))
		http2_offer(stream, help, strlen(help));
	return HTTP2_REFUSED;
}

static enum http2_event take_head(struct http2_conn *conn, struct http_request *request,
                                  struct http2_taken *taken, mono_t now)
{
	struct http2_stream *stream = conn->head_of;
	enum http_fault fault;

	conn->head_of = NULL;
	conn->active = now;
	stream->read_since = stream->send_since = now;
	fault = http2_request_parse(request, &conn->gather, stream->ended, conn->shared);
	stream->head_only = request->method == HTTP_HEAD;
	if (fault != HTTP_FAULT_NONE)
		return refuse(conn, stream, fault);
	stream->state = HTTP2_STREAM_OPEN;
	taken->stream = stream;
	if (++conn->requests == conn->shared->requests_max) {
		conn->fault = HTTP2_FAULT_REQUESTS;
		http2_shutdown(conn);
	}
	return HTTP2_REQUEST;
}

// RFC 9113 section 8.1: what follows an answer is not needed. Little of it is dropped, since some
// clients take a reset, even one without an error, for the loss of the answer.
static void drain(struct http2_conn *conn, struct http2_stream *stream, uint32_t len)
{
	stream->drained += len;
	if (stream->drained > conn->shared->drain_bytes)
		http2_session_reset(stream, HTTP2_NO_ERROR);
}

static enum http2_event take_data(struct http2_conn *conn, struct http2_taken *taken, mono_t now)
{
	struct http2_stream *stream = conn->data_of;
	uint32_t len = (uint32_t)span_left(&conn->data);

	conn->data_of = NULL;
	http2_earn_bytes(conn, len);
	stream->read += len;
	stream->read_progress += len;
	if (stream->read_progress >= conn->shared->progress_bytes) {
		stream->read_progress = 0;
		stream->read_since = now;
	}
	if (stream->state != HTTP2_STREAM_OPEN) {
		drain(conn, stream, len);
		return HTTP2_MORE;
	}
	if (stream->read > conn->shared->body_bytes) {
		conn->refused = HTTP_FAULT_BODY_LONG;
		http2_session_reset(stream, HTTP2_CANCEL);
		return HTTP2_MORE;
	}
	if (stream->whole)
		drain(conn, stream, len);
	if (stream->whole || len == 0)
		return HTTP2_MORE;
	taken->stream = stream;
	taken->data = conn->data;
	return HTTP2_BODY;
}

// What the library made of the last slice, one event after another. HTTP2_MORE: nothing is left.
static enum http2_event take(struct http2_conn *conn, struct http_request *request,
                             struct http2_taken *taken, mono_t now)
{
	enum http2_event event = HTTP2_MORE;

	if (conn->head_of)
		event = take_head(conn, request, taken, now);
	else if (conn->data_of)
		event = take_data(conn, taken, now);
	if (event != HTTP2_MORE || !conn->end_of)
		return event;
	taken->stream = conn->end_of;
	conn->end_of = NULL;
	return taken->stream->state == HTTP2_STREAM_OPEN ? HTTP2_END : HTTP2_MORE;
}

// Has the library read up to the end of a frame.
static void read_slice(struct http2_conn *conn, struct span *part, mono_t now)
{
	bool within = http2_watch_within(&conn->watch);
	struct http2_watched next =
	        http2_watch_next(&conn->watch, conn->shared, conn->limits, part);
	enum http2_fault fault = next.fault;

	if (!within)
		conn->begun = now;
	if (next.cost)
		http2_charge(conn, next.cost);
	if (fault == HTTP2_FAULT_NONE && !conn->closing && span_left(&next.slice) > 0)
		fault = http2_session_read(conn, next.slice);
	if (fault != HTTP2_FAULT_NONE)
		(void)http2_fail(conn, fault);
}

enum http2_event http2_next(struct http2_conn *conn, struct span *part,
                            struct http_request *request, struct http2_taken *taken, mono_t now)
{
	enum http2_event event;

	*taken = (struct http2_taken){0};
	earn_time(conn, now);
	for (;;) {
		free_gone(conn);
		event = take(conn, request, taken, now);
		if (event != HTTP2_MORE)
			return event;
		if (conn->head_of || conn->data_of || conn->end_of)
			continue;
		event = take_gone(conn, request, taken, now);
		if (event == HTTP2_REFUSED || taken->stream)
			return event;
		if (event == HTTP2_GONE)
			continue;
		if (conn->closing)
			return HTTP2_CLOSE;
		if (!http2_session_is_open(conn))
			return http2_fail(conn, HTTP2_FAULT_NONE);
		if (span_left(part) == 0)
			return HTTP2_MORE;
		if (http2_session_is_full(conn))
			return HTTP2_WAIT;
		read_slice(conn, part, now);
	}
}
