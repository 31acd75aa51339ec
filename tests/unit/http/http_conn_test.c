// The connection: requests in their order, what is kept alive, what content may still come behind
// an answer, 100 (Continue), and each limit at its value and one beyond.
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

// RFC 9112 section 9.3.2: answers leave in the order of requests; the second is not read before
// the first is answered.
static void test_pipeline_waits(void **state)
{
	static const char two[] = "GET /1 HTTP/1.1\r\n" H "\r\nGET /2 HTTP/1.1\r\n" H "\r\n";

	lab.by_hand = true;
	assert_int_equal(lab_text(&lab, two), 28);
	assert_int_equal(lab.last, HTTP_WAIT);
	assert_string_equal(lab.log, "GET /1 a|");
	assert_int_equal(lab_text(&lab, two + 28), 28);
	lab_answer(&lab, 200, "one");
	assert_int_equal(lab_text(&lab, two + 28), 0);
	assert_string_equal(lab.log, "GET /1 a|GET /2 a|");
	assert_false(lab.closed);
}

static void test_wait_within_a_streamed_answer(void **state)
{
	struct http_answer answer;

	lab.by_hand = true;
	(void)lab_text(&lab, "GET /1 HTTP/1.1\r\n" H "\r\n");
	http_answer_begin(&answer, &lab.conn, &lab.out, 200, NULL);
	assert_int_equal(http_answer_end_stream(&answer), HTTP_ANSWER_WRITTEN);
	assert_int_equal(lab_text(&lab, "GET /2 HTTP/1.1\r\n"), 17);
	assert_int_equal(http_answer_put(&lab.conn, &lab.out, "x", 1), 1);
	assert_int_equal(lab_text(&lab, "GET /2 HTTP/1.1\r\n"), 17);
	assert_true(http_answer_last(&lab.conn, &lab.out));
	assert_int_equal(lab_text(&lab, "GET /2 HTTP/1.1\r\n"), 0);
}

static void test_a_thousand_requests(void **state)
{
	for (unsigned i = 0; i < 1000; i++) {
		lab_open(&lab);
		(void)lab_text(&lab, "GET / HTTP/1.1\r\n" H "\r\n");
		(void)lab_sent(&lab);
	}
	lab_open(&lab);
	lab.limits.requests_max = 3;
	for (unsigned i = 0; i < 3; i++) {
		assert_false(lab.closed);
		(void)lab_text(&lab, "GET / HTTP/1.1\r\n" H "\r\n");
	}
	assert_true(lab.closed);
	assert_non_null(strstr(lab_sent(&lab), "Connection: close"));
}

static void begin_post(const char *fields)
{
	lab.by_hand = true;
	(void)lab_text(&lab, "POST / HTTP/1.1\r\n" H);
	(void)lab_text(&lab, fields);
}

