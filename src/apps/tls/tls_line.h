// tls_line: bounds what handshakes cost the other packets of a worker: three steps a turn, which
// take less than a millisecond with P-256 or RSA of 2048 bits. Connections that have another one to
// do wait in line, their bytes in TCP's pages, for the next tick of the wheel.
#ifndef APPS_TLS_TLS_LINE_H
#define APPS_TLS_TLS_LINE_H

#include "core/metric.h"
#include "core/wheel.h"

#define TLS_LINE_STEPS 3 // of handshakes in a turn

// A connection's; all zeros: it is not in line.
struct tls_line_place {
	struct tls_line_place *before, *behind;
	bool waiting;
};

// A worker's.
struct tls_line {
	struct wheel *wheel;
	struct wheel_timer timer; // lets the first of them go on
	struct tls_line_place *first, *last;
	void (*go_on)(struct tls_line *line, struct tls_line_place *place, mono_t now);
	mono_t turn;
	unsigned steps;     // that were done in this turn
	counter_t deferred; // how often a connection came into line
};

// go_on is called for TLS_LINE_STEPS connections a turn at most, each out of the line by then.
void tls_line_init(struct tls_line *line, struct wheel *wheel,
                   void (*go_on)(struct tls_line *line, struct tls_line_place *place, mono_t now));
// Disarms its timer; the wheel still exists.
void tls_line_fini(struct tls_line *line);

// Whether a step of a handshake may be done in this turn; it counts as done.
bool tls_line_take(struct tls_line *line, mono_t now) MUST_CHECK;

// Puts the connection behind the others, unless it is in line.
void tls_line_add(struct tls_line *line, struct tls_line_place *place, mono_t now);
void tls_line_remove(struct tls_line *line, struct tls_line_place *place);

#endif
