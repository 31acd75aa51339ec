// run: the order and time of events. See run_internal.h.
#include "run_internal.h"

#include "command.h"
#include "symbols.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUN_LATE_US 1000 // beyond its tolerance, a call that waits is late

int64_t run_now(const struct run *run)
{
	return (int64_t)(run->target->ops->now_us(run->target->ctx) - run->start_us);
}

bool run_end(struct run *run, enum run_result result, int line, const char *fmt, ...)
{
	char reason[WHY_BYTES - 100];
	va_list args;

	if (run->result != RUN_PASSED)
		return false;
	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	why_set(run->why, "%s:%d: %s", run->script->file, line, reason);
	run->result = result;
	return false;
}

// As run_end with RUN_FAILED; where the script says so, it is a warning, and true.
static bool run_call_failed(struct run *run, int line, const struct why *why)
{
	if (!run->script->conf.warn_call)
		return run_end(run, RUN_FAILED, line, "%s", why->text);
	printf("%s:%d: warning: %s\n", run->script->file, line, why->text);
	return true;
}

static int64_t run_tolerance(const struct run *run, int64_t due_us)
{
	const struct script_conf *conf = &run->script->conf;
	int64_t part = 0;

	if (run->any_before && due_us > run->last_us)
		part = (due_us - run->last_us) / 10000 * conf->tolerance_percent;
	return part > conf->tolerance_us ? part : conf->tolerance_us;
}

bool run_check_time(struct run *run, int line, const char *what, int64_t from_us, int64_t to_us,
                    int64_t at_us)
{
	int64_t tolerance_us = run_tolerance(run, from_us);

	if (at_us >= from_us - tolerance_us && at_us <= to_us + tolerance_us)
		return true;
	if (from_us == to_us)
		return run_end(run, RUN_FAILED, line,
		               "%s should be at %.6f s, was at %.6f s (tolerance %.6f s)", what,
		               (double)from_us / 1e6, (double)at_us / 1e6,
		               (double)tolerance_us / 1e6);
	return run_end(run, RUN_FAILED, line,
	               "%s should be at %.6f to %.6f s, was at %.6f s (tolerance %.6f s)", what,
	               (double)from_us / 1e6, (double)to_us / 1e6, (double)at_us / 1e6,
	               (double)tolerance_us / 1e6);
}

// What follows from an attempt at a call on the line.
static bool run_call_status(struct run *run, enum calls_status status, int line,
                            const struct why *why)
{
	if (status == CALLS_REFUSED)
		return run_end(run, RUN_REFUSED, line, "%s", why->text);
	if (status == CALLS_FAILED && !run_call_failed(run, line, why))
		return false;
	if (run->calls.listened)
		run->fresh = true;
	run->calls.listened = false;
	if (run->calls.connected && !run_packet_connect(run))
		return false;
	run->calls.connected = false;
	return true;
}

// Tries the blocked call again; its end must be at the script's time.
static bool run_blocked(struct run *run)
{
	const struct script_event *event = run->blocked;
	enum calls_status status;
	struct why why;

	if (!event)
		return true;
	status = calls_again(&run->calls, &why);
	if (status == CALLS_BLOCKED) {
		if (run_now(run) <= run->blocked_end_us + run_tolerance(run, run->blocked_end_us))
			return true;
		return run_end(run, RUN_FAILED, event->line,
		               "%s should return at %.6f s, and waits", event->call.name,
		               (double)run->blocked_end_us / 1e6);
	}
	run->blocked = NULL;
	return run_call_status(run, status, event->line, &why) &&
	       run_check_time(run, event->line, "the end of the call", run->blocked_end_us,
	                      run->blocked_end_us, run_now(run));
}

// When to look at the blocked call again though the target did nothing: when its time-out ends it,
// or it is late.
static int64_t run_wake_us(const struct run *run)
{
	int64_t end_us = run->blocked_end_us;
	int64_t late_us = end_us + run_tolerance(run, end_us) + RUN_LATE_US;
	int64_t wake_us = (int64_t)(run->calls.wake_us - run->start_us);

	return run->calls.wake_us && wake_us < late_us ? wake_us : late_us;
}

bool run_step(struct run *run, int64_t until_us)
{
	if (run->blocked && run_wake_us(run) < until_us)
		until_us = run_wake_us(run);
	run->target->ops->step(run->target->ctx, run->start_us + (uint64_t)until_us);
	return run_blocked(run);
}

bool run_until(struct run *run, int64_t us)
{
	while (run_now(run) < us)
		if (!run_step(run, us))
			return false;
	return true;
}

