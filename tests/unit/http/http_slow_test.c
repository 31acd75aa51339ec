// Slow clients of each kind, on virtual time: when each is given up, with which answer, and that
// what is sent a byte at a time does not move the end.
#include "http_lab.h"

#define H "Host: a\r\n"

static struct lab lab;

static int open_lab(void **state)
{
	lab_open(&lab);
	return 0;
}

static int close_lab(void **state)
{
	lab_close(&lab);
	return 0;
}

static void assert_deadline_in(uint64_t us)
{
	assert_int_equal(mono_until(lab.now, http_conn_deadline(&lab.conn)), us);
}

// Nothing happens until the instant before the deadline.
static enum http_event expire_at_deadline(void)
{
	mono_t deadline = http_conn_deadline(&lab.conn);

	assert_int_equal(http_conn_expire(&lab.conn, (mono_t){deadline.us - 1}), HTTP_MORE);
	lab.now = deadline;
	return http_conn_expire(&lab.conn, deadline);
}

static void assert_refused(enum http_fault fault, const char *status_line)
{
	assert_int_equal(expire_at_deadline(), HTTP_REFUSED);
	assert_int_equal(lab.conn.fault, fault);
	assert_true(http_answer_fault(&lab.conn, &lab.out, LAB_DATE));
	assert_memory_equal(lab_sent(&lab), status_line, strlen(status_line));
	(void)lab_text(&lab, "\r\n\r\n");
	assert_true(lab.closed);
	assert_int_equal(http_conn_deadline(&lab.conn).us, MONO_NEVER.us);
}

// No request: the connection ends without an answer (RFC 9112 section 9.5).
static void test_no_request(void **state)
{
	assert_deadline_in(lab.limits.idle_us);
	assert_int_equal(expire_at_deadline(), HTTP_CLOSE);
	assert_int_equal(lab.conn.fault, HTTP_FAULT_IDLE);
	assert_int_equal(lab_text(&lab, "GET / HTTP/1.1\r\n"), 16);
	assert_true(lab.closed);
}

// Blank lines are no request, and move nothing.
static void test_blank_lines(void **state)
{
	lab.now = mono_add(lab.now, lab.limits.idle_us / 2);
	(void)lab_text(&lab, "\r\n");
	assert_deadline_in(lab.limits.idle_us - lab.limits.idle_us / 2);
	assert_int_equal(expire_at_deadline(), HTTP_CLOSE);
}

static void test_between_requests(void **state)
{
	lab.now = mono_add(lab.now, SEC_US);
	(void)lab_text(&lab, "GET / HTTP/1.1\r\n" H "\r\n");
	assert_true(http_conn_is_idle(&lab.conn));
	assert_deadline_in(lab.limits.idle_us);
	assert_int_equal(expire_at_deadline(), HTTP_CLOSE);
}

// Slowloris: a byte, or a field, now and then.
static void test_slow_head(void **state)
{
	uint64_t step_us = lab.limits.head_us / 10;

	(void)lab_text(&lab, "GET / HTTP/1.1\r\n");
	assert_false(http_conn_is_idle(&lab.conn));
	for (unsigned i = 1; i < 10; i++) {
		lab.now = mono_add(lab.now, step_us);
		assert_int_equal(http_conn_expire(&lab.conn, lab.now), HTTP_MORE);
		(void)lab_text(&lab, "X: y\r\n");
		assert_deadline_in(lab.limits.head_us - i * step_us);
	}
	assert_refused(HTTP_FAULT_SLOW_HEAD, "HTTP/1.1 408 ");
}

static void begin_content(const char *framing)
{
	lab.by_hand = true;
	(void)lab_text(&lab, "POST / HTTP/1.1\r\n" H);
	(void)lab_text(&lab, framing);
	assert_deadline_in(lab.limits.body_us);
}

// R.U.D.Y.: content a byte at a time.
static void test_slow_content(void **state)
{
	begin_content("Content-Length: 100000\r\n\r\n");
	for (unsigned i = 1; i < 10; i++) {
		lab.now = mono_add(lab.now, lab.limits.body_us / 10);
		(void)lab_text(&lab, "x");
	}
	assert_deadline_in(lab.limits.body_us / 10);
	assert_refused(HTTP_FAULT_SLOW_BODY, "HTTP/1.1 408 ");
}

