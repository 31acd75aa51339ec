// http2_none: see http2.h: a build without libnghttp2 (-Dhttp2=false). No connection can be opened,
// and so what takes one is not called.
#include "proto/http2/http2.h"

#include <stdlib.h>

bool http2_is_built(void)
{
	return false;
}

struct http2_conn *http2_open(const struct http_limits *shared, const struct http2_limits *limits,
                              size_t ctx_bytes, mono_t now)
{
	return NULL;
}

void http2_close(struct http2_conn *conn)
{
	assert(!conn);
}

enum http2_event http2_next(struct http2_conn *conn, struct span *part,
                            struct http_request *request, struct http2_taken *taken, mono_t now)
{
	abort();
}

enum http2_fault http2_fault(const struct http2_conn *conn)
{
	abort();
}

enum http_fault http2_refused(const struct http2_conn *conn)
{
	abort();
}

void *http2_stream_ctx(struct http2_stream *stream)
{
	abort();
}

bool http2_stream_is_whole(const struct http2_stream *stream)
{
	abort();
}

struct http2_stream *http2_stream_next(const struct http2_conn *conn,
                                       const struct http2_stream *stream)
{
	abort();
}

bool http2_send(struct http2_conn *conn, struct fill *out, mono_t now)
{
	abort();
}

void http2_hold(struct http2_conn *conn, mono_t now)
{
	abort();
}

void http2_warn(struct http2_conn *conn)
{
	abort();
}

void http2_shutdown(struct http2_conn *conn)
{
	abort();
}

mono_t http2_deadline(const struct http2_conn *conn)
{
	abort();
}

enum http2_event http2_expire(struct http2_conn *conn, mono_t now)
{
	abort();
}

size_t http2_memory_used(const struct http2_conn *conn)
{
	abort();
}

void http2_answer_begin(struct http2_answer *answer, struct http2_stream *stream, unsigned status,
                        const char *date)
{
	abort();
}

void http2_answer_field(struct http2_answer *answer, const char *name, struct span value)
{
	abort();
}

void http2_answer_text(struct http2_answer *answer, const char *name, const char *value)
{
	abort();
}

enum http2_answer_end http2_answer_end(struct http2_answer *answer, uint64_t length)
{
	abort();
}

bool http2_has_content(const struct http2_stream *stream)
{
	abort();
}

void http2_offer(struct http2_stream *stream, const void *bytes, size_t len)
{
	abort();
}

bool http2_keep(struct http2_stream *stream)
{
	abort();
}

size_t http2_offered(const struct http2_stream *stream)
{
	abort();
}

void http2_last(struct http2_stream *stream)
{
	abort();
}

uint32_t http2_window(const struct http2_stream *stream)
{
	abort();
}

void http2_continue(struct http2_stream *stream)
{
	abort();
}

void http2_reset(struct http2_stream *stream)
{
	abort();
}
