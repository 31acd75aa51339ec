// trace_log: which records of workers become lines of the log, at which level, and how many.
#include "harness.h"

#include "apps/boot/trace_log.h"
#include "core/host/log.h"

#include <stdio.h>
#include <stdlib.h>

#define RECORDS 256

static struct {
	struct trace_file *file;
	struct trace trace[2];
	struct trace_log log;
	char lines[TRACE_LOG_LINES + 8][160];
	unsigned len;
} run;

static void keep_line(void *ctx, enum log_level level, const char *line, size_t len)
{
	assert_int_equal(level, LOG_DEBUG);
	assert_in_range(run.len, 0, ARRAY_LEN(run.lines) - 1);
	snprintf(run.lines[run.len++], sizeof(run.lines[0]), "%.*s", (int)len, line);
}

static int run_setup(void **state)
{
	size_t size = trace_file_size(2, RECORDS);
	const struct trace_process process = {.program = "test"};

	memset(&run, 0, sizeof(run));
	run.file = aligned_alloc(CACHE_LINE_BYTES, ROUND_UP(size, CACHE_LINE_BYTES));
	assert_non_null(run.file);
	memset(run.file, 0, size);
	trace_file_init(run.file, 2, RECORDS, &process);
	for (unsigned i = 0; i < 2; i++) {
		struct trace_ring *ring = trace_file_ring(run.file, i);

		snprintf(ring->name, sizeof(ring->name), "worker%u", i);
		trace_init(&run.trace[i], ring, RECORDS, (mono_t){SEC_US});
	}
	run.log = (struct trace_log){.file = run.file, .rings_len = 1};
	log_set_level(LOG_DEBUG);
	log_set_sink(keep_line, NULL);
	return 0;
}

static int run_teardown(void **state)
{
	log_set_sink(NULL, NULL);
	log_set_level(LOG_INFO);
	free(run.file);
	return 0;
}

static void test_neighbours_links_and_listeners_are_logged_once(void **state)
{
	trace_add(&run.trace[0], TRACE_LISTEN, 53, 0);
	trace_add(&run.trace[0], TRACE_DROP, 1, 7);
	trace_add(&run.trace[0], TRACE_NEIGH, trace_neigh_states(0, 1), 0x0a000001);
	trace_add(&run.trace[0], TRACE_LINK, 0, 2);
	trace_add(&run.trace[0], TRACE_IDLE, 0, 0);
	trace_add(&run.trace[1], TRACE_LINK, 0, 2); // not a worker's
	trace_log_look(&run.log);
	trace_log_look(&run.log);
	assert_int_equal(run.len, 3);
	assert_string_equal(run.lines[0], "worker0: listen udp=53");
	assert_non_null(strstr(run.lines[1], "worker0: neigh state="));
	assert_non_null(strstr(run.lines[1], "10.0.0.1"));
	assert_string_equal(run.lines[2], "worker0: link iface=0 generation=2");
}

static void test_only_what_happens_at_level_debug_is_logged(void **state)
{
	log_set_level(LOG_INFO);
	trace_add(&run.trace[0], TRACE_LISTEN, 53, 0);
	trace_log_look(&run.log);
	assert_int_equal(run.len, 0);
	log_set_level(LOG_DEBUG);
	trace_log_look(&run.log);
	assert_int_equal(run.len, 0);
	trace_add(&run.trace[0], TRACE_LISTEN, 54, 0);
	trace_log_look(&run.log);
	assert_int_equal(run.len, 1);
}

static void test_many_are_counted(void **state)
{
	for (unsigned i = 0; i < TRACE_LOG_LINES + 5; i++)
		trace_add(&run.trace[0], TRACE_LISTEN, (uint16_t)i, 0);
	trace_log_look(&run.log);
	assert_int_equal(run.len, TRACE_LOG_LINES + 1);
	assert_string_equal(run.lines[TRACE_LOG_LINES],
	                    "worker0: 5 further events are in the trace");
}

// A ring that was written round since the last look: the oldest records are gone.
static void test_a_ring_that_went_round(void **state)
{
	for (unsigned i = 0; i < 3 * RECORDS; i++)
		trace_add(&run.trace[0], i < 3 * RECORDS - 1 ? TRACE_IDLE : TRACE_LISTEN, 9, 0);
	trace_log_look(&run.log);
	assert_int_equal(run.len, 1);
	assert_string_equal(run.lines[0], "worker0: listen udp=9");
}

#define RUN_TEST(fn) cmocka_unit_test_setup_teardown(fn, run_setup, run_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        RUN_TEST(test_neighbours_links_and_listeners_are_logged_once),
	        RUN_TEST(test_only_what_happens_at_level_debug_is_logged),
	        RUN_TEST(test_many_are_counted),
	        RUN_TEST(test_a_ring_that_went_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
