// http_socket: a WebSocket (RFC 6455) for handlers: messages in both directions on a link that
// HTTP/1.1 was left on. Frames, control frames and times are ws_conn.h's.
//
// All of it happens in one worker's thread. A socket is of the worker's table, whose size is
// http_links_conf.sockets; it exists from `opened` until `closed` returns.
#ifndef APPS_HTTP_HTTP_SOCKET_H
#define APPS_HTTP_HTTP_SOCKET_H

#include "apps/http/http_exchange.h"
#include "proto/ws/ws_conn.h"

#define HTTP_SOCKET_PIECE_BYTES 8192 // of a message, at most

struct http_socket;

// An appliance's. Each but `message` may be NULL.
struct http_socket_handler {
	void (*opened)(struct http_socket *socket, mono_t now);

	// A piece of a message, borrowed for the call; of a text it is UTF-8 so far, and may end
	// within a character. The last one may be empty. Within the call there is room to write
	// HTTP_SOCKET_PIECE_BYTES: a client that takes nothing is not read from.
	void (*message)(struct http_socket *socket, struct span piece, bool last, mono_t now);

	// There is room again, since http_socket_write took less than it was given.
	void (*writable)(struct http_socket *socket, mono_t now);

	// The last call, with the code of the client's close frame; WS_CODE_NONE: without one in
	// it; 0: none came.
	void (*closed)(struct http_socket *socket, unsigned code, mono_t now);
};

// Answers a request that asks for a WebSocket, within `request` of its handler: 101, and `opened`
// follows within the call; of the exchange nothing else may be used then. Otherwise it has answered
// why not: 403 to a page of another site, 426 to what is no such request, 503 when the table is
// full. Returns whether there is a socket.
bool http_socket_accept(struct http_exchange *exchange, const struct http_socket_handler *handler,
                        void *ctx, mono_t now);

void *http_socket_ctx(const struct http_socket *socket) PURE;
void http_socket_set_ctx(struct http_socket *socket, void *ctx);

// Of the message that is being read.
enum ws_opcode http_socket_kind(const struct http_socket *socket) PURE;

// Writes bytes of a message, whose end they are when `last`, and takes those that were written out
// of *bytes. False: not all, or not yet the end; `writable` follows. Text as a whole is UTF-8. A
// message is written to its end before another one.
bool http_socket_write(struct http_socket *socket, enum ws_opcode kind, struct span *bytes,
                       bool last, mono_t now) MUST_CHECK;

// Ends the socket with a close frame; `closed` follows, not from within. As of ws_conn_close.
void http_socket_close(struct http_socket *socket, unsigned code, const char *reason, mono_t now);

#endif
