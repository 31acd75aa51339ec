// http2_nghttp2: see http2_internal.h: the session of libnghttp2 below a connection. No other file
// includes or calls the library. Its callbacks only note what came; http2_conn.c says what follows.
#include "proto/http2/http2_internal.h"

#include <nghttp2/nghttp2.h>

#define SETTINGS_MAX 32  // in a frame
#define QUEUE_MAX    64  // frames that wait to be sent, before reading waits for them
#define ACKS_MAX     128 // of these, so that it is never reached

static struct http2_stream *stream_of(nghttp2_session *session, int32_t id)
{
	return nghttp2_session_get_stream_user_data(session, id);
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
	struct http2_conn *conn = ctx;
	struct http2_stream *stream;

	http2_gather_clear(&conn->gather, &conn->memory);
	conn->trailer = frame->headers.cat != NGHTTP2_HCAT_REQUEST;
	if (conn->trailer)
		return 0;
	stream = http2_stream_add(conn, frame->hd.stream_id);
	if (!stream)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	return nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, stream);
}

// A few bytes can stand for 4 KiB of a field again and again: what is far beyond the limit is not
// even decompressed into fields any more, and has no answer.
static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                     void *ctx)
{
	struct http2_conn *conn = ctx;

	if (!http2_gather_add(&conn->gather, &conn->memory, conn->shared, span_of(name, name_len),
	                      span_of(value, value_len)))
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	return conn->gather.list_bytes > 4 * conn->shared->head_bytes
	               ? NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE
	               : 0;
}

// RFC 9113 section 8.1.1: malformed, and not, as the library would, passed over.
static int on_invalid_header(nghttp2_session *session, const nghttp2_frame *frame,
                             const uint8_t *name, size_t name_len, const uint8_t *value,
                             size_t value_len, uint8_t flags, void *ctx)
{
	return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes,
                   size_t len, void *ctx)
{
	struct http2_conn *conn = ctx;

	conn->data_of = stream_of(session, id);
	conn->data = span_of(bytes, len);
	return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
	struct http2_conn *conn = ctx;
	struct http2_stream *stream;

	if (frame->hd.type == NGHTTP2_SETTINGS && !(frame->hd.flags & NGHTTP2_FLAG_ACK))
		conn->greeted = true;
	if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
		return 0;
	stream = stream_of(session, frame->hd.stream_id);
	if (!stream)
		return 0;
	if (frame->hd.type == NGHTTP2_HEADERS && !conn->trailer)
		conn->head_of = stream;
	if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) {
		stream->ended = true;
		conn->end_of = stream;
	}
	return 0;
}

// The library ends a connection by itself. INTERNAL_ERROR is its limit on resets, where it has one.
static enum http2_fault fault_of_goaway(uint32_t error)
{
	switch (error) {
	case NGHTTP2_NO_ERROR:
		return HTTP2_FAULT_NONE;
	case NGHTTP2_INTERNAL_ERROR:
	case NGHTTP2_ENHANCE_YOUR_CALM:
		return HTTP2_FAULT_FLOOD;
	default:
		return HTTP2_FAULT_PROTOCOL;
	}
}

