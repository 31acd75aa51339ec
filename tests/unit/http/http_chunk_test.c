// Content in chunks: a row for each clause of RFC 9112 section 7.1, given whole, cut at every byte
// and byte by byte; then what is written.
#include "http_lab.h"

struct row {
	const char *clause, *bytes, *result;
	const char *rest; // bytes behind the content, which are not touched
};

static const struct row rows[] = {
        {"no data", "0\r\n\r\n", "|", ""},
        {"one chunk", "5\r\nhello\r\n0\r\n\r\n", "hello|", ""},
        {"two chunks", "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "hello|", ""},
        {"what follows is not touched", "1\r\nx\r\n0\r\n\r\nGET /", "x|", "GET /"},
        {"data that looks like a frame", "5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n|", ""},
        {"a size in hex, of both cases", "0A\r\n0123456789\r\n0b\r\n0123456789a\r\n0\r\n\r\n",
         "01234567890123456789a|", ""},
        {"leading zeros, up to 16 digits", "0000000000000001\r\nx\r\n0000000000000000\r\n\r\n",
         "x|", ""},
        {"17 digits", "00000000000000001\r\nx\r\n0\r\n\r\n", "chunk", NULL},
        {"2^64 + 1, which is 1 to 64 bits", "10000000000000001\r\nx\r\n", "chunk", NULL},
        {"more than is taken", "100001\r\n", "body_long", NULL},
        {"more than is taken, by the sum", "1\r\nx\r\n100000\r\n", "body_long", NULL},
        {"the largest size, as if it were negative", "1\r\nx\r\nffffffffffffffff\r\n", "body_long",
         NULL},
        {"no size", "\r\nhello\r\n", "chunk", NULL},
        {"no size, but an extension", ";a=b\r\n", "chunk", NULL},
        {"a prefix", "0x5\r\nhello\r\n", "chunk", NULL},
        {"a sign", "+5\r\nhello\r\n", "chunk", NULL},
        {"a negative size", "-5\r\nhello\r\n", "chunk", NULL},
        {"white space before the size", " 5\r\nhello\r\n", "chunk", NULL},
        {"white space behind the size", "5 \r\nhello\r\n", "chunk_extension", NULL},
        {"an underscore within", "1_0\r\n", "chunk", NULL},
        {"a size without its line", "5\nhello\r\n", "chunk", NULL},
        {"CR without LF", "5\rhello\r\n", "line_end", NULL},
        {"data longer than its size", "4\r\nhello\r\n", "chunk_end", NULL},
        {"data shorter than its size", "6\r\nhello\r\n0\r\n\r\n", "chunk_end", NULL},
        {"LF alone behind the data", "5\r\nhello\n0\r\n\r\n", "chunk_end", NULL},
        {"CR alone behind the data", "5\r\nhello\r0\r\n\r\n", "chunk_end", NULL},

        {"7.1.1: an extension", "1;a\r\nx\r\n0\r\n\r\n", "x|", ""},
        {"7.1.1: with a value", "1;a=b\r\nx\r\n0;c=d\r\n\r\n", "x|", ""},
        {"7.1.1: several", "1;a=b;c;d=\"e\"\r\nx\r\n0\r\n\r\n", "x|", ""},
        {"7.1.1: white space where the RFC has it", "1 ; a = b\t; c ;d\r\nx\r\n0\r\n\r\n", "x|",
         ""},
        {"7.1.1: a quoted string with a pair", "1;a=\"\\\";\\\\\"\r\nx\r\n0\r\n\r\n", "x|", ""},
        {"7.1.1: LF in a quoted string", "1;a=\"\n\"\r\nx\r\n0\r\n\r\n", "chunk_extension", NULL},
        {"7.1.1: CR LF in a quoted string", "1;a=\"\r\n\"\r\nx\r\n0\r\n\r\n", "chunk_extension",
         NULL},
        {"7.1.1: LF alone ends none", "1;a\nx\r\n0\r\n\r\n", "chunk_extension", NULL},
        {"7.1.1: CR alone ends none", "1;a\rx\r\n0\r\n\r\n", "line_end", NULL},
        {"7.1.1: no name", "1;\r\nx\r\n", "chunk_extension", NULL},
        {"7.1.1: no name before the value", "1;=b\r\nx\r\n", "chunk_extension", NULL},
        {"7.1.1: no value", "1;a=\r\nx\r\n", "chunk_extension", NULL},
        {"7.1.1: white space at its end", "1;a \r\nx\r\n", "chunk_extension", NULL},
        {"7.1.1: text behind a quoted string", "1;a=\"b\"c\r\nx\r\n", "chunk_extension", NULL},
        {"7.1.1: not separated by a semicolon", "1 a\r\nx\r\n", "chunk_extension", NULL},

        {"7.1.2: a trailer, which is dropped", "0\r\nA: b\r\n\r\n", "|", ""},
        {"7.1.2: with a length that counts for nothing", "0\r\nContent-Length: 9\r\n\r\nGET", "|",
         "GET"},
        {"7.1.2: two fields", "0\r\nA: b\r\nC:\r\n\r\n", "|", ""},
        {"7.1.2: white space before the colon", "0\r\nA : b\r\n\r\n", "field_name", NULL},
        {"7.1.2: no name", "0\r\n: b\r\n\r\n", "field_name", NULL},
        {"7.1.2: no colon", "0\r\nA\r\n\r\n", "field_name", NULL},
        {"7.1.2: a folded line", "0\r\nA: b\r\n c\r\n\r\n", "fold", NULL},
        {"7.1.2: a bare CR", "0\r\nA: b\rc\r\n\r\n", "line_end", NULL},
        {"7.1.2: a bare LF", "0\r\nA: b\n\r\n", "field_value", NULL},
        {"7.1.2: a bare LF at the end", "0\r\n\n", "field_name", NULL},
        {"7.1.2: CR without LF at the end", "0\r\n\rx", "line_end", NULL},
};

struct reader {
	struct http_chunk chunk;
	struct http_limits limits;
	char text[4096];
	size_t len;
	size_t rest; // bytes behind the end
	bool done;
};

static void reader_init(struct reader *reader)
{
	*reader = (struct reader){.limits = http_limits_default};
}

static void reader_note(struct reader *reader, const void *bytes, size_t len)
{
	assert_true(reader->len + len < sizeof(reader->text));
	memcpy(reader->text + reader->len, bytes, len);
	reader->text[reader->len += len] = 0;
}

static void read_part(struct reader *reader, const char *bytes, size_t len)
{
	uint8_t *block = malloc(len ? len : 1);
	struct span part, data;
	enum http_fault fault;
	enum http_chunk_next next = HTTP_CHUNK_MORE;

	memcpy(block, bytes, len);
	part = span_of(block, len);
	while (!reader->done && (next = http_chunk_next(&reader->chunk, &reader->limits, &part,
	                                                &data, &fault)) != HTTP_CHUNK_MORE) {
		if (next == HTTP_CHUNK_DATA) {
			assert_true(span_left(&data) > 0);
			reader_note(reader, data.p, span_left(&data));
			continue;
		}
		reader->done = true;
		if (next == HTTP_CHUNK_END)
			reader_note(reader, "|", 1);
		else
			reader->len = (size_t)sprintf(reader->text, "%s", http_faults[fault].name);
	}
	reader->rest += span_left(&part);
	free(block);
}

static void check(const struct reader *reader, const struct row *row, size_t cut)
{
	if (strcmp(reader->text, row->result) != 0)
		fail_msg("%s, cut at %zu: \"%s\", not \"%s\"", row->clause, cut, reader->text,
		         row->result);
	if (row->rest)
		assert_int_equal(reader->rest, strlen(row->rest));
}

static void test_cut_at_every_byte(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *bytes = rows[i].bytes;
		size_t len = strlen(bytes);

		for (size_t cut = 0; cut <= len; cut++) {
			struct reader reader;

			reader_init(&reader);
			read_part(&reader, bytes, cut);
			read_part(&reader, bytes + cut, len - cut);
			check(&reader, &rows[i], cut);
		}
	}
}

