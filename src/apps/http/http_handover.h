// http_handover: a request that the control thread answers, since it may allocate and take its
// time: its way there and back by the mailboxes of both threads. An handover always belongs to one
// of the two, or is on its way; a worker has a fixed number of them, which bounds what waits. A
// stream goes back and forth with each piece, so that a client that reads slowly gets a piece only
// when it has read the last.
#ifndef APPS_HTTP_HTTP_HANDOVER_H
#define APPS_HTTP_HTTP_HANDOVER_H

#include "apps/http/http_exchange.h"
#include "core/host/control_loop.h"

struct http_handover;

struct http_handover_ops {
	// Control thread: the handover has come. It is returned within the call or later.
	void (*take)(struct http_handover *handover, mono_t now);
	// Worker: begins the reply with status and the fields of all answers, but Content-Type.
	void (*begin)(struct http_reply *reply, unsigned status);
	// Worker: the handover has come back, with an answer or a piece of a stream, before that is
	// sent. May be NULL.
	void (*back)(struct http_handover *handover);
};

// What the handovers of a worker have in common.
struct http_handovers {
	const struct http_handover_ops *ops;
	struct control_loop *loop;
	struct mailbox *mailbox; // the worker's
};

enum http_handover_owner {
	HTTP_HANDOVER_FREE,
	HTTP_HANDOVER_CONTROL, // or on its way there
	HTTP_HANDOVER_RETURNS, // in the worker's mailbox
	HTTP_HANDOVER_WORKER,
};

// Part of a struct of the user's, which has what was asked for beside it.
struct http_handover {
	const struct http_handovers *of;
	_Atomic unsigned owner; // enum http_handover_owner
	_Atomic bool gone;      // of a stream: the client is
	bool stream;
	struct http_exchange *exchange; // the worker's alone; NULL: the client has gone
	size_t sent;                    // of a piece, the worker's alone
	// The answer, or a piece. The text is the control thread's to free.
	uint16_t status;
	const char *type;
	char *text;
	size_t len;
	struct wheel_timer retry; // the control thread's
};

// Before the worker runs; of is borrowed.
void http_handover_init(struct http_handover *handover, const struct http_handovers *of);
// Control thread, which is about to end, or has: timers are disarmed, the text is freed.
void http_handover_fini(struct http_handover *handover);

// In the worker.

// Whether the handover belongs to no request.
bool http_handover_is_free(const struct http_handover *handover);
// Takes a free one for a request, whose exchange->state it becomes.
void http_handover_begin(struct http_handover *handover, struct http_exchange *exchange,
                         bool stream);
// To the control thread. False: its mailbox is full, and the worker still has the handover.
bool http_handover_send(struct http_handover *handover) MUST_CHECK;
// The worker, which has it, answers the request otherwise.
void http_handover_drop(struct http_handover *handover);
// Whether the worker has it.
bool http_handover_is_worker(const struct http_handover *handover);

// Functions of struct http_handler, for exchanges whose state is an handover or NULL.
void http_handover_writable(struct http_exchange *exchange, mono_t now);
// Ends a stream behind the piece that is being sent.
void http_handover_leave(struct http_exchange *exchange, mono_t now);
void http_handover_closed(struct http_exchange *exchange, bool whole, mono_t now);

// In the control thread.

// Sets the answer. text is consumed; NULL, for lack of memory, makes it a 500.
void http_handover_put(struct http_handover *handover, unsigned status, const char *type,
                       char *text);
// To the worker, which sends what was put.
void http_handover_return(struct http_handover *handover, mono_t now);
// Whether the control thread has it, so that a stream may get a piece.
bool http_handover_is_here(const struct http_handover *handover);
// Whether it is here, and the client of the stream has left: it is to be released.
bool http_handover_has_left(const struct http_handover *handover);
void http_handover_release(struct http_handover *handover);

#endif
