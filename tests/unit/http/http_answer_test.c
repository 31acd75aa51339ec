// Answers as bytes: framing for each kind of request, and that no text of a client's can end a
// head, in any amount of room.
#include "http_lab.h"

#define H    "Host: a\r\n"
#define DATE "Date: " LAB_DATE "\r\n"

static struct lab lab;

static int open_lab(void **state)
{
	lab_open(&lab);
	lab.by_hand = true;
	return 0;
}

static int close_lab(void **state)
{
	lab_close(&lab);
	return 0;
}

enum kind { SIZED, STREAM };

// RFC 9112 section 6.3, by request and status.
static const struct {
	const char *what, *request;
	unsigned status;
	enum kind kind;
	const char *content, *answer;
} cases[] = {
        {"content", "GET / HTTP/1.1\r\n" H "\r\n", 200, SIZED, "hello",
         "HTTP/1.1 200 OK\r\n" DATE "Content-Length: 5\r\n\r\nhello"},
        {"no content", "GET / HTTP/1.1\r\n" H "\r\n", 200, SIZED, "",
         "HTTP/1.1 200 OK\r\n" DATE "Content-Length: 0\r\n\r\n"},
        {"content after HEAD", "HEAD / HTTP/1.1\r\n" H "\r\n", 200, SIZED, "hello",
         "HTTP/1.1 200 OK\r\n" DATE "Content-Length: 5\r\n\r\n"},
        {"204", "GET / HTTP/1.1\r\n" H "\r\n", 204, SIZED, "hello",
         "HTTP/1.1 204 No Content\r\n" DATE "\r\n"},
        {"304", "GET / HTTP/1.1\r\n" H "\r\n", 304, SIZED, "hello",
         "HTTP/1.1 304 Not Modified\r\n" DATE "\r\n"},
        {"stream", "GET / HTTP/1.1\r\n" H "\r\n", 200, STREAM, "hello",
         "HTTP/1.1 200 OK\r\n" DATE "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"},
        {"stream of nothing", "GET / HTTP/1.1\r\n" H "\r\n", 200, STREAM, "",
         "HTTP/1.1 200 OK\r\n" DATE "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        {"stream after HEAD", "HEAD / HTTP/1.1\r\n" H "\r\n", 200, STREAM, "hello",
         "HTTP/1.1 200 OK\r\n" DATE "\r\n"},
        {"stream of 204", "GET / HTTP/1.1\r\n" H "\r\n", 204, STREAM, "hello",
         "HTTP/1.1 204 No Content\r\n" DATE "\r\n"},
        {"stream to HTTP/1.0", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, STREAM,
         "hello", "HTTP/1.1 200 OK\r\n" DATE "Connection: close\r\n\r\nhello"},
        {"content to HTTP/1.0", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, SIZED,
         "hello",
         "HTTP/1.1 200 OK\r\n" DATE "Content-Length: 5\r\nConnection: keep-alive\r\n\r\nhello"},
        {"last answer", "GET / HTTP/1.1\r\n" H "Connection: close\r\n\r\n", 404, SIZED, "no",
         "HTTP/1.1 404 Not Found\r\n" DATE "Content-Length: 2\r\nConnection: close\r\n\r\nno"},
};

// Writes the answer to `room` bytes at a time.
static void write_case(size_t i, size_t room)
{
	struct http_answer answer;
	const char *content = cases[i].content;
	size_t len = strlen(content), at = 0;

	http_answer_begin(&answer, &lab.conn, &lab.out, cases[i].status, LAB_DATE);
	assert_int_equal(cases[i].kind == SIZED ? http_answer_end(&answer, len)
	                                        : http_answer_end_stream(&answer),
	                 HTTP_ANSWER_WRITTEN);
	while (http_answer_has_content(&lab.conn) && at < len) {
		struct fill piece = fill_of(lab.out.p, room);

		at += http_answer_put(&lab.conn, &piece, content + at, len - at);
		assert_false(piece.bad);
		lab.out.p = piece.p;
	}
	if (http_answer_has_content(&lab.conn))
		assert_true(http_answer_last(&lab.conn, &lab.out));
}

static void test_answers(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *sent;

		open_lab(state);
		(void)lab_text(&lab, cases[i].request);
		write_case(i, 100);
		sent = lab_sent(&lab);
		if (strcmp(sent, cases[i].answer) != 0)
			fail_msg("%s:\n%s\nnot\n%s", cases[i].what, sent, cases[i].answer);
		assert_int_equal(lab.conn.close, strstr(sent, "Connection: close") != NULL);
	}
}

// A chunk is as long as the room allows; a chunk of nothing, which ends content, never comes.
static void test_chunks_in_little_room(void **state)
{
	struct http_answer answer;
	uint8_t room[HTTP_CHUNK_SIZE_BYTES + 3];
	struct fill out = fill_of(room, sizeof(room)), less = fill_of(room, sizeof(room) - 1);

	(void)lab_text(&lab, "GET / HTTP/1.1\r\n" H "\r\n");
	http_answer_begin(&answer, &lab.conn, &lab.out, 200, NULL);
	assert_int_equal(http_answer_end_stream(&answer), HTTP_ANSWER_WRITTEN);
	assert_int_equal(http_answer_put(&lab.conn, &less, "hello", 5), 0);
	assert_int_equal(fill_len(&less), 0);
	assert_int_equal(http_answer_put(&lab.conn, &out, "hello", 0), 0);
	assert_int_equal(fill_len(&out), 0);
	assert_int_equal(http_answer_put(&lab.conn, &out, "hello", 5), 1);
	assert_int_equal(fill_len(&out), 6);
	assert_memory_equal(room, "1\r\nh\r\n", 6);
}