// CVE-2025-8671: what makes us reset a stream costs as much as a reset of the client's.
static int on_sent(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
	struct http2_conn *conn = ctx;
	struct http2_stream *stream;

	if (frame->hd.type == NGHTTP2_GOAWAY && conn->fault == HTTP2_FAULT_NONE)
		conn->fault = (uint8_t)fault_of_goaway(frame->goaway.error_code);
	if (frame->hd.type == NGHTTP2_RST_STREAM &&
	    frame->rst_stream.error_code != NGHTTP2_NO_ERROR)
		http2_charge(conn, HTTP2_COST_RESET);
	if ((frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) ||
	    !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
		return 0;
	stream = stream_of(session, frame->hd.stream_id);
	if (stream)
		stream->whole = true;
	return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t error, void *ctx)
{
	struct http2_stream *stream = stream_of(session, id);

	if (stream)
		http2_stream_is_gone(stream);
	return 0;
}

// Content of a DATA frame: what was offered.
static ssize_t on_content(nghttp2_session *session, int32_t id, uint8_t *out, size_t room,
                          uint32_t *flags, nghttp2_data_source *source, void *ctx)
{
	struct http2_stream *stream = source->ptr;
	size_t len = size_min(span_left(&stream->offer), room);

	if (stream->left != HTTP2_LENGTH_UNKNOWN && len > stream->left)
		len = (size_t)stream->left;
	if (len > 0) {
		memcpy(out, stream->offer.p, len);
		(void)span_take(&stream->offer, len);
	}
	if (stream->left != HTTP2_LENGTH_UNKNOWN)
		stream->left -= len;
	if (stream->left == 0 || (stream->last && span_left(&stream->offer) == 0))
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	else if (len == 0)
		return NGHTTP2_ERR_DEFERRED;
	stream->send_progress += (uint32_t)len;
	http2_earn_bytes(stream->conn, (uint32_t)len);
	return (ssize_t)len;
}

static nghttp2_session_callbacks *callbacks_new(void)
{
	nghttp2_session_callbacks *callbacks;

	if (nghttp2_session_callbacks_new(&callbacks) != 0)
		return NULL;
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, on_invalid_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_sent);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
	return callbacks;
}

// The library's own limits, tighter than it has them; those of later versions than Debian 12's are
// left alone, since http2_watch.h has its own for the same.
static nghttp2_option *option_new(void)
{
	nghttp2_option *option;

	if (nghttp2_option_new(&option) != 0)
		return NULL;
	nghttp2_option_set_max_outbound_ack(option, ACKS_MAX);
	nghttp2_option_set_max_settings(option, SETTINGS_MAX);
	nghttp2_option_set_no_closed_streams(option, 1);
	return option;
}

static int send_settings(struct http2_conn *conn)
{
	const nghttp2_settings_entry entries[] = {
	        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, conn->limits->streams_max},
	        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, conn->limits->window_bytes},
	        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, conn->shared->head_bytes},
	        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
	};

	return nghttp2_submit_settings(conn->session, NGHTTP2_FLAG_NONE, entries,
	                               sizeof(entries) / sizeof(entries[0]));
}

enum http2_fault http2_session_open(struct http2_conn *conn)
{
	nghttp2_mem mem = {&conn->memory, http2_memory_alloc, http2_memory_free,
	                   http2_memory_zeroed, http2_memory_resize};
	nghttp2_session_callbacks *callbacks = callbacks_new();
	nghttp2_option *option = option_new();
	int err = NGHTTP2_ERR_NOMEM;

	if (callbacks && option)
		err = nghttp2_session_server_new3(&conn->session, callbacks, conn, option, &mem);
	nghttp2_option_del(option);
	nghttp2_session_callbacks_del(callbacks);
	if (!err)
		err = send_settings(conn);
	return err ? HTTP2_FAULT_MEMORY : HTTP2_FAULT_NONE;
}

void http2_session_close(struct http2_conn *conn)
{
	nghttp2_session_del(conn->session);
}

// A failure of a callback is one of memory: no other has a callback here.
static enum http2_fault fault_of(ssize_t err)
{
	switch (err) {
	case NGHTTP2_ERR_NOMEM:
	case NGHTTP2_ERR_CALLBACK_FAILURE:
		return HTTP2_FAULT_MEMORY;
	case NGHTTP2_ERR_BAD_CLIENT_MAGIC:
		return HTTP2_FAULT_PREFACE;
	case NGHTTP2_ERR_FLOODED:
		return HTTP2_FAULT_FLOOD;
	default:
		return HTTP2_FAULT_PROTOCOL;
	}
}

