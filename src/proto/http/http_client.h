// http_client: the client's side of a connection (RFC 9112): bytes of the server and the time in;
// responses, content and the end out. Requests are written by http_call.h; the bytes of both
// directions are moved by the caller, over whatever carries them. http_conn.h is the server's side.
//
// One request is outstanding at a time, unless pipeline_max allows more; then the requests in front
// of another must be safe to repeat, for the server may end the connection behind any of them
// (RFC 9112 section 9.3.2). Responses come in the order of requests.
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "core/mono.h"
#include "proto/http/http_chunk.h"
#include "proto/http/http_head.h"
#include "proto/http/http_response.h"

#define HTTP_PIPELINE_MAX 64
#define HTTP_INTERIM_MAX  16 // responses of status 1xx before another

struct http_client {
	const struct http_limits *limits; // borrowed; of what the server may send
	uint8_t *buffer; // of head_bytes, the caller's; NULL: it was not requested yet
	struct http_head head;
	union {
		struct http_chunk chunk; // of the response's content
		uint64_t left;           // of the response's content
	};
	uint64_t call_left;        // of the request's content that is being sent
	mono_t since;              // the period of reading began
	mono_t send_since;         // the period of sending began
	uint32_t calls, responses; // begun and ended so far; the difference is outstanding
	uint32_t progress;         // bytes of content that came within the period
	uint32_t send_progress;    // bytes of requests that the server took within the period
	uint8_t pipeline_max;      // requests outstanding at once; 1 to HTTP_PIPELINE_MAX
	uint8_t state;             // enum http_client_state, of what is read
	uint8_t call;              // enum http_client_call, of what is written
	uint8_t fault;             // enum http_fault, the first
	uint8_t interim;           // 1xx that came before the response
	bool buffered;             // the head is in the buffer
	bool persists;             // the response lets the connection go on
	bool last;                 // a request said that none follows
	bool sending;              // bytes of requests were not taken by the server yet
	uint8_t expected[HTTP_PIPELINE_MAX]; // enum http_expected, of request n at n % the size
};

// A connection on which nothing was sent. limits are borrowed until its end; line_bytes,
// head_bytes, fields_max, extension_bytes, body_bytes limit responses, requests_max the requests;
// of the times idle_us is how long a connection without a request is kept, head_us how long a
// response takes to begin and to give its head, body_us and send_us as in http_limits.h.
void http_client_init(struct http_client *client, const struct http_limits *limits, mono_t now);

enum http_client_event {
	HTTP_CLIENT_MORE,     // the part is used up
	HTTP_CLIENT_BUFFER,   // set client->buffer, call again; bytes are kept there from now on
	HTTP_CLIENT_INTERIM,  // *response has a status of 1xx; the response itself follows
	HTTP_CLIENT_RESPONSE, // *response was filled in
	HTTP_CLIENT_BODY,     // *data is a piece of its content
	HTTP_CLIENT_END,      // its content has ended; once for each response
	HTTP_CLIENT_SWITCHED, // *response leaves HTTP: the rest of the part is the other protocol's
	HTTP_CLIENT_CLOSE,    // end the connection: no response follows
	HTTP_CLIENT_REFUSED,  // end the connection: client->fault says why
};

// Takes the next event out of bytes that follow those before. The spans of *response point into the
// part, or the buffer, and are valid until the next call; then the buffer is the caller's to take
// away. The last three events come again with each call.
enum http_client_event http_client_next(struct http_client *client, struct span *part,
                                        struct http_response *response, struct span *data,
                                        mono_t now) MUST_CHECK;

// The server has ended the connection, and all of its bytes were given. HTTP_CLIENT_END: content
// ends with the connection, and has. HTTP_CLIENT_CLOSE: it ended between responses.
// HTTP_CLIENT_REFUSED: within one.
enum http_client_event http_client_ended(struct http_client *client) MUST_CHECK;

// Whether a request may be begun: pipeline_max has room, the one before is written, and the
// connection persists.
bool http_client_is_ready(const struct http_client *client) PURE;

// Requests whose response has not ended. Once the connection has, those of them that are safe to
// repeat may be sent on another (RFC 9110 section 9.2.2).
static inline uint32_t http_client_outstanding(const struct http_client *client)
{
	return client->calls - client->responses;
}

// The server took n bytes of requests, and `left` more wait for it. To be called, too, when the
// first bytes are queued.
void http_client_sent(struct http_client *client, uint64_t n, uint64_t left, mono_t now);

// When http_client_expire is to be called, unless a function before moves it.
mono_t http_client_deadline(const struct http_client *client) PURE;

// HTTP_CLIENT_MORE: the server is not late. HTTP_CLIENT_CLOSE: no request was sent for idle_us.
// HTTP_CLIENT_REFUSED: the server was too slow, client->fault says in what.
enum http_client_event http_client_expire(struct http_client *client, mono_t now) MUST_CHECK;

#endif
