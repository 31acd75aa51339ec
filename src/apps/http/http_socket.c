// http_socket: see the header.
#include "apps/http/http_socket.h"

#include "apps/http/http_links_internal.h"
#include "proto/ws/ws_handshake.h"

#include <stdlib.h>

struct http_socket {
	struct http_link *link;
	const struct http_socket_handler *handler;
	void *ctx;
	struct http_socket *next; // free
	struct ws_conn ws;
	bool ended; // the last piece of the message was handed over
};

struct http_sockets {
	struct http_socket *socket, *free;
};

struct http_sockets *http_socket_table_open(uint32_t len)
{
	struct http_sockets *sockets = calloc(1, sizeof(*sockets));

	if (!sockets)
		return NULL;
	sockets->socket = calloc(len, sizeof(*sockets->socket));
	if (!sockets->socket) {
		free(sockets);
		return NULL;
	}
	for (uint32_t i = len; i-- > 0;) {
		sockets->socket[i].next = sockets->free;
		sockets->free = &sockets->socket[i];
	}
	return sockets;
}

void http_socket_table_close(struct http_sockets *sockets)
{
	if (sockets)
		free(sockets->socket);
	free(sockets);
}

void *http_socket_ctx(const struct http_socket *socket)
{
	return socket->ctx;
}

void http_socket_set_ctx(struct http_socket *socket, void *ctx)
{
	socket->ctx = ctx;
}

enum ws_opcode http_socket_kind(const struct http_socket *socket)
{
	return socket->ws.kind;
}

// Control frames; one that finds no room waits for `writable`.
static void put_due(struct http_socket *socket, mono_t now)
{
	struct fill out;

	if (!ws_conn_is_due(&socket->ws))
		return;
	out = http_link_room(socket->link, WS_DUE_BYTES);
	if (out.bad)
		return;
	(void)!ws_conn_put_due(&socket->ws, &out, NULL, now);
	http_link_wrote(socket->link, &out);
}

static void arm(struct http_socket *socket)
{
	http_link_deadline(socket->link, ws_conn_deadline(&socket->ws));
}

// The last close frame was written, or is lost: RFC 6455 section 7.1.1 has the server end first.
static void finish(struct http_socket *socket, mono_t now)
{
	put_due(socket, now);
	if (ws_conn_is_due(&socket->ws) || socket->ws.fault == WS_FAULT_SILENT)
		http_link_reset(socket->link);
	else
		http_link_shutdown(socket->link, now);
}

bool http_socket_write(struct http_socket *socket, enum ws_opcode kind, struct span *bytes,
                       bool last, mono_t now)
{
	bool whole = false;

	while (!whole) {
		size_t n = size_min(span_left(bytes), HTTP_SOCKET_PIECE_BYTES);
		bool ends = last && n == span_left(bytes);
		struct fill out;

		if (n == 0 && !last)
			return true;
		out = http_link_room(socket->link, (uint32_t)n + WS_HEADER_MAX_BYTES);
		if (out.bad)
			return false;
		n = ws_conn_put(&socket->ws, &out, kind, bytes->p, n, ends, NULL, &whole);
		http_link_wrote(socket->link, &out);
		(void)span_take(bytes, n);
		if (!whole)
			return false; // a close frame was sent
		whole = span_left(bytes) == 0;
	}
	return true;
}

void http_socket_close(struct http_socket *socket, unsigned code, const char *reason, mono_t now)
{
	ws_conn_close(&socket->ws, code, reason);
	put_due(socket, now);
	arm(socket);
}

static void on_message(struct http_socket *socket, struct span piece, bool end, mono_t now)
{
	bool last = end || ws_conn_is_last(&socket->ws);

	if (!end || !socket->ended)
		socket->handler->message(socket, piece, last, now);
	socket->ended = last && !end;
}

// The next event, out of a window of the part, so that no piece is longer than its contract says.
static enum ws_event next_event(struct http_socket *socket, struct span *part, mono_t now)
{
	struct span window = span_of(part->p, size_min(span_left(part), HTTP_SOCKET_PIECE_BYTES));
	struct span data = span_of(part->p, 0);
	enum ws_event event = ws_conn_next(&socket->ws, &window, &data, now);

	part->p = window.p;
	if (event == WS_DATA)
		on_message(socket, data, false, now);
	else if (event == WS_END)
		on_message(socket, span_of(part->p, 0), true, now);
	return event;
}

static bool socket_data(struct http_link *link, struct span *part, mono_t now)
{
	struct http_socket *socket = http_link_state(link);
	enum ws_event event;

	do {
		if (http_link_is_blocked(link)) {
			link->flags |= HTTP_LINK_WANTING;
			return false;
		}
		event = next_event(socket, part, now);
		if (event == WS_CLOSE) {
			finish(socket, now);
			return false;
		}
		put_due(socket, now);
	} while (event != WS_MORE || span_left(part) > 0);
	arm(socket);
	return true;
}

