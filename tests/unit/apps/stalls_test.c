// stalls: looks at workers whose turns the test counts itself, and the lines that follow.
#include "harness.h"

#include "apps/boot/stalls.h"
#include "core/host/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WORKERS 2

static struct worker *workers;
static struct control_loop loop;
static struct stalls stalls;
static struct notify notify;
static mono_t now;
static unsigned lines;
static char last[512];

static void sink(void *ctx, enum log_level level, const char *line, size_t len)
{
	lines++;
	snprintf(last, sizeof(last), "%.*s", (int)len, line);
}

static int setup(void **state)
{
	lines = 0;
	last[0] = '\0';
	notify = (struct notify){.fd = -1};
	workers = aligned_alloc(CACHE_LINE_BYTES, WORKERS * sizeof(*workers));
	assert_non_null(workers);
	memset(workers, 0, WORKERS * sizeof(*workers));
	for (unsigned i = 0; i < WORKERS; i++) {
		workers[i].running = true;
		workers[i].self.number = i;
		workers[i].cpu = i ? -1 : 3;
		workers[i].tid = getpid();
	}
	assert_int_equal(control_loop_init(&loop), 0);
	now = (mono_t){1000 * SEC_US};
	log_set_sink(sink, NULL);
	stalls_watch(&stalls, workers, WORKERS, &notify, &loop, now);
	return 0;
}

static int teardown(void **state)
{
	stalls_unwatch(&stalls);
	stalls_unwatch(&stalls);
	log_set_sink(NULL, NULL);
	control_loop_fini(&loop);
	free(workers);
	return 0;
}

static void turn(unsigned worker)
{
	atomic_fetch_add(&workers[worker].pipeline.quiescent, 1);
}

static unsigned look(void)
{
	now = mono_add(now, STALLS_LOOK_US);
	return stalls_look(&stalls, now);
}

static void says(const char *text)
{
	if (!strstr(last, text))
		fail_msg("'%s' is not in '%s'", text, last);
}

static void test_workers_that_turn_are_not_named(void **state)
{
	for (unsigned i = 0; i < 10; i++) {
		turn(0);
		turn(1);
		assert_int_equal(look(), 0);
	}
	assert_int_equal(lines, 0);
}

static void test_one_that_stands_still_is_named_once(void **state)
{
	unsigned still = 0;

	turn(0);
	turn(1);
	look();
	workers[0].pipeline.step = PIPELINE_TIMERS;
	for (unsigned i = 0; i < 10; i++) {
		turn(1);
		still = look();
	}
	assert_int_equal(still, 1);
	assert_int_equal(lines, 1);
	says("worker 0 (CPU 3, thread ");
	says("has taken no turn for 3000 ms, in stage timers; its thread ");
	turn(0);
	turn(1);
	assert_int_equal(look(), 0);
	assert_int_equal(lines, 2);
	says("worker 0 takes turns again, after 11000 ms");
	turn(0);
	assert_int_equal(look(), 0);
	assert_int_equal(lines, 2);
}

static void test_a_worker_on_any_cpu(void **state)
{
	for (unsigned i = 0; i < 5; i++) {
		turn(0);
		look();
	}
	says("worker 1 (CPU any, thread ");
	says("in stage wait");
}

// As between two processes of a handover.
static void test_workers_that_were_stopped_do_not_stand_still(void **state)
{
	workers[0].running = workers[1].running = false;
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(look(), 0);
	workers[0].running = workers[1].running = true;
	assert_int_equal(look(), 0);
	assert_int_equal(look(), 0);
	assert_int_equal(lines, 0);
}

// However often the manager has to hear, a worker has its three seconds.
static void test_a_manager_that_has_to_hear_often(void **state)
{
	stalls_unwatch(&stalls);
	notify.watchdog_us = 500 * MS_US;
	stalls_watch(&stalls, workers, WORKERS, &notify, &loop, now);
	assert_int_equal(stalls.look_us, 250 * MS_US);
	for (unsigned i = 0; i < 11; i++)
		assert_int_equal(stalls_look(&stalls, now), 0);
	assert_int_equal(stalls_look(&stalls, now), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_workers_that_turn_are_not_named, setup,
	                                        teardown),
	        cmocka_unit_test_setup_teardown(test_one_that_stands_still_is_named_once, setup,
	                                        teardown),
	        cmocka_unit_test_setup_teardown(test_a_worker_on_any_cpu, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_workers_that_were_stopped_do_not_stand_still,
	                                        setup, teardown),
	        cmocka_unit_test_setup_teardown(test_a_manager_that_has_to_hear_often, setup,
	                                        teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
