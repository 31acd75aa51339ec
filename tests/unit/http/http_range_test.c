// Ranges: what each Range asks for of 100 bytes (RFC 9110 section 14), and the frames of several
// parts, whose length is known before they are written.
#include "http_parsed.h"

#include "proto/http/http_range.h"

static const struct {
	const char *method, *fields, *result; // "200", "416", or the ranges
} rows[] = {
        {"GET", "", "200"},
        {"GET", "Range: bytes=0-4\r\n", "0-4"},
        {"GET", "Range: BYTES=0-0\r\n", "0-0"},
        {"GET", "Range: bytes=99-\r\n", "99-99"},
        {"GET", "Range: bytes=0-\r\n", "0-99"},
        {"GET", "Range: bytes=90-200\r\n", "90-99"},
        {"GET", "Range: bytes=0-18446744073709551616\r\n", "0-99"},
        {"GET", "Range: bytes=-1\r\n", "99-99"},
        {"GET", "Range: bytes=-100\r\n", "0-99"},
        {"GET", "Range: bytes=-101\r\n", "0-99"},
        {"GET", "Range: bytes=0-1, 4-5 ,8-8\r\n", "0-1 4-5 8-8"},
        {"GET", "Range: bytes=8-8,0-1\r\n", "8-8 0-1"}, // in the client's order
        {"GET", "Range: bytes=0-1,100-,2-2\r\n", "0-1 2-2"},
        {"GET", "Range: bytes=,0-1,\r\n", "0-1"},

        // None is within.
        {"GET", "Range: bytes=100-\r\n", "416"},
        {"GET", "Range: bytes=100-200,300-\r\n", "416"},
        {"GET", "Range: bytes=-0\r\n", "416"},
        {"GET", "Range: bytes=18446744073709551616-\r\n", "416"},

        // A Range that does not count.
        {"POST", "Range: bytes=0-4\r\n", "200"},
        {"HEAD", "Range: bytes=0-4\r\n", "200"},
        {"GET", "Range: lines=0-4\r\n", "200"},
        {"GET", "Range: bytes=4-0\r\n", "200"},
        {"GET", "Range: bytes=\r\n", "200"},
        {"GET", "Range: bytes\r\n", "200"},
        {"GET", "Range: bytes=-\r\n", "200"},
        {"GET", "Range: bytes=--1\r\n", "200"},
        {"GET", "Range: bytes=+1-2\r\n", "200"},
        {"GET", "Range: bytes=1 - 2\r\n", "200"},
        {"GET", "Range: bytes=1-2x\r\n", "200"},
        {"GET", "Range: bytes=0-1,x\r\n", "200"},
        {"GET", "Range: bytes=0-1\r\nRange: bytes=4-5\r\n", "200"},

        // What would make the answer larger than the file (section 17.15).
        {"GET", "Range: bytes=0-,0-\r\n", "200"},
        {"GET", "Range: bytes=0-4,4-5\r\n", "200"},
        {"GET", "Range: bytes=10-20,0-99\r\n", "200"},
        {"GET",
         "Range: bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,22-22,"
         "24-24,26-26,28-28,30-30\r\n",
         "0-0 2-2 4-4 6-6 8-8 10-10 12-12 14-14 16-16 18-18 20-20 22-22 24-24 26-26 28-28 30-30"},
        {"GET",
         "Range: bytes=0-0,2-2,4-4,6-6,8-8,10-10,12-12,14-14,16-16,18-18,20-20,22-22,"
         "24-24,26-26,28-28,30-30,32-32\r\n",
         "200"},
        {"GET",
         "Range: bytes=200-,200-,200-,200-,200-,200-,200-,200-,200-,200-,200-,200-,200-,"
         "200-,200-,200-,0-1\r\n",
         "200"},
};

static void print(char *text, enum http_range_kind kind, const struct http_ranges *ranges)
{
	size_t len = 0;

	strcpy(text, kind == HTTP_RANGE_NONE ? "200" : "416");
	for (unsigned i = 0; kind == HTTP_RANGE_PARTS && i < ranges->len; i++)
		len += (size_t)sprintf(text + len, "%s%lu-%lu", i ? " " : "",
		                       ranges->range[i].first, ranges->range[i].last);
}

static void test_ranges(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct http_ranges ranges;
		char text[512];
		enum http_range_kind kind =
		        http_range_read(parsed(rows[i].method, rows[i].fields), 100, &ranges);

		print(text, kind, &ranges);
		if (strcmp(text, rows[i].result) != 0)
			fail_msg("%s%s, not %s", rows[i].fields, text, rows[i].result);
	}
}

// No byte of an empty file is within any range.
static void test_empty_file(void **state)
{
	struct http_ranges ranges;

	assert_int_equal(http_range_read(parsed("GET", "Range: bytes=0-\r\n"), 0, &ranges),
	                 HTTP_RANGE_OUTSIDE);
	assert_int_equal(http_range_read(parsed("GET", "Range: bytes=-5\r\n"), 0, &ranges),
	                 HTTP_RANGE_OUTSIDE);
}

static void test_text(void **state)
{
	char text[HTTP_RANGE_TEXT_BYTES];
	struct fill out = fill_of(text, sizeof(text));
	const struct http_range widest = {UINT64_MAX - 1, UINT64_MAX - 1};

	http_range_text(&out, &(struct http_range){0, 4}, 10);
	assert_memory_equal(text, "bytes 0-4/10", fill_len(&out));
	out = fill_of(text, sizeof(text));
	http_range_text(&out, NULL, 10);
	assert_memory_equal(text, "bytes */10", fill_len(&out));
	out = fill_of(text, sizeof(text));
	http_range_text(&out, &widest, UINT64_MAX);
	assert_false(out.bad);
}

static void test_frames(void **state)
{
	static const char want[] =
	        "\r\n--b\r\nContent-Type: text/plain\r\nContent-Range: bytes "
	        "9-10/100\r\n\r\nxx\r\n--b\r\nContent-Type: "
	        "text/plain\r\nContent-Range: bytes 0-0/100\r\n\r\ny\r\n--b--\r\n";
	const struct http_ranges ranges = {2, {{9, 10}, {0, 0}}};
	char text[1024];
	struct fill out = fill_of(text, sizeof(text));

	http_range_frame(&out, "b", "text/plain", &ranges.range[0], 100);
	fill_bytes(&out, "xx", 2);
	http_range_frame(&out, "b", "text/plain", &ranges.range[1], 100);
	fill_bytes(&out, "y", 1);
	http_range_frame_last(&out, "b");
	assert_int_equal(fill_len(&out), strlen(want));
	assert_memory_equal(text, want, strlen(want));
	assert_int_equal(http_range_content_len(&ranges, "b", "text/plain", 100), strlen(want));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_ranges),
	        cmocka_unit_test(test_empty_file),
	        cmocka_unit_test(test_text),
	        cmocka_unit_test(test_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
