// dns_stream: messages out of a stream of bytes, in which a length of two bytes goes before each
// (RFC 1035 section 4.2.2). A message that lies whole in one part of the stream is not copied; one
// that straddles parts is gathered in a buffer of the caller's. Knows nothing of TCP.
#ifndef DNS_STREAM_H
#define DNS_STREAM_H

#include "core/span.h"
#include "proto/dns/wire/dns_wire.h"

#define DNS_STREAM_LENGTH_BYTES 2 // before each message

// One direction of a stream; all zeros: between two messages.
struct dns_stream {
	uint8_t *buffer;      // of DNS_MSG_MAX_BYTES, the caller's; NULL: it was not asked for yet
	uint16_t len;         // of the message, as far as its length has come
	uint16_t have;        // bytes of it in the buffer
	uint8_t length_bytes; // of the length that have come
};

enum dns_stream_next {
	DNS_STREAM_END,     // the part is used up
	DNS_STREAM_MESSAGE, // there is a message
	DNS_STREAM_BUFFER,  // the rest of the part begins a message: set stream->buffer, call again
};

struct dns_stream_message {
	const uint8_t *bytes; // in the part, or stream->buffer
	uint16_t len;         // may be 0
};

// Takes the next message out of a part of the stream, which follows the one before. After
// DNS_STREAM_MESSAGE the stream is between two messages; the buffer stays the caller's to take
// away or to leave, and holds the message until the next call if that is where it is.
enum dns_stream_next dns_stream_next(struct dns_stream *stream, struct span *part,
                                     struct dns_stream_message *message) MUST_CHECK;

// Whether a part of a message has come.
static inline bool dns_stream_within(const struct dns_stream *stream)
{
	return stream->length_bytes != 0;
}

#endif
