// http_call: writes a client's requests (RFC 9112 sections 3, 5, 6 and 9): the request line, Host,
// fields, framing. What would break the message is refused, so that text that came from elsewhere
// cannot end the head or begin another request. http_client.h reads the responses.
#ifndef HTTP_CALL_H
#define HTTP_CALL_H

#include "proto/http/http_client.h"

// The head of a request, while it is written; nothing of the connection changes before its end.
struct http_call {
	struct http_client *client;
	struct fill *out;
	uint8_t expected; // enum http_expected
	bool close;
	bool malformed;
};

enum http_call_end {
	HTTP_CALL_WRITTEN,
	HTTP_CALL_NO_ROOM,   // begin again with more; the connection has not changed
	HTTP_CALL_MALFORMED, // the method, target, host or a field was refused; nothing may be sent
};

// Begins a request on a connection that http_client_is_ready. The target is in one of the four
// forms of http_target.h; the host, with its port unless that is the scheme's, becomes Host, and
// must be that of the target if it has one.
void http_call_begin(struct http_call *call, struct http_client *client, struct fill *out,
                     const char *method, struct span target, struct span host);

// Adds a field. Refused are a name that is no token, or one that this file writes (Host,
// Content-Length, Transfer-Encoding, Connection, Upgrade), Expect, for which this client does not
// wait, and a value with control characters.
void http_call_field(struct http_call *call, const char *name, struct span value);
void http_call_text(struct http_call *call, const char *name, const char *value);

// Has the server end the connection behind its response: no request follows.
void http_call_close(struct http_call *call);

// Has the server change to the protocol, a token such as "websocket" (RFC 9110 section 7.8). If it
// does, HTTP_CLIENT_SWITCHED comes in place of a response.
void http_call_upgrade(struct http_call *call, const char *protocol);

// Ends the head of a request without content; with content of `length` bytes, which may be 0; or of
// unknown length, which is sent in chunks.
enum http_call_end http_call_end(struct http_call *call) MUST_CHECK;
enum http_call_end http_call_end_length(struct http_call *call, uint64_t length) MUST_CHECK;
enum http_call_end http_call_end_stream(struct http_call *call) MUST_CHECK;

// A request without content whose bytes were written before, on another connection or this one, and
// that the caller sends again. `close`: it has http_call_close.
void http_call_again(struct http_client *client, enum http_expected expected, bool close);

// Whether content is to be sent.
bool http_call_has_content(const struct http_client *client) PURE;

// Writes a piece of content, as much as there is room for, with its framing; returns how much.
size_t http_call_put(struct http_client *client, struct fill *out, const void *bytes,
                     size_t len) MUST_CHECK;

// The same without the copy: of content with a length, n bytes are sent by the caller.
void http_call_sends(struct http_client *client, uint64_t n);

// Ends content of unknown length; false if there is not enough room.
bool http_call_last(struct http_client *client, struct fill *out) MUST_CHECK;

#endif
