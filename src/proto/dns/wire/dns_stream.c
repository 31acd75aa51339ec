// dns_stream: see the header.
#include "proto/dns/wire/dns_stream.h"

static bool take_length(struct dns_stream *stream, struct span *part)
{
	while (stream->length_bytes < DNS_STREAM_LENGTH_BYTES) {
		if (span_left(part) == 0)
			return false;
		stream->len = (uint16_t)(stream->len << 8 | span_u8(part));
		stream->length_bytes++;
	}
	return true;
}

// The message is complete; the next one begins.
static enum dns_stream_next end_message(struct dns_stream *stream,
                                        struct dns_stream_message *message, const uint8_t *bytes)
{
	*message = (struct dns_stream_message){bytes, stream->len};
	stream->len = stream->have = 0;
	stream->length_bytes = 0;
	return DNS_STREAM_MESSAGE;
}

enum dns_stream_next dns_stream_next(struct dns_stream *stream, struct span *part,
                                     struct dns_stream_message *message)
{
	uint16_t n;

	if (!take_length(stream, part))
		return DNS_STREAM_END;
	if (stream->have == 0 && span_left(part) >= stream->len)
		return end_message(stream, message, span_take(part, stream->len));
	if (span_left(part) == 0)
		return DNS_STREAM_END;
	if (!stream->buffer)
		return DNS_STREAM_BUFFER;
	n = (uint16_t)size_min(span_left(part), (size_t)(stream->len - stream->have));
	memcpy(stream->buffer + stream->have, span_take(part, n), n);
	stream->have = (uint16_t)(stream->have + n);
	if (stream->have < stream->len)
		return DNS_STREAM_END;
	return end_message(stream, message, stream->buffer);
}
