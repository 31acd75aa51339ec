// The connection: requests with and without content, several at a time, their end by either side,
// and its own end.
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

static void test_get(void **state)
{
	lab_headers(&lab, 1, END_STREAM, LAB_BEGIN("GET", "/a"));
	lab_turn(&lab);
	assert_string_equal(lab.log, "GET /a a|");
	assert_string_equal(lab.sent, "1 :status=200 content-length=2|1:ok.|");
	assert_int_equal(lab.whole, 1);
}

static void test_post(void **state)
{
	lab_headers(&lab, 1, 0, LAB_BEGIN("POST", "/a") "content-length: 5\n");
	lab_frame(&lab, DATA, 0, 1, "he", 2);
	lab_frame(&lab, DATA, PADDED | END_STREAM, 1, "\002llo\0\0", 6);
	lab_turn(&lab);
	assert_string_equal(lab.log, "POST /a a he llo|");
	assert_int_equal(lab.whole, 1);
}

static void test_trailer(void **state)
{
	lab_headers(&lab, 1, 0, LAB_BEGIN("POST", "/a"));
	lab_frame(&lab, DATA, 0, 1, "he", 2);
	lab_headers(&lab, 1, END_STREAM, "x: y\n");
	assert_string_equal(lab.log, "POST /a a he|");
}

// However the bytes are cut.
static void test_cut(void **state)
{
	uint8_t bytes[512], block[256];
	size_t len = lab_pack(LAB_BEGIN("POST", "/a"), block, sizeof(block));
	struct fill out = fill_of(bytes, sizeof(bytes));

	fill_bytes(&out, LAB_PREFACE "\0\0\0\4\0\0\0\0\0", 33);
	fill_bytes(&out, (uint8_t[]){0, 0, (uint8_t)(len - 3), 1, 0, 0, 0, 0, 1}, 9);
	fill_bytes(&out, block, len - 3);
	fill_bytes(&out, "\0\0\3\11\4\0\0\0\1", 9);
	fill_bytes(&out, block + len - 3, 3);
	fill_bytes(&out, "\0\0\5\0\1\0\0\0\1hello", 14);
	for (size_t step = 1; step <= fill_len(&out); step++) {
		lab_open(&lab);
		for (size_t at = 0; at < fill_len(&out); at += step)
			lab_give(&lab, bytes + at, size_min(step, fill_len(&out) - at));
		lab_turn(&lab);
		assert_non_null(strstr(lab.log, "POST /a a h"));
		assert_string_equal(lab.log + lab.log_len - 2, "o|");
		assert_int_equal(lab.whole, 1);
	}
}

static void test_many_at_a_time(void **state)
{
	lab.by_hand = true;
	for (uint32_t i = 0; i < 100; i++)
		lab_get(&lab, 2 * i + 1);
	assert_int_equal(lab.requests, 100);
	lab_get(&lab, 201); // one too many: its client has not said that it knows of the limit
	lab_turn(&lab);
	assert_string_equal(lab.sent, "201!7|");
	for (struct http2_stream *stream = http2_stream_next(lab.conn, NULL); stream;
	     stream = http2_stream_next(lab.conn, stream))
		lab_answer(&lab, stream, 200, "ok");
	lab_turn(&lab);
	assert_int_equal(lab.whole, 100);
	assert_false(lab.closed);
}

// The caller loses nothing that it counts on: HTTP2_GONE comes once, and says that it is not whole.
static void test_client_resets(void **state)
{
	lab.by_hand = true;
	lab_get(&lab, 1);
	lab_number(&lab, RST_STREAM, 1, 8);
	assert_int_equal(lab.gone, 1);
	assert_int_equal(lab.whole, 0);
	assert_null(http2_stream_next(lab.conn, NULL));
}

static void test_server_resets(void **state)
{
	lab.by_hand = true;
	lab_get(&lab, 1);
	http2_reset(lab.stream);
	lab_turn(&lab);
	assert_string_equal(lab.sent, "1!2|");
	assert_int_equal(lab.gone, 1);
}

