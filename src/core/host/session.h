// session: a client's conversation with the control thread, as bytes in and bytes
// out: lines, requests, replies, and the limits of them. It knows no descriptor:
// the Unix socket and the guest's console (apps/boot/control.h) are transports of
// it. What the commands do is its owner's, in a session_fn.
//
// A tool sends JSON objects, one a line, and gets a JSON object for each, on one
// line. At a terminal a person may type a command with its words instead, sees what
// is typed, and gets a table; because log lines may share the terminal, the reply to
// an object begins there with the byte 0x1e (RFC 7464).
#ifndef CORE_HOST_SESSION_H
#define CORE_HOST_SESSION_H

#include "core/base.h"
#include "core/host/json.h"

#define SESSION_REQUEST_BYTES 8192 // of a line, with the path of a file in it
#define SESSION_REPLY_MARK    '\x1e'

// Returns the reply to a request, an object whose "command" is a string. The request
// is borrowed; the reply is a new reference, NULL only without memory.
typedef json_t *session_fn(void *ctx, json_t *request);

enum session_kind {
	SESSION_TOOL,
	SESSION_TERMINAL,
};

struct session {
	enum session_kind kind;
	session_fn *fn;
	void *ctx;
	bool over;
	size_t request_len;
	char request[SESSION_REQUEST_BYTES]; // lines that have come, the last one in part
	char *output;                        // output_len bytes, of which output_at are gone
	size_t output_at, output_len;
};

// ctx is passed to fn, which runs within session_input and session_sent.
void session_init(struct session *session, enum session_kind kind, session_fn *fn, void *ctx);
void session_fini(struct session *session);

// How many bytes session_input takes now: none while output waits, so that a client
// that does not read costs a bounded amount of memory.
size_t session_room(const struct session *session) PURE;

// Takes len bytes from the client, at most session_room, and answers the lines that
// are whole, until there is output.
void session_input(struct session *session, const char *bytes, size_t len);

// What is to be sent to the client: returns its length, 0 when there is nothing.
// *bytes stays good until session_sent.
size_t session_output(const struct session *session, const char **bytes);

// The transport has sent the first len bytes of the output. When all is sent, the
// lines that still wait are answered.
void session_sent(struct session *session, size_t len);

// Whether the transport is to hang up: a tool's line was too long, or there
// was not enough memory. Output that is left is sent first.
static inline bool session_is_over(const struct session *session)
{
	return session->over && !session->output;
}

#endif
