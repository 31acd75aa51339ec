// http_conn: the server's side of a connection (RFC 9112): bytes of the client and the time in;
// requests, content and the end out. Answers are written by http_answer.h; the bytes of both
// directions are moved by the caller, over whatever carries them.
//
// The caller gives what came to http_conn_next until it returns HTTP_MORE, or HTTP_WAIT: the
// client sent its next request before it had the answer to this one, and what is left of the part
// is given again when the answer is complete. So answers leave in the order of requests, and a
// client that does not read its answers costs what one answer costs.
//
// A request whose head lies whole in one part is parsed there. One that straddles parts is
// gathered in a buffer of the caller's, which a connection has for no longer than that.
#ifndef HTTP_CONN_H
#define HTTP_CONN_H

#include "core/mono.h"
#include "proto/http/http_chunk.h"
#include "proto/http/http_head.h"
#include "proto/http/http_request.h"

struct http_conn {
	const struct http_limits *limits; // borrowed
	uint8_t *buffer; // of head_bytes, the caller's; NULL: it was not asked for yet
	struct http_head head;
	union {
		struct http_chunk chunk; // of the request's content
		uint64_t left;           // of the request's content
	};
	uint64_t answer_left; // of the answer's content
	mono_t since;         // the period of reading began
	mono_t send_since;    // the period of sending began
	uint64_t drained;     // bytes of content that came after the answer
	uint32_t requests;
	uint32_t progress;      // bytes of content that came within the period
	uint32_t send_progress; // bytes of answers that the client took within the period
	uint8_t state;          // enum http_conn_state, of what is read
	uint8_t answer;         // enum http_conn_answer, of what is written
	uint8_t fault;          // enum http_fault, the first
	bool buffered;          // the head is in the buffer
	bool blank;             // a blank line came before the request
	bool minor;             // of the request's version
	bool head_only;         // the request's method is HEAD: the answer's content is not sent
	bool keep_alive;        // the client does not ask for the end
	bool expects;           // the client waits for 100 (Continue)
	bool close;             // the answer says that the connection is closed
	bool leaving;           // http_conn_leave was called
	bool sending;           // bytes of answers were not taken by the client yet
};

// A connection of which nothing has come. limits are borrowed until its end.
void http_conn_init(struct http_conn *conn, const struct http_limits *limits, mono_t now);

enum http_event {
	HTTP_MORE,    // the part is used up
	HTTP_WAIT,    // the rest of the part comes behind the answer that is due
	HTTP_BUFFER,  // set conn->buffer, call again; the bytes are kept there from now on
	HTTP_REQUEST, // *request was filled in
	HTTP_BODY,    // *data is a piece of its content
	HTTP_END,     // its content has ended; once for each request
	HTTP_REFUSED, // answer with http_faults[conn->fault].number; nothing is read any more
	HTTP_CLOSE,   // end the connection when what was written has been sent
	HTTP_RESET,   // end it at once: the answer that was begun cannot be completed
};

// Takes the next event out of bytes that follow those before. The spans of *request point into
// the part, or the buffer, and are valid until the next call; then the buffer is the caller's to
// take away. An answer may be written as soon as there is a request; content that comes after it
// is dropped. When the answer is complete, the next call, even with an empty part, begins to wait
// for the next request. HTTP_REFUSED of a head fills in method_text and target_text of *request,
// empty when they were not understood; other events do not touch it. HTTP_CLOSE, HTTP_RESET and
// HTTP_REFUSED come again with each call, the last until it is answered.
enum http_event http_conn_next(struct http_conn *conn, struct span *part,
                               struct http_request *request, struct span *data,
                               mono_t now) MUST_CHECK;

// Whether the last answer is complete, and the connection ends when it has been sent: the next
// event is HTTP_CLOSE.
bool http_conn_is_over(const struct http_conn *conn) PURE;

// Whether the connection lies between two requests, so that its end is no loss.
bool http_conn_is_idle(const struct http_conn *conn) PURE;

// The connection is to end soon: answers whose head is written from now on say so (RFC 9112 section
// 9.6). Returns whether it lies between two requests, so that it can be ended now; before the first
// one it does not, as a client has it open to send that.
bool http_conn_leave(struct http_conn *conn) MUST_CHECK;

// The client took n bytes of answers, and `left` more wait for it. To be called, too, when the
// first bytes are queued.
void http_conn_sent(struct http_conn *conn, uint64_t n, uint64_t left, mono_t now);

// The caller did not take what the client sent: a new period begins for the client.
void http_conn_hold(struct http_conn *conn, mono_t now);

// When http_conn_expire is to be called, unless a function before moves it; MONO_NEVER if the
// client owes nothing.
mono_t http_conn_deadline(const struct http_conn *conn) PURE;

// What a client that was too slow until now has earned: HTTP_MORE: it was not. HTTP_REFUSED: part
// of a request came, answer it. HTTP_CLOSE: it sent no request. HTTP_RESET: it does not take its
// answers, or stopped in the middle of content that is already answered. conn->fault says which.
enum http_event http_conn_expire(struct http_conn *conn, mono_t now) MUST_CHECK;

// Whether a part of a request has come, and the rest of it is owed before its answer begins.
bool http_conn_is_amid(const struct http_conn *conn) PURE;

// There is no more time for such a request, whatever its deadline: HTTP_REFUSED, as of a client
// that was too slow; 408 (RFC 9110 section 15.5.9). HTTP_MORE: there is none.
enum http_event http_conn_cut(struct http_conn *conn) MUST_CHECK;

#endif