static bool socket_opened(struct http_link *link, mono_t now)
{
	return true; // http_socket_accept goes on
}

static void socket_ended(struct http_link *link, mono_t now)
{
	http_link_shutdown(link, now);
}

static void socket_writable(struct http_link *link, mono_t now)
{
	struct http_socket *socket = http_link_state(link);

	put_due(socket, now);
	if (!http_link_is_blocked(link) && socket->handler->writable)
		socket->handler->writable(socket, now);
	if (!http_link_is_blocked(link))
		http_link_resume(link, now);
}

static void socket_expired(struct http_link *link, mono_t now)
{
	struct http_socket *socket = http_link_state(link);

	if (ws_conn_expire(&socket->ws, now) == WS_CLOSE) {
		finish(socket, now);
		return;
	}
	put_due(socket, now);
	arm(socket);
}

static bool socket_leave(struct http_link *link, enum tcp_leave how, mono_t now)
{
	struct http_socket *socket = http_link_state(link);

	if (how != TCP_LEAVE_BUSY)
		http_socket_close(socket, WS_CODE_GOING_AWAY, "the server ends", now);
	return false;
}

static void socket_closed(struct http_link *link, mono_t now)
{
	struct http_socket *socket = http_link_state(link);
	struct http_sockets *sockets = link->all->sockets;

	if (socket->handler->closed)
		socket->handler->closed(socket, socket->ws.peer_code, now);
	socket->next = sockets->free;
	sockets->free = socket;
}

static const struct http_link_ops socket_ops = {.opened = socket_opened,
                                                .data = socket_data,
                                                .ended = socket_ended,
                                                .writable = socket_writable,
                                                .expired = socket_expired,
                                                .leave = socket_leave,
                                                .closed = socket_closed};

static bool refuse(struct http_exchange *exchange, unsigned status, const char *text, mono_t now)
{
	struct http_reply reply;

	http_reply_init(&reply, status);
	if (status == 426) {
		http_reply_text(&reply, "Upgrade", WS_PROTOCOL);
		http_reply_text(&reply, "Sec-WebSocket-Version", WS_VERSION);
	}
	http_reply_bytes(&reply, "text/plain; charset=utf-8", text, strlen(text));
	http_exchange_answer(exchange, &reply, now);
	return false;
}

static struct http_link *upgrade(struct http_exchange *exchange, const char *accept, mono_t now)
{
	struct http_reply reply;

	http_reply_init(&reply, 101);
	http_reply_text(&reply, "Upgrade", WS_PROTOCOL);
	http_reply_field(&reply, "Sec-WebSocket-Accept", span_of(accept, WS_ACCEPT_BYTES));
	return http_exchange_upgrade(exchange, &reply, &socket_ops, now);
}

static void socket_begin(struct http_socket *socket, struct http_link *link,
                         const struct http_socket_handler *handler, void *ctx, mono_t now)
{
	socket->link = link;
	socket->handler = handler;
	socket->ctx = ctx;
	socket->ended = false;
	ws_conn_init(&socket->ws, &ws_limits_default, false, now);
	http_link_set_state(link, socket);
	arm(socket);
	if (handler->opened)
		handler->opened(socket, now);
}

bool http_socket_accept(struct http_exchange *exchange, const struct http_socket_handler *handler,
                        void *ctx, mono_t now)
{
	struct http_sockets *sockets = exchange->link->all->sockets;
	char accept[WS_ACCEPT_BYTES];
	struct http_socket *socket;
	struct http_link *link;

	switch (ws_handshake_read(exchange->request, accept)) {
	case WS_HANDSHAKE_MALFORMED:
		return refuse(exchange, 400, "The handshake of WebSocket is malformed.\n", now);
	case WS_HANDSHAKE_NONE:
	case WS_HANDSHAKE_VERSION:
		return refuse(exchange, 426, "Here is a WebSocket of version 13.\n", now);
	default:
		break;
	}
	if (!ws_handshake_is_same_origin(exchange->request))
		return refuse(exchange, 403, "Pages of other sites may not connect.\n", now);
	socket = sockets ? sockets->free : NULL;
	if (!socket)
		return refuse(exchange, 503, "There are too many WebSockets.\n", now);
	link = upgrade(exchange, accept, now);
	if (!link)
		return refuse(exchange, 426, "This version of HTTP has no WebSocket here.\n", now);
	sockets->free = socket->next;
	socket_begin(socket, link, handler, ctx, now);
	return true;
}
