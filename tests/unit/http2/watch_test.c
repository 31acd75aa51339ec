// The watch: the preface, where frames end however they are cut, and what each costs.
#include "harness.h"

#include "proto/http2/http2_watch.h"

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

static void test_preface(void **state)
{
	static const struct {
		const char *begin;
		enum http2_watch_preface want;
	} cases[] = {
	        {"", HTTP2_WATCH_MAYBE},
	        {"P", HTTP2_WATCH_MAYBE},
	        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r", HTTP2_WATCH_MAYBE},
	        {PREFACE, HTTP2_WATCH_YES},
	        {PREFACE "x", HTTP2_WATCH_YES},
	        {"PUT", HTTP2_WATCH_NO},
	        {"GET / HTTP/1.1\r\n", HTTP2_WATCH_NO},
	        {"PRI * HTTP/2.0\r\n\r\nSX", HTTP2_WATCH_NO},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
		        http2_watch_preface(span_of(cases[i].begin, strlen(cases[i].begin))),
		        cases[i].want);
}

struct costs {
	unsigned cost, frames;
	enum http2_fault fault;
};

// The sum of all slices of the bytes behind a preface, given in parts of `step` bytes.
static struct costs watch_all(const uint8_t *bytes, size_t len, size_t step,
                              const struct http2_limits *limits)
{
	struct http2_watch watch = {.preface_len = HTTP2_WATCH_PREFACE_BYTES};
	struct costs costs = {0};
	size_t seen = 0; // of whole heads, and of payload

	for (size_t at = 0; at < len; at += step) {
		struct span part = span_of(bytes + at, size_min(step, len - at));

		while (span_left(&part) > 0) {
			struct http2_watched next =
			        http2_watch_next(&watch, &http_limits_default, limits, &part);

			seen += span_left(&next.slice);
			costs.cost += next.cost;
			costs.frames += watch.head_len == 0;
			if (costs.fault == HTTP2_FAULT_NONE)
				costs.fault = next.fault;
		}
	}
	assert_int_equal(seen, len);
	return costs;
}

static void test_costs(void **state)
{
	static const struct {
		uint8_t bytes[80];
		size_t len;
		unsigned cost;
	} cases[] = {
	        {{0, 0, 1, 0, 0, 0, 0, 0, 1}, 10, HTTP2_COST_FRAME},   // tiny DATA
	        {{0, 0, 0, 0, 0, 0, 0, 0, 1}, 9, HTTP2_COST_FRAME},    // empty DATA
	        {{0, 0, 0, 0, 1, 0, 0, 0, 1}, 9, 0},                   // the last one
	        {{0, 0, 64, 0, 0, 0, 0, 0, 1}, 73, 0},                 // DATA
	        {{0, 0, 64, 0, 8, 0, 0, 0, 1}, 73, HTTP2_COST_FRAME},  // padded
	        {{0, 0, 1, 1, 4, 0, 0, 0, 1}, 10, 0},                  // HEADERS
	        {{0, 0, 5, 2, 0, 0, 0, 0, 1}, 14, HTTP2_COST_FRAME},   // PRIORITY
	        {{0, 0, 4, 3, 0, 0, 0, 0, 1}, 13, HTTP2_COST_RESET},   // RST_STREAM
	        {{0, 0, 0, 4, 0, 0, 0, 0, 0}, 9, HTTP2_COST_SETTINGS}, // SETTINGS
	        {{0, 0, 8, 6, 0, 0, 0, 0, 0}, 17, HTTP2_COST_FRAME},   // PING
	        {{0, 0, 4, 8, 0, 0, 0, 0, 0}, 13, HTTP2_COST_FRAME},   // WINDOW_UPDATE
	        {{0, 0, 0, 0xee, 0, 0, 0, 0, 0}, 9, HTTP2_COST_FRAME}, // unknown
	        {{0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 6}, 18, 2 * HTTP2_COST_FRAME},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t step = 1; step < 20; step++) {
			struct costs costs = watch_all(cases[i].bytes, cases[i].len, step,
			                               &http2_limits_default);

			assert_int_equal(costs.cost, cases[i].cost);
			assert_int_equal(costs.fault, HTTP2_FAULT_NONE);
		}
}

// A head of many frames, and one that is too long before it is decompressed.
static void test_blocks(void **state)
{
	struct http2_limits limits = http2_limits_default;
	uint8_t bytes[9 * 9] = {0};

	for (unsigned i = 0; i < 9; i++)
		bytes[9 * i + 3] = i == 0 ? 1 : 9;
	assert_int_equal(watch_all(bytes, 9 * 9, 5, &limits).fault, HTTP2_FAULT_NONE);
	limits.continuation_max = 7;
	assert_int_equal(watch_all(bytes, 9 * 9, 5, &limits).fault, HTTP2_FAULT_CONTINUATIONS);
	memcpy(bytes, (uint8_t[]){0, 0x40, 1, 1, 4}, 5);
	assert_int_equal(watch_all(bytes, 9, 9, &limits).fault, HTTP2_FAULT_HEAD_LONG);
	memcpy(bytes, (uint8_t[]){0, 0x40, 0, 1, 4}, 5);
	assert_int_equal(watch_all(bytes, 9, 9, &limits).fault, HTTP2_FAULT_NONE);
}

static void test_within(void **state)
{
	struct http2_watch watch = {0};
	const uint8_t head[] = {0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82};
	struct span part = span_of(PREFACE, HTTP2_WATCH_PREFACE_BYTES);
	const struct http2_limits *limits = &http2_limits_default;

	assert_true(http2_watch_within(&watch));
	(void)!http2_watch_next(&watch, &http_limits_default, limits, &part).cost;
	assert_false(http2_watch_within(&watch));
	part = span_of(head, 4);
	(void)!http2_watch_next(&watch, &http_limits_default, limits, &part).cost;
	assert_true(http2_watch_within(&watch));
	part = span_of(head + 4, 6);
	(void)!http2_watch_next(&watch, &http_limits_default, limits, &part).cost;
	assert_true(http2_watch_within(&watch)); // END_HEADERS is missing
}

static void test_wrong_preface(void **state)
{
	struct http2_watch watch = {0};
	struct span part = span_of("PRI * HTTP/2.1", 14);
	struct http2_watched next =
	        http2_watch_next(&watch, &http_limits_default, &http2_limits_default, &part);

	assert_int_equal(next.fault, HTTP2_FAULT_PREFACE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_preface),       cmocka_unit_test(test_costs),
	        cmocka_unit_test(test_blocks),        cmocka_unit_test(test_within),
	        cmocka_unit_test(test_wrong_preface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
