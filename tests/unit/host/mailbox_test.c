// mailbox: order, bounds and wake-ups in one thread, then several writers at once,
// for TSan as well.
#include "harness.h"

#include "core/host/mailbox.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

static struct mailbox mailbox;
static unsigned ran[2 * MAILBOX_SLOTS], ran_len;

static int setup(void **state)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

	mailbox_init(&mailbox, fd);
	ran_len = 0;
	return fd < 0;
}

static int teardown(void **state)
{
	return close(mailbox.wake_fd);
}

static void note(void *ctx, mono_t now)
{
	assert_int_equal(now.us, 7);
	ran[ran_len++] = *(unsigned *)ctx;
}

static unsigned wakes(void)
{
	uint64_t n = 0;

	(void)!read(mailbox.wake_fd, &n, sizeof(n));
	return (unsigned)n;
}

static unsigned run(void)
{
	return mailbox_run(&mailbox, (mono_t){7});
}

static void test_functions_run_in_order_once(void **state)
{
	unsigned number[] = {3, 1, 2};

	assert_false(mailbox_has_posts(&mailbox));
	assert_int_equal(run(), 0);
	for (unsigned round = 0; round < 3 * MAILBOX_SLOTS; round++) {
		ran_len = 0;
		for (unsigned i = 0; i < ARRAY_LEN(number); i++)
			assert_true(mailbox_post(&mailbox, note, &number[i]));
		assert_int_equal(wakes(), 1); // one for all three
		assert_true(mailbox_has_posts(&mailbox));
		assert_int_equal(run(), 3);
		assert_memory_equal(ran, number, sizeof(number));
		assert_false(mailbox_has_posts(&mailbox));
		assert_int_equal(run(), 0);
	}
}

static void test_a_full_mailbox_refuses(void **state)
{
	unsigned number[MAILBOX_SLOTS + 1];

	for (unsigned round = 0; round < 3; round++) {
		ran_len = 0;
		for (unsigned i = 0; i < ARRAY_LEN(number); i++) {
			number[i] = i;
			assert_int_equal(mailbox_post(&mailbox, note, &number[i]),
			                 i < MAILBOX_SLOTS);
		}
		assert_int_equal(run(), MAILBOX_SLOTS);
		assert_memory_equal(ran, number, MAILBOX_SLOTS * sizeof(*number));
	}
}

// The positions are 32 bits and wrap.
static void test_positions_wrap(void **state)
{
	unsigned number = 9;

	mailbox.head = UINT32_MAX - MAILBOX_SLOTS / 2;
	mailbox.tail = mailbox.head;
	for (uint32_t i = 0; i < MAILBOX_SLOTS; i++)
		mailbox.slot[(mailbox.head + i) % MAILBOX_SLOTS].sequence = mailbox.head + i;
	for (unsigned i = 0; i <= MAILBOX_SLOTS; i++)
		assert_int_equal(mailbox_post(&mailbox, note, &number), i < MAILBOX_SLOTS);
	assert_int_equal(run(), MAILBOX_SLOTS);
}

static void post_again(void *ctx, mono_t now)
{
	ran_len++;
	assert_true(mailbox_post(&mailbox, post_again, NULL));
}

static void test_a_function_that_posts_itself_does_not_hold_the_reader(void **state)
{
	assert_true(mailbox_post(&mailbox, post_again, NULL));
	for (unsigned turn = 1; turn < 3 * MAILBOX_SLOTS; turn++) {
		assert_int_equal(wakes(), 1);
		assert_int_equal(run(), 1);
		assert_int_equal(ran_len, turn);
	}
}

#define WRITERS 3
#define POSTS   20000

static struct writer {
	pthread_t thread;
	unsigned posted, ran;
} writer[WRITERS];

static void count(void *ctx, mono_t now)
{
	((struct writer *)ctx)->ran++;
}

static void *post_many(void *arg)
{
	struct writer *w = arg;

	while (w->posted < POSTS) {
		if (mailbox_post(&mailbox, count, w))
			w->posted++;
		else
			sched_yield();
	}
	return NULL;
}

// The reader sleeps on the descriptor alone: a wake-up that is lost hangs the test.
static void test_no_post_of_several_writers_is_lost(void **state)
{
	unsigned total = 0;

	memset(writer, 0, sizeof(writer));
	for (unsigned i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&writer[i].thread, NULL, post_many, &writer[i]), 0);
	while (total < WRITERS * POSTS) {
		struct pollfd fd = {.fd = mailbox.wake_fd, .events = POLLIN};

		assert_int_equal(poll(&fd, 1, 60000), 1);
		wakes();
		total += run();
	}
	for (unsigned i = 0; i < WRITERS; i++) {
		pthread_join(writer[i].thread, NULL);
		assert_int_equal(writer[i].ran, POSTS);
	}
	assert_int_equal(run(), 0);
}

#define MAILBOX_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        MAILBOX_TEST(test_functions_run_in_order_once),
	        MAILBOX_TEST(test_a_full_mailbox_refuses),
	        MAILBOX_TEST(test_positions_wrap),
	        MAILBOX_TEST(test_a_function_that_posts_itself_does_not_hold_the_reader),
	        MAILBOX_TEST(test_no_post_of_several_writers_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
