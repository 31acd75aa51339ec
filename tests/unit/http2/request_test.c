// Requests as field sections, each with what RFC 9113 section 8 says of it: the parts, or the
// fault.
#include "harness.h"

#include "proto/http2/http2_request.h"

static struct http2_memory memory;
static struct http2_gather gather;
static struct http_request request;
static struct http_limits limits;

static int open_test(void **state)
{
	memory = (struct http2_memory){.limit = 1 << 20};
	limits = http_limits_default;
	return 0;
}

static int close_test(void **state)
{
	http2_gather_free(&gather, &memory);
	assert_int_equal(memory.used, 0);
	return 0;
}

static void gather_lines(const char *lines)
{
	http2_gather_clear(&gather, &memory);
	while (*lines) {
		const char *colon = strstr(lines + 1, ": "), *end = strchr(lines, '\n');

		assert_true(colon && end);
		assert_true(http2_gather_add(&gather, &memory, &limits,
		                             span_of(lines, (size_t)(colon - lines)),
		                             span_of(colon + 2, (size_t)(end - colon - 2))));
		lines = end + 1;
	}
}

static enum http_fault parse(const char *lines, bool ended)
{
	gather_lines(lines);
	return http2_request_parse(&request, &gather, ended, &limits);
}

static void assert_text(struct span text, const char *want)
{
	assert_int_equal(span_left(&text), strlen(want));
	assert_memory_equal(text.p, want, strlen(want));
}

#define M ":method: GET\n"
#define S ":scheme: https\n"
#define P ":path: /x?q\n"
#define A ":authority: a.example\n"

static const struct {
	const char *lines;
	enum http_fault fault;
} cases[] = {
        {M S P A, HTTP_FAULT_NONE},
        {A P S M "x: y\n", HTTP_FAULT_NONE},
        {M S P "host: a.example\n", HTTP_FAULT_NONE},
        {M S P A "host: a.example\n", HTTP_FAULT_NONE},
        {M S P A "te: trailers\n", HTTP_FAULT_NONE},
        {":method: OPTIONS\n" S ":path: *\n" A, HTTP_FAULT_NONE},
        {":method: CONNECT\n:authority: a:1\n", HTTP_FAULT_NONE},
        {M ":scheme: http\n" P A, HTTP_FAULT_NONE},
        // 8.3.1: all that are needed, each once, no others, and none for responses
        {S P A, HTTP_FAULT_PSEUDO},
        {M P A, HTTP_FAULT_PSEUDO},
        {M S A, HTTP_FAULT_PSEUDO},
        {M M S P A, HTTP_FAULT_PSEUDO},
        {M S P P A, HTTP_FAULT_PSEUDO},
        {M S P A A, HTTP_FAULT_PSEUDO},
        {M S P A ":status: 200\n", HTTP_FAULT_PSEUDO},
        {M S P A ":protocol: websocket\n", HTTP_FAULT_PSEUDO},
        {M S P "x: y\n" A, HTTP_FAULT_PSEUDO},
        {M ":scheme: ftp\n" P A, HTTP_FAULT_PSEUDO},
        {":method: CONNECT\n" S P A, HTTP_FAULT_PSEUDO},
        {":method: CONNECT\n", HTTP_FAULT_PSEUDO},
        {":method: G ET\n" S P A, HTTP_FAULT_REQUEST_LINE},
        {":method: \n" S P A, HTTP_FAULT_REQUEST_LINE},
        {M S ":path: \n" A, HTTP_FAULT_TARGET},
        {M S ":path: x\n" A, HTTP_FAULT_TARGET},
        {M S ":path: *\n" A, HTTP_FAULT_TARGET},
        {M S ":path: /a b\n" A, HTTP_FAULT_TARGET},
        {M S ":path: /a HTTP/1.1\r\n" A, HTTP_FAULT_TARGET},
        {M S ":path: /a#b\n" A, HTTP_FAULT_TARGET},
        {M S ":path: http://b/\n" A, HTTP_FAULT_TARGET},
        // one host, and only one
        {M S P, HTTP_FAULT_HOST_MISSING},
        {M S P A "host: b.example\n", HTTP_FAULT_HOST},
        {M S P A "host: a.example\nhost: a.example\n", HTTP_FAULT_HOST_TWICE},
        {M S P ":authority: u@a.example\n", HTTP_FAULT_HOST},
        {M S P ":authority: \n", HTTP_FAULT_HOST},
        {M S P ":authority: a/b\n", HTTP_FAULT_HOST},
        // 8.2.1
        {M S P A "X: y\n", HTTP_FAULT_FIELD_NAME},
        {M S P A "x y: z\n", HTTP_FAULT_FIELD_NAME},
        {M S P A "x\r: z\n", HTTP_FAULT_FIELD_NAME},
        {M S P A "x: y\r\n", HTTP_FAULT_FIELD_VALUE},
        {M S P A "x:  y\n", HTTP_FAULT_FIELD_VALUE},
        {M S P A "x: y \n", HTTP_FAULT_FIELD_VALUE},
        {M S P A "x: a\001b\n", HTTP_FAULT_FIELD_VALUE},
        // 8.2.2
        {M S P A "connection: close\n", HTTP_FAULT_FIELD_CONNECTION},
        {M S P A "transfer-encoding: chunked\n", HTTP_FAULT_FIELD_CONNECTION},
        {M S P A "keep-alive: 1\n", HTTP_FAULT_FIELD_CONNECTION},
        {M S P A "proxy-connection: close\n", HTTP_FAULT_FIELD_CONNECTION},
        {M S P A "upgrade: h2c\n", HTTP_FAULT_FIELD_CONNECTION},
        {M S P A "te: gzip\n", HTTP_FAULT_FIELD_CONNECTION},
        // 8.1.1
        {M S P A "content-length: 0\n", HTTP_FAULT_NONE},
        {M S P A "content-length: 5\n", HTTP_FAULT_LENGTH},
        {M S P A "content-length: +0\n", HTTP_FAULT_LENGTH},
        {M S P A "content-length: 0\ncontent-length: 0\n", HTTP_FAULT_LENGTH_TWICE},
        {M S P A "content-length: 99999999999999999999\n", HTTP_FAULT_BODY_LONG},
        {M S P A "expect: 200-ok\n", HTTP_FAULT_EXPECT},
        {":method: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n" S P A, HTTP_FAULT_METHOD_LONG},
};

