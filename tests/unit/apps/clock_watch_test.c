// clock_watch: what the log says after readings of the clocks that the test makes up, and
// when services are told.
#include "harness.h"

#include "apps/boot/clock_watch.h"
#include "core/host/clock.h"
#include "core/host/log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define S ((int64_t)SEC_US)

static char text[1024]; // of the log's lines in this case
static unsigned sets;

static void sink(void *ctx, enum log_level level, const char *line, size_t len)
{
	size_t begun = strlen(text);

	assert_int_equal(level, LOG_WARNING);
	snprintf(text + begun, sizeof(text) - begun, "%s%.*s", begun ? "; " : "", (int)len, line);
}

static void count_set(void *ctx)
{
	sets++;
}

static const struct {
	const char *what;
	struct clock_reading later; // by so many microseconds
	uint64_t late_us;
	const char *said; // "": nothing
	unsigned sets;
} cases[] = {
        {"a second", {S, S, S}, 0, "", 0},
        {"a second, and the machine was busy", {6 * S, 6 * S, 6 * S}, 4 * SEC_US, "", 0},
        {"slewing", {S, S, S + S / 2}, 0, "", 0},
        {"a leap second", {S, S, 0}, 0, "the clock was set back by 1 s", 1},
        {"hours forward", {S, S, 7201 * S}, 0, "the clock was set forward by 7200 s", 1},
        {"hours back", {S, S, -7199 * S}, 0, "the clock was set back by 7200 s", 1},
        {"before 1970",
         {S, S, -INT64_C(4000000000) * S},
         0,
         "the clock was set back by 4000000001 s",
         1},
        {"a suspended machine", {S, 61 * S, 61 * S}, 0, "the machine was suspended for 60 s", 1},
        {"suspended, and the clock stood",
         {S, 61 * S, S},
         0,
         "the machine was suspended for 60 s; the clock was set back by 60 s",
         1},
        {"a stopped process",
         {31 * S, 31 * S, 31 * S},
         30 * SEC_US,
         "the process did not run for 30 s: it was stopped, or the machine is overloaded",
         0},
        {"stopped while the clock was set",
         {31 * S, 31 * S, 3631 * S},
         30 * SEC_US,
         "the process did not run for 30 s: it was stopped, or the machine is overloaded; "
         "the clock was set forward by 3600 s",
         1},
};

static void each_change_is_one_line(void **state)
{
	struct control_loop loop = {.epoll_fd = -1};
	struct clock_watch watch = {.loop = &loop, .set = count_set};

	watch.last = (struct clock_reading){5 * S, 9 * S, 1700000000 * S};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct clock_reading now = watch.last;

		now.mono_us += cases[i].later.mono_us;
		now.boot_us += cases[i].later.boot_us;
		now.real_us += cases[i].later.real_us;
		loop.late_us = cases[i].late_us;
		sets = 0;
		text[0] = '\0';
		clock_watch_take(&watch, &now);
		if (strcmp(text, cases[i].said) != 0)
			fail_msg("%s: the log says '%s'", cases[i].what, text);
		if (sets != cases[i].sets)
			fail_msg("%s: services are told %u times", cases[i].what, sets);
		assert_int_equal(loop.late_us, 0);
	}
}

// Of the machine's own clocks, which stand still in a moment of the test.
static void readings_are_of_one_moment(void **state)
{
	struct clock_reading a = clock_watch_read(), b = clock_watch_read();
	struct clock_change change = clock_watch_compare(&a, &b);

	assert_true(b.mono_us >= a.mono_us && b.boot_us >= a.boot_us);
	assert_int_equal(change.suspended_us, 0);
}

// The longest of all turns, until a reader clears it.
static void loop_keeps_its_longest_delay(void **state)
{
	struct control_loop loop;

	assert_int_equal(control_loop_init(&loop), 0);
	loop.late_us = UINT64_MAX - 1;
	control_loop_turn(&loop, 0);
	assert_true(loop.late_us == UINT64_MAX - 1);
	control_loop_fini(&loop);
}

static int open_log(void **state)
{
	log_init("clock_watch_test", STDERR_FILENO);
	log_set_sink(sink, NULL);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(each_change_is_one_line),
	        cmocka_unit_test(readings_are_of_one_moment),
	        cmocka_unit_test(loop_keeps_its_longest_delay),
	};

	return cmocka_run_group_tests(tests, open_log, NULL);
}
