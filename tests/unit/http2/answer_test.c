// Answers: heads, content that is offered in pieces and let through by windows, and what is
// refused.
#include "http2_lab.h"

static struct lab lab;

static int setup(void **state)
{
	lab_setup(&lab);
	lab.by_hand = true;
	return 0;
}

static int teardown(void **state)
{
	lab_close(&lab);
	return 0;
}

static void begin(struct http2_answer *answer, unsigned status)
{
	lab_get(&lab, 1);
	http2_answer_begin(answer, lab.stream, status, LAB_DATE);
}

static void test_fields(void **state)
{
	struct http2_answer answer;

	begin(&answer, 200);
	http2_answer_text(&answer, "Content-Type", " text/html ");
	assert_int_equal(http2_answer_end(&answer, 0), HTTP2_ANSWER_WRITTEN);
	assert_false(http2_has_content(lab.stream));
	lab_turn(&lab);
	assert_string_equal(lab.sent, "1 :status=200 date=" LAB_DATE
	                              " content-type=text/html content-length=0.|");
}

static void test_refused_fields(void **state)
{
	static const char *const fields[][2] = {
	        {"", "x"},           {"a b", "x"},       {":path", "x"},
	        {"x", "a\r\nb: c"},  {"x", "a\nb"},      {"Content-Length", "3"},
	        {"Connection", "x"}, {"upgrade", "h2c"}, {"Transfer-Encoding", "chunked"},
	};
	struct http2_answer answer;

	lab_get(&lab, 1);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		http2_answer_begin(&answer, lab.stream, 200, NULL);
		http2_answer_text(&answer, fields[i][0], fields[i][1]);
		assert_int_equal(http2_answer_end(&answer, 0), HTTP2_ANSWER_MALFORMED);
	}
	http2_answer_begin(&answer, lab.stream, 200, NULL);
	for (unsigned i = 0; i < HTTP2_ANSWER_FIELDS_MAX; i++)
		http2_answer_text(&answer, "x", "y");
	assert_int_equal(http2_answer_end(&answer, 0), HTTP2_ANSWER_MALFORMED);
	lab_answer(&lab, lab.stream, 500, "");
	lab_turn(&lab);
	assert_string_equal(lab.sent, "1 :status=500 content-length=0.|");
}

static void test_head(void **state)
{
	struct http2_answer answer;

	lab_headers(&lab, 1, END_STREAM, LAB_BEGIN("HEAD", "/"));
	http2_answer_begin(&answer, lab.stream, 200, NULL);
	assert_int_equal(http2_answer_end(&answer, 1234), HTTP2_ANSWER_WRITTEN);
	assert_false(http2_has_content(lab.stream));
	lab_turn(&lab);
	assert_string_equal(lab.sent, "1 :status=200 content-length=1234.|");
}

static void test_no_content(void **state)
{
	struct http2_answer answer;

	begin(&answer, 304);
	assert_int_equal(http2_answer_end(&answer, 10), HTTP2_ANSWER_WRITTEN);
	lab_turn(&lab);
	assert_string_equal(lab.sent, "1 :status=304 date=" LAB_DATE ".|");
}

static void test_stream_in_pieces(void **state)
{
	struct http2_answer answer;

	begin(&answer, 200);
	assert_int_equal(http2_answer_end(&answer, HTTP2_LENGTH_UNKNOWN), HTTP2_ANSWER_WRITTEN);
	lab_turn(&lab);
	http2_offer(lab.stream, "one", 3);
	lab_turn(&lab);
	assert_int_equal(http2_offered(lab.stream), 0);
	lab_turn(&lab);
	http2_offer(lab.stream, "two", 3);
	http2_last(lab.stream);
	lab_turn(&lab);
	assert_string_equal(lab.sent, "1 :status=200 date=" LAB_DATE "|1:one|1:two.|");
	assert_int_equal(lab.whole, 1);
}

