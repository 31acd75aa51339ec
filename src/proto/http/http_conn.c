// http_conn: see the header.
#include "proto/http/http_conn_internal.h"

void http_conn_init(struct http_conn *conn, const struct http_limits *limits, mono_t now)
{
	*conn = (struct http_conn){.limits = limits, .since = now, .send_since = now};
}

static void begin_period(struct http_conn *conn, mono_t now)
{
	conn->since = now;
	conn->progress = 0;
}

static bool reads_body(const struct http_conn *conn)
{
	return conn->state == HTTP_CONN_LENGTH || conn->state == HTTP_CONN_CHUNKS;
}

// After an answer has begun there is no other answer that could be sent.
static enum http_event refuse(struct http_conn *conn, enum http_fault fault)
{
	if (conn->fault == HTTP_FAULT_NONE)
		conn->fault = (uint8_t)fault;
	conn->state = HTTP_CONN_REFUSED;
	if (conn->answer == HTTP_CONN_ANSWERED)
		return HTTP_CLOSE;
	if (conn->answer > HTTP_CONN_DUE)
		return HTTP_RESET;
	conn->answer = HTTP_CONN_DUE;
	return HTTP_REFUSED;
}

// What is left to do for a connection that reads nothing any more.
static enum http_event refused_event(const struct http_conn *conn)
{
	switch (conn->answer) {
	case HTTP_CONN_ANSWERED:
	case HTTP_CONN_NOT_DUE:
		return HTTP_CLOSE;
	case HTTP_CONN_DUE:
		return HTTP_REFUSED;
	default:
		return HTTP_RESET;
	}
}

// As refuse, of a request of which only a part came.
static enum http_event refuse_part(struct http_conn *conn)
{
	return refuse(conn,
	              conn->state == HTTP_CONN_HEAD ? HTTP_FAULT_SLOW_HEAD : HTTP_FAULT_SLOW_BODY);
}

// As refuse, of a head of which nothing was understood.
static enum http_event refuse_head(struct http_conn *conn, struct http_request *request,
                                   enum http_fault fault)
{
	http_request_init(request, (const uint8_t *)"", 0);
	return refuse(conn, fault);
}

static void begin_request(struct http_conn *conn, mono_t now)
{
	conn->state = HTTP_CONN_HEAD;
	conn->head = (struct http_head){0};
	conn->buffered = false;
	conn->minor = true; // so that a head that is refused is answered as one of HTTP/1.1
	conn->head_only = conn->keep_alive = conn->expects = conn->close = false;
	begin_period(conn, now);
}

// RFC 9112 section 2.2: one blank line before a request is passed over; older clients send it
// behind content.
static enum http_event read_idle(struct http_conn *conn, struct span *part,
                                 struct http_request *request, mono_t now)
{
	if (conn->state == HTTP_CONN_IDLE) {
		if (*part->p != '\r') {
			begin_request(conn, now);
			return HTTP_MORE;
		}
		if (conn->blank)
			return refuse_head(conn, request, HTTP_FAULT_BLANK);
		conn->state = HTTP_CONN_BLANK;
	} else {
		if (*part->p != '\n')
			return refuse_head(conn, request, HTTP_FAULT_LINE_END);
		conn->state = HTTP_CONN_IDLE;
		conn->blank = true;
	}
	(void)span_take(part, 1);
	return HTTP_MORE;
}

static enum http_event accept_head(struct http_conn *conn, struct http_request *request,
                                   const uint8_t *head, mono_t now)
{
	enum http_fault fault = http_request_parse(request, head, conn->head.len, conn->limits);

	conn->minor = request->minor > 0;
	conn->head_only = request->method == HTTP_HEAD;
	if (fault != HTTP_FAULT_NONE)
		return refuse(conn, fault);
	conn->keep_alive = request->keep_alive;
	conn->expects = request->expects;
	conn->requests++;
	conn->blank = false;
	conn->drained = 0;
	conn->answer = HTTP_CONN_DUE;
	conn->state = request->framing == HTTP_LENGTH    ? HTTP_CONN_LENGTH
	              : request->framing == HTTP_CHUNKED ? HTTP_CONN_CHUNKS
	                                                 : HTTP_CONN_WHOLE;
	if (conn->state == HTTP_CONN_CHUNKS)
		conn->chunk = (struct http_chunk){0};
	else
		conn->left = request->length;
	begin_period(conn, now);
	return HTTP_REQUEST;
}

