// intent_verify: see the header.
#include "apps/sdn/intent_verify.h"

#include "core/host/clock.h"

#include <errno.h>
#include <time.h>

#define PATIENCE_US (2 * SEC_US)    // with the worker
#define ANSWER_US   (5 * SEC_US)    // with a switch
#define PAUSE_NS    (20 * 1000000L) // between looks

// In the worker.

static void verify_begin(struct intent_verify *verify, mono_t now)
{
	for (uint32_t i = 0; i < verify->of->used; i++) {
		struct sdn_switch *sw = &verify->of->sw[i];

		if (sw->state == SDN_SWITCH_SERVING && sw->apply.active && !sw->checking)
			(void)intent_apply_begin(sw, true, now);
	}
}

static void verify_copy(struct intent_verify *verify)
{
	const struct sdn_switches *all = verify->of;
	const struct sdn_switch *sw;

	while (verify->from < all->used && (all->sw[verify->from].state != SDN_SWITCH_SERVING ||
	                                    !all->sw[verify->from].apply.active))
		verify->from++;
	if (verify->from >= all->used) {
		verify->from = UINT32_MAX;
		return;
	}
	sw = &all->sw[verify->from];
	verify->pending = sw->checking;
	verify->datapath_id = sw->datapath_id;
	verify->differs = sw->apply.differs;
	verify->text[0] = '\0';
	if (sw->apply.drift && sw->apply.differs)
		memcpy(verify->text, sw->apply.drift, sizeof(verify->text));
}

// A mailbox_fn.
static void verify_do(void *ctx, mono_t now)
{
	struct intent_verify *verify = ctx;

	if (verify->begin)
		verify_begin(verify, now);
	else
		verify_copy(verify);
}

// In the control thread.

void intent_verify_init(struct intent_verify *verify, struct sdn_switches *of,
                        struct pipeline *pipeline)
{
	verify->of = of;
	verify->pipeline = pipeline;
	task_init(&verify->task, verify_do, verify);
}

void intent_verify_fini(struct intent_verify *verify)
{
	task_fini(&verify->task);
}

static int verify_ask(struct intent_verify *verify, struct why *why)
{
	if (task_is_out(&verify->task) || !task_send(&verify->task, &verify->pipeline->mailbox) ||
	    !task_wait(&verify->task, mono_add(clock_kernel(), PATIENCE_US)))
		return why_fail(why, -ETIMEDOUT, "the worker takes no turns; try again");
	return 0;
}

// What was found of the next switch, when that has answered.
static int verify_next(struct intent_verify *verify, mono_t until, struct why *why)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	int err = verify_ask(verify, why);

	while (!err && verify->from != UINT32_MAX && verify->pending) {
		if (mono_due(until, clock_kernel()))
			return why_fail(why, -ETIMEDOUT,
			                "the switch %016jx does not list its flows; look at "
			                "events, and try again",
			                (uintmax_t)verify->datapath_id);
		nanosleep(&pause, NULL);
		err = verify_ask(verify, why);
	}
	return err;
}

// A row for each line of the switch's text.
static void rows_add(const struct intent_verify *verify, json_t *rows)
{
	const char *line = verify->text;

	while (*line) {
		size_t len = strcspn(line, "\n");

		json_array_append_new(
		        rows, json_pack("{s:o, s:s%}", "datapath",
		                        json_sprintf("%016jx", (uintmax_t)verify->datapath_id),
		                        "drift", line, len));
		line += len + (line[len] == '\n');
	}
}

int intent_verify_run(struct intent_verify *verify, json_t *reply, struct why *why)
{
	mono_t until = mono_add(clock_kernel(), ANSWER_US);
	json_t *rows = json_array();
	json_int_t switches = 0, differs = 0;
	int err;

	json_object_set_new(reply, "drift", rows);
	if (task_is_out(&verify->task))
		return why_fail(why, -ETIMEDOUT, "the worker takes no turns; try again");
	verify->begin = true;
	err = verify_ask(verify, why);
	if (err)
		return err;
	verify->begin = false;
	verify->from = 0;
	while ((err = verify_next(verify, until, why)) == 0 && verify->from != UINT32_MAX) {
		rows_add(verify, rows);
		switches++;
		differs += verify->differs;
		verify->from++;
	}
	json_object_set_new(reply, "verified", json_integer(switches));
	json_object_set_new(reply, "differences", json_integer(differs));
	return err;
}