// The frames of chunks are no content.
static void test_slow_chunks(void **state)
{
	begin_content("Transfer-Encoding: chunked\r\n\r\n");
	for (unsigned i = 1; i < 10; i++) {
		lab.now = mono_add(lab.now, lab.limits.body_us / 10);
		(void)lab_text(&lab, "1;a=bcdefgh\r\nx\r\n");
	}
	assert_refused(HTTP_FAULT_SLOW_BODY, "HTTP/1.1 408 ");
}

static void test_content_that_goes_on(void **state)
{
	static char piece[4096];

	memset(piece, 'x', sizeof(piece));
	begin_content("Content-Length: 8193\r\n\r\n");
	lab.now = mono_add(lab.now, lab.limits.body_us - 1);
	(void)lab_give(&lab, piece, sizeof(piece) - 1);
	assert_deadline_in(1);
	(void)lab_give(&lab, piece, 1);
	assert_deadline_in(lab.limits.body_us);
	lab.body_len = 0;
	lab.now = mono_add(lab.now, lab.limits.body_us - 1);
	(void)lab_give(&lab, piece, sizeof(piece));
	(void)lab_give(&lab, piece, 1);
	assert_int_equal(http_conn_deadline(&lab.conn).us,
	                 MONO_NEVER.us); // it is the server's turn
}

// The server did not read: the client is not to blame.
static void test_hold(void **state)
{
	begin_content("Content-Length: 5\r\n\r\n");
	lab.now = mono_add(lab.now, lab.limits.body_us - 1);
	http_conn_hold(&lab.conn, lab.now);
	assert_deadline_in(lab.limits.body_us);
}

// A client that gets its answer before it has sent all, and stops.
static void test_stops_behind_the_answer(void **state)
{
	begin_content("Content-Length: 100\r\n\r\n");
	lab_answer(&lab, 200, "ok");
	assert_false(lab.conn.close);
	assert_int_equal(expire_at_deadline(), HTTP_CLOSE);
	assert_int_equal(lab.conn.fault, HTTP_FAULT_SLOW_BODY);
}

static void test_stops_within_the_answer(void **state)
{
	struct http_answer answer;

	begin_content("Content-Length: 100\r\n\r\n");
	http_answer_begin(&answer, &lab.conn, &lab.out, 200, NULL);
	assert_int_equal(http_answer_end_stream(&answer), HTTP_ANSWER_WRITTEN);
	assert_int_equal(expire_at_deadline(), HTTP_RESET);
	assert_int_equal(lab.conn.fault, HTTP_FAULT_SLOW_BODY);
}

// The client takes its answer a byte at a time.
static void test_slow_reader(void **state)
{
	(void)lab_text(&lab, "GET / HTTP/1.1\r\n" H "\r\n");
	http_conn_sent(&lab.conn, 0, 100000, lab.now);
	assert_false(http_conn_is_idle(&lab.conn));
	assert_deadline_in(lab.limits.send_us);
	for (unsigned i = 1; i < 10; i++) {
		lab.now = mono_add(lab.now, lab.limits.send_us / 10);
		http_conn_sent(&lab.conn, 1, 100000 - i, lab.now);
	}
	assert_deadline_in(lab.limits.send_us / 10);
	assert_int_equal(expire_at_deadline(), HTTP_RESET);
	assert_int_equal(lab.conn.fault, HTTP_FAULT_SLOW_READER);
}

static void test_reader_that_goes_on(void **state)
{
	(void)lab_text(&lab, "GET / HTTP/1.1\r\n" H "\r\n");
	http_conn_sent(&lab.conn, 0, 100000, lab.now);
	lab.now = mono_add(lab.now, lab.limits.send_us - 1);
	http_conn_sent(&lab.conn, lab.limits.progress_bytes, 90000, lab.now);
	assert_deadline_in(lab.limits.send_us);
	lab.now = mono_add(lab.now, lab.limits.send_us - 1);
	http_conn_sent(&lab.conn, 90000, 0, lab.now);
	assert_deadline_in(lab.limits.idle_us); // it is idle as of now, not as of its last request
}

