// manage_job: the control thread's side of the management endpoint: answers from the replies of the
// commands that wadi-ctl has, so that both say the same, and events for those who watch.
#include "apps/manage/manage_internal.h"

#include "apps/manage/manage_text.h"
#include "core/host/clock.h"

#include <errno.h>
#include <stdlib.h>

#define FULL_TICKS 10 // the tick whose event has all parts

// The parts of a status, each the reply to the command of that name. Those that not every
// appliance has are left out where they are errors.
static const struct {
	const char *name;
	bool optional, live; // live: of each event
} parts[] = {
        {"status", false, true}, {"health", false, false}, {"stats", false, true},
        {"drops", false, true},  {"ports", false, true},   {"tcp", false, false},
        {"zones", true, false},  {"sites", true, false},
};

static json_t *ask(const struct manage *manage, const char *command, const char *word)
{
	json_t *request = json_pack("{s:s}", "command", command), *reply;

	if (word)
		json_object_set_new(request, "words", json_pack("[s]", word));
	reply = manage->env->command(manage->env->command_ctx, request);
	json_decref(request);
	return reply;
}

static json_t *status_of(const struct manage *manage, bool live)
{
	json_t *status = json_object();

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		json_t *reply;

		if (live && !parts[i].live)
			continue;
		reply = ask(manage, parts[i].name, NULL);
		if (parts[i].optional && json_object_get(reply, "error"))
			json_decref(reply);
		else
			json_object_set_new(status, parts[i].name, reply);
	}
	return status;
}

static void put_text(struct manage_slot *slot, unsigned status, const char *type, char *text)
{
	http_handover_put(&slot->handover, status, type, text);
}

static void put_json(struct manage_slot *slot, json_t *value)
{
	put_text(slot, 200, "application/json", manage_text_json(value));
	json_decref(value);
}

static void put_metrics(struct manage_slot *slot, bool open)
{
	json_t *reply = ask(slot->worker->manage, "metrics", open ? "openmetrics" : NULL);
	const char *text = json_string_value(json_object_get(reply, "text"));

	put_text(slot, 200,
	         open ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
	              : "text/plain; version=0.0.4; charset=utf-8",
	         text ? strdup(text) : NULL);
	json_decref(reply);
}

// Only what a status has: nothing that changes anything.
static void put_part(struct manage_slot *slot)
{
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (strcmp(parts[i].name, slot->part) == 0) {
			put_json(slot, ask(slot->worker->manage, slot->part, NULL));
			return;
		}
	put_text(slot, 404, "text/plain; charset=utf-8", strdup("The status has no such part.\n"));
}

// Alive: the control thread is, which this shows, and the workers take their turns. What else is
// wrong makes it not ready, and would be wrong again after a restart.
static bool is_failure(const json_t *check, bool alive_only)
{
	const char *name = json_string_value(json_object_get(check, "check"));
	const char *state = json_string_value(json_object_get(check, "state"));

	return state && name && strcmp(state, "failed") == 0 &&
	       (!alive_only || strcmp(name, "workers") == 0);
}

static void print_check(const json_t *check, FILE *out)
{
	const char *const members[] = {"state", "check", "detail"};

	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		fprintf(out, "%s%s", json_string_value(json_object_get(check, members[i])),
		        i + 1 < ARRAY_LEN(members) ? "  " : "\n");
}

static void put_health(struct manage_slot *slot, bool alive_only)
{
	json_t *reply = ask(slot->worker->manage, "health", NULL), *check;
	char *text = NULL;
	bool failed = false;
	size_t i, size;
	FILE *out = open_memstream(&text, &size);

	json_array_foreach (json_object_get(reply, "checks"), i, check)
		failed |= is_failure(check, alive_only);
	if (out) {
		fprintf(out, "%s\n", failed ? "failed" : "ok");
		json_array_foreach (json_object_get(reply, "checks"), i, check)
			print_check(check, out);
		fclose(out);
	}
	put_text(slot, failed ? 503 : 200, "text/plain; charset=utf-8", text);
	json_decref(reply);
}

// Drops that did not happen are most of an event.
static void leave_out_zeros(json_t *status)
{
	json_t *rows = json_object_get(json_object_get(status, "drops"), "drops");

	for (size_t i = json_array_size(rows); i-- > 0;)
		if (json_integer_value(json_object_get(json_array_get(rows, i), "count")) == 0)
			json_array_remove(rows, i);
}

// NULL without memory.
static char *event_text(const struct manage *manage, bool full)
{
	json_t *status = status_of(manage, !full);
	char *text;

	leave_out_zeros(status);
	text = manage_text_event(status);
	json_decref(status);
	return text;
}

static bool is_fresh(const struct manage *manage)
{
	for (const struct manage_slot *slot = manage->viewers; slot; slot = slot->next)
		if (slot->fresh)
			return true;
	return false;
}

// Those that have left, in a list that is walked.
static void remove_gone(struct manage *manage)
{
	struct manage_slot **at = &manage->viewers;

	while (*at) {
		struct manage_slot *slot = *at;

		if (http_handover_has_left(&slot->handover)) {
			*at = slot->next;
			http_handover_release(&slot->handover);
		} else {
			at = &slot->next;
		}
	}
}

// One that still reads the event before is left out.
static void send_events(struct manage *manage, mono_t now)
{
	char *text = event_text(manage, is_fresh(manage) || manage->ticks % FULL_TICKS == 0);

	for (struct manage_slot *slot = manage->viewers; text && slot; slot = slot->next) {
		if (!http_handover_is_here(&slot->handover))
			continue;
		put_text(slot, 200, "text/event-stream", strdup(text));
		slot->fresh = false;
		http_handover_return(&slot->handover, now);
	}
	free(text);
}

void manage_job_tick(struct wheel_timer *timer, mono_t now)
{
	struct manage *manage = CONTAINER_OF(timer, struct manage, tick);

	remove_gone(manage);
	if (!manage->viewers)
		return;
	manage->ticks++;
	send_events(manage, now);
	wheel_add(&manage->env->loop->wheel, timer, mono_add(now, MANAGE_TICK_US));
}

static void add_viewer(struct manage_slot *slot, mono_t now)
{
	struct manage *manage = slot->worker->manage;

	slot->next = manage->viewers;
	manage->viewers = slot;
	if (!wheel_timer_armed(&manage->tick))
		wheel_add(&manage->env->loop->wheel, &manage->tick, now);
}

void manage_job_take(struct http_handover *handover, mono_t now)
{
	struct manage_slot *slot = CONTAINER_OF(handover, struct manage_slot, handover);

	switch (slot->kind) {
	case MANAGE_METRICS:
	case MANAGE_OPENMETRICS:
		put_metrics(slot, slot->kind == MANAGE_OPENMETRICS);
		break;
	case MANAGE_STATUS:
		put_json(slot, status_of(slot->worker->manage, false));
		break;
	case MANAGE_PART:
		put_part(slot);
		break;
	case MANAGE_HEALTHZ:
	case MANAGE_READYZ:
		put_health(slot, slot->kind == MANAGE_HEALTHZ);
		break;
	case MANAGE_EVENTS:
		add_viewer(slot, now);
		return;
	}
	http_handover_return(handover, clock_kernel());
}

void manage_job_close(struct manage *manage)
{
	wheel_del(&manage->env->loop->wheel, &manage->tick);
	for (unsigned i = 0; manage->workers && i < manage->env->workers_len; i++)
		for (unsigned k = 0; k < MANAGE_SLOTS; k++)
			http_handover_fini(&manage->workers[i].slot[k].handover);
}
