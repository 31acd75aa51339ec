// tls_line: bounds what handshakes cost the other packets of a worker: three steps a turn, which
// take less than a millisecond with P-256 or RSA of 2048 bits. Connections that have another one to
// do wait in line, their bytes in TCP's pages; the turn that follows at once lets the first of them
// go on, before others may begin.
#ifndef APPS_TLS_TLS_LINE_H
#define APPS_TLS_TLS_LINE_H

#include "core/host/mailbox.h"
#include "core/metric.h"
#include "core/wheel.h"

#define TLS_LINE_STEPS 3 // of handshakes in a turn

// A connection's; all zeros: it is not in line.
struct tls_line_place {
	struct tls_line_place *before, *behind;
	bool waiting;
	bool granted; // a step, in this turn
	mono_t turn;
};

// A worker's.
struct tls_line {
	struct mailbox *mailbox;  // the worker's, of which a post runs in its next turn
	struct wheel *wheel;      // of the timer
	struct wheel_timer timer; // when the mailbox was full
	bool posted;
	struct tls_line_place *first, *last;
	void (*go_on)(struct tls_line *line, struct tls_line_place *place, mono_t now);
	mono_t turn;
	unsigned steps;     // that were granted in this turn
	counter_t deferred; // how often a connection came into line
};

// go_on is called for connections that may do a step in this turn, each out of the line by then.
// mailbox and wheel are the worker's.
void tls_line_init(struct tls_line *line, struct mailbox *mailbox, struct wheel *wheel,
                   void (*go_on)(struct tls_line *line, struct tls_line_place *place, mono_t now));
// Disarms its timer; the wheel still exists, and the worker has stopped.
void tls_line_fini(struct tls_line *line);

// Whether the connection may do a step of a handshake in this turn; it counts as done. False: it
// belongs into the line.
bool tls_line_take(struct tls_line *line, struct tls_line_place *place, mono_t now) MUST_CHECK;

// Puts the connection behind the others, unless it is in line.
void tls_line_add(struct tls_line *line, struct tls_line_place *place, mono_t now);
void tls_line_remove(struct tls_line *line, struct tls_line_place *place);

#endif
