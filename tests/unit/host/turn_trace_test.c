// turn_trace: what a worker's turns leave in its trace: a link made anew, drops of each
// reason once a look, the dearest sampled turn, idleness; and nothing from turns in which
// nothing happened.
#include "harness.h"

#include "core/host/pipeline.h"
#include "core/trace_file.h"

#include <stdio.h>
#include <stdlib.h>

#define RECORDS 64

static struct netif netif;
static struct pipeline pipeline;
static struct trace_file *file;
static unsigned arriving; // in the next turn

static unsigned device_rx(struct netif *from, unsigned queue, struct pkt **pkts, unsigned n)
{
	unsigned taken = (unsigned)size_min(n, arriving);

	for (unsigned i = 0; i < taken; i++)
		pkts[i] = harness_pkt("x", 1);
	arriving -= taken;
	return taken;
}

static unsigned device_tx(struct netif *to, unsigned queue, struct pkt **pkts, unsigned n)
{
	return 0;
}

static void drop_all(void *ctx, struct pkt **pkts, unsigned n, mono_t now)
{
	for (unsigned i = 0; i < n; i++)
		pkt_drop(&harness_metric, pkts[i], i ? DROP_ETH_SHORT : DROP_ETH_TYPE);
}

static int set_up(void **state)
{
	static const struct netif_ops ops = {.rx_burst = device_rx, .tx_burst = device_tx};
	static const struct trace_process process = {"toy", 1, 0, {0}};
	struct netif *netifs[] = {&netif};
	size_t size = trace_file_size(1, RECORDS);

	if (harness_setup(state))
		return -1;
	netif = (struct netif){.ops = &ops, .queues = 1, .iface = 5};
	assert_int_equal(pipeline_init(&pipeline, 0, IDLE_ADAPTIVE, netifs, 1, &harness_metric), 0);
	wheel_init(&pipeline.wheel, (mono_t){0});
	pipeline_attach(&pipeline, drop_all, NULL, NULL, NULL);
	file = aligned_alloc(CACHE_LINE_BYTES, size);
	memset(file, 0, size);
	trace_file_init(file, 1, RECORDS, &process);
	trace_init(&harness_metric.trace, trace_file_ring(file, 0), RECORDS, (mono_t){0});
	arriving = 0;
	return 0;
}

static int tear_down(void **state)
{
	pipeline_fini(&pipeline);
	free(file);
	return harness_teardown(state);
}

// The trace as "us event arguments" lines; of a turn's cost only the work.
static const char *traced(void)
{
	static char text[4096];
	static struct trace_walk walk;
	uint64_t copy[RECORDS];
	struct trace_line line;
	size_t len = 0;

	text[0] = '\0';
	trace_file_walk_init(&walk, file, copy);
	while (trace_file_walk_next(&walk, &line)) {
		char arguments[TRACE_TEXT_BYTES];

		trace_text(line.record, arguments);
		if (trace_event_of(line.record) == TRACE_TURN)
			arguments[strcspn(arguments, " ")] = '\0';
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%ju %s %s\n",
		                        (uintmax_t)line.us,
		                        trace_event_name(trace_event_of(line.record)), arguments);
	}
	return text;
}

static void turn(uint64_t us, unsigned packets)
{
	arriving = packets;
	pipeline_turn_at(&pipeline, (mono_t){us});
}

static void wait_at(uint64_t us)
{
	turn(us, 0);
	turn_trace_wait(&pipeline.turns, &harness_metric, pipeline.last_work, pipeline.now);
}

static void test_turns_without_anything_record_nothing(void **state)
{
	for (uint64_t us = 0; us < SEC_US; us += 100)
		turn(us, 0);
	assert_int_equal(trace_file_ring(file, 0)->head, 0);
}

static void test_drops_are_recorded_once_a_look(void **state)
{
	harness_metric.loops.value = 1; // none of these turns is sampled
	turn(1, 0);
	turn(2, 1);
	turn(3, 2);
	turn(2 + TURN_TRACE_LOOK_US - 1, 2);
	assert_string_equal(traced(), "2 drop reason=eth.type packets=1\n");
	turn(2 + TURN_TRACE_LOOK_US, 1);
	turn(2 + 2 * TURN_TRACE_LOOK_US, 0); // nothing new
	assert_string_equal(traced(), "2 drop reason=eth.type packets=1\n"
	                              "10002 drop reason=eth.short packets=2\n"
	                              "10002 drop reason=eth.type packets=3\n");
}

static void test_drops_before_a_wait_are_recorded(void **state)
{
	harness_metric.loops.value = 1;
	turn(1, 1);
	turn(2, 1);
	turn_trace_wait(&pipeline.turns, &harness_metric, pipeline.last_work, (mono_t){500});
	assert_string_equal(traced(), "1 drop reason=eth.type packets=1\n");
	wait_at(1 + TURN_TRACE_LOOK_US);
	assert_string_equal(traced(), "1 drop reason=eth.type packets=1\n"
	                              "10001 drop reason=eth.type packets=1\n");
}

static void test_the_dearest_sampled_turn(void **state)
{
	turn(1, 1);
	for (unsigned i = 0; i < 63; i++)
		turn(2 + i, 0);
	turn(100, 4); // sampled, too
	turn(1 + TURN_TRACE_LOOK_US, 1);
	assert_non_null(strstr(traced(), "1 turn work=1\n"));
	assert_non_null(strstr(traced(), "10001 turn work=4\n"));
}

static void test_a_link_that_was_made_anew(void **state)
{
	turn(1, 0);
	netif.generation = 9;
	turn(2, 0);
	turn(3, 0);
	assert_string_equal(traced(), "2 link iface=5 generation=9\n");
}

static void test_idle_and_awake(void **state)
{
	pipeline.last_work = (mono_t){0};
	harness_metric.loops.value = 1;
	wait_at(TURN_TRACE_IDLE_US - 1);
	assert_string_equal(traced(), "");
	wait_at(TURN_TRACE_IDLE_US);
	wait_at(TURN_TRACE_IDLE_US + 500);
	turn(7 * SEC_US, 1);
	turn(7 * SEC_US + 1, 1);
	wait_at(7 * SEC_US + 2);
	assert_string_equal(traced(), "100000 idle \n"
	                              "7000000 drop reason=eth.type packets=1\n"
	                              "7000000 wake idle_ms=7000\n");
}

#define TURN_TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TURN_TEST(test_turns_without_anything_record_nothing),
	        TURN_TEST(test_drops_are_recorded_once_a_look),
	        TURN_TEST(test_drops_before_a_wait_are_recorded),
	        TURN_TEST(test_the_dearest_sampled_turn),
	        TURN_TEST(test_a_link_that_was_made_anew),
	        TURN_TEST(test_idle_and_awake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
