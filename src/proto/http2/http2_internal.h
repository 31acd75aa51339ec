// http2_internal: a connection and its streams, as http2_conn.c, http2_answer.c and http2_time.c
// share them; and the library's session, which http2_nghttp2.c wraps for them.
#ifndef HTTP2_INTERNAL_H
#define HTTP2_INTERNAL_H

#include "proto/http2/http2.h"
#include "proto/http2/http2_memory.h"
#include "proto/http2/http2_request.h"

struct nghttp2_session;

enum http2_stream_state {
	HTTP2_STREAM_HEAD,    // its fields are being read
	HTTP2_STREAM_OPEN,    // HTTP2_REQUEST came
	HTTP2_STREAM_REFUSED, // the engine answers it
};

struct http2_stream {
	struct http2_conn *conn;
	struct http2_stream *before, *behind; // in the list of those that live, or are gone
	int32_t id;
	uint8_t state;     // enum http2_stream_state
	bool ended;        // the client has sent all of its request
	bool head_only;    // the method is HEAD
	bool answered;     // the answer's head was handed to the library
	bool content;      // content follows the answer's head
	bool last;         // what is offered is the end
	bool whole;        // the end of the answer was written
	bool gone;         // the library has closed it
	uint64_t read;     // bytes of content that came
	uint64_t drained;  // likewise, behind the answer
	uint64_t left;     // of the answer's content, or HTTP2_LENGTH_UNKNOWN
	void *kept;        // a copy of what is offered
	struct span offer; // of content
	mono_t read_since, send_since;
	uint32_t read_progress, send_progress;
	_Alignas(16) uint8_t ctx[]; // the caller's
};

struct http2_streams {
	struct http2_stream *first, *last;
};

struct http2_conn {
	const struct http_limits *shared;
	const struct http2_limits *limits;
	size_t ctx_bytes;
	struct nghttp2_session *session;
	struct http2_memory memory; // has this struct in it, too
	struct http2_watch watch;
	struct http2_gather gather;
	struct http2_streams live, gone;
	struct http2_stream *freed; // at the next call of http2_next: HTTP2_GONE named it
	uint32_t requests, streams_len;
	uint8_t fault;   // enum http2_fault
	uint8_t refused; // enum http_fault
	bool greeted;    // the client's SETTINGS have come
	bool closing;    // HTTP2_CLOSE from now on
	bool trailer;    // the fields being read are not a request's
	bool stuck;      // what is to be sent waits for room
	uint32_t credit;
	uint32_t credit_parts; // of bytes, on the way to the next one
	mono_t credit_since;
	mono_t active;      // a request came, or the last stream was gone
	mono_t begun;       // of the frame or head that has not ended
	mono_t stuck_since; // likewise, of bytes that the client did not take
	uint32_t stuck_progress;
	mono_t looked;

	// What the library made of the slice that was read last.
	struct http2_stream *head_of, *data_of, *end_of;
	struct span data;

	struct span out; // the frame that is being sent: the library's memory
};

// Of the library: 0, or an enum http2_fault.
enum http2_fault http2_session_open(struct http2_conn *conn) MUST_CHECK;
void http2_session_close(struct http2_conn *conn);
// Has the library read the slice, which ends at a frame's end or before it.
enum http2_fault http2_session_read(struct http2_conn *conn, struct span slice) MUST_CHECK;
// The next frame to be sent, in conn->out; false when there is none.
enum http2_fault http2_session_write(struct http2_conn *conn) MUST_CHECK;
// Whether it may be read on: it was not ended by an error or by both sides.
bool http2_session_is_open(const struct http2_conn *conn);
// GOAWAY: the error is RFC 9113's; other streams are not served any more, unless it is 0.
void http2_session_goaway(struct http2_conn *conn, uint32_t error);
// GOAWAY that refuses no stream.
void http2_session_warn(struct http2_conn *conn);
bool http2_session_is_full(const struct http2_conn *conn);
// False: the stream has no use for it, or there is no memory.
bool http2_session_answer(struct http2_stream *stream, const struct http2_answer *answer,
                          bool content) MUST_CHECK;
void http2_session_resume(struct http2_stream *stream);
void http2_session_reset(struct http2_stream *stream, uint32_t error);

// RFC 9113 section 7.
enum http2_error {
	HTTP2_NO_ERROR = 0x0,
	HTTP2_PROTOCOL_ERROR = 0x1,
	HTTP2_INTERNAL_ERROR = 0x2,
	HTTP2_CANCEL = 0x8,
	HTTP2_ENHANCE_YOUR_CALM = 0xb,
};

// Of http2_conn.c, called by the library's side.
struct http2_stream *http2_stream_add(struct http2_conn *conn, int32_t id) MUST_CHECK;
void http2_stream_is_gone(struct http2_stream *stream);
// Takes from the client's credit, or adds to it.
void http2_charge(struct http2_conn *conn, unsigned cost);
void http2_earn(struct http2_conn *conn, unsigned credit);
void http2_earn_bytes(struct http2_conn *conn, uint32_t bytes);
// Ends the connection; the first fault is kept.
enum http2_event http2_fail(struct http2_conn *conn, enum http2_fault fault);

#endif