// Waits for the blocked call: a script has one at a time.
static bool run_unblock(struct run *run)
{
	while (run->blocked)
		if (!run_step(run, run_wake_us(run)))
			return false;
	return true;
}

void run_due(const struct run *run, int64_t *from_us, int64_t *to_us)
{
	const struct script_event *event = run->event;
	bool in = event->kind == EVENT_PACKET && !event->packet.out;
	int64_t anchor_us = 0;

	// Packets to the stack one after the other are exactly as far apart as the script
	// says, whatever happened between.
	if (event->time.kind == TIME_RELATIVE)
		anchor_us = in && run->last_in ? run->last_us : run_now(run);
	*from_us = anchor_us + event->time.us;
	*to_us = *from_us;
	if (event->time.range || (event->kind == EVENT_CALL && event->call.blocks))
		*to_us = anchor_us + event->time.end_us;
}

static bool run_call(struct run *run)
{
	const struct script_event *event = run->event;
	enum calls_status status;
	int64_t from_us, to_us;
	struct why why;

	if (!run_unblock(run))
		return false;
	run_due(run, &from_us, &to_us);
	if (!run_until(run, from_us) ||
	    !run_check_time(run, event->line, "the call", from_us, from_us, run_now(run)))
		return false;
	run->last_us = from_us;
	status = calls_start(&run->calls, &event->call, &why);
	if (status != CALLS_BLOCKED)
		return run_call_status(run, status, event->line, &why);
	run->blocked = event;
	run->blocked_end_us = to_us;
	// A connect that blocks has begun, too.
	return run_call_status(run, CALLS_PASSED, event->line, &why);
}

static bool run_command(struct run *run)
{
	const struct script_event *event = run->event;
	int64_t from_us, to_us;
	uint64_t sleep_us = 0;
	struct why why;
	int err;

	run_due(run, &from_us, &to_us);
	if (!run_until(run, from_us))
		return false;
	run->last_us = from_us;
	err = command_run(event->text, run->script->file, run->target, &sleep_us, &why);
	if (err)
		return run_end(run, err == -EINVAL ? RUN_FAILED : RUN_REFUSED, event->line, "%s",
		               why.text);
	return run_until(run, from_us + (int64_t)sleep_us);
}

static bool run_code_lookup(void *ctx, const char *name, long double *value)
{
	const struct run *run = ctx;
	int64_t number;

	if (symbols_find(name, &number)) {
		*value = (long double)number;
		return true;
	}
	return run->target->ops->info(run->target->ctx, run->calls.current, name, value);
}

static bool run_code(struct run *run)
{
	const struct script_event *event = run->event;
	int line = event->line;
	int64_t from_us, to_us;
	enum code_result result;
	struct why why;

	run_due(run, &from_us, &to_us);
	if (!run_until(run, from_us))
		return false;
	run->last_us = from_us;
	result = code_run(event->text, &line, &run->vars, run_code_lookup, run, &why);
	if (result == CODE_PASSED)
		return true;
	return run_end(run, result == CODE_FAILED ? RUN_FAILED : RUN_REFUSED, line, "%s", why.text);
}

static bool run_event(struct run *run)
{
	const struct script_event *event = run->event;
	bool out = event->kind == EVENT_PACKET && event->packet.out;

	if (!out && event->time.kind == TIME_ABSOLUTE && run->any_before &&
	    event->time.us < run->last_us)
		return run_end(run, RUN_REFUSED, event->line, "time goes backwards");
	switch (event->kind) {
	case EVENT_CALL:
		return run_call(run);
	case EVENT_COMMAND:
		return run_command(run);
	case EVENT_CODE:
		return run_code(run);
	default:
		return event->packet.out ? run_packet_out(run) : run_packet_in(run);
	}
}

enum run_result run_script(const struct script *script, struct target *target, struct why *why)
{
	struct run *run = calloc(1, sizeof(*run));
	enum run_result result;

	if (!run) {
		why_no_memory(why, "the run");
		return RUN_REFUSED;
	}
	run->script = script;
	run->target = target;
	run->why = why;
	run->fresh = true;
	run->next_port = 40000;
	run->start_us = target->ops->now_us(target->ctx);
	calls_init(&run->calls, &script->conf, target);
	for (run->event = script->events; run->event; run->event = run->event->next) {
		if (!run_event(run))
			break;
		run->any_before = true;
		run->last_in = run->event->kind == EVENT_PACKET && !run->event->packet.out;
	}
	if (run->result == RUN_PASSED)
		run_unblock(run);
	result = run->result;
	for (unsigned i = 0; i < run->flows; i++)
		free(run->flow[i]);
	free(run);
	return result;
}