static void test_empty_last(void **state)
{
	struct http2_answer answer;

	begin(&answer, 200);
	assert_int_equal(http2_answer_end(&answer, HTTP2_LENGTH_UNKNOWN), HTTP2_ANSWER_WRITTEN);
	http2_offer(lab.stream, "one", 3);
	lab_turn(&lab);
	http2_last(lab.stream);
	lab_turn(&lab);
	assert_string_equal(lab.sent, "1 :status=200 date=" LAB_DATE "|1:one|1:.|");
	assert_int_equal(lab.whole, 1);
}

// No more of what is offered is sent than the answer's length.
static void test_offer_beyond_length(void **state)
{
	struct http2_answer answer;

	begin(&answer, 200);
	assert_int_equal(http2_answer_end(&answer, 2), HTTP2_ANSWER_WRITTEN);
	http2_offer(lab.stream, "one", 3);
	lab_turn(&lab);
	assert_non_null(strstr(lab.sent, "|1:on.|"));
}

// The client's windows: of the stream, then of the connection.
static void test_windows(void **state)
{
	static uint8_t bytes[200000];
	struct http2_answer answer;

	begin(&answer, 200);
	assert_int_equal(http2_window(lab.stream), 65535);
	assert_int_equal(http2_answer_end(&answer, sizeof(bytes)), HTTP2_ANSWER_WRITTEN);
	http2_offer(lab.stream, bytes, sizeof(bytes));
	lab.quiet = true;
	lab_turn(&lab);
	assert_int_equal(http2_offered(lab.stream), sizeof(bytes) - 65535);
	assert_int_equal(http2_window(lab.stream), 0);
	lab_number(&lab, WINDOW_UPDATE, 1, 100000);
	lab_turn(&lab);
	assert_int_equal(http2_offered(lab.stream), sizeof(bytes) - 65535);
	lab_number(&lab, WINDOW_UPDATE, 0, 50000);
	lab_turn(&lab);
	assert_int_equal(http2_offered(lab.stream), sizeof(bytes) - 115535);
	lab_number(&lab, WINDOW_UPDATE, 0, 500000);
	lab_turn(&lab);
	assert_int_equal(http2_offered(lab.stream), sizeof(bytes) - 165535);
	lab_number(&lab, WINDOW_UPDATE, 1, 500000);
	lab_turn(&lab);
	assert_int_equal(lab.whole, 1);
}

// What is kept outlives the caller's bytes.
static void test_keep(void **state)
{
	struct http2_answer answer;
	char text[] = "text";

	lab_frame(&lab, SETTINGS, 0, 0, "\0\4\0\0\0\1", 6);
	begin(&answer, 200);
	assert_int_equal(http2_answer_end(&answer, 4), HTTP2_ANSWER_WRITTEN);
	http2_offer(lab.stream, text, 4);
	lab_turn(&lab);
	assert_true(http2_keep(lab.stream));
	memset(text, 'x', 4);
	lab_number(&lab, WINDOW_UPDATE, 1, 9);
	lab_turn(&lab);
	assert_non_null(strstr(lab.sent, "|1:t|1:ext.|"));
	assert_int_equal(lab.whole, 1);
}

// However little room there is, the same bytes are sent.
static void test_little_room(void **state)
{
	static const char text[] = "a text that is not so short";
	struct http2_answer answer;

	for (size_t room = 1; room < 40; room++) {
		lab_setup(&lab);
		lab.by_hand = true;
		begin(&answer, 200);
		assert_int_equal(http2_answer_end(&answer, strlen(text)), HTTP2_ANSWER_WRITTEN);
		http2_offer(lab.stream, text, strlen(text));
		for (unsigned i = 0; !lab_take(&lab, room); i++)
			assert_true(i < 1000);
		lab_turn(&lab);
		assert_int_equal(lab.whole, 1);
		assert_non_null(strstr(lab.sent, text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_fields, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_refused_fields, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_head, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_no_content, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_stream_in_pieces, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_empty_last, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_offer_beyond_length, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_windows, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_keep, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_little_room, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
