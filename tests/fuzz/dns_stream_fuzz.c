// The framing of DNS over TCP: a stream cut anywhere gives the messages that it gives whole, each
// within the stream's bytes, and uses up all of them.
#include "proto/dns/wire/dns_stream.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Where the next message is, as the lengths tell without any cuts.
struct whole {
	const uint8_t *bytes;
	size_t size, at;
};

static void check_message(struct whole *whole, const struct dns_stream_message *message)
{
	size_t len = (size_t)whole->bytes[whole->at] << 8 | whole->bytes[whole->at + 1];

	if (message->len != len || len > whole->size - whole->at - 2 ||
	    memcmp(message->bytes, whole->bytes + whole->at + 2, len) != 0)
		abort();
	whole->at += 2 + len;
}

static void read_part(struct dns_stream *stream, struct whole *whole, const uint8_t *bytes,
                      size_t len)
{
	static uint8_t buffer[DNS_MSG_MAX_BYTES];
	uint8_t *block = malloc(len);
	struct span part;
	struct dns_stream_message message;
	enum dns_stream_next next;

	memcpy(block, bytes, len);
	part = span_of(block, len);
	while ((next = dns_stream_next(stream, &part, &message)) != DNS_STREAM_END) {
		if (next == DNS_STREAM_MESSAGE) {
			check_message(whole, &message);
			stream->buffer = NULL;
		} else {
			stream->buffer = buffer;
		}
	}
	if (span_left(&part) != 0 || part.bad)
		abort();
	free(block);
}

// The first bytes say how long parts are, one after the other; a zero ends them.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_stream stream = {0};
	const uint8_t *lens = data;
	size_t lens_len = 0, at = 0;
	struct whole whole;

	while (lens_len < size && lens[lens_len] != 0)
		lens_len++;
	if (lens_len == 0 || lens_len == size)
		return 0;
	whole = (struct whole){data + lens_len + 1, size - lens_len - 1, 0};
	for (size_t i = 0; at < whole.size; i++) {
		size_t len = size_min(lens[i % lens_len], whole.size - at);

		read_part(&stream, &whole, whole.bytes + at, len);
		at += len;
	}
	// What is left is not a whole message.
	if (whole.size - whole.at >= 2 && ((size_t)whole.bytes[whole.at] << 8 |
	                                   whole.bytes[whole.at + 1]) <= whole.size - whole.at - 2)
		abort();
	if (dns_stream_within(&stream) != (whole.at < whole.size))
		abort();
	return 0;
}