// RFC 9113 section 8.1: an answer may be complete before its request is. What follows is dropped up
// to a limit.
static void test_early_answer(void **state)
{
	uint8_t bytes[10000] = {0};

	lab.by_hand = true;
	lab_headers(&lab, 1, 0, LAB_BEGIN("POST", "/a"));
	lab_answer(&lab, lab.stream, 413, "no");
	lab_turn(&lab);
	lab_frame(&lab, DATA, 0, 1, "late", 4);
	lab_frame(&lab, DATA, END_STREAM, 1, "late", 4);
	lab_turn(&lab);
	assert_string_equal(lab.sent, "1 :status=413 content-length=2|1:no.|");
	assert_int_equal(lab.whole, 1);
	lab_headers(&lab, 3, 0, LAB_BEGIN("POST", "/a"));
	lab_answer(&lab, lab.stream, 413, "no");
	lab_turn(&lab);
	for (unsigned i = 0; i < 7; i++)
		lab_frame(&lab, DATA, 0, 3, bytes, sizeof(bytes));
	lab_turn(&lab);
	assert_int_equal(lab.whole, 2);
	assert_non_null(strstr(lab.sent, "3:no.|3!0|"));
	assert_string_equal(lab.log, "POST /a aPOST /a a");
}

static void test_long_content_is_cut(void **state)
{
	char bytes[1000] = {0};

	lab_close(&lab);
	lab.shared.body_bytes = 1500;
	lab_open_limits(&lab);
	lab_greet(&lab);
	lab_headers(&lab, 1, 0, LAB_BEGIN("POST", "/a"));
	lab_frame(&lab, DATA, 0, 1, bytes, 1000);
	lab_frame(&lab, DATA, 0, 1, bytes, 1000);
	lab_turn(&lab);
	assert_string_equal(lab.sent, "1!8|");
	assert_int_equal(lab.gone, 1);
}

static void test_requests_max(void **state)
{
	lab_close(&lab);
	lab.shared.requests_max = 2;
	lab_open_limits(&lab);
	lab_greet(&lab);
	lab_get(&lab, 1);
	assert_false(lab.closed);
	lab_get(&lab, 3);
	lab_turn(&lab);
	assert_true(lab.closed);
	assert_int_equal(lab.whole, 2);
	assert_int_equal(http2_fault(lab.conn), HTTP2_FAULT_REQUESTS);
	assert_non_null(strstr(lab.sent, "GOAWAY 0|"));
}

static void test_shutdown(void **state)
{
	lab.by_hand = true;
	lab_get(&lab, 1);
	http2_shutdown(lab.conn);
	lab_turn(&lab);
	assert_string_equal(lab.sent, "GOAWAY 0|");
	assert_false(lab.closed);
	lab_get(&lab, 3); // it crossed the GOAWAY, and is passed over
	assert_int_equal(lab.requests, 1);
	lab_answer(&lab, http2_stream_next(lab.conn, NULL), 200, "ok");
	lab_turn(&lab);
	assert_int_equal(lab.whole, 1);
	assert_true(lab.closed);
	assert_int_equal(http2_fault(lab.conn), HTTP2_FAULT_NONE);
}

static void test_client_goes_away(void **state)
{
	lab_get(&lab, 1);
	lab_frame(&lab, GOAWAY, 0, 0, "\0\0\0\0\0\0\0\0", 8);
	lab_turn(&lab);
	assert_true(lab.closed);
	assert_int_equal(http2_fault(lab.conn), HTTP2_FAULT_NONE);
}

static void test_continue(void **state)
{
	lab.by_hand = true;
	lab_headers(&lab, 1, 0,
	            LAB_BEGIN("POST", "/a") "content-length: 5\nexpect: 100-continue\n");
	assert_true(lab.request.expects);
	http2_continue(lab.stream);
	lab_turn(&lab);
	assert_string_equal(lab.sent, "1 :status=100|");
	lab_frame(&lab, DATA, END_STREAM, 1, "hello", 5);
	lab_answer(&lab, lab.stream, 200, "ok");
	lab_turn(&lab);
	assert_int_equal(lab.whole, 1);
}

// RFC 9113 section 6.8: a warning first, which leaves what is on its way its answer.
static void test_warning_before_the_end(void **state)
{
	lab_get(&lab, 1);
	http2_warn(lab.conn);
	lab_turn(&lab);
	assert_non_null(strstr(lab.sent, "GOAWAY 0|"));
	lab_get(&lab, 3);
	lab_turn(&lab);
	assert_int_equal(lab.whole, 2);
	assert_false(lab.closed);
	http2_shutdown(lab.conn);
	lab_turn(&lab);
	assert_non_null(strstr(strstr(lab.sent, "GOAWAY 0|") + 1, "GOAWAY 0|"));
	assert_true(lab.closed);
	assert_int_equal(http2_fault(lab.conn), HTTP2_FAULT_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_get, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_post, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_trailer, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_cut, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_many_at_a_time, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_client_resets, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_server_resets, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_early_answer, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_long_content_is_cut, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_requests_max, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_shutdown, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_warning_before_the_end, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_client_goes_away, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_continue, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
