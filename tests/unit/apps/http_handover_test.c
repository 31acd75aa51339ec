// http_handover: the way of an answer and of a stream between a worker and the control thread,
// which here are one thread that runs the mailboxes of both; mailboxes that are full, clients that
// leave.
#include "harness.h"

#include "apps/http/http_handover.h"
#include "core/host/clock.h"

#include <sys/eventfd.h>
#include <unistd.h>

#define TURNS_MAX 100

static struct {
	struct control_loop loop;
	struct mailbox worker;
	int wake_fd;
	struct http_handovers handovers;
	struct http_handover handover;
	struct http_exchange exchange;
	unsigned taken, backs, begun, answers, ran;
	uint32_t room; // of the connection, for pieces of a stream
	struct http_reply reply;
	char written[64];
	size_t written_len;
} lab;

static const mono_t now = {1000 * SEC_US};

static void on_take(struct http_handover *handover, mono_t at)
{
	assert_ptr_equal(handover, &lab.handover);
	lab.taken++;
}

static void on_begin(struct http_reply *reply, unsigned status)
{
	http_reply_init(reply, status);
	lab.begun++;
}

static void on_back(struct http_handover *handover)
{
	lab.backs++;
}

static void on_answer(struct http_exchange *exchange, const struct http_reply *reply, mono_t at)
{
	lab.reply = *reply;
	lab.answers++;
}

static uint32_t on_write(struct http_exchange *exchange, const void *bytes, uint32_t len, mono_t at)
{
	uint32_t taken = len < lab.room ? len : lab.room;

	memcpy(lab.written + lab.written_len, bytes, taken);
	lab.written_len += taken;
	lab.room -= taken;
	return taken;
}

static const struct http_handover_ops handover_ops = {on_take, on_begin, on_back};
static const struct http_exchange_ops exchange_ops = {.answer = on_answer, .write = on_write};

static int lab_open(void **state)
{
	memset(&lab, 0, sizeof(lab));
	assert_int_equal(control_loop_init(&lab.loop), 0);
	lab.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	assert_true(lab.wake_fd >= 0);
	mailbox_init(&lab.worker, lab.wake_fd);
	lab.handovers = (struct http_handovers){&handover_ops, &lab.loop, &lab.worker};
	lab.exchange.ops = &exchange_ops;
	http_handover_init(&lab.handover, &lab.handovers);
	assert_true(http_handover_is_free(&lab.handover));
	return 0;
}

static int lab_close(void **state)
{
	http_handover_fini(&lab.handover);
	control_loop_fini(&lab.loop);
	close(lab.wake_fd);
	return 0;
}

// A request of which the control thread has got the handover.
static void ask(bool stream)
{
	http_handover_begin(&lab.handover, &lab.exchange, stream);
	assert_true(http_handover_is_worker(&lab.handover));
	assert_ptr_equal(lab.exchange.state, &lab.handover);
	assert_true(http_handover_send(&lab.handover));
	assert_false(http_handover_is_worker(&lab.handover));
	(void)control_loop_turn(&lab.loop, 0);
	assert_int_equal(lab.taken, 1);
	assert_true(http_handover_is_here(&lab.handover));
}

// The control thread gives it back, with this text; the worker takes its turn.
static void give(const char *text)
{
	http_handover_put(&lab.handover, 200, "text/plain", text ? strdup(text) : NULL);
	http_handover_return(&lab.handover, now);
	(void)mailbox_run(&lab.worker, now);
}

static void test_an_answer(void **state)
{
	ask(false);
	give("hello");
	assert_int_equal(lab.backs, 1);
	assert_int_equal(lab.answers, 1);
	assert_int_equal(lab.reply.status, 200);
	assert_int_equal(lab.reply.content, HTTP_CONTENT_HELD);
	assert_int_equal(span_left(&lab.reply.bytes), 5);
	assert_memory_equal(lab.reply.bytes.p, "hello", 5);
	assert_string_equal(lab.reply.field[0].name, "Content-Type");
	// The text is needed until the connection has it.
	assert_false(http_handover_is_free(&lab.handover));
	http_handover_closed(&lab.exchange, true, now);
	assert_true(http_handover_is_free(&lab.handover));
	// It serves another request.
	lab.taken = 0;
	ask(false);
	give("again");
	assert_int_equal(lab.answers, 2);
	assert_memory_equal(lab.reply.bytes.p, "again", 5);
}

static void test_no_memory_for_an_answer(void **state)
{
	ask(false);
	give(NULL);
	assert_int_equal(lab.reply.status, 500);
	assert_int_equal(span_left(&lab.reply.bytes), 0);
}

static void test_a_client_that_leaves(void **state)
{
	ask(false);
	http_handover_closed(&lab.exchange, false, now);
	assert_false(http_handover_is_free(&lab.handover)); // the control thread has it
	give("nobody");
	assert_int_equal(lab.answers, 0);
	assert_int_equal(lab.backs, 1);
	assert_true(http_handover_is_free(&lab.handover));
}

// The answer is in the worker's mailbox when the client leaves: another request would get it.
static void test_a_client_that_leaves_before_the_mailbox_is_run(void **state)
{
	ask(false);
	http_handover_put(&lab.handover, 200, "text/plain", strdup("nobody"));
	http_handover_return(&lab.handover, now);
	http_handover_closed(&lab.exchange, false, now);
	assert_false(http_handover_is_free(&lab.handover));
	(void)mailbox_run(&lab.worker, now);
	assert_int_equal(lab.answers, 0);
	assert_true(http_handover_is_free(&lab.handover));
}

