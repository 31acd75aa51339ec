// Frames that RFC 9113 does not allow, clause by clause: what the server answers, and whether the
// connection lives on. A request behind them is served, or not.
#include "http2_lab.h"

static struct lab lab;

enum outcome { SERVED, ENDED };

struct frame {
	uint8_t type, flags;
	uint32_t id;
	const char *bytes; // of fields: lines; otherwise as they are
	size_t len;
};

#define FIELDS SIZE_MAX
#define GET_A  LAB_BEGIN("GET", "/a")
#define POST_A LAB_BEGIN("POST", "/a")

static const struct {
	const char *clause;
	struct frame frames[4];
	enum outcome outcome;
	const char *sent; // before what the request behind gets
} cases[] = {
        {"4.2 a frame is not longer than 16384", {{DATA, 0, 1, NULL, 16385}}, ENDED, "GOAWAY 6|"},
        {"5.1 DATA on an idle stream", {{DATA, 0, 1, "x", 1}}, ENDED, "GOAWAY 1|"},
        {"5.1 RST_STREAM of an idle stream",
         {{RST_STREAM, 0, 1, "\0\0\0\0", 4}},
         ENDED,
         "GOAWAY 1|"},
        {"5.1 WINDOW_UPDATE of an idle stream",
         {{WINDOW_UPDATE, 0, 1, "\0\0\0\1", 4}},
         ENDED,
         "GOAWAY 1|"},
        {"5.1 DATA behind the end of a stream",
         {{HEADERS, 5, 1, POST_A, FIELDS}, {DATA, 0, 1, "x", 1}},
         ENDED,
         NULL},
        {"5.1.1 a client's streams are odd", {{HEADERS, 5, 2, GET_A, FIELDS}}, ENDED, "GOAWAY 1|"},
        {"5.1.1 and ascend; libnghttp2 passes over others, which may be late trailers",
         {{HEADERS, 5, 5, GET_A, FIELDS}, {HEADERS, 5, 3, GET_A, FIELDS}},
         SERVED,
         ""},
        {"5.3.2 PRIORITY is passed over", {{PRIORITY, 0, 1, "\0\0\0\0\1", 5}}, SERVED, ""},
        {"5.5 unknown frames are passed over", {{0xee, 0xff, 7, "xyz", 3}}, SERVED, ""},
        {"6.1 DATA of stream 0", {{DATA, 0, 0, "x", 1}}, ENDED, "GOAWAY 1|"},
        {"6.1 padding is shorter than the frame",
         {{HEADERS, 4, 1, POST_A, FIELDS}, {DATA, 8, 1, "\5xx", 3}},
         ENDED,
         NULL},
        {"6.2 HEADERS of stream 0", {{HEADERS, 5, 0, GET_A, FIELDS}}, ENDED, "GOAWAY 1|"},
        {"6.2 nothing comes between HEADERS and CONTINUATION",
         {{HEADERS, 1, 1, GET_A, FIELDS}, {PING, 0, 0, "12345678", 8}},
         ENDED,
         "GOAWAY 1|"},
        {"6.4 RST_STREAM has 4 bytes",
         {{HEADERS, 4, 1, POST_A, FIELDS}, {RST_STREAM, 0, 1, "abc", 3}},
         ENDED,
         NULL},
        {"6.5 SETTINGS of a stream", {{SETTINGS, 0, 1, NULL, 0}}, ENDED, "GOAWAY 1|"},
        {"6.5 SETTINGS of 5 bytes", {{SETTINGS, 0, 0, "abcde", 5}}, ENDED, "GOAWAY 6|"},
        {"6.5 an ACK has no payload", {{SETTINGS, ACK, 0, "\0\1\0\0\0\0", 6}}, ENDED, "GOAWAY 6|"},
        {"6.5.2 ENABLE_PUSH is 0 or 1", {{SETTINGS, 0, 0, "\0\2\0\0\0\2", 6}}, ENDED, "GOAWAY 1|"},
        {"6.5.2 a window is at most 2^31-1",
         {{SETTINGS, 0, 0, "\0\4\x80\0\0\0", 6}},
         ENDED,
         "GOAWAY 3|"},
        {"6.5.2 MAX_FRAME_SIZE is at least 16384",
         {{SETTINGS, 0, 0, "\0\5\0\0\0\1", 6}},
         ENDED,
         "GOAWAY 1|"},
        {"6.6 clients do not promise", {{PUSH_PROMISE, 4, 1, "\0\0\0\2", 4}}, ENDED, "GOAWAY 1|"},
        {"6.7 PING is answered", {{PING, 0, 0, "12345678", 8}}, SERVED, "PONG|"},
        {"6.7 PING of a stream", {{PING, 0, 1, "12345678", 8}}, ENDED, "GOAWAY 1|"},
        {"6.7 PING has 8 bytes", {{PING, 0, 0, "1234567", 7}}, ENDED, "GOAWAY 6|"},
        {"6.9 a window grows by 1 or more",
         {{WINDOW_UPDATE, 0, 0, "\0\0\0\0", 4}},
         ENDED,
         "GOAWAY 1|"},
        {"6.9.1 and not beyond 2^31-1",
         {{WINDOW_UPDATE, 0, 0, "\x7f\xff\xff\xff", 4}},
         ENDED,
         "GOAWAY 3|"},
        {"6.10 CONTINUATION behind no HEADERS",
         {{CONTINUATION, 4, 1, GET_A, FIELDS}},
         ENDED,
         "GOAWAY 1|"},
        {"8.1 trailers end a request",
         {{HEADERS, 4, 1, POST_A, FIELDS}, {HEADERS, 4, 1, "x: y\n", FIELDS}},
         SERVED,
         "1!1|"},
        {"8.1 trailers have no pseudo-header fields",
         {{HEADERS, 4, 1, POST_A, FIELDS}, {HEADERS, 5, 1, ":path: /\n", FIELDS}},
         SERVED,
         "1!1|"},
        {"8.1.1 more content than its length",
         {{HEADERS, 4, 1, POST_A "content-length: 1\n", FIELDS}, {DATA, 1, 1, "xx", 2}},
         SERVED,
         "1!1|"},
        {"8.1.1 less content than its length",
         {{HEADERS, 4, 1, POST_A "content-length: 3\n", FIELDS}, {DATA, 1, 1, "xx", 2}},
         SERVED,
         "1!1|"},
        {"8.2.1 no upper case", {{HEADERS, 5, 1, GET_A "X-Y: z\n", FIELDS}}, SERVED, "1!1|"},
        {"8.2.1 no control characters",
         {{HEADERS, 5, 1, GET_A "x: a\rb\n", FIELDS}},
         SERVED,
         "1!1|"},
        {"8.2.2 no Connection",
         {{HEADERS, 5, 1, GET_A "connection: close\n", FIELDS}},
         SERVED,
         "1!1|"},
        {"8.2.2 no Transfer-Encoding",
         {{HEADERS, 5, 1, GET_A "transfer-encoding: chunked\n", FIELDS}},
         SERVED,
         "1!1|"},
        {"8.3 pseudo-header fields come first",
         {{HEADERS, 5, 1, "x: y\n" GET_A, FIELDS}},
         SERVED,
         "1!1|"},
        {"8.3.1 each once", {{HEADERS, 5, 1, GET_A ":path: /b\n", FIELDS}}, SERVED, "1!1|"},
        {"8.3.1 all of them",
         {{HEADERS, 5, 1, ":method: GET\n:path: /\n", FIELDS}},
         SERVED,
         "1!1|"},
        {"8.3.1 Host is what :authority is",
         {{HEADERS, 5, 1, GET_A "host: b\n", FIELDS}},
         SERVED,
         NULL},
        {"RFC 7541 2.3.3 an index of nothing",
         {{HEADERS, 5, 1, "\xff\xff\x7f", 3}},
         ENDED,
         "GOAWAY 9|"},
        {"RFC 7541 4.2 a table that is too large",
         {{HEADERS, 5, 1, "\x3f\xe2\x1f", 3}},
         ENDED,
         "GOAWAY 9|"},
};

