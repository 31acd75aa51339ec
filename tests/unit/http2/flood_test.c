// Attacks that cost a client little and a server much: each is ended after a bounded number of
// frames, in bounded memory; a client that works as hard and is served goes on.
#include "http2_lab.h"

static struct lab lab;
static size_t used_max;

static int setup(void **state)
{
	lab_setup(&lab);
	used_max = 0;
	return 0;
}

static int teardown(void **state)
{
	assert_true(used_max <= lab.limits.memory_bytes);
	lab_close(&lab);
	return 0;
}

static void look(void)
{
	used_max = used_max > http2_memory_used(lab.conn) ? used_max : http2_memory_used(lab.conn);
}

static void assert_flood(unsigned done, unsigned least, unsigned most)
{
	lab_turn(&lab);
	assert_true(lab.closed);
	assert_int_equal(http2_fault(lab.conn), HTTP2_FAULT_FLOOD);
	assert_non_null(strstr(lab.sent, "GOAWAY 11|"));
	assert_in_range(done, least, most);
}

// CVE-2023-44487.
static void test_rapid_reset(void **state)
{
	uint32_t i = 0;

	lab.by_hand = true;
	for (; i < 10000 && !lab.closed; i++) {
		lab_get(&lab, 2 * i + 1);
		lab_number(&lab, RST_STREAM, 2 * i + 1, 8);
		look();
	}
	assert_flood(i, 190, 210);
	assert_int_equal(lab.gone, lab.requests - 1); // the last reset was not read
}

// CVE-2025-8671: the server itself is made to reset.
static void test_made_to_reset(void **state)
{
	uint32_t i = 0;

	lab.by_hand = true;
	for (; i < 10000 && !lab.closed; i++) {
		lab_headers(&lab, 2 * i + 1, 0, LAB_BEGIN("POST", "/"));
		lab_number(&lab, WINDOW_UPDATE, 2 * i + 1, 0x7fffffff);
		look();
	}
	assert_flood(i, 150, 210);
}

static void test_malformed_requests(void **state)
{
	uint32_t i = 0;

	for (; i < 10000 && !lab.closed; i++) {
		lab_headers(&lab, 2 * i + 1, END_STREAM, LAB_BEGIN("GET", "/") "X: y\n");
		look();
	}
	assert_flood(i, 190, 210);
}

// A client may reset now and then for as long as it likes.
static void test_resets_that_are_served(void **state)
{
	for (uint32_t i = 0; i < 2000; i++) {
		lab.by_hand = i % 2;
		lab_get(&lab, 2 * i + 1);
		if (i % 2)
			lab_number(&lab, RST_STREAM, 2 * i + 1, 8);
		lab.now = mono_add(lab.now, 20 * MS_US);
		lab.sent_len = lab.log_len = 0;
		lab_turn(&lab);
	}
	assert_false(lab.closed);
}

static void test_floods(void **state)
{
	static const struct {
		uint8_t type, flags;
		uint32_t id;
		size_t len;
	} floods[] = {{SETTINGS, 0, 0, 0},      {PING, 0, 0, 8},   {PRIORITY, 0, 7, 5},
	              {DATA, 0, 1, 0},          {DATA, 0, 1, 1},   {WINDOW_UPDATE, 0, 0, 4},
	              {WINDOW_UPDATE, 0, 1, 4}, {0xee, 0, 0, 100}, {PING, ACK, 0, 8},
	              {SETTINGS, ACK, 0, 0}};
	static const uint8_t zeros[100] = {0, 0, 0, 1};

	for (size_t flood = 0; flood < sizeof(floods) / sizeof(floods[0]); flood++) {
		unsigned i = 0;

		lab_setup(&lab);
		lab.by_hand = lab.quiet = true;
		lab_headers(&lab, 1, 0, LAB_BEGIN("POST", "/"));
		for (; i < 5000 && !lab.closed; i++) {
			lab_frame(&lab, floods[flood].type, floods[flood].flags, floods[flood].id,
			          zeros, floods[flood].len);
			lab.log_len = 0;
			look();
		}
		lab.quiet = false;
		if (!lab.closed || i > 2001)
			fail_msg("flood %zu: %u", flood, i);
	}
}

// CVE-2024-27316: a head without end.
static void test_continuations(void **state)
{
	unsigned i = 0;

	lab_frame(&lab, HEADERS, END_STREAM, 1, NULL, 0);
	for (; i < 100 && !lab.closed; i++)
		lab_frame(&lab, CONTINUATION, 0, 1, NULL, 0);
	lab_turn(&lab);
	assert_true(lab.closed);
	assert_int_equal(http2_fault(lab.conn), HTTP2_FAULT_CONTINUATIONS);
	assert_int_equal(i, 9);
	assert_string_equal(lab.sent, "GOAWAY 11|");
}

