// bells: many channels that ring at once, and mailboxes that are full, on virtual time: no
// channel is forgotten, in neither direction.
#include "sim.h"

#include "apps/cross/crossing.h"

#define PORT  9000
#define CONNS 150 // more than are served in one turn

static struct sim sim;
static struct control_loop loop;
static struct crossing *crossing;
static struct channels *channels;
static struct channel *far[CONNS], *near[CONNS];
static unsigned near_len, opened, closed, near_read, far_closed;

static void near_opened(void *ctx, struct channel *channel, mono_t now)
{
	assert_true(near_len < CONNS);
	near[near_len++] = channel;
}

static void near_readable(void *ctx, struct channel *channel, mono_t now)
{
	uint8_t byte;

	near_read += channel_read(channel, &byte, 1);
}

static void near_closed(void *ctx, struct channel *channel, enum tcp_end end, mono_t now)
{
	closed++;
}

static const struct channel_ops near_ops = {
        .opened = near_opened, .readable = near_readable, .closed = near_closed};

static void far_opened(void *ctx, struct channel *channel, mono_t now)
{
	opened++;
}

static void far_on_closed(void *ctx, struct channel *channel, enum tcp_end end, mono_t now)
{
	far_closed++;
}

static const struct channel_ops far_ops = {.opened = far_opened, .closed = far_on_closed};

static void step(unsigned turns)
{
	sim_run_until(&sim, mono_add(sim.now, 20 * MS_US));
	for (unsigned i = 0; i < turns; i++)
		control_loop_turn(&loop, 2 * MS_US);
}

static int setup(void **state)
{
	struct crossing_conf conf = {
	        .loop = &loop, .channels = CONNS, .buffer_bytes = 2, .out_bytes = 64};
	struct channels_listener_conf listener = {.port = PORT, .backlog = CONNS, .ops = &near_ops};
	struct channels_conf of = {.channels = CONNS, .buffer_bytes = 2};

	near_len = opened = closed = near_read = far_closed = 0;
	sim_open(&sim, (struct impair_conf){.delay_us = MS_US});
	assert_int_equal(control_loop_init(&loop), 0);
	crossing = crossing_open(&conf);
	assert_non_null(crossing);
	assert_int_equal(crossing_worker_open(crossing, 0, &sim.server.pipeline,
	                                      stack_tcp(sim.server.stack)),
	                 0);
	assert_int_equal(crossing_listen(crossing, 0, &listener), 0);
	of.tcp = stack_tcp(sim.client.stack);
	of.wheel = &sim.client.pipeline.wheel;
	of.metric = &sim.client.metric;
	channels = channels_open(&of);
	assert_non_null(channels);
	return 0;
}

static int teardown(void **state)
{
	crossing_worker_close(crossing, 0, sim.now);
	crossing_close(crossing);
	channels_close(channels, sim.now);
	assert_int_equal(closed, near_len);
	sim_close(&sim);
	control_loop_fini(&loop);
	return 0;
}

#define BELLS_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

static void connect_all(unsigned n)
{
	struct channels_connect_conf to = {
	        .remote = ip("10.0.0.2"), .remote_port = PORT, .ops = &far_ops};

	for (unsigned i = 0; i < n; i++)
		assert_int_equal(channels_connect(channels, &to, &far[i], sim.now), 0);
}

// Each news comes for all channels before the control thread, or the worker, has its next turn.
static void test_no_channel_is_forgotten(void **state)
{
	connect_all(CONNS);
	for (unsigned i = 0; i < 200; i++)
		step(0); // SYNs wait for the neighbour, or are sent again
	assert_int_equal(opened, CONNS);
	assert_int_equal(near_len, 0);
	step(10);
	assert_int_equal(near_len, CONNS);
	for (unsigned i = 0; i < CONNS; i++)
		assert_int_equal(channel_write(far[i], "x", 1), 1);
	step(0);
	assert_int_equal(near_read, 0);
	step(10);
	assert_int_equal(near_read, CONNS);
	for (unsigned i = 0; i < CONNS; i++)
		channel_abort(near[i]);
	assert_int_equal(far_closed, 0);
	step(0);
	assert_int_equal(far_closed, CONNS);
	assert_int_equal(closed, 0);
	step(10);
	assert_int_equal(closed, CONNS);
}

static unsigned others;

static void other(void *ctx, mono_t now)
{
	others++;
}

static void fill_mailbox(struct mailbox *mailbox)
{
	while (mailbox_post(mailbox, other, NULL))
		;
}

static void test_a_full_mailbox_of_the_control_thread(void **state)
{
	fill_mailbox(&loop.mailbox);
	connect_all(1);
	step(1);
	assert_int_equal(opened, 1);
	assert_int_equal(near_len, 0);
	assert_int_equal(others, MAILBOX_SLOTS);
	step(2);
	assert_int_equal(near_len, 1);
}

static void test_a_full_mailbox_of_the_worker(void **state)
{
	connect_all(1);
	step(3);
	assert_int_equal(near_len, 1);
	fill_mailbox(&sim.server.pipeline.mailbox);
	channel_abort(near[0]);
	sim_run_until(&sim, mono_add(sim.now, 20 * MS_US));
	assert_int_equal(far_closed, 0);
	for (unsigned i = 0; i < 10; i++)
		step(2);
	assert_int_equal(far_closed, 1);
	assert_int_equal(closed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        BELLS_TEST(test_no_channel_is_forgotten),
	        BELLS_TEST(test_a_full_mailbox_of_the_control_thread),
	        BELLS_TEST(test_a_full_mailbox_of_the_worker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