static void give(const struct frame *frame)
{
	uint8_t bytes[20000] = {0};

	if (frame->len == FIELDS)
		lab_frame(&lab, frame->type, frame->flags, frame->id, bytes,
		          lab_pack(frame->bytes, bytes, sizeof(bytes)));
	else
		lab_frame(&lab, frame->type, frame->flags, frame->id,
		          frame->bytes ? (const void *)frame->bytes : bytes, frame->len);
}

static void test_cases(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		lab_setup(&lab);
		lab.by_hand = true;
		for (const struct frame *frame = cases[i].frames; frame->type || frame->len;
		     frame++)
			if (!lab.closed)
				give(frame);
		lab_turn(&lab);
		if (cases[i].sent && strcmp(lab.sent, cases[i].sent) != 0)
			fail_msg("%s: %s", cases[i].clause, lab.sent);
		if (lab.closed != (cases[i].outcome == ENDED))
			fail_msg("%s: closed %d: %s", cases[i].clause, lab.closed, lab.sent);
		if (lab.closed) {
			assert_int_equal(http2_fault(lab.conn), HTTP2_FAULT_PROTOCOL);
			continue;
		}
		lab.by_hand = false;
		lab_get(&lab, 31);
		lab_turn(&lab);
		assert_non_null(strstr(lab.sent, "31 :status=200"));
	}
	lab_close(&lab);
}

// What is refused by an answer names the fault.
static void test_refused(void **state)
{
	lab_setup(&lab);
	lab_headers(&lab, 1, END_STREAM, GET_A "host: b\n");
	lab_headers(&lab, 3, END_STREAM, GET_A "expect: what\n");
	lab_headers(&lab, 5, 0, POST_A "content-length: 9999999\n");
	lab_turn(&lab);
	assert_string_equal(lab.log, "host|expect|body_long|");
	assert_non_null(strstr(lab.sent, "1 :status=400"));
	assert_non_null(strstr(lab.sent, "3 :status=417"));
	assert_non_null(strstr(lab.sent, "5 :status=413"));
	assert_int_equal(lab.refused, 3);
	lab_close(&lab);
}

static void test_preface(void **state)
{
	lab_open(&lab);
	lab_give(&lab, "GET / HTTP/1.1\r\n", 16);
	assert_true(lab.closed);
	assert_int_equal(http2_fault(lab.conn), HTTP2_FAULT_PREFACE);
	lab_open(&lab);
	lab_give(&lab, LAB_PREFACE, 24);
	lab_get(&lab, 1); // section 3.4: SETTINGS come first
	lab_turn(&lab);
	assert_true(lab.closed);
	assert_int_equal(http2_fault(lab.conn), HTTP2_FAULT_PROTOCOL);
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_cases),
	        cmocka_unit_test(test_refused),
	        cmocka_unit_test(test_preface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