static void test_byte_by_byte(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct reader reader;

		reader_init(&reader);
		for (const char *p = rows[i].bytes; *p; p++)
			read_part(&reader, p, 1);
		check(&reader, &rows[i], 1);
	}
}

// The same through a connection, where a fault is answered.
static void test_through_a_connection(void **state)
{
	static struct lab lab;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		char want[256];

		lab_open(&lab);
		(void)lab_text(&lab,
		               "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
		(void)lab_text(&lab, row->bytes);
		if (row->rest && strlen(row->result) > 1)
			snprintf(want, sizeof(want), "PUT / a %zu=%s", strlen(row->result) - 1,
			         row->result);
		else
			snprintf(want, sizeof(want), "PUT / a%s", row->rest ? row->result : "");
		if (strncmp(lab.log, want, strlen(want)) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", row->clause, lab.log, want);
		if (!row->rest)
			assert_non_null(strstr(lab.log, row->result));
		assert_int_equal(lab.closed, !row->rest);
		lab_close(&lab);
	}
}

// Many small extensions are as dear as a long one.
static void test_limits(void **state)
{
	struct reader reader;

	reader_init(&reader);
	reader.limits.extension_bytes = 10;
	for (unsigned i = 0; i < 5; i++)
		read_part(&reader, "1;ab\r\nx\r\n", 9);
	assert_string_equal(reader.text, "chunk_long");

	reader_init(&reader);
	reader.limits.fields_max = 2;
	read_part(&reader, "0\r\nA:\r\nB:\r\nC:\r\n", 16);
	assert_string_equal(reader.text, "fields_many");

	reader_init(&reader);
	reader.limits.head_bytes = 10;
	read_part(&reader, "0\r\nA:01234567\r\n", 15);
	assert_string_equal(reader.text, "trailer_long");
}

static void test_sizes_written(void **state)
{
	static const struct {
		uint64_t size;
		const char *text;
	} cases[] = {
	        {1, "1\r\n"},
	        {15, "f\r\n"},
	        {16, "10\r\n"},
	        {255, "ff\r\n"},
	        {256, "100\r\n"},
	        {4096, "1000\r\n"},
	        {0xabcdef, "abcdef\r\n"},
	        {UINT64_MAX, "ffffffffffffffff\r\n"},
	};
	char room[HTTP_CHUNK_SIZE_BYTES];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct fill out = fill_of(room, sizeof(room));
		struct fill small = fill_of(room, strlen(cases[i].text) - 1);

		http_chunk_put_size(&out, cases[i].size);
		assert_false(out.bad);
		assert_int_equal(fill_len(&out), strlen(cases[i].text));
		assert_memory_equal(room, cases[i].text, fill_len(&out));
		http_chunk_put_size(&small, cases[i].size);
		assert_true(small.bad);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_cut_at_every_byte),    cmocka_unit_test(test_byte_by_byte),
	        cmocka_unit_test(test_through_a_connection), cmocka_unit_test(test_limits),
	        cmocka_unit_test(test_sizes_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
