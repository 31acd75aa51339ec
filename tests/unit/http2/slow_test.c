// Clients that are slow in each place, on virtual time.
#include "http2_lab.h"

static struct lab lab;

static int setup(void **state)
{
	return lab_setup(&lab);
}

static int teardown(void **state)
{
	lab_close(&lab);
	return 0;
}

// Time passes, in steps of the engine's deadline; returns the seconds until the connection ended.
static unsigned wait_s(unsigned s)
{
	mono_t begin = lab.now, end = mono_add(lab.now, s * SEC_US);

	while (!lab.closed && lab.now.us < end.us) {
		mono_t next = http2_deadline(lab.conn);

		assert_true(next.us > lab.now.us);
		if (next.us > end.us)
			break;
		lab.now = next;
		lab.closed = http2_expire(lab.conn, lab.now) == HTTP2_CLOSE;
		if (!lab.closed)
			lab_turn(&lab);
	}
	if (!lab.closed)
		lab.now = end;
	return (unsigned)(mono_until(begin, lab.now) / SEC_US);
}

static void assert_ended(unsigned after_s, unsigned least_s, unsigned most_s,
                         enum http2_fault fault)
{
	assert_true(lab.closed);
	assert_int_equal(http2_fault(lab.conn), fault);
	assert_in_range(after_s, least_s, most_s);
}

static void test_idle(void **state)
{
	lab_get(&lab, 1);
	lab_turn(&lab);
	assert_ended(wait_s(1000), 60, 61, HTTP2_FAULT_IDLE);
	lab_flush(&lab);
	assert_non_null(strstr(lab.sent, "GOAWAY 0|"));
}

// PING keeps nothing alive.
static void test_idle_with_pings(void **state)
{
	unsigned s = 0;

	for (; s < 100 && !lab.closed; s++) {
		lab_frame(&lab, PING, 0, 0, "abcdefgh", 8);
		(void)wait_s(1);
	}
	assert_ended(s, 59, 61, HTTP2_FAULT_IDLE);
}

static void test_no_preface(void **state)
{
	lab_open(&lab);
	lab_give(&lab, LAB_PREFACE, 10);
	assert_ended(wait_s(100), 10, 11, HTTP2_FAULT_SLOW_HEAD);
	lab_open(&lab);
	lab_give(&lab, LAB_PREFACE, 24);
	assert_ended(wait_s(100), 10, 11, HTTP2_FAULT_SLOW_HEAD);
}

// A head, byte after byte.
static void test_slow_head(void **state)
{
	uint8_t block[100];
	size_t len = lab_pack(LAB_BEGIN("GET", "/"), block, sizeof(block));
	const uint8_t head[] = {0, 0, (uint8_t)len, 1, 5, 0, 0, 0, 1};
	unsigned s = 0;

	lab_give(&lab, head, sizeof(head));
	for (; s < len && !lab.closed; s++) {
		lab_give(&lab, block + s, 1);
		(void)wait_s(1);
	}
	assert_ended(s, 9, 12, HTTP2_FAULT_SLOW_HEAD);
}

// CONTINUATION that does not come.
static void test_head_without_end(void **state)
{
	lab_frame(&lab, HEADERS, END_STREAM, 1, "\x82", 1);
	assert_ended(wait_s(100), 10, 11, HTTP2_FAULT_SLOW_HEAD);
}

// Content, a byte a second: the request is reset, the connection goes on.
static void test_slow_body(void **state)
{
	unsigned s = 0;

	lab_headers(&lab, 1, 0, LAB_BEGIN("POST", "/"));
	for (; s < 30 && lab.gone == 0; s++) {
		lab_frame(&lab, DATA, 0, 1, "x", 1);
		(void)wait_s(1);
	}
	assert_in_range(s, 10, 12);
	assert_string_equal(lab.sent, "1!8|");
	lab_get(&lab, 3);
	lab_turn(&lab);
	assert_int_equal(lab.whole, 1);
}

static void test_body_that_makes_progress(void **state)
{
	uint8_t bytes[4096] = {0};

	lab_headers(&lab, 1, 0, LAB_BEGIN("POST", "/"));
	for (unsigned i = 0; i < 20; i++) {
		lab.log_len = 0;
		lab_frame(&lab, DATA, 0, 1, bytes, sizeof(bytes));
		(void)wait_s(8);
	}
	assert_int_equal(lab.gone, 0);
}

// The server itself does not read: the client is not to blame.
static void test_hold(void **state)
{
	lab.by_hand = true;
	lab_headers(&lab, 1, 0, LAB_BEGIN("POST", "/"));
	for (unsigned i = 0; i < 20; i++) {
		(void)wait_s(8);
		http2_hold(lab.conn, lab.now);
	}
	assert_int_equal(lab.gone, 0);
}

static void answer_much(void)
{
	static uint8_t bytes[1 << 20];
	struct http2_answer answer;

	lab.by_hand = lab.quiet = true;
	lab_get(&lab, 1);
	http2_answer_begin(&answer, lab.stream, 200, NULL);
	assert_int_equal(http2_answer_end(&answer, sizeof(bytes)), HTTP2_ANSWER_WRITTEN);
	http2_offer(lab.stream, bytes, sizeof(bytes));
	lab_turn(&lab);
}

// A window that stays closed: the request is reset, the connection goes on.
static void test_closed_window(void **state)
{
	answer_much();
	(void)wait_s(29);
	assert_int_equal(lab.gone, 0);
	(void)wait_s(5);
	assert_int_equal(lab.gone, 1);
	assert_false(lab.closed);
}

// A window that is opened by a byte at a time.
static void test_narrow_window(void **state)
{
	unsigned s = 0;

	answer_much();
	lab_number(&lab, WINDOW_UPDATE, 0, 1 << 20);
	for (; s < 100 && lab.gone == 0; s++) {
		lab_number(&lab, WINDOW_UPDATE, 1, 1);
		(void)wait_s(1);
	}
	assert_in_range(s, 29, 33);
}

static void test_window_that_makes_progress(void **state)
{
	answer_much();
	lab_number(&lab, WINDOW_UPDATE, 0, 1 << 20);
	for (unsigned i = 0; i < 20; i++) {
		lab_number(&lab, WINDOW_UPDATE, 1, 4096);
		(void)wait_s(20);
	}
	assert_int_equal(lab.gone, 0);
}

// Nothing is taken from the connection itself.
static void test_slow_reader(void **state)
{
	unsigned s = 0;

	lab.by_hand = true;
	lab_get(&lab, 1);
	lab_answer(&lab, http2_stream_next(lab.conn, NULL), 200, "much");
	for (; s < 100 && !lab.closed; s++) {
		(void)!lab_take(&lab, 0);
		lab.now = mono_add(lab.now, SEC_US);
		lab.closed = http2_expire(lab.conn, lab.now) == HTTP2_CLOSE;
	}
	assert_ended(s, 30, 31, HTTP2_FAULT_SLOW_READER);
}

// An answer that is not ready is no fault of the client's.
static void test_slow_server(void **state)
{
	lab.by_hand = true;
	lab_get(&lab, 1);
	(void)wait_s(1000);
	assert_false(lab.closed);
	assert_int_equal(lab.gone, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_idle, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_idle_with_pings, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_no_preface, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_slow_head, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_head_without_end, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_slow_body, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_body_that_makes_progress, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_hold, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_closed_window, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_narrow_window, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_window_that_makes_progress, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_slow_reader, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_slow_server, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