static void test_a_streams_client_leaves_before_the_mailbox_is_run(void **state)
{
	ask(true);
	lab.room = 64;
	http_handover_put(&lab.handover, 200, "text/plain", strdup("piece"));
	http_handover_return(&lab.handover, now);
	http_handover_closed(&lab.exchange, false, now);
	assert_false(http_handover_has_left(&lab.handover)); // the mailbox still has it
	(void)mailbox_run(&lab.worker, now);
	assert_int_equal(lab.written_len, 0);
	assert_true(http_handover_has_left(&lab.handover));
}

static void ran(void *ctx, mono_t at)
{
	lab.ran++;
}

static void mailbox_fill(struct mailbox *mailbox)
{
	unsigned posts = 0;

	while (mailbox_post(mailbox, ran, NULL))
		assert_true(++posts <= MAILBOX_SLOTS);
}

static void test_the_control_thread_is_busy(void **state)
{
	mailbox_fill(&lab.loop.mailbox);
	http_handover_begin(&lab.handover, &lab.exchange, false);
	assert_false(http_handover_send(&lab.handover));
	assert_true(http_handover_is_worker(&lab.handover));
	http_handover_drop(&lab.handover);
	assert_true(http_handover_is_free(&lab.handover));
	assert_null(lab.exchange.state);
	http_handover_closed(&lab.exchange, true, now); // of the answer that was given otherwise
	(void)control_loop_turn(&lab.loop, 0);
	assert_int_equal(lab.taken, 0);
}

static void test_the_worker_is_busy(void **state)
{
	ask(false);
	mailbox_fill(&lab.worker);
	http_handover_put(&lab.handover, 200, "text/plain", strdup("late"));
	http_handover_return(&lab.handover, clock_kernel());
	assert_false(http_handover_is_worker(&lab.handover));
	assert_false(http_handover_is_here(&lab.handover)); // it is on its way
	(void)mailbox_run(&lab.worker, now);
	assert_int_equal(lab.answers, 0);
	for (unsigned i = 0; i < TURNS_MAX && lab.answers == 0; i++) {
		(void)control_loop_turn(&lab.loop, MS_US);
		(void)mailbox_run(&lab.worker, now);
	}
	assert_int_equal(lab.answers, 1);
	assert_memory_equal(lab.reply.bytes.p, "late", 4);
}

static void test_a_stream_at_the_clients_pace(void **state)
{
	ask(true);
	lab.room = 4;
	give("first ");
	assert_int_equal(lab.written_len, 4);
	assert_false(http_handover_is_here(&lab.handover)); // until the piece is sent
	lab.room = 1;
	http_handover_writable(&lab.exchange, now);
	assert_false(http_handover_is_here(&lab.handover));
	lab.room = 64;
	http_handover_writable(&lab.exchange, now);
	assert_true(http_handover_is_here(&lab.handover));
	http_handover_writable(&lab.exchange, now); // there is no piece
	give("second");
	assert_true(http_handover_is_here(&lab.handover));
	assert_int_equal(lab.written_len, 12);
	assert_memory_equal(lab.written, "first second", 12);
	assert_int_equal(lab.answers, 0);
	assert_false(http_handover_has_left(&lab.handover));
}

static void test_a_streams_client_leaves_between_pieces(void **state)
{
	ask(true);
	lab.room = 64;
	give("piece");
	http_handover_closed(&lab.exchange, false, now);
	assert_true(http_handover_has_left(&lab.handover));
	http_handover_release(&lab.handover);
	assert_true(http_handover_is_free(&lab.handover));
}

static void test_a_streams_client_leaves_within_a_piece(void **state)
{
	ask(true);
	give("piece"); // for which there is no room
	assert_false(http_handover_has_left(&lab.handover));
	http_handover_closed(&lab.exchange, false, now);
	assert_true(http_handover_has_left(&lab.handover));
	http_handover_release(&lab.handover);
	assert_true(http_handover_is_free(&lab.handover));
}

// The piece is on its way to the worker when the client leaves: nothing is written.
static void test_a_streams_client_leaves_before_a_piece(void **state)
{
	ask(true);
	lab.room = 64;
	http_handover_put(&lab.handover, 200, "text/plain", strdup("piece"));
	http_handover_closed(&lab.exchange, false, now);
	http_handover_return(&lab.handover, now);
	(void)mailbox_run(&lab.worker, now);
	assert_int_equal(lab.written_len, 0);
	assert_true(http_handover_has_left(&lab.handover));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, lab_open, lab_close)
	const struct CMUnitTest tests[] = {
	        TEST(test_an_answer),
	        TEST(test_no_memory_for_an_answer),
	        TEST(test_a_client_that_leaves),
	        TEST(test_a_client_that_leaves_before_the_mailbox_is_run),
	        TEST(test_a_streams_client_leaves_before_the_mailbox_is_run),
	        TEST(test_the_control_thread_is_busy),
	        TEST(test_the_worker_is_busy),
	        TEST(test_a_stream_at_the_clients_pace),
	        TEST(test_a_streams_client_leaves_between_pieces),
	        TEST(test_a_streams_client_leaves_within_a_piece),
	        TEST(test_a_streams_client_leaves_before_a_piece),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
