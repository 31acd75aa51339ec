// measurement: see the header.
#include "apps/bench/measurement.h"

#define TICK_US (10 * MS_US)

static void on_tick(struct wheel_timer *timer, mono_t now)
{
	struct measurement *m = CONTAINER_OF(timer, struct measurement, tick);
	uint64_t in_phase_us = mono_until(m->begin, now);

	if (m->phase == MEASUREMENT_WARM_UP && in_phase_us >= m->warm_up_us) {
		m->phase = MEASUREMENT_RUN;
		m->begin = now;
		m->began(m);
	} else if (m->phase == MEASUREMENT_RUN && in_phase_us >= m->run_us) {
		measurement_end(m, now);
		control_loop_stop(m->loop);
		return;
	}
	wheel_add(&m->loop->wheel, timer, mono_add(now, TICK_US));
}

void measurement_open(struct measurement *m, struct control_loop *loop, mono_t now)
{
	m->loop = loop;
	m->phase = MEASUREMENT_WARM_UP;
	m->begin = now;
	wheel_timer_init(&m->tick, on_tick);
	wheel_add(&loop->wheel, &m->tick, now);
}

void measurement_end(struct measurement *m, mono_t now)
{
	if (m->phase != MEASUREMENT_RUN)
		return;
	m->phase = MEASUREMENT_OVER;
	m->ended(m, mono_until(m->begin, now));
}

void measurement_close(struct measurement *m)
{
	wheel_del(&m->loop->wheel, &m->tick);
}
