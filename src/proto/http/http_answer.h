// http_answer: writes the answer to a connection's request (RFC 9110 section 15, RFC 9112 sections
// 4, 6 and 9): status, fields, framing. The connection decides how content is framed and whether
// it goes on afterwards; fields that would break the message are refused.
#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include "proto/http/http_conn.h"
#include "proto/http/http_date.h"

// The head of an answer, while it is written; nothing of the connection changes before its end.
struct http_answer {
	struct http_conn *conn;
	struct fill *out;
	uint16_t status;
	bool malformed;
};

enum http_answer_end {
	HTTP_ANSWER_WRITTEN,
	HTTP_ANSWER_NO_ROOM,   // begin again with more; the connection has not changed
	HTTP_ANSWER_MALFORMED, // a field was refused; answer with 500 instead
};

// Begins the answer to a request that was read or refused and has none yet. The status is one of
// http_status.h, from 200 on, or 101; date is that of http_date_text, NULL without a clock.
void http_answer_begin(struct http_answer *answer, struct http_conn *conn, struct fill *out,
                       unsigned status, const char *date);

// Adds a field. Refused are a name that is no token, or one of the framing's (Content-Length,
// Transfer-Encoding, Connection), and a value with control characters: so text of a client's cannot
// end the head.
void http_answer_field(struct http_answer *answer, const char *name, struct span value);
void http_answer_text(struct http_answer *answer, const char *name, const char *value);

// Ends the head of an answer with content of `length` bytes, or of unknown length, which is sent in
// chunks, and to a client of HTTP/1.0 until the connection ends. Statuses without content have none
// whatever length says.
enum http_answer_end http_answer_end(struct http_answer *answer, uint64_t length) MUST_CHECK;
enum http_answer_end http_answer_end_stream(struct http_answer *answer) MUST_CHECK;

// Ends the head of an answer with status 101 (RFC 9110 section 7.8) to a request without content:
// the bytes behind both belong to the protocol of the field Upgrade, and not to this connection.
enum http_answer_end http_answer_end_upgrade(struct http_answer *answer) MUST_CHECK;

// Whether content is to be sent now: not after HEAD, or all of it was.
bool http_answer_has_content(const struct http_conn *conn) PURE;

// Writes a piece of content, as much as there is room for, with its framing; returns how much.
size_t http_answer_put(struct http_conn *conn, struct fill *out, const void *bytes,
                       size_t len) MUST_CHECK;

// The same without the copy: of content with a length, n bytes are sent by the caller.
void http_answer_sends(struct http_conn *conn, uint64_t n);

// Ends content of unknown length; false if there is not enough room.
bool http_answer_last(struct http_conn *conn, struct fill *out) MUST_CHECK;

// Asks a client that waits for the content, if it does; false if there is not enough room. Before
// the answer only.
bool http_answer_continue(struct http_conn *conn, struct fill *out) MUST_CHECK;

// The whole answer to HTTP_REFUSED: status and a line of text that says why. False if there is not
// enough room; HTTP_ANSWER_FAULT_BYTES are.
#define HTTP_ANSWER_FAULT_BYTES 512
bool http_answer_fault(struct http_conn *conn, struct fill *out, const char *date) MUST_CHECK;

#endif
