// tls_line: how many steps of handshakes a turn has, that those who wait come first and in order,
// that the next turn goes on without a timer, and a mailbox that is full.
#include "harness.h"

#include "apps/tls/tls_line.h"

#include <sys/eventfd.h>
#include <unistd.h>

#define CONNS 10

static struct {
	struct mailbox mailbox;
	struct wheel wheel;
	struct tls_line line;
	int wake_fd;
	mono_t now;
	struct tls_line_place place[CONNS];
	unsigned ready[CONNS], ready_len; // that go on in this turn, as TCP's flush finds them
	unsigned done[CONNS * 4], done_len;
} lab;

// As tcp_resume: what the connection does comes later in the turn.
static void go_on(struct tls_line *line, struct tls_line_place *place, mono_t now)
{
	assert_ptr_equal(line, &lab.line);
	assert_int_equal(now.us, lab.now.us);
	lab.ready[lab.ready_len++] = (unsigned)(place - lab.place);
}

static void step(unsigned conn)
{
	if (tls_line_take(&lab.line, &lab.place[conn], lab.now))
		lab.done[lab.done_len++] = conn;
	else
		tls_line_add(&lab.line, &lab.place[conn], lab.now);
}

// A turn of the worker: timers, calls, then the steps of those that go on and of new ones, which
// are before them or behind.
static void turn(uint64_t us, const char *before, const char *behind)
{
	lab.now.us += us;
	wheel_tick(&lab.wheel, lab.now);
	mailbox_run(&lab.mailbox, lab.now);
	for (; *before; before++)
		step((unsigned)(*before - '0'));
	for (unsigned i = 0; i < lab.ready_len; i++)
		step(lab.ready[i]);
	lab.ready_len = 0;
	for (; *behind; behind++)
		step((unsigned)(*behind - '0'));
}

static void assert_done(const char *wanted)
{
	char done[sizeof(lab.done) / sizeof(lab.done[0]) + 1];

	for (unsigned i = 0; i < lab.done_len; i++)
		done[i] = (char)('0' + lab.done[i]);
	done[lab.done_len] = '\0';
	assert_string_equal(done, wanted);
}

static void test_three_steps_a_turn(void **state)
{
	turn(1000, "0123456", "");
	assert_done("012");
	turn(1, "", ""); // the next turn, whenever that is
	assert_done("012345");
	turn(1, "", "");
	assert_done("0123456");
	assert_false(mailbox_has_posts(&lab.mailbox));
	assert_int_equal(counter_get(&lab.line.deferred), 4);
}

static void test_those_in_line_come_first(void **state)
{
	turn(1000, "01234", "");
	turn(1, "567", ""); // they are in front in TCP's list, and one step is left
	assert_done("012534");
	turn(1, "8", "9");
	assert_done("012534867");
	turn(1000, "0123", "");
	assert_done("012534867019"); // 9 has the first step
}

static void test_steps_that_nobody_waits_for(void **state)
{
	turn(1000, "01", "");
	turn(1, "2", "34");
	assert_done("01234");
	assert_false(mailbox_has_posts(&lab.mailbox));
}

// A grant that is not used is gone with its turn.
static void test_grant_is_of_one_turn(void **state)
{
	turn(1000, "0123", "");
	lab.now.us++;
	mailbox_run(&lab.mailbox, lab.now);
	assert_int_equal(lab.ready_len, 1);
	lab.ready_len = 0; // it has nothing to do after all
	turn(1, "456", "3");
	assert_done("012456");
	turn(1, "", "");
	assert_done("0124563");
}

static void test_leaves_the_line(void **state)
{
	turn(1000, "0123456", "");
	tls_line_remove(&lab.line, &lab.place[4]);
	tls_line_remove(&lab.line, &lab.place[4]);
	tls_line_remove(&lab.line, &lab.place[6]);
	tls_line_add(&lab.line, &lab.place[3], lab.now); // is in line
	turn(1, "", "");
	assert_done("01235");
	turn(1000, "01234", "");
	tls_line_remove(&lab.line, &lab.place[3]);
	tls_line_remove(&lab.line, &lab.place[4]);
	turn(1, "", "");
	assert_done("01235012");
	assert_false(mailbox_has_posts(&lab.mailbox));
}

static void nothing(void *ctx, mono_t now)
{
}

static void test_mailbox_is_full(void **state)
{
	for (unsigned i = 0; i < MAILBOX_SLOTS; i++)
		assert_true(mailbox_post(&lab.mailbox, nothing, NULL));
	turn(0, "", "");
	assert_done("");
	for (unsigned i = 0; i < MAILBOX_SLOTS; i++)
		assert_true(mailbox_post(&lab.mailbox, nothing, NULL));
	lab.now.us += 1000;
	for (unsigned i = 0; i < 5; i++)
		step(i);
	assert_done("012");
	assert_true(wheel_timer_armed(&lab.line.timer));
	turn(WHEEL_TICK_US * 2, "", "");
	assert_done("01234");
	tls_line_add(&lab.line, &lab.place[9], lab.now);
	tls_line_fini(&lab.line);
	assert_false(wheel_timer_armed(&lab.line.timer));
}

static int setup(void **state)
{
	memset(&lab, 0, sizeof(lab));
	lab.now.us = SEC_US;
	lab.wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	mailbox_init(&lab.mailbox, lab.wake_fd);
	wheel_init(&lab.wheel, lab.now);
	tls_line_init(&lab.line, &lab.mailbox, &lab.wheel, go_on);
	return lab.wake_fd < 0;
}

static int teardown(void **state)
{
	tls_line_fini(&lab.line);
	return close(lab.wake_fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_three_steps_a_turn, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_those_in_line_come_first, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_steps_that_nobody_waits_for, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_grant_is_of_one_turn, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_leaves_the_line, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_mailbox_is_full, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