// A client that takes its answer slower than idle_us, but fast enough, is not idle.
static void test_reader_is_not_idle(void **state)
{
	lab.limits.send_us = lab.limits.idle_us + 1;
	(void)lab_text(&lab, "GET / HTTP/1.1\r\n" H "\r\n");
	http_conn_sent(&lab.conn, 0, 100000, lab.now);
	assert_deadline_in(lab.limits.send_us);
	assert_int_equal(expire_at_deadline(), HTTP_RESET);
}

// What is queued later does not lengthen the period of what was queued before.
static void test_reader_of_more_answers(void **state)
{
	(void)lab_text(&lab, "GET / HTTP/1.1\r\n" H "\r\n");
	http_conn_sent(&lab.conn, 0, 1000, lab.now);
	lab.now = mono_add(lab.now, 10);
	http_conn_sent(&lab.conn, 0, 2000, lab.now);
	assert_deadline_in(lab.limits.send_us - 10);
}

// A request of which a part has come, when there is no more time (RFC 9110 section 15.5.9); else
// the end is not this one's to say.
static void test_cut(void **state)
{
	static const struct {
		const char *text;
		enum http_fault fault;
		bool by_hand; // else it is answered as soon as it is whole
	} rows[] = {
	        {"", HTTP_FAULT_NONE, false},
	        {"\r\n", HTTP_FAULT_NONE, false},
	        {"G", HTTP_FAULT_SLOW_HEAD, false},
	        {"GET / HTTP/1.1\r\n" H "\r\nGET", HTTP_FAULT_SLOW_HEAD, false},
	        {"GET / HTTP/1.1\r\n" H "\r\n", HTTP_FAULT_NONE, false},
	        {"GET / HTTP/1.1\r\n" H "\r\n", HTTP_FAULT_NONE, true},
	        {"POST / HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\n", HTTP_FAULT_SLOW_BODY, true},
	        {"POST / HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nab", HTTP_FAULT_SLOW_BODY, true},
	        {"POST / HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabc", HTTP_FAULT_NONE, true},
	        {"POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
	         HTTP_FAULT_SLOW_BODY, true},
	};

	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		bool amid = rows[i].fault != HTTP_FAULT_NONE;

		lab_open(&lab);
		lab.by_hand = rows[i].by_hand;
		(void)lab_text(&lab, rows[i].text);
		(void)lab_sent(&lab);
		assert_int_equal(http_conn_is_amid(&lab.conn), amid);
		assert_int_equal(http_conn_cut(&lab.conn), amid ? HTTP_REFUSED : HTTP_MORE);
		assert_int_equal(lab.conn.fault, rows[i].fault);
		if (!amid)
			continue;
		assert_true(http_answer_fault(&lab.conn, &lab.out, LAB_DATE));
		assert_non_null(strstr(lab_sent(&lab), "HTTP/1.1 408 "));
		assert_non_null(strstr((const char *)lab.sent, "\r\nConnection: close\r\n"));
	}
}

// Content behind an answer that has begun is not waited for.
static void test_cut_behind_the_answer(void **state)
{
	begin_content("Content-Length: 3\r\n\r\n");
	lab_answer(&lab, 200, "ok");
	assert_false(http_conn_is_amid(&lab.conn));
	assert_int_equal(http_conn_cut(&lab.conn), HTTP_MORE);
}

#define LAB_TEST(fn) cmocka_unit_test_setup_teardown(fn, open_lab, close_lab)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        LAB_TEST(test_no_request),
	        LAB_TEST(test_blank_lines),
	        LAB_TEST(test_between_requests),
	        LAB_TEST(test_slow_head),
	        LAB_TEST(test_slow_content),
	        LAB_TEST(test_slow_chunks),
	        LAB_TEST(test_content_that_goes_on),
	        LAB_TEST(test_hold),
	        LAB_TEST(test_stops_behind_the_answer),
	        LAB_TEST(test_stops_within_the_answer),
	        LAB_TEST(test_slow_reader),
	        LAB_TEST(test_reader_that_goes_on),
	        LAB_TEST(test_reader_is_not_idle),
	        LAB_TEST(test_reader_of_more_answers),
	        LAB_TEST(test_cut),
	        LAB_TEST(test_cut_behind_the_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