static void test_cases(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum http_fault fault = parse(cases[i].lines, true);

		if (fault != cases[i].fault)
			fail_msg("case %zu: %s\n%s", i, fault ? http_faults[fault].name : "none",
			         cases[i].lines);
	}
}

static void test_parts(void **state)
{
	struct span value;

	assert_int_equal(parse(M S P A "accept: text/html\n", true), HTTP_FAULT_NONE);
	assert_int_equal(request.method, HTTP_GET);
	assert_text(request.method_text, "GET");
	assert_text(request.target_text, "/x?q");
	assert_text(request.target.path, "/x");
	assert_text(request.target.query, "q");
	assert_text(request.host, "a.example");
	assert_true(request.target.https);
	assert_int_equal(request.framing, HTTP_NO_BODY);
	assert_true(http_request_only(&request, HTTP_FIELD_ACCEPT, &value));
	assert_text(value, "text/html");
}

static void test_framing(void **state)
{
	assert_int_equal(parse(M S P A, false), HTTP_FAULT_NONE);
	assert_int_equal(request.framing, HTTP_CHUNKED);
	assert_int_equal(parse(M S P A "content-length: 7\nexpect: 100-continue\n", false),
	                 HTTP_FAULT_NONE);
	assert_int_equal(request.framing, HTTP_LENGTH);
	assert_int_equal(request.length, 7);
	assert_true(request.expects);
}

// Each limit at its value and one beyond.
static void test_limits(void **state)
{
	char lines[4096], *at;

	limits.fields_max = 3;
	assert_int_equal(parse(M S P A "a: 1\nb: 2\nc: 3\n", true), HTTP_FAULT_NONE);
	assert_int_equal(parse(M S P A "a: 1\nb: 2\nc: 3\nd: 4\n", true), HTTP_FAULT_FIELDS_MANY);
	limits = http_limits_default;
	limits.line_bytes = 100;
	at = stpcpy(lines, M S P A "x: ");
	memset(at, 'v', 101);
	strcpy(at + 100, "\n");
	assert_int_equal(parse(lines, true), HTTP_FAULT_NONE);
	at[100] = 'v';
	strcpy(at + 101, "\n");
	assert_int_equal(parse(lines, true), HTTP_FAULT_FIELD_LONG);
	at = stpcpy(lines, M S ":path: /");
	memset(at, 'v', 100);
	strcpy(at + 100, "\n" A);
	assert_int_equal(parse(lines, true), HTTP_FAULT_LINE_LONG);
	limits = http_limits_default;
	limits.head_bytes = 215;
	assert_int_equal(parse(M S P A "a: 1234\n", true), HTTP_FAULT_NONE);
	assert_int_equal(gather.list_bytes, 215);
	assert_int_equal(parse(M S P A "a: 12345\n", true), HTTP_FAULT_HEAD_LONG);
	limits = http_limits_default;
	limits.body_bytes = 10;
	assert_int_equal(parse(M S P A "content-length: 10\n", false), HTTP_FAULT_NONE);
	assert_int_equal(parse(M S P A "content-length: 11\n", false), HTTP_FAULT_BODY_LONG);
}

static void test_memory(void **state)
{
	uint8_t value[2000] = {0};
	struct span name = span_of("x", 1);

	for (size_t size = 1; size < 100; size++) {
		void *block = http2_memory_alloc(size, &memory);

		assert_int_equal((uintptr_t)block % _Alignof(max_align_t), 0);
		http2_memory_free(block, &memory);
	}
	memory.limit = 1500;
	memset(value, 'v', sizeof(value));
	assert_true(http2_gather_add(&gather, &memory, &limits, name, span_of(value, 100)));
	assert_false(http2_gather_add(&gather, &memory, &limits, name, span_of(value, 2000)));
	memory.limit = 1 << 20;
	assert_true(http2_gather_add(&gather, &memory, &limits, name, span_of(value, 2000)));
	http2_gather_clear(&gather, &memory);
	assert_int_equal(memory.used, 0); // a large buffer is not kept
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_cases, open_test, close_test),
	        cmocka_unit_test_setup_teardown(test_parts, open_test, close_test),
	        cmocka_unit_test_setup_teardown(test_framing, open_test, close_test),
	        cmocka_unit_test_setup_teardown(test_limits, open_test, close_test),
	        cmocka_unit_test_setup_teardown(test_memory, open_test, close_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
