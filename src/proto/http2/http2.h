// http2: the server's side of a connection of HTTP/2 (RFC 9113) as an engine: bytes of the client
// and the time in; requests, content and the end out; answers into bytes. It knows no transport.
// Frames and HPACK are libnghttp2's, which http2_nghttp2.c alone includes
// (docs/decisions/0016-http2.md).
//
// The caller gives what came to http2_next until it returns HTTP2_MORE, then takes what is to be
// sent by http2_send, whenever it has room. A request is a stream; its answer is a head, and
// content that the caller offers and the client's windows let through. Nothing of a stream may be
// used after the call of http2_next that follows its HTTP2_GONE.
//
// The library allocates: about 25 KB for a connection, 1 KB for a request, within memory_bytes.
#ifndef HTTP2_HTTP2_H
#define HTTP2_HTTP2_H

#include "core/mono.h"
#include "proto/http/http_request.h"
#include "proto/http2/http2_fault.h"
#include "proto/http2/http2_limits.h"
#include "proto/http2/http2_watch.h"

struct http2_conn;
struct http2_stream;

// Whether this build has HTTP/2.
bool http2_is_built(void) PURE;

// A connection of which nothing has come, not even the preface. The limits are borrowed until its
// end; each stream has room of ctx_bytes for the caller. NULL without memory, or in a build without
// HTTP/2.
struct http2_conn *http2_open(const struct http_limits *shared, const struct http2_limits *limits,
                              size_t ctx_bytes, mono_t now) MUST_CHECK;
// Streams are gone with it, without HTTP2_GONE.
void http2_close(struct http2_conn *conn);

enum http2_event {
	HTTP2_MORE,    // the part is used up
	HTTP2_WAIT,    // nothing is read until the client takes what is to be sent (http2_send)
	HTTP2_REQUEST, // *stream has begun, *request was filled in
	HTTP2_BODY,    // *data is a piece of the stream's content
	HTTP2_END,     // the stream's content has ended; once for each request
	HTTP2_REFUSED, // a request was refused, and answered, by http2_refused
	HTTP2_GONE,    // the last of the stream: see http2_stream_is_whole
	HTTP2_CLOSE,   // end the connection when http2_send has no more; http2_fault says why
};

struct http2_taken {
	struct http2_stream *stream;
	struct span data;
};

// Takes the next event out of bytes that follow those before. Spans of *request are valid until the
// next call, those of *taken, too, which point into the part. HTTP2_REFUSED fills in *request as
// far as it was understood. HTTP2_CLOSE comes again with each call. An empty part, after http2_send
// or http2_expire, gives what those have brought about.
enum http2_event http2_next(struct http2_conn *conn, struct span *part,
                            struct http_request *request, struct http2_taken *taken,
                            mono_t now) MUST_CHECK;

enum http2_fault http2_fault(const struct http2_conn *conn) PURE;
// Of the last HTTP2_REFUSED.
enum http_fault http2_refused(const struct http2_conn *conn) PURE;

// The caller's own of a stream: ctx_bytes, zeros at first.
void *http2_stream_ctx(struct http2_stream *stream) PURE;
// Whether all of its answer was handed over to http2_send.
bool http2_stream_is_whole(const struct http2_stream *stream) PURE;
// The next stream of the connection behind this one, or the first of all behind NULL, for which
// HTTP2_REQUEST came and HTTP2_GONE did not; NULL: there is none.
struct http2_stream *http2_stream_next(const struct http2_conn *conn,
                                       const struct http2_stream *stream) PURE;

// Writes what is to be sent, as much as there is room for; false when more is left.
bool http2_send(struct http2_conn *conn, struct fill *out, mono_t now) MUST_CHECK;

// The caller does not take what the client sends, for reasons of its own: the client's times begin
// again.
void http2_hold(struct http2_conn *conn, mono_t now);

// RFC 9113 section 6.8: asks the client to send no new requests, while those are taken still that
// it sent before it heard of it (GOAWAY of no stream in particular). http2_shutdown comes behind
// it.
void http2_warn(struct http2_conn *conn);

// No new requests are taken (GOAWAY); HTTP2_CLOSE follows when those there are have been answered.
void http2_shutdown(struct http2_conn *conn);

// When http2_expire is to be called, unless a function before moves it.
mono_t http2_deadline(const struct http2_conn *conn) PURE;
// Judges a client that was slow. HTTP2_MORE: go on; streams may be gone. HTTP2_CLOSE: as above; a
// client that does not take what is sent (HTTP2_FAULT_SLOW_READER) has to be reset.
enum http2_event http2_expire(struct http2_conn *conn, mono_t now) MUST_CHECK;

// Memory that the connection has now, for tests and figures.
size_t http2_memory_used(const struct http2_conn *conn) PURE;

// The head of an answer, while it is written.

#define HTTP2_ANSWER_FIELDS_MAX 24
#define HTTP2_ANSWER_BYTES      4096 // of all names and values

struct http2_answer_field {
	const uint8_t *name, *value;
	size_t name_len, value_len;
};

struct http2_answer {
	struct http2_stream *stream;
	struct fill text;
	uint16_t status;
	bool malformed;
	unsigned fields_len;
	struct http2_answer_field field[HTTP2_ANSWER_FIELDS_MAX];
	uint8_t bytes[HTTP2_ANSWER_BYTES];
};

enum http2_answer_end {
	HTTP2_ANSWER_WRITTEN,
	HTTP2_ANSWER_MALFORMED, // a field was refused or did not fit; answer with 500 instead
	HTTP2_ANSWER_GONE,      // the stream has no use for it any more: HTTP2_GONE follows
};

// Begins the answer to a stream's request that has none yet. The status is one of http_status.h,
// 200 or more; date is that of http_date_text, NULL without a clock.
void http2_answer_begin(struct http2_answer *answer, struct http2_stream *stream, unsigned status,
                        const char *date);
// Adds a field, which is copied, its name in lower case. Refused are those that
// http_answer_field refuses, and others that are about a connection (RFC 9113 section 8.2.2).
void http2_answer_field(struct http2_answer *answer, const char *name, struct span value);
void http2_answer_text(struct http2_answer *answer, const char *name, const char *value);
// Ends the head of an answer with content of `length` bytes, or with content that http2_last ends.
// Nothing else is to be done without content: after HEAD, 204, 304, or with length 0.
#define HTTP2_LENGTH_UNKNOWN UINT64_MAX
enum http2_answer_end http2_answer_end(struct http2_answer *answer, uint64_t length) MUST_CHECK;

// Whether content is to be sent now.
bool http2_has_content(const struct http2_stream *stream) PURE;
// Offers the next bytes of content, instead of what is left of those offered before. They are
// borrowed until http2_send has taken all of them, HTTP2_GONE, or the next offer.
void http2_offer(struct http2_stream *stream, const void *bytes, size_t len);
// Copies what was not taken yet, so that the caller may forget it. False without memory: the
// connection ends.
bool http2_keep(struct http2_stream *stream) MUST_CHECK;
// How many of the bytes offered were not taken.
size_t http2_offered(const struct http2_stream *stream) PURE;
// What is offered, even nothing, is the end of content of unknown length.
void http2_last(struct http2_stream *stream);
// How many bytes the client's windows let through now.
uint32_t http2_window(const struct http2_stream *stream);

// Asks a client that waits for it (request->expects) for the content; before the answer only.
void http2_continue(struct http2_stream *stream);
// The answer cannot be completed (RST_STREAM, INTERNAL_ERROR). HTTP2_GONE follows.
void http2_reset(struct http2_stream *stream);

#endif