static enum http_event read_head(struct http_conn *conn, struct span *part,
                                 struct http_request *request, mono_t now)
{
	struct http_head before = conn->head;
	struct span rest = *part;
	enum http_fault fault;
	enum http_head_next next = http_head_scan(&conn->head, conn->limits, &rest, &fault);
	const uint8_t *head = part->p;

	if (next == HTTP_HEAD_REFUSED)
		return refuse_head(conn, request, fault);
	if (next == HTTP_HEAD_MORE && !conn->buffer) {
		conn->head = before;
		return HTTP_BUFFER;
	}
	if (next == HTTP_HEAD_MORE || conn->buffered) {
		memcpy(conn->buffer + before.len, part->p, conn->head.len - before.len);
		conn->buffered = true;
		head = conn->buffer;
	}
	*part = rest;
	return next == HTTP_HEAD_END ? accept_head(conn, request, head, now) : HTTP_MORE;
}

// Content beside the answer that is being given, or behind it: dropped, up to a limit.
static enum http_event body_event(struct http_conn *conn, struct span data, mono_t now)
{
	// A client that sends content waits no more.
	conn->expects = false;
	conn->progress += (uint32_t)size_min(span_left(&data), UINT32_MAX - conn->progress);
	if (conn->progress >= conn->limits->progress_bytes)
		begin_period(conn, now);
	if (conn->answer != HTTP_CONN_ANSWERED)
		return HTTP_BODY;
	conn->drained += span_left(&data);
	return conn->drained > conn->limits->drain_bytes ? refuse(conn, HTTP_FAULT_BODY_LONG)
	                                                 : HTTP_MORE;
}

static enum http_event read_length(struct http_conn *conn, struct span *part, struct span *data,
                                   mono_t now)
{
	*data = span_sub(part, (size_t)u64_min(conn->left, span_left(part)));
	conn->left -= span_left(data);
	if (conn->left == 0)
		conn->state = HTTP_CONN_WHOLE;
	return body_event(conn, *data, now);
}

static enum http_event read_chunks(struct http_conn *conn, struct span *part, struct span *data,
                                   mono_t now)
{
	enum http_fault fault;

	switch (http_chunk_next(&conn->chunk, conn->limits, part, data, &fault)) {
	case HTTP_CHUNK_DATA:
		return body_event(conn, *data, now);
	case HTTP_CHUNK_END:
		conn->state = HTTP_CONN_WHOLE;
		return HTTP_MORE;
	case HTTP_CHUNK_REFUSED:
		return refuse(conn, fault);
	default:
		return HTTP_MORE;
	}
}

// One step of what the state is, with at least one byte. HTTP_MORE: the next one follows.
static enum http_event step(struct http_conn *conn, struct span *part, struct http_request *request,
                            struct span *data, mono_t now)
{
	switch (conn->state) {
	case HTTP_CONN_IDLE:
	case HTTP_CONN_BLANK:
		return read_idle(conn, part, request, now);
	case HTTP_CONN_HEAD:
		return read_head(conn, part, request, now);
	case HTTP_CONN_LENGTH:
		return read_length(conn, part, data, now);
	default:
		return read_chunks(conn, part, data, now);
	}
}

static void end_request(struct http_conn *conn, mono_t now)
{
	conn->state = HTTP_CONN_IDLE;
	conn->answer = HTTP_CONN_NOT_DUE;
	begin_period(conn, now);
}

bool http_conn_is_over(const struct http_conn *conn)
{
	return conn->answer == HTTP_CONN_ANSWERED && conn->close;
}

enum http_event http_conn_next(struct http_conn *conn, struct span *part,
                               struct http_request *request, struct span *data, mono_t now)
{
	enum http_event event;

