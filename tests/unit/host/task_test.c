// task: there and back between two threads, and what a reader that takes no turns does to it;
// for TSan as well.
#include "harness.h"

#include "core/host/clock.h"
#include "core/host/task.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

static struct {
	struct mailbox mailbox;
	struct task task;
	pthread_t reader;
	_Atomic bool stop;
	unsigned sum; // the task's: of either thread in turn
} run;

static void add(void *ctx, mono_t now)
{
	*(unsigned *)ctx += 1;
}

static int setup(void **state)
{
	memset(&run, 0, sizeof(run));
	mailbox_init(&run.mailbox, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
	task_init(&run.task, add, &run.sum);
	return run.mailbox.wake_fd < 0;
}

static int teardown(void **state)
{
	task_fini(&run.task);
	return close(run.mailbox.wake_fd);
}

static void *read_mailbox(void *arg)
{
	while (!atomic_load(&run.stop)) {
		struct pollfd fd = {.fd = run.mailbox.wake_fd, .events = POLLIN};
		uint64_t n;

		poll(&fd, 1, 1);
		(void)!read(run.mailbox.wake_fd, &n, sizeof(n));
		mailbox_run(&run.mailbox, (mono_t){1});
	}
	return NULL;
}

static mono_t in_a_minute(void)
{
	return mono_add(clock_kernel(), 60 * SEC_US);
}

static void test_each_task_comes_back_with_what_it_wrote(void **state)
{
	assert_int_equal(pthread_create(&run.reader, NULL, read_mailbox, NULL), 0);
	for (unsigned n = 1; n <= 300; n++) {
		assert_true(task_send(&run.task, &run.mailbox));
		assert_true(task_wait(&run.task, in_a_minute()));
		assert_int_equal(run.sum, n);
		run.sum = n; // ours again
	}
	atomic_store(&run.stop, true);
	pthread_join(run.reader, NULL);
}

static void test_one_that_was_never_sent_is_not_waited_for(void **state)
{
	assert_false(task_is_out(&run.task));
	assert_true(task_wait(&run.task, in_a_minute()));
	assert_int_equal(run.sum, 0);
}

// It stays out, is not sent twice, and comes back late.
static void test_a_reader_without_turns_keeps_it(void **state)
{
	for (unsigned n = 0; n < 3; n++) {
		assert_true(task_send(&run.task, &run.mailbox));
		assert_false(task_wait(&run.task, clock_kernel()));
		assert_true(task_is_out(&run.task));
	}
	mailbox_run(&run.mailbox, (mono_t){1});
	assert_true(task_wait(&run.task, in_a_minute()));
	assert_int_equal(run.sum, 1);
	assert_int_equal(mailbox_run(&run.mailbox, (mono_t){2}), 0);
	// What it posted after the wait does not end the next one.
	assert_true(task_send(&run.task, &run.mailbox));
	assert_false(task_wait(&run.task, clock_kernel()));
	mailbox_run(&run.mailbox, (mono_t){3});
	assert_int_equal(run.sum, 2);
}

static void test_a_full_mailbox_refuses_it(void **state)
{
	unsigned other = 0;

	for (unsigned i = 0; i < MAILBOX_SLOTS; i++)
		assert_true(mailbox_post(&run.mailbox, add, &other));
	assert_false(task_send(&run.task, &run.mailbox));
	assert_false(task_is_out(&run.task));
	mailbox_run(&run.mailbox, (mono_t){1});
	assert_int_equal(run.sum, 0);
	assert_int_equal(other, MAILBOX_SLOTS);
}

#define TASK_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TASK_TEST(test_each_task_comes_back_with_what_it_wrote),
	        TASK_TEST(test_one_that_was_never_sent_is_not_waited_for),
	        TASK_TEST(test_a_reader_without_turns_keeps_it),
	        TASK_TEST(test_a_full_mailbox_refuses_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
