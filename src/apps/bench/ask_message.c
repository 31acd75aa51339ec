// ask_message: see the header.
#include "apps/bench/ask_message.h"

unsigned ask_message_take(struct ask_messages *messages, uint16_t candidate, const void *bytes,
                          size_t len, mono_t now)
{
	struct span part = span_of(bytes, len);
	struct dns_stream_message message;
	enum dns_stream_next next;
	unsigned n = 0;

	while ((next = dns_stream_next(&messages->stream, &part, &message)) != DNS_STREAM_END) {
		if (next == DNS_STREAM_BUFFER) {
			messages->stream.buffer = messages->buffer;
			continue;
		}
		ask_worker_answer(messages->worker, candidate, message.bytes, message.len, now);
		n++;
	}
	return n;
}