// The client waits for 100 and gets it; it is sent once.
static void test_continue(void **state)
{
	begin_post("Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
	assert_true(http_answer_continue(&lab.conn, &lab.out));
	assert_string_equal(lab_sent(&lab), "HTTP/1.1 100 Continue\r\n\r\n");
	assert_true(http_answer_continue(&lab.conn, &lab.out));
	assert_string_equal(lab_sent(&lab), "");
	(void)lab_text(&lab, "hi");
	assert_string_equal(lab.log, "POST / a 2=hi|");
	lab_answer(&lab, 200, "");
	assert_false(lab.conn.close);
}

static void test_continue_without_room(void **state)
{
	struct fill none = fill_of(lab.sent, 10);

	begin_post("Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
	assert_false(http_answer_continue(&lab.conn, &none));
	assert_true(http_answer_continue(&lab.conn, &lab.out));
	assert_string_equal(lab_sent(&lab), "HTTP/1.1 100 Continue\r\n\r\n");
}

// The client did not wait for long (RFC 9110 section 10.1.1): 100 is sent no more.
static void test_continue_is_too_late(void **state)
{
	begin_post("Content-Length: 2\r\nExpect: 100-continue\r\n\r\nh");
	assert_true(http_answer_continue(&lab.conn, &lab.out));
	assert_string_equal(lab_sent(&lab), "");
}

// Refused instead: whether the content follows is the client's choice, so the connection ends.
static void test_answer_instead_of_continue(void **state)
{
	begin_post("Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
	lab_answer(&lab, 403, "no");
	assert_non_null(strstr(lab_sent(&lab), "\r\nConnection: close\r\n"));
	(void)lab_text(&lab, "hi");
	assert_true(lab.closed);
}

static void test_no_content_no_continue(void **state)
{
	begin_post("Expect: 100-continue\r\n\r\n");
	assert_true(http_answer_continue(&lab.conn, &lab.out));
	assert_string_equal(lab_sent(&lab), "");
	lab_answer(&lab, 200, "");
	assert_false(lab.conn.close);
}

// A client of HTTP/1.0 does not know 100 (RFC 9110 section 10.1.1).
static void test_no_continue_to_http_1_0(void **state)
{
	lab.by_hand = true;
	(void)lab_text(&lab,
	               "POST / HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
	assert_true(http_answer_continue(&lab.conn, &lab.out));
	assert_string_equal(lab_sent(&lab), "");
}

static void test_blank_line_before_each_request(void **state)
{
	for (unsigned i = 0; i < 3; i++)
		(void)lab_text(&lab, "\r\nGET / HTTP/1.1\r\n" H "\r\n");
	assert_string_equal(lab.log, "GET / a|GET / a|GET / a|");
}

// Content that comes behind its answer is dropped; the next request is found behind it.
static void test_content_behind_the_answer(void **state)
{
	begin_post("Content-Length: 10\r\n\r\n01234");
	lab_answer(&lab, 200, "ok");
	assert_false(lab.conn.close);
	assert_int_equal(lab_text(&lab, "56789GET /2 HTTP/1.1\r\n" H "\r\n"), 0);
	assert_string_equal(lab.log, "POST / a 5=01234|GET /2 a|");
}

// What is dropped is counted for each request.
static void test_content_behind_each_answer(void **state)
{
	lab.limits.drain_bytes = 4;
	for (unsigned i = 0; i < 3; i++) {
		begin_post("Content-Length: 3\r\n\r\n");
		lab_answer(&lab, 200, "ok");
		(void)lab_text(&lab, "abc");
		assert_false(lab.closed);
	}
}

static void test_too_much_content_behind_the_answer(void **state)
{
	begin_post("Content-Length: 100000\r\n\r\n01234");
	lab_answer(&lab, 200, "ok");
	assert_true(lab.conn.close);
	(void)lab_text(&lab, "x");
	assert_true(lab.closed);
}

static void test_too_many_chunks_behind_the_answer(void **state)
{
	lab.limits.drain_bytes = 4;
	begin_post("Transfer-Encoding: chunked\r\n\r\n");
	lab_answer(&lab, 200, "ok");
	assert_false(lab.conn.close);
	(void)lab_text(&lab, "4\r\nabcd\r\n");
	assert_false(lab.closed);
	(void)lab_text(&lab, "1\r\ne\r\n");
	assert_true(lab.closed);
}

// A fault within content: before the answer it is answered, within the answer it is the end.
static void test_fault_within_content(void **state)
{
	struct http_answer answer;

	begin_post("Transfer-Encoding: chunked\r\n\r\n");
	(void)lab_text(&lab, "g");
	assert_string_equal(lab.log, "POST / a400 chunk");
	assert_int_equal(lab.last, HTTP_CLOSE);

	lab_open(&lab);
	begin_post("Transfer-Encoding: chunked\r\n\r\n");
	http_answer_begin(&answer, &lab.conn, &lab.out, 200, NULL);
	assert_int_equal(http_answer_end_stream(&answer), HTTP_ANSWER_WRITTEN);
	(void)lab_text(&lab, "g");
	assert_int_equal(lab.last, HTTP_RESET);

	lab_open(&lab);
	begin_post("Transfer-Encoding: chunked\r\n\r\n");
	lab_answer(&lab, 200, "ok");
	(void)lab_text(&lab, "g");
	assert_int_equal(lab.last, HTTP_CLOSE);
	assert_string_equal(lab.log, "POST / a");
}

// HTTP/1.0 that asks for more gets it; its answers say so.
static void test_http_1_0(void **state)
{
	(void)lab_text(&lab, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	assert_false(lab.closed);
	assert_non_null(strstr(lab_sent(&lab), "\r\nConnection: keep-alive\r\n"));
	(void)lab_text(&lab, "GET / HTTP/1.0\r\n\r\n");
	assert_true(lab.closed);
	assert_non_null(strstr(lab_sent(&lab), "\r\nConnection: close\r\n"));
}

struct limit {
	const char *what, *fits, *beyond, *fault;
	struct http_limits limits;
};

#define LIMITS(...)                                                                                \
	{                                                                                          \
		.line_bytes = 8192, .head_bytes = 16384, .fields_max = 100, .body_bytes = 1024,    \
		.requests_max = 10, __VA_ARGS__                                                    \
	}

#pragma GCC diagnostic ignored "-Woverride-init"
static const struct limit limits[] = {
        {"request line", "GET /3 HTTP/1.1\r\n" H "\r\n", "GET /34 HTTP/1.1\r\n" H "\r\n",
         "414 line_long", LIMITS(.line_bytes = 17)},
        {"field", "GET /34 HTTP/1.1\r\n" H "A: 345678901234\r\n\r\n",
         "GET /34 HTTP/1.1\r\n" H "A: 34567890123456\r\n\r\n", "431 field_long",
         LIMITS(.line_bytes = 18)},
        {"fields", "GET / HTTP/1.1\r\n" H "A:\r\n\r\n", "GET / HTTP/1.1\r\n" H "A:\r\nB:\r\n\r\n",
         "431 fields_many", LIMITS(.fields_max = 2)},
        {"head", "GET / HTTP/1.1\r\n" H "A: 3\r\n\r\n", "GET / HTTP/1.1\r\n" H "A: 34\r\n\r\n",
         "431 head_long", LIMITS(.line_bytes = 33, .head_bytes = 33)},
        {"content", "PUT / HTTP/1.1\r\n" H "Content-Length: 2\r\n\r\nab",
         "PUT / HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabc", "413 body_long",
         LIMITS(.body_bytes = 2)},
};

// The fault is the same wherever the bytes are cut, and no request comes of them.
static void assert_limit(const struct limit *limit, size_t cut)
{
	size_t fits = strlen(limit->fits), beyond = strlen(limit->beyond);

	lab_open(&lab);
	lab.limits = limit->limits;
	(void)lab_give(&lab, limit->fits, size_min(cut, fits));
	(void)lab_give(&lab, limit->fits + size_min(cut, fits), fits - size_min(cut, fits));
	if (lab.closed || !strchr(lab.log, '|'))
		fail_msg("%s, cut at %zu: %s", limit->what, cut, lab.log);
	lab_close(&lab);

	lab_open(&lab);
	lab.limits = limit->limits;
	(void)lab_give(&lab, limit->beyond, cut);
	(void)lab_give(&lab, limit->beyond + cut, beyond - cut);
	if (strcmp(lab.log, limit->fault) != 0)
		fail_msg("%s, cut at %zu: %s, not %s", limit->what, cut, lab.log, limit->fault);
	lab_close(&lab);
}

static void test_limits(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(limits); i++)
		for (size_t cut = 0; cut <= strlen(limits[i].beyond); cut++)
			assert_limit(&limits[i], cut);
}

// A line without an end is given up as soon as it is too long, not when it ends.
static void test_endless_lines(void **state)
{
	static char line[HTTP_HEAD_MAX_BYTES];

	memset(line, 'a', sizeof(line));
	(void)lab_text(&lab, "GET /");
	(void)lab_give(&lab, line, lab.limits.line_bytes - 5);
	assert_false(lab.closed);
	(void)lab_give(&lab, line, 1);
	assert_string_equal(lab.log, "414 line_long");

	lab_open(&lab);
	(void)lab_text(&lab, "GET / HTTP/1.1\r\n");
	(void)lab_give(&lab, line, lab.limits.line_bytes);
	assert_false(lab.closed);
	(void)lab_give(&lab, line, 1);
	assert_string_equal(lab.log, "431 field_long");
}

#define LAB_TEST(fn) cmocka_unit_test_setup_teardown(fn, open_lab, close_lab)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        LAB_TEST(test_pipeline_waits),
	        LAB_TEST(test_wait_within_a_streamed_answer),
	        LAB_TEST(test_a_thousand_requests),
	        LAB_TEST(test_continue),
	        LAB_TEST(test_continue_without_room),
	        LAB_TEST(test_continue_is_too_late),
	        LAB_TEST(test_answer_instead_of_continue),
	        LAB_TEST(test_no_content_no_continue),
	        LAB_TEST(test_no_continue_to_http_1_0),
	        LAB_TEST(test_blank_line_before_each_request),
	        LAB_TEST(test_content_behind_the_answer),
	        LAB_TEST(test_content_behind_each_answer),
	        LAB_TEST(test_too_much_content_behind_the_answer),
	        LAB_TEST(test_too_many_chunks_behind_the_answer),
	        LAB_TEST(test_fault_within_content),
	        LAB_TEST(test_http_1_0),
	        LAB_TEST(test_limits),
	        LAB_TEST(test_endless_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