	do {
		if (http_conn_is_over(conn))
			return HTTP_CLOSE;
		if (conn->state == HTTP_CONN_REFUSED)
			return refused_event(conn);
		if (conn->state == HTTP_CONN_WHOLE) {
			conn->state = HTTP_CONN_READ;
			return HTTP_END;
		}
		if (conn->state == HTTP_CONN_READ) {
			if (conn->answer != HTTP_CONN_ANSWERED)
				return span_left(part) ? HTTP_WAIT : HTTP_MORE;
			end_request(conn, now);
		}
		if (span_left(part) == 0)
			return HTTP_MORE;
		event = step(conn, part, request, data, now);
	} while (event == HTTP_MORE);
	return event;
}

void http_conn_answered(struct http_conn *conn)
{
	conn->answer = HTTP_CONN_ANSWERED;
}

bool http_conn_may_persist(const struct http_conn *conn)
{
	const struct http_limits *limits = conn->limits;

	if (conn->state == HTTP_CONN_REFUSED || !conn->keep_alive || conn->leaving ||
	    conn->requests >= limits->requests_max)
		return false;
	// A client that waits for 100 and gets an answer need not send the content, so that the
	// next bytes may be either (RFC 9110 section 10.1.1).
	if (reads_body(conn) && conn->expects)
		return false;
	return conn->state != HTTP_CONN_LENGTH || conn->left <= limits->drain_bytes;
}

bool http_conn_is_idle(const struct http_conn *conn)
{
	return (conn->state == HTTP_CONN_IDLE && !conn->sending) ||
	       (conn->state == HTTP_CONN_READ && conn->answer == HTTP_CONN_ANSWERED &&
	        !conn->sending);
}

bool http_conn_leave(struct http_conn *conn)
{
	conn->leaving = true;
	return conn->requests > 0 &&
	       (conn->state == HTTP_CONN_IDLE ||
	        (conn->state == HTTP_CONN_READ && conn->answer == HTTP_CONN_ANSWERED));
}

void http_conn_sent(struct http_conn *conn, uint64_t n, uint64_t left, mono_t now)
{
	conn->send_progress += (uint32_t)u64_min(n, UINT32_MAX - conn->send_progress);
	if (!conn->sending || left == 0 || conn->send_progress >= conn->limits->progress_bytes) {
		conn->send_since = now;
		conn->send_progress = 0;
	}
	conn->sending = left > 0;
	if (left == 0 && conn->state <= HTTP_CONN_BLANK)
		begin_period(conn, now);
}

void http_conn_hold(struct http_conn *conn, mono_t now)
{
	begin_period(conn, now);
}

// When the period of reading ends.
static mono_t read_deadline(const struct http_conn *conn)
{
	const struct http_limits *limits = conn->limits;

	switch (conn->state) {
	case HTTP_CONN_IDLE:
	case HTTP_CONN_BLANK:
		// A client that still takes its answers is not idle.
		return conn->sending ? MONO_NEVER : mono_add(conn->since, limits->idle_us);
	case HTTP_CONN_HEAD:
		return mono_add(conn->since, limits->head_us);
	case HTTP_CONN_LENGTH:
	case HTTP_CONN_CHUNKS:
		return mono_add(conn->since, limits->body_us);
	default:
		return MONO_NEVER;
	}
}

static mono_t send_deadline(const struct http_conn *conn)
{
	return conn->sending ? mono_add(conn->send_since, conn->limits->send_us) : MONO_NEVER;
}

mono_t http_conn_deadline(const struct http_conn *conn)
{
	return mono_earlier(read_deadline(conn), send_deadline(conn));
}

enum http_event http_conn_expire(struct http_conn *conn, mono_t now)
{
	if (mono_due(send_deadline(conn), now)) {
		(void)refuse(conn, HTTP_FAULT_SLOW_READER);
		return HTTP_RESET;
	}
	if (!mono_due(read_deadline(conn), now))
		return HTTP_MORE;
	if (conn->state == HTTP_CONN_HEAD || reads_body(conn))
		return refuse_part(conn);
	conn->fault = HTTP_FAULT_IDLE;
	conn->state = HTTP_CONN_REFUSED;
	return HTTP_CLOSE;
}

bool http_conn_is_amid(const struct http_conn *conn)
{
	return conn->state == HTTP_CONN_HEAD || (reads_body(conn) && conn->answer == HTTP_CONN_DUE);
}

enum http_event http_conn_cut(struct http_conn *conn)
{
	return http_conn_is_amid(conn) ? refuse_part(conn) : HTTP_MORE;
}