// However little room there was, the answer can be begun again.
static void test_head_in_any_room(void **state)
{
	static const char want[] = "HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 2\r\n\r\n";

	for (size_t room = 0; room <= strlen(want); room++) {
		struct http_answer answer;
		struct fill out = fill_of(lab.sent, room);

		open_lab(state);
		(void)lab_text(&lab, "GET / HTTP/1.1\r\n" H "\r\n");
		http_answer_begin(&answer, &lab.conn, &out, 200, NULL);
		http_answer_text(&answer, "X", "y");
		assert_int_equal(http_answer_end(&answer, 2),
		                 room == strlen(want) ? HTTP_ANSWER_WRITTEN : HTTP_ANSWER_NO_ROOM);
		assert_int_equal(http_answer_has_content(&lab.conn), room == strlen(want));
	}
	assert_memory_equal(lab.sent, want, strlen(want));
}

static void test_fields_that_are_refused(void **state)
{
	static const struct {
		const char *name, *value;
	} fields[] = {
	        {"Location", "/a\r\nSet-Cookie: b"},
	        {"Location", "/a\nb"},
	        {"Location", "/a\rb"},
	        {"Location", "/a\x01"},
	        {"X\r\nY", "a"},
	        {"X Y", "a"},
	        {"", "a"},
	        {"X:", "a"},
	        {"Content-Length", "5"},
	        {"content-length", "5"},
	        {"Transfer-Encoding", "chunked"},
	        {"Connection", "close"},
	};

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		struct http_answer answer;

		open_lab(state);
		(void)lab_text(&lab, "GET / HTTP/1.1\r\n" H "\r\n");
		http_answer_begin(&answer, &lab.conn, &lab.out, 302, NULL);
		http_answer_text(&answer, fields[i].name, fields[i].value);
		assert_int_equal(http_answer_end(&answer, 0), HTTP_ANSWER_MALFORMED);
		(void)lab_sent(&lab);
		lab_answer(&lab, 500, "");
		assert_memory_equal(lab_sent(&lab), "HTTP/1.1 500 ", 13);
	}
}

// Each fault that is answered has a status with a phrase, and an answer in the room it is said to
// take.
static void test_faults(void **state)
{
	for (enum http_fault fault = HTTP_FAULT_NONE + 1; fault < HTTP_FAULTS; fault++) {
		uint8_t room[HTTP_ANSWER_FAULT_BYTES];
		struct fill out = fill_of(room, sizeof(room)),
		            less = fill_of(room, sizeof(room) - 1);

		if (http_faults[fault].number == 0)
			continue;
		assert_non_null(http_status_phrase(http_faults[fault].number));
		assert_true(strlen(http_faults[fault].name) > 0);
		open_lab(state);
		(void)lab_text(&lab, "GET / HTTP/1.1\r\n" H "\r\n");
		lab.conn.fault = (uint8_t)fault;
		assert_false(http_answer_fault(&lab.conn, &less, LAB_DATE));
		assert_true(http_answer_fault(&lab.conn, &out, LAB_DATE));
		assert_false(http_answer_has_content(&lab.conn));
	}
}

static void test_refused_head(void **state)
{
	(void)lab_text(&lab, "HEAD / HTTP/1.1\r\n\r\n");
	assert_string_equal(lab_sent(&lab),
	                    "HTTP/1.1 400 Bad Request\r\n" DATE "Content-Type: text/plain\r\n"
	                    "Content-Length: 17\r\nConnection: close\r\n\r\n");
	assert_true(lab.closed);
}

// Content that is sent without a copy is counted.
static void test_sends(void **state)
{
	struct http_answer answer;

	(void)lab_text(&lab, "GET / HTTP/1.1\r\n" H "\r\n");
	http_answer_begin(&answer, &lab.conn, &lab.out, 200, NULL);
	assert_int_equal(http_answer_end(&answer, UINT64_C(1) << 40), HTTP_ANSWER_WRITTEN);
	http_answer_sends(&lab.conn, (UINT64_C(1) << 40) - 1);
	assert_true(http_answer_has_content(&lab.conn));
	http_answer_sends(&lab.conn, 1);
	assert_false(http_answer_has_content(&lab.conn));
	assert_non_null(strstr(lab_sent(&lab), "Content-Length: 1099511627776\r\n"));
}

#define LAB_TEST(fn) cmocka_unit_test_setup_teardown(fn, open_lab, close_lab)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        LAB_TEST(test_answers),
	        LAB_TEST(test_chunks_in_little_room),
	        LAB_TEST(test_head_in_any_room),
	        LAB_TEST(test_fields_that_are_refused),
	        LAB_TEST(test_faults),
	        LAB_TEST(test_refused_head),
	        LAB_TEST(test_sends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
