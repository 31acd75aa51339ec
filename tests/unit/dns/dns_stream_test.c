// dns_stream: the same messages come out however the stream is cut, those that lie whole in a
// part without a copy.
#include "harness.h"

#include "proto/dns/wire/dns_stream.h"

#include <stdio.h>
#include <stdlib.h>

// Lengths of messages that follow one another in a stream.
static const uint16_t lens[] = {3, 0, 1, 12, 0, 0, 7, 2};

static uint8_t stream_bytes[80], buffer[DNS_MSG_MAX_BYTES];
static size_t stream_len;

static size_t put_message(uint8_t *to, uint16_t len, uint8_t seed)
{
	to[0] = (uint8_t)(len >> 8);
	to[1] = (uint8_t)len;
	for (unsigned i = 0; i < len; i++)
		to[2 + i] = (uint8_t)(seed + 7 * i);
	return 2u + len;
}

static int make_stream(void **state)
{
	for (unsigned i = 0; i < ARRAY_LEN(lens); i++)
		stream_len += put_message(stream_bytes + stream_len, lens[i], (uint8_t)(50 * i));
	return 0;
}

// What has come out so far.
struct reader {
	struct dns_stream stream;
	unsigned messages, copied, asked;
	size_t at; // of the next message in the stream
};

static void check_message(struct reader *reader, const struct dns_stream_message *message,
                          const uint8_t *part, size_t part_len)
{
	const uint8_t *wanted = stream_bytes + reader->at + 2;
	bool whole = message->bytes >= part && message->bytes + message->len <= part + part_len;

	assert_true(reader->messages < ARRAY_LEN(lens));
	assert_int_equal(message->len, lens[reader->messages]);
	assert_memory_equal(message->bytes, wanted, message->len);
	if (!whole)
		assert_ptr_equal(message->bytes, buffer);
	reader->copied += !whole;
	reader->messages++;
	reader->at += 2u + message->len;
	assert_false(dns_stream_within(&reader->stream));
}

// A part lies in a block of its own, so that a read beyond it is seen.
static void read_part(struct reader *reader, const uint8_t *bytes, size_t len)
{
	uint8_t *block = malloc(len ? len : 1);
	struct span part;
	struct dns_stream_message message;
	enum dns_stream_next next;

	memcpy(block, bytes, len);
	part = span_of(block, len);
	while ((next = dns_stream_next(&reader->stream, &part, &message)) != DNS_STREAM_END) {
		if (next == DNS_STREAM_MESSAGE) {
			check_message(reader, &message, block, len);
			reader->stream.buffer = NULL;
		} else {
			assert_null(reader->stream.buffer);
			assert_true(span_left(&part) > 0);
			reader->stream.buffer = buffer;
			reader->asked++;
		}
	}
	assert_int_equal(span_left(&part), 0);
	assert_false(part.bad);
	free(block);
}

static void assert_all(const struct reader *reader)
{
	assert_int_equal(reader->messages, ARRAY_LEN(lens));
	assert_int_equal(reader->at, stream_len);
	assert_false(dns_stream_within(&reader->stream));
	assert_int_equal(reader->asked, reader->copied);
}

static void test_every_two_cuts(void **state)
{
	for (size_t a = 0; a <= stream_len; a++)
		for (size_t b = a; b <= stream_len; b++) {
			struct reader reader = {0};

			read_part(&reader, stream_bytes, a);
			read_part(&reader, stream_bytes + a, b - a);
			read_part(&reader, stream_bytes + b, stream_len - b);
			assert_all(&reader);
			assert_true(reader.copied <= 2); // a cut touches at most one message
		}
}

static void test_parts_of_every_length(void **state)
{
	for (size_t len = 1; len <= stream_len; len++) {
		struct reader reader = {0};

		for (size_t at = 0; at < stream_len; at += len)
			read_part(&reader, stream_bytes + at, size_min(len, stream_len - at));
		assert_all(&reader);
	}
}

// A cut between the length and the message, or between two messages, costs no copy.
static void test_what_is_copied(void **state)
{
	static const struct {
		size_t cut;
		unsigned copied;
		const char *what;
	} cases[] = {
	        {0, 0, "at the beginning"},        {1, 0, "within the length"},
	        {2, 0, "behind the length"},       {3, 1, "within a message"},
	        {4, 1, "before its last byte"},    {5, 0, "between two messages"},
	        {6, 0, "within a length of zero"}, {7, 0, "behind an empty message"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reader reader = {0};

		read_part(&reader, stream_bytes, cases[i].cut);
		read_part(&reader, stream_bytes + cases[i].cut, stream_len - cases[i].cut);
		assert_all(&reader);
		if (reader.copied != cases[i].copied)
			fail_msg("cut %s: %u messages copied", cases[i].what, reader.copied);
	}
}

static void test_the_longest_message(void **state)
{
	static const size_t parts[] = {
	        1, 536, 1460, 4096, DNS_MSG_MAX_BYTES, DNS_MSG_MAX_BYTES + 2};
	static uint8_t bytes[DNS_MSG_MAX_BYTES + 2];

	put_message(bytes, DNS_MSG_MAX_BYTES, 9);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		struct dns_stream stream = {.buffer = buffer};
		struct dns_stream_message message;
		unsigned messages = 0;

		for (size_t at = 0; at < sizeof(bytes); at += parts[i]) {
			struct span part =
			        span_of(bytes + at, size_min(parts[i], sizeof(bytes) - at));

			while (dns_stream_next(&stream, &part, &message) == DNS_STREAM_MESSAGE) {
				messages++;
				assert_int_equal(message.len, DNS_MSG_MAX_BYTES);
				assert_memory_equal(message.bytes, bytes + 2, DNS_MSG_MAX_BYTES);
			}
		}
		assert_int_equal(messages, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_every_two_cuts),
	        cmocka_unit_test(test_parts_of_every_length),
	        cmocka_unit_test(test_what_is_copied),
	        cmocka_unit_test(test_the_longest_message),
	};

	return cmocka_run_group_tests(tests, make_stream, NULL);
}
