// http2_time: see http2.h: what is sent, and how long a client may take for each thing that it
// owes. While there are streams, a connection is looked at in periods: so one clock serves all of
// them.
#include "proto/http2/http2_internal.h"

#define LOOK_US SEC_US

// Something is sent that the client has to take; after send_us without progress it is too slow.
static void note_sent(struct http2_conn *conn, size_t n, mono_t now)
{
	bool stuck = span_left(&conn->out) > 0;

	conn->stuck_progress += (uint32_t)n;
	if (!conn->stuck || !stuck || conn->stuck_progress >= conn->shared->progress_bytes) {
		conn->stuck_since = now;
		conn->stuck_progress = 0;
	}
	conn->stuck = stuck;
}

bool http2_send(struct http2_conn *conn, struct fill *out, mono_t now)
{
	size_t sent = 0, len;

	for (;;) {
		if (span_left(&conn->out) == 0) {
			enum http2_fault fault = http2_session_write(conn);

			if (fault != HTTP2_FAULT_NONE)
				(void)http2_fail(conn, fault);
			if (fault != HTTP2_FAULT_NONE || span_left(&conn->out) == 0)
				break;
		}
		len = size_min(span_left(&conn->out), fill_left(out));
		if (len == 0)
			break;
		fill_bytes(out, span_take(&conn->out, len), len);
		sent += len;
	}
	note_sent(conn, sent, now);
	return !conn->stuck;
}

void http2_hold(struct http2_conn *conn, mono_t now)
{
	conn->begun = now;
	for (struct http2_stream *stream = conn->live.first; stream; stream = stream->behind) {
		stream->read_since = now;
		stream->read_progress = 0;
	}
}

static bool is_idle(const struct http2_conn *conn)
{
	return conn->greeted && !http2_watch_within(&conn->watch) && !conn->stuck &&
	       conn->streams_len == 0;
}

mono_t http2_deadline(const struct http2_conn *conn)
{
	if (is_idle(conn))
		return mono_add(conn->active, conn->shared->idle_us);
	return mono_add(conn->looked, LOOK_US);
}

// Whether the client owes the stream progress, and makes none.
static bool is_slow(const struct http2_conn *conn, struct http2_stream *stream, mono_t now)
{
	const struct http_limits *shared = conn->shared;
	bool sends = http2_has_content(stream) && span_left(&stream->offer) > 0;

	if (!sends || stream->send_progress >= shared->progress_bytes) {
		stream->send_since = now;
		stream->send_progress = 0;
	}
	if (mono_due(mono_add(stream->send_since, shared->send_us), now))
		return true;
	return !stream->ended && mono_due(mono_add(stream->read_since, shared->body_us), now);
}

static void look_at_streams(struct http2_conn *conn, mono_t now)
{
	for (struct http2_stream *stream = conn->live.first; stream; stream = stream->behind)
		if (stream->state != HTTP2_STREAM_HEAD && is_slow(conn, stream, now))
			http2_session_reset(stream, stream->whole ? HTTP2_NO_ERROR : HTTP2_CANCEL);
}

enum http2_event http2_expire(struct http2_conn *conn, mono_t now)
{
	const struct http_limits *shared = conn->shared;
	bool within = !conn->greeted || http2_watch_within(&conn->watch);

	conn->looked = now;
	if (conn->closing)
		return HTTP2_CLOSE;
	if (conn->stuck && mono_due(mono_add(conn->stuck_since, shared->send_us), now))
		return http2_fail(conn, HTTP2_FAULT_SLOW_READER);
	if (within && mono_due(mono_add(conn->begun, shared->head_us), now))
		return http2_fail(conn, HTTP2_FAULT_SLOW_HEAD);
	if (is_idle(conn) && mono_due(mono_add(conn->active, shared->idle_us), now))
		return http2_fail(conn, HTTP2_FAULT_IDLE);
	look_at_streams(conn, now);
	return HTTP2_MORE;
}
