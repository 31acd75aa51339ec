// turn_trace: see the header.
#include "core/host/turn_trace.h"

static uint32_t u32_max_of(uint64_t n)
{
	return (uint32_t)u64_min(n, UINT32_MAX);
}

void turn_trace_look(struct turn_trace *turns, struct worker_metric *metric, mono_t now)
{
	turns->look = mono_add(now, TURN_TRACE_LOOK_US);
	for (unsigned reason = 0; reason < ARRAY_LEN(metric->drop); reason++) {
		uint64_t dropped = counter_get(&metric->drop[reason]);

		if (dropped != turns->dropped[reason])
			trace_add(&metric->trace, TRACE_DROP, (uint16_t)reason,
			          u32_max_of(dropped - turns->dropped[reason]));
		turns->dropped[reason] = dropped;
	}
	if (turns->work)
		trace_add(&metric->trace, TRACE_TURN, (uint16_t)turns->work, turns->cycles);
	turns->work = turns->cycles = 0;
}

void turn_trace_sample(struct turn_trace *turns, unsigned work)
{
	uint32_t cycles = u32_max_of(cycles_now() - turns->begin);

	if (cycles < turns->cycles)
		return;
	turns->cycles = cycles;
	turns->work = (uint32_t)u64_min(work, UINT16_MAX);
}

void turn_trace_wait(struct turn_trace *turns, struct worker_metric *metric, mono_t last_work,
                     mono_t now)
{
	// What the last turn dropped is not to wait until there is work again.
	if (mono_due(turns->look, now))
		turn_trace_look(turns, metric, now);
	if (turns->idle || mono_until(last_work, now) < TURN_TRACE_IDLE_US)
		return;
	turns->idle = true;
	turns->idle_since = last_work;
	trace_add(&metric->trace, TRACE_IDLE, 0, 0);
}

void turn_trace_wake(struct turn_trace *turns, struct worker_metric *metric, mono_t now)
{
	turns->idle = false;
	trace_add(&metric->trace, TRACE_WAKE, 0,
	          u32_max_of(mono_until(turns->idle_since, now) / MS_US));
}
