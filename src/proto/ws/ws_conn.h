// ws_conn: one end of a WebSocket connection behind its opening handshake (RFC 6455 sections 5 to
// 8): bytes of the peer and the time in; messages in pieces and the end out. Pongs, pings and close
// frames are written when they are due; the bytes of both directions are moved by the caller.
//
// A message is not gathered: its pieces come as they do, unmasked where they lie, and of a text
// each piece is checked to be UTF-8 so far. What a connection holds is this struct.
#ifndef WS_CONN_H
#define WS_CONN_H

#include "core/mono.h"
#include "proto/ws/ws_fault.h"
#include "proto/ws/ws_frame.h"
#include "proto/ws/ws_utf8.h"

struct ws_limits {
	uint64_t message_bytes; // of a message of the peer
	uint64_t ping_us;       // of silence, until it is pinged
	uint64_t pong_us;       // from that until any bytes come
	uint64_t close_us;      // from our close frame until the peer's
};

// 1 MiB; 30, 30 and 5 seconds.
extern const struct ws_limits ws_limits_default;

#define WS_CODE_NORMAL     1000
#define WS_CODE_GOING_AWAY 1001
#define WS_CODE_NONE       1005 // a close frame without a code; never sent

struct ws_conn {
	const struct ws_limits *limits; // borrowed
	mono_t since;                   // bytes came last, or a close frame was sent
	uint64_t left;                  // of the frame's payload
	uint64_t at;                    // how much of it has come
	uint64_t message;               // bytes of the message, with the whole frame
	struct ws_utf8 utf8;            // of the message
	uint8_t header[WS_HEADER_MAX_BYTES];
	uint8_t header_len;
	uint8_t mask[WS_MASK_BYTES];
	uint8_t opcode;    // of the frame
	uint8_t kind;      // of the message: WS_TEXT, WS_BINARY; 0: there was none
	uint8_t sent_kind; // of our message; 0: none was begun
	uint8_t state;     // enum ws_conn_state of ws_conn.c
	uint8_t fault;     // enum ws_fault
	bool client;       // we are the client
	bool within;       // a message was begun, and has not ended
	bool fin;          // of the frame
	bool ping_due, pinged;
	bool pong_due, close_due;
	bool close_sent, close_came;
	uint16_t peer_code; // of the peer's close frame
	uint8_t control_len, pong_len, close_len;
	uint8_t control[WS_CONTROL_MAX_BYTES]; // of the control frame that is being read
	uint8_t pong[WS_CONTROL_MAX_BYTES];    // of the last ping
	uint8_t close[WS_CONTROL_MAX_BYTES];   // to be sent
};

// Behind the opening handshake. limits are borrowed until the end.
void ws_conn_init(struct ws_conn *conn, const struct ws_limits *limits, bool client, mono_t now);

enum ws_event {
	WS_MORE,  // the part is used up
	WS_DATA,  // *data is a piece of a message of conn->kind, at least one byte
	WS_END,   // the message has ended; once for each
	WS_CLOSE, // write what is due and end the connection; see peer_code and fault
};

// Takes the next event out of bytes that follow those before. They are changed: *data lies in them,
// and the part may be written. After each call ws_conn_is_due may hold. WS_CLOSE comes again with
// each call. Messages behind a ws_conn_close of ours are dropped.
enum ws_event ws_conn_next(struct ws_conn *conn, struct span *part, struct span *data,
                           mono_t now) MUST_CHECK;

// Behind WS_DATA: whether the piece is the last of its message, and not cut within a character.
static inline bool ws_conn_is_last(const struct ws_conn *conn)
{
	return conn->fin && conn->left == 0 &&
	       (conn->kind != WS_TEXT || ws_utf8_is_whole(&conn->utf8));
}

// Whether a control frame is to be written.
static inline bool ws_conn_is_due(const struct ws_conn *conn)
{
	return conn->close_due || conn->pong_due || conn->ping_due;
}

// Writes the control frames that are due, as far as there is room; WS_DUE_BYTES is enough for all.
// False: not all of them. Of several pings the last is answered (section 5.5.3). mask: four
// random bytes of a client; NULL of a server.
#define WS_DUE_BYTES (3 * (WS_CONTROL_MAX_BYTES + WS_HEADER_MAX_BYTES))
bool ws_conn_put_due(struct ws_conn *conn, struct fill *out, const uint8_t *mask,
                     mono_t now) MUST_CHECK;

// Writes a frame with as many of the bytes as there is room for, and returns how many. `last`: they
// end the message if all of them are taken. A message without bytes, or the end of one, is a frame
// too: false of *whole says that it is not yet written. kind is WS_TEXT or WS_BINARY, and does
// not change within a message; the text as a whole is UTF-8. Nothing is written behind a close
// frame.
size_t ws_conn_put(struct ws_conn *conn, struct fill *out, enum ws_opcode kind, const void *bytes,
                   size_t len, bool last, const uint8_t *mask, bool *whole) MUST_CHECK;

// Ends the connection by a close frame, with a code that section 7.4 lets an endpoint send and up
// to 123 bytes of UTF-8; it is due now. The peer's frame follows, then WS_CLOSE.
void ws_conn_close(struct ws_conn *conn, unsigned code, const char *reason);

// When ws_conn_expire is to be called, unless a function before moves it.
mono_t ws_conn_deadline(const struct ws_conn *conn) PURE;

// WS_MORE: a ping may have become due. WS_CLOSE: the peer is silent.
enum ws_event ws_conn_expire(struct ws_conn *conn, mono_t now) MUST_CHECK;

// Whether an endpoint may send the code (section 7.4).
bool ws_conn_is_code(unsigned code) PURE;

#endif