static void test_long_head(void **state)
{
	static uint8_t block[16000];
	unsigned i = 0;

	memset(block, 0x82, sizeof(block)); // ":method: GET", again and again
	lab_frame(&lab, HEADERS, END_STREAM, 1, block, sizeof(block));
	for (; i < 100 && !lab.closed; i++)
		lab_frame(&lab, CONTINUATION, 0, 1, block, sizeof(block));
	assert_int_equal(http2_fault(lab.conn), HTTP2_FAULT_HEAD_LONG);
	assert_int_equal(i, 1);
}

// A bomb: one field of 4000 bytes, then 16,000 references to it.
static void test_bomb(void **state)
{
	static uint8_t block[16000];
	struct fill out = fill_of(block, sizeof(block));
	uint8_t value[4000];

	lab_get(&lab, 1);
	memset(value, 'v', sizeof(value));
	fill_bytes(&out, "\x40\1x", 3); // a literal that is kept
	put_length(&out, sizeof(value));
	fill_bytes(&out, value, sizeof(value));
	while (fill_left(&out))
		fill_u8(&out, 0xbe);
	lab_frame(&lab, HEADERS, END_STREAM | END_HEADERS, 3, block, sizeof(block));
	look();
	lab_turn(&lab);
	assert_non_null(strstr(lab.sent, "|3!2|"));
	assert_false(lab.closed);
	lab_get(&lab, 5);
	lab_turn(&lab);
	assert_non_null(strstr(lab.sent, "|5 :status=200"));
}

// A head that is only somewhat too long has an answer.
static void test_large_head(void **state)
{
	char lines[4096], *at = stpcpy(lines, LAB_BEGIN("GET", "/") "x: ");

	memset(at, 'v', 3300);
	strcpy(at + 3300, "\n");
	lab.shared.line_bytes = 3000;
	lab_headers(&lab, 1, END_STREAM, lines);
	lab_turn(&lab);
	assert_string_equal(lab.log, "field_long|");
	assert_non_null(strstr(lab.sent, "1 :status=431"));
}

// Acknowledgements that the client does not take: nothing is read before it does.
static void test_acks_wait(void **state)
{
	static uint8_t pings[17 * 200];
	struct http2_taken taken;
	struct span part = span_of(pings, sizeof(pings));

	for (unsigned i = 0; i < 200; i++)
		memcpy(pings + 17 * (size_t)i, "\0\0\10\6\0\0\0\0\0abcdefgh", 17);
	assert_int_equal(http2_next(lab.conn, &part, &lab.request, &taken, lab.now), HTTP2_WAIT);
	assert_in_range(span_left(&part), 17 * 100, 17 * 150);
	look();
	lab_flush(&lab);
	assert_int_equal(http2_next(lab.conn, &part, &lab.request, &taken, lab.now), HTTP2_WAIT);
	assert_in_range(span_left(&part), 17 * 1, 17 * 100);
}

// All that a client can hold at a time: 100 requests with long heads, answers that it does not
// take.
static void test_memory(void **state)
{
	static uint8_t bytes[100000];
	char lines[8192], *at = stpcpy(lines, LAB_BEGIN("GET", "/") "x: ");

	memset(at, 'v', 7000);
	strcpy(at + 7000, "\n");
	lab.by_hand = lab.quiet = true;
	lab_frame(&lab, SETTINGS, 0, 0, "\0\4\0\0\0\0", 6); // no window at all
	for (uint32_t i = 0; i < 100; i++) {
		struct http2_answer answer;

		lab_headers(&lab, 2 * i + 1, END_STREAM, lines);
		http2_answer_begin(&answer, lab.stream, 200, NULL);
		assert_int_equal(http2_answer_end(&answer, sizeof(bytes)), HTTP2_ANSWER_WRITTEN);
		http2_offer(lab.stream, bytes, sizeof(bytes));
		lab.log_len = 0;
		lab_turn(&lab);
		look();
	}
	assert_false(lab.closed);
	assert_int_equal(lab.requests, 100);
	print_message("100 requests at a time: %zu bytes\n", used_max);
}

// With less memory the connection ends, and nothing else.
static void test_no_memory(void **state)
{
	for (uint32_t room = 1000; room < 120000; room += 1013) {
		struct http2_conn *conn;

		lab_close(&lab);
		lab.shared = http_limits_default;
		lab.limits = http2_limits_default;
		lab.limits.memory_bytes = room;
		conn = http2_open(&lab.shared, &lab.limits, 8, lab.now);
		if (!conn)
			continue;
		http2_close(conn);
		lab_open_limits(&lab);
		lab.by_hand = true;
		lab_greet(&lab);
		for (uint32_t i = 0; i < 100 && !lab.closed; i++)
			lab_get(&lab, 2 * i + 1);
		if (lab.closed)
			assert_int_equal(http2_fault(lab.conn), HTTP2_FAULT_MEMORY);
		assert_true(http2_memory_used(lab.conn) <= room);
	}
	assert_false(lab.closed);
	lab_setup(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_rapid_reset, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_made_to_reset, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_malformed_requests, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_resets_that_are_served, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_floods, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_continuations, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_long_head, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_bomb, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_large_head, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_acks_wait, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_memory, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_no_memory, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
