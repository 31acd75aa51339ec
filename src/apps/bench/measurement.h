// measurement: the time of a run over connections: a warm-up, which does not count, then the part
// that does, until it is over or ended by a signal. All of it happens in the control thread.
#ifndef APPS_BENCH_MEASUREMENT_H
#define APPS_BENCH_MEASUREMENT_H

#include "core/host/control_loop.h"

enum measurement_phase { MEASUREMENT_WARM_UP, MEASUREMENT_RUN, MEASUREMENT_OVER };

struct measurement {
	uint64_t warm_up_us;
	uint64_t run_us;                                // UINT64_MAX: until a signal comes
	void (*began)(struct measurement *measurement); // the part that counts
	void (*ended)(struct measurement *measurement, uint64_t duration_us); // once, if it began
	struct control_loop *loop;
	struct wheel_timer tick;
	enum measurement_phase phase;
	mono_t begin; // of the phase
};

// Begins the warm-up. The members above `loop` are set.
void measurement_open(struct measurement *measurement, struct control_loop *loop, mono_t now);

// Ends the part that counts, if it has begun and not ended. When its time is over, this happens by
// itself, and the loop is stopped.
void measurement_end(struct measurement *measurement, mono_t now);

void measurement_close(struct measurement *measurement);

#endif