enum http2_fault http2_session_read(struct http2_conn *conn, struct span slice)
{
	ssize_t n = nghttp2_session_mem_recv(conn->session, slice.p, span_left(&slice));

	return n < 0 ? fault_of(n) : HTTP2_FAULT_NONE;
}

enum http2_fault http2_session_write(struct http2_conn *conn)
{
	const uint8_t *bytes;
	ssize_t n = nghttp2_session_mem_send(conn->session, &bytes);

	if (n < 0)
		return fault_of(n);
	conn->out = n > 0 ? span_of(bytes, (size_t)n) : (struct span){0};
	return HTTP2_FAULT_NONE;
}

bool http2_session_is_open(const struct http2_conn *conn)
{
	return nghttp2_session_want_read(conn->session) != 0;
}

void http2_session_goaway(struct http2_conn *conn, uint32_t error)
{
	int32_t last = nghttp2_session_get_last_proc_stream_id(conn->session);

	// Without memory the connection ends without it.
	if (error != HTTP2_NO_ERROR)
		(void)nghttp2_session_terminate_session(conn->session, error);
	else
		(void)nghttp2_submit_goaway(conn->session, NGHTTP2_FLAG_NONE, last, error, NULL, 0);
}

void http2_session_warn(struct http2_conn *conn)
{
	// Without memory the client hears of the end when it comes.
	(void)nghttp2_submit_shutdown_notice(conn->session);
}

bool http2_session_is_full(const struct http2_conn *conn)
{
	return nghttp2_session_get_outbound_queue_size(conn->session) > QUEUE_MAX;
}

bool http2_session_answer(struct http2_stream *stream, const struct http2_answer *answer,
                          bool content)
{
	const nghttp2_data_provider provider = {{.ptr = stream}, on_content};
	nghttp2_nv fields[HTTP2_ANSWER_FIELDS_MAX];

	for (unsigned i = 0; i < answer->fields_len; i++) {
		const struct http2_answer_field *field = &answer->field[i];

		// The library copies them.
		fields[i] = (nghttp2_nv){(uint8_t *)(uintptr_t)field->name,
		                         (uint8_t *)(uintptr_t)field->value, field->name_len,
		                         field->value_len, NGHTTP2_NV_FLAG_NONE};
	}
	return nghttp2_submit_response(stream->conn->session, stream->id, fields,
	                               answer->fields_len, content ? &provider : NULL) == 0;
}

void http2_session_resume(struct http2_stream *stream)
{
	// An error: it waits for nothing.
	(void)nghttp2_session_resume_data(stream->conn->session, stream->id);
}

void http2_session_reset(struct http2_stream *stream, uint32_t error)
{
	if (!stream->gone && nghttp2_submit_rst_stream(stream->conn->session, NGHTTP2_FLAG_NONE,
	                                               stream->id, error) != 0)
		(void)http2_fail(stream->conn, HTTP2_FAULT_MEMORY);
}

uint32_t http2_window(const struct http2_stream *stream)
{
	nghttp2_session *session = stream->conn->session;
	int32_t all = nghttp2_session_get_remote_window_size(session);
	int32_t own = stream->gone
	                      ? 0
	                      : nghttp2_session_get_stream_remote_window_size(session, stream->id);

	return own <= 0 || all <= 0 ? 0 : (uint32_t)(own < all ? own : all);
}

void http2_continue(struct http2_stream *stream)
{
	uint8_t name[] = ":status", value[] = "100"; // copied by the call
	const nghttp2_nv field = {name, value, sizeof(name) - 1, sizeof(value) - 1,
	                          NGHTTP2_NV_FLAG_NONE};

	if (!stream->gone && nghttp2_submit_headers(stream->conn->session, NGHTTP2_FLAG_NONE,
	                                            stream->id, NULL, &field, 1, NULL) < 0)
		(void)http2_fail(stream->conn, HTTP2_FAULT_MEMORY);
}
