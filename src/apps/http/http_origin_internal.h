// http_origin_internal: an origin's state, which http_origin.c moves and http_origin_io.c carries
// bytes for.
#ifndef APPS_HTTP_HTTP_ORIGIN_INTERNAL_H
#define APPS_HTTP_HTTP_ORIGIN_INTERNAL_H

#include "apps/http/http_origin.h"
#include "proto/http/http_client.h"

struct http_origin {
	struct http_origin_conf conf;
	struct wheel_timer timer;

	struct channel *channel; // NULL: none
	struct tls_conn *tls;
	mono_t tls_deadline;
	bool ready;     // HTTP may be spoken
	bool closing;   // we have ended the channel: `closed` follows
	bool unreached; // the channel could not even be opened; the timer says so
	struct http_client client;
	struct http_response response;
	uint8_t *buffer; // of a head that straddles parts
	uint8_t *plain;  // of TLS_RECORD_BYTES; NULL without TLS

	struct http_origin_call *first, *last;
	bool busy;     // the first is on its way
	bool answered; // something of its response has come
	bool kept;     // the connection had another call before
	enum http_origin_end end;
	const char *why; // with the end: what we have ended the channel for; NULL: nothing

	// What is sent of the first.
	uint32_t head_len, head_sent;
	size_t content_sent;
	uint8_t head[HTTP_ORIGIN_HEAD_BYTES];
};

// http_origin.c: bytes of the server's have come; what is left of the part is taken later.
void http_origin_take(struct http_origin *origin, struct span *part, mono_t now);
// The server sends no more.
void http_origin_ended(struct http_origin *origin, mono_t now);
// TLS is open, or there is none.
void http_origin_ready(struct http_origin *origin, mono_t now);
// Sends what there is room for of the call that is on its way.
void http_origin_send(struct http_origin *origin, mono_t now);
// The channel is useless: the call on its way ends so.
void http_origin_fail(struct http_origin *origin, enum http_origin_end end, const char *why);
// The channel is gone.
void http_origin_closed(struct http_origin *origin, enum tcp_end end, mono_t now);

// http_origin_io.c: the handler of the channel.
extern const struct channel_ops http_origin_ops;
// Takes plaintext to be sent, as much as there is room for.
uint32_t http_origin_put(struct http_origin *origin, const void *bytes, uint32_t len) MUST_CHECK;
// Sends TLS's own end, as far as there is room.
void http_origin_bye(struct http_origin *origin);

#endif
