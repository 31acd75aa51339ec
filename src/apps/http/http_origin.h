// http_origin: an appliance as the client of an HTTP server (RFC 9110 section 3.6: the origin):
// calls one after the other, over one connection that is kept between them, with TLS or without.
// It works on channels, so it is a worker's (proto/tcpip/tcp/channels.h) or the control thread's
// (apps/cross/crossing.h). What a call sends and gets is of any length; nothing is allocated after
// http_origin_open but what TLS does.
//
// Calls that shall not wait for each other, such as one whose response has no end, need an origin
// each.
#ifndef APPS_HTTP_HTTP_ORIGIN_H
#define APPS_HTTP_HTTP_ORIGIN_H

#include "core/wheel.h"
#include "proto/http/http_response.h"
#include "proto/tcpip/tcp/channels.h"
#include "proto/tls/tls.h"

#define HTTP_ORIGIN_HEAD_BYTES 8192 // of a request's head

struct http_origin;

struct http_origin_conf {
	// Connects: channels_connect of a worker, or crossing_connect with one of the workers. conf
	// has all but the ops set.
	int (*connect)(void *ctx, const struct channels_connect_conf *conf,
	               struct channel **channel, mono_t now);
	void *connect_ctx;
	struct channels_connect_conf server; // of it: remote, remote_port, others, timeout_us
	const char *host; // the value of Host, with the port unless that is the scheme's; borrowed
	struct tls_context
	        *tls;         // a client's, with ALPN of "http/1.1" or none; borrowed. NULL: none
	const char *tls_name; // that the server's certificate has to have; NULL: any. Borrowed
	const struct http_limits *limits; // of http_client_init; borrowed
	struct wheel *wheel;              // of the thread
};

struct http_origin_field {
	const char *name, *value;
};

struct http_origin_request {
	const char *method, *target; // "GET", "/path?query"
	const struct http_origin_field *fields;
	unsigned fields_len;
	const void *content; // NULL: none
	size_t content_len;
};

enum http_origin_end {
	HTTP_ORIGIN_DONE,      // the response is complete
	HTTP_ORIGIN_MALFORMED, // the request cannot be sent, see http_call.h, or its head is too
	                       // long
	HTTP_ORIGIN_UNREACHED, // there is no connection; with TLS, or none that is to be trusted
	HTTP_ORIGIN_LOST,      // the connection ended before the response did
	HTTP_ORIGIN_REFUSED,   // what came is no HTTP, exceeds the limits, or came too late
};

// The caller's, which sets all but what is the origin's own.
struct http_origin_call {
	struct http_origin_request request; // what it points to is borrowed until `done`
	// The head of the response; its spans are valid for the call. May be NULL.
	void (*response)(struct http_origin_call *call, const struct http_response *response,
	                 mono_t now);
	// A piece of its content. May be NULL.
	void (*content)(struct http_origin_call *call, struct span piece, mono_t now);
	// The last call, exactly one, never from within http_origin_begin. `why` is a sentence
	// without a subject, "" after HTTP_ORIGIN_DONE, and stays as long as the program. A request
	// that the server may have handled is sent again only if it is idempotent (RFC 9110
	// section 9.2.2), on a new connection, once, and only when the server ended one that had
	// been kept.
	void (*done)(struct http_origin_call *call, enum http_origin_end end, const char *why,
	             mono_t now);

	struct http_origin_call *next; // the origin's own, and so the others
	bool repeated;
};

// NULL with a sentence in why. No connection is made before the first call.
struct http_origin *http_origin_open(const struct http_origin_conf *conf,
                                     struct why *why) MUST_CHECK;
// Resets the connection; calls that are not done are forgotten, without `done`. Not from within a
// function of a call.
void http_origin_close(struct http_origin *origin);

// Begins a call behind those that are not done; it is not to be moved until `done`.
void http_origin_begin(struct http_origin *origin, struct http_origin_call *call);
// Forgets a call that is not done: no function of it is called any more.
void http_origin_cancel(struct http_origin *origin, struct http_origin_call *call);

#endif
