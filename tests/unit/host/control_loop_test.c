// control_loop: descriptors that come, change and go while they are served, timers,
// and posts from other threads that end a wait.
#include "harness.h"

#include "core/host/clock.h"
#include "core/host/control_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

static struct control_loop loop;

static int setup(void **state)
{
	return control_loop_init(&loop);
}

static int teardown(void **state)
{
	control_loop_fini(&loop);
	control_loop_fini(&loop); // harmless
	return 0;
}

// One end of a socket pair that is watched; the other end is the test's.
struct end {
	struct control_watch watch;
	int other;
	unsigned calls, events;
	struct end *kill; // deletes this one when it is served
};

static void on_ready(struct control_watch *watch, unsigned events, mono_t now)
{
	struct end *end = CONTAINER_OF(watch, struct end, watch);

	assert_true(now.us != 0);
	end->calls++;
	end->events |= events;
	if (end->kill)
		control_loop_del(&loop, &end->kill->watch);
	end->kill = NULL;
}

static void end_open(struct end *end, unsigned events)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	*end = (struct end){.watch = {fds[0], on_ready}, .other = fds[1]};
	assert_int_equal(control_loop_add(&loop, &end->watch, events), 0);
}

static void end_close(struct end *end)
{
	close(end->watch.fd);
	close(end->other);
}

static void test_a_descriptor_is_served_while_it_is_ready(void **state)
{
	struct end end;
	char byte;

	end_open(&end, POLLIN);
	assert_int_equal(control_loop_turn(&loop, 0), 0);
	assert_int_equal(write(end.other, "x", 1), 1);
	for (unsigned turn = 1; turn < 4; turn++) {
		assert_int_equal(control_loop_turn(&loop, SEC_US), 1);
		assert_int_equal(end.calls, turn);
	}
	assert_int_equal(end.events, POLLIN);
	assert_int_equal(read(end.watch.fd, &byte, 1), 1);
	assert_int_equal(control_loop_turn(&loop, 0), 0);
	control_loop_change(&loop, &end.watch, POLLOUT);
	assert_int_equal(control_loop_turn(&loop, SEC_US), 1);
	assert_int_equal(end.events, POLLIN | POLLOUT);
	control_loop_change(&loop, &end.watch, 0);
	assert_int_equal(control_loop_turn(&loop, 0), 0);
	close(end.other); // is told unasked
	assert_int_equal(control_loop_turn(&loop, SEC_US), 1);
	assert_true(end.events & POLLHUP);
	control_loop_del(&loop, &end.watch);
	assert_int_equal(control_loop_turn(&loop, 0), 0);
	close(end.watch.fd);
}

static void test_a_watch_deleted_by_another_is_not_served_any_more(void **state)
{
	struct end first, second;

	end_open(&first, POLLOUT);
	end_open(&second, POLLOUT);
	first.kill = &second;
	second.kill = &first;
	assert_int_equal(control_loop_turn(&loop, SEC_US), 1);
	assert_int_equal(first.calls + second.calls, 1);
	assert_int_equal(control_loop_turn(&loop, SEC_US), 1);
	assert_int_equal(first.calls * second.calls, 0);
	control_loop_del(&loop, first.calls ? &first.watch : &second.watch);
	end_close(&first);
	end_close(&second);
}

static void test_a_watch_may_delete_itself(void **state)
{
	struct end end;

	end_open(&end, POLLOUT);
	end.kill = &end;
	assert_int_equal(control_loop_turn(&loop, SEC_US), 1);
	assert_int_equal(control_loop_turn(&loop, 0), 0);
	end_close(&end);
}

static void test_what_cannot_be_watched_is_refused(void **state)
{
	struct control_watch file = {open("/proc/self/exe", O_RDONLY | O_CLOEXEC), on_ready};
	struct control_watch closed = {-1, on_ready};
	struct end end;

	assert_int_equal(control_loop_add(&loop, &file, POLLIN), -EPERM);
	assert_int_equal(control_loop_add(&loop, &closed, POLLIN), -EBADF);
	end_open(&end, POLLIN);
	assert_int_equal(control_loop_add(&loop, &end.watch, POLLIN), -EEXIST);
	control_loop_del(&loop, &end.watch);
	end_close(&end);
	close(file.fd);
}

static void test_more_descriptors_than_a_turn_serves(void **state)
{
	struct end end[CONTROL_LOOP_BATCH + 8];
	unsigned served = 0;

	for (size_t i = 0; i < ARRAY_LEN(end); i++)
		end_open(&end[i], POLLOUT);
	for (unsigned turn = 0; turn < 4; turn++)
		served += control_loop_turn(&loop, SEC_US);
	assert_int_equal(served, 4 * CONTROL_LOOP_BATCH);
	for (size_t i = 0; i < ARRAY_LEN(end); i++) {
		assert_true(end[i].calls > 0); // each has its turn
		control_loop_del(&loop, &end[i].watch);
		end_close(&end[i]);
	}
}

static struct wheel_timer timer;
static unsigned fired;
static mono_t due;

static void fire(struct wheel_timer *t, mono_t now)
{
	assert_ptr_equal(t, &timer);
	assert_true(mono_due(due, now));
	if (++fired == 3) {
		control_loop_stop(&loop);
		return;
	}
	due = mono_add(now, 5 * MS_US);
	wheel_add(&loop.wheel, &timer, due);
}

static void test_timers_fire_in_the_loop(void **state)
{
	fired = 0;
	wheel_timer_init(&timer, fire);
	due = mono_add(clock_kernel(), 5 * MS_US);
	wheel_add(&loop.wheel, &timer, due);
	assert_int_equal(control_loop_turn(&loop, 0), 0);
	control_loop_run(&loop);
	assert_int_equal(fired, 3);
}

static pthread_t ran_in;

static void stop_loop(void *ctx, mono_t now)
{
	ran_in = pthread_self();
	control_loop_stop(ctx);
}

static void *post_stop(void *arg)
{
	usleep(20 * MS_US);
	assert_true(mailbox_post(&loop.mailbox, stop_loop, &loop));
	return NULL;
}

// Nothing else is due for a minute.
static void test_a_post_from_another_thread_wakes_the_loop(void **state)
{
	mono_t begin = clock_kernel();
	pthread_t other;

	assert_int_equal(pthread_create(&other, NULL, post_stop, NULL), 0);
	control_loop_run(&loop);
	pthread_join(other, NULL);
	assert_true(pthread_equal(ran_in, pthread_self()));
	assert_true(mono_until(begin, clock_kernel()) < 59 * SEC_US);
}

static void test_a_post_before_the_loop_runs_is_not_lost(void **state)
{
	assert_true(mailbox_post(&loop.mailbox, stop_loop, &loop));
	control_loop_run(&loop);
	assert_int_equal(control_loop_turn(&loop, 0), 0);
}

#define LOOP_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        LOOP_TEST(test_a_descriptor_is_served_while_it_is_ready),
	        LOOP_TEST(test_a_watch_deleted_by_another_is_not_served_any_more),
	        LOOP_TEST(test_a_watch_may_delete_itself),
	        LOOP_TEST(test_what_cannot_be_watched_is_refused),
	        LOOP_TEST(test_more_descriptors_than_a_turn_serves),
	        LOOP_TEST(test_timers_fire_in_the_loop),
	        LOOP_TEST(test_a_post_from_another_thread_wakes_the_loop),
	        LOOP_TEST(test_a_post_before_the_loop_runs_is_not_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
